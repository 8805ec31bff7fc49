"""A backbone in whole numbers of eight bits, in torch: two to three times as fast on a processor."""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import PIXELS, Convolution, Layer, MaxPool, Normalization, Sum, padding_of
from tracker_core.feature_map import Stride
from tracker_core.int8_convolution import Int8Convolution, onednn_limits, pooled
from tracker_core.int8_rounding import Int8Rounding, RoundedKernels, check_error, relative_error
from tracker_core.layer_execution import activated_
from tracker_core.networks import Backbone


class Int8Backbone:
    """Classifier features as `Backbone.classifier_cells` gives them, within some hundredths.

    Args:
        backbone: what is approximated; lies on the CPU.
        pixels: (n, height, width, 3) uint8 RGB that show how large activations get.

    Raises:
        UnfitForInt8Error: on these pixels features come out otherwise.
    """

    def __init__(self, backbone: Backbone, pixels: torch.Tensor) -> None:
        self._backbone = backbone
        self._rounding = Int8Rounding(RoundedKernels(backbone, onednn_limits()), pixels)
        self._scales = self._rounding.scales
        self._taps = [tap.layer for tap in backbone.description.classifier]
        self._convolutions: dict[tuple[str, bool], Int8Convolution] = {}
        with torch.no_grad():
            found, expected = self.classifier_cells(pixels).float(), backbone.classifier_cells(pixels).float()
        check_error(relative_error(found, expected))

    def classifier_cells(self, pixels: torch.Tensor, *, stride: Stride = 16) -> torch.Tensor:
        """(n, height, width, 3) uint8 RGB -> (n, rows, columns, c); see `Backbone.classifier_cells`."""
        is_dense = self._backbone.is_dense_at(stride)
        outputs = self.outputs(pixels, is_dense=is_dense)
        grids = self._backbone.schedule(is_dense=is_dense).grids
        return self._backbone.reader.cells(outputs, grids, sides=(pixels.shape[1], pixels.shape[2]), stride=stride)

    def outputs(self, pixels: torch.Tensor, *, is_dense: bool = False) -> dict[str, torch.Tensor]:
        """What the classifier's taps give for (n, height, width, 3) uint8 RGB: (n, c, h, w) by layer."""
        found = {PIXELS: pixels.permute(0, 3, 1, 2)}
        for layer in self._rounding.layers:
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

    def _convolution(self, layer: Convolution, *, is_dense: bool) -> Int8Convolution:
        schedule = self._backbone.schedule(is_dense=is_dense)
        is_alike = not is_dense or self._steps(layer, is_dense=False) == self._steps(layer, is_dense=True)
        key = (layer.name, is_dense and not is_alike)
        if key not in self._convolutions:
            kernel, scales, bias = self._rounding.kernel(layer)
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

    def _steps(self, layer: Convolution, *, is_dense: bool) -> tuple[int, int]:
        schedule = self._backbone.schedule(is_dense=is_dense)
        return schedule.strides[layer.name], schedule.dilations[layer.name]
