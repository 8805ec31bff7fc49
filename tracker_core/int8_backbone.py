"""A backbone in whole numbers of eight bits: two to three times as fast on a processor, nearly the same features.

Kernels are rounded per output channel, what each convolution reads with one scale, which comes from a frame the
tracker has seen. The sums themselves are exact. Whoever adds, normalises or taps gets floating point numbers.
Source of the method: Jacob et al., CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import PIXELS, Convolution, Layer, MaxPool, Normalization, Sum, padding_of
from tracker_core.feature_map import Stride
from tracker_core.int8_convolution import (
    LARGEST_INPUT,
    RELU6_LIMIT,
    Int8Convolution,
    Scale,
    keeping_sums,
    kernel_scales,
    pooled,
)
from tracker_core.layer_execution import activated_
from tracker_core.networks import Backbone

_LARGEST_ERROR = 0.25  # root mean square of what rounding changes, over that of the features; a wrong one has 1


class UnfitForInt8Error(Exception):
    """These features change too much, or cannot be computed, in whole numbers; the message says which."""


class Int8Backbone:
    """Classifier features as `Backbone.classifier_cells` gives them, within some hundredths.

    Args:
        backbone: what is approximated; lies on the CPU.
        pixels: (n, height, width, 3) uint8 RGB that show how large activations get.

    Raises:
        UnfitForInt8Error: on these pixels features come out otherwise.
    """

    def __init__(self, backbone: Backbone, pixels: torch.Tensor) -> None:
        description = backbone.description
        self._backbone = backbone
        self._taps = [tap.layer for tap in description.classifier]
        needed = description.graph.needed_for(self._taps)
        self._layers = [layer for layer in description.graph if layer.name in needed]
        # Few weights per channel average no rounding errors away, so these are made up for.
        self._is_corrected = any(layer.groups > 1 for layer in description.graph.convolutions)
        self._means: dict[str, torch.Tensor] = {}
        self._scales = self._measured(pixels)
        self._convolutions: dict[tuple[str, bool], Int8Convolution] = {}
        with torch.no_grad():
            found, expected = self.classifier_cells(pixels).float(), backbone.classifier_cells(pixels).float()
        error = float((found - expected).square().mean().sqrt() / expected.square().mean().sqrt().clamp(min=1e-12))
        if not error <= _LARGEST_ERROR:
            raise UnfitForInt8Error(
                f"expected features within {_LARGEST_ERROR:g} of those in floating point, got {error:.2g}"
            )

    def classifier_cells(self, pixels: torch.Tensor, *, stride: Stride = 16) -> torch.Tensor:
        """(n, height, width, 3) uint8 RGB -> (n, rows, columns, c); see `Backbone.classifier_cells`."""
        is_dense = self._backbone.is_dense_at(stride)
        outputs = self.outputs(pixels, is_dense=is_dense)
        grids = self._backbone.schedule(is_dense=is_dense).grids
        return self._backbone.reader.cells(outputs, grids, sides=(pixels.shape[1], pixels.shape[2]), stride=stride)

    def outputs(self, pixels: torch.Tensor, *, is_dense: bool = False) -> dict[str, torch.Tensor]:
        """What the classifier's taps give for (n, height, width, 3) uint8 RGB: (n, c, h, w) by layer."""
        found = {PIXELS: pixels.permute(0, 3, 1, 2)}
        for layer in self._layers:
            found[layer.name] = self._computed(layer, found, is_dense=is_dense)
        return {name: self._values(found, name) for name in self._taps}

    def _computed(self, layer: Layer, found: Mapping[str, torch.Tensor], *, is_dense: bool) -> torch.Tensor:
        """The layer's output: whole numbers where its scale is known, else values."""
        scale, dtype = self._scales.get(layer.name), self._backbone.dtype
        if isinstance(layer, Convolution):
            convolution = self._convolution(layer, is_dense=is_dense)
            return convolution(found[layer.input], dtype, out=scale)
        if isinstance(layer, MaxPool):
            schedule = self._backbone.schedule(is_dense=is_dense)
            steps = {"stride": schedule.strides[layer.name], "dilation": schedule.dilations[layer.name]}
            before, behind = padding_of(layer)
            x = found[layer.input]
            return pooled(F.pad(x, (before, behind) * 2) if before + behind else x, layer.kernel, **steps)
        if isinstance(layer, Normalization):
            x = self._backbone.norm_of(layer.name)(self._values(found, layer.input))
        else:
            x = self._summed(layer, found)
        return x.to(dtype) if scale is None else scale.rounded_(x)

    def _summed(self, layer: Sum, found: Mapping[str, torch.Tensor]) -> torch.Tensor:
        first, *others = layer.inputs
        total = self._values(found, first).clone()
        for name in others:
            total += self._values(found, name)
        return activated_(total, layer.activation)

    def _values(self, found: Mapping[str, torch.Tensor], name: str) -> torch.Tensor:
        scale = self._scales.get(name)
        return found[name] if scale is None else scale.values(found[name], self._backbone.dtype)

    def _pixel_scale(self) -> Scale:
        description = self._backbone.description
        if description.input_mean not in range(LARGEST_INPUT + 1):
            raise UnfitForInt8Error(f"expected a whole input mean of 0 to 255, got {description.input_mean}")
        return Scale(description.input_scale, round(description.input_mean))

    def _measured(self, pixels: torch.Tensor) -> dict[str, Scale]:
        """Scales of the outputs that are rounded: what convolutions and pools read, and what pools give."""
        read = {layer.inputs[0] for layer in self._layers if isinstance(layer, Convolution | MaxPool)}
        pools = [layer for layer in self._layers if isinstance(layer, MaxPool)]
        sources = {name: self._source(name) for name in read - {PIXELS, *(pool.name for pool in pools)}}
        seen = read - {PIXELS} if self._is_corrected else set()
        outputs = self._backbone.outputs(pixels, sorted({*sources.values(), *seen}))
        self._means = {name: outputs[name].float().mean((0, 2, 3)) for name in seen}
        self._means[PIXELS] = self._backbone.prepared(pixels).float().mean((0, 2, 3))
        scales = {PIXELS: self._pixel_scale()}
        for name, source in sources.items():
            lowest, largest = outputs[source].aminmax()
            scale = Scale.of(float(lowest), float(largest))
            if self._is_relu6(name):
                scale = Scale(min(scale.unit, RELU6_LIMIT / LARGEST_INPUT), 0)
            scales[name] = scale
        for pool in pools:
            scales[pool.name] = scales[pool.input]
        return scales

    def _source(self, name: str) -> str:
        """Whose output shows the range of a layer: that of the pool where only a pool reads it."""
        readers = [layer for layer in self._layers if name in layer.inputs]
        if len(readers) == 1 and isinstance(readers[0], MaxPool):
            return self._source(readers[0].name)
        return name

    def _is_relu6(self, name: str) -> bool:
        layer = self._backbone.description.graph[name]
        return isinstance(layer, Convolution | Sum) and layer.activation == "relu6"

    def _convolution(self, layer: Convolution, *, is_dense: bool) -> Int8Convolution:
        schedule = self._backbone.schedule(is_dense=is_dense)
        is_alike = not is_dense or self._steps(layer, is_dense=False) == self._steps(layer, is_dense=True)
        key = (layer.name, is_dense and not is_alike)
        if key not in self._convolutions:
            kernel, scales, bias = self._rounded(layer)
            self._convolutions[key] = Int8Convolution.of(
                layer,
                kernel,
                scales,
                bias,
                self._scales[layer.input],
                stride=schedule.strides[layer.name],
                dilation=schedule.dilations[layer.name],
            )
        return self._convolutions[key]

    def _rounded(self, layer: Convolution) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The kernel in whole numbers, what they are worth, and the bias; corrected for what rounding shifts."""
        exact, bias = self._backbone.parameters_of(layer.name)
        scales = kernel_scales(layer, exact)
        steps = exact / scales[:, None, None, None]
        kernel = steps.round()
        if self._is_corrected:
            if layer.kernel > 1:
                kernel = keeping_sums(kernel, steps)
            lost = (exact - kernel * scales[:, None, None, None]).sum((2, 3))  # (out, in per group)
            means = self._means[layer.input].view(layer.groups, 1, -1)
            bias = bias + (lost.view(layer.groups, -1, lost.shape[1]) * means).sum(dim=2).flatten()
        return kernel.to(torch.int8), scales, bias

    def _steps(self, layer: Convolution, *, is_dense: bool) -> tuple[int, int]:
        schedule = self._backbone.schedule(is_dense=is_dense)
        return schedule.strides[layer.name], schedule.dilations[layer.name]
