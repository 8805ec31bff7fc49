"""A backbone's numbers in eight bits: what whole numbers stand for between its layers, and its kernels in them.

Kernels are rounded per output channel, what each convolution reads with one scale, which comes from a frame the
tracker has seen. Whoever adds, normalises or taps gets floating point numbers.
Source of the method: Jacob et al., CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from tracker_core.backbone_graph import PIXELS, Convolution, MaxPool, Sum
from tracker_core.int8_convolution import (
    LARGEST_INPUT,
    RELU6_LIMIT,
    Scale,
    WeightLimits,
    keeping_sums,
    kernel_scales,
)
from tracker_core.networks import Backbone

LARGEST_ERROR = 0.25
"""Root mean square of what rounding changes, over that of the features, beyond which it is no use; noise has 1."""


class UnfitForInt8Error(Exception):
    """These features change too much, or cannot be computed, in whole numbers; the message says which."""


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Root mean square of the difference, over that of what is expected."""
    return float((found - expected).square().mean().sqrt() / expected.square().mean().sqrt().clamp(min=1e-12))


def check_error(error: float) -> None:
    """Raise UnfitForInt8Error where rounding changed too much."""
    if not error <= LARGEST_ERROR:
        raise UnfitForInt8Error(
            f"expected features within {LARGEST_ERROR:g} of those in floating point, got {error:.2g}"
        )


@dataclass(frozen=True, slots=True)
class ActivationRange:
    """How large a layer's output gets.

    Attributes:
        lowest, largest: over all channels.
        means: (c,) float32, of each channel.
    """

    lowest: float
    largest: float
    means: torch.Tensor


ReadRanges = Callable[[torch.Tensor, Sequence[str]], Mapping[str, ActivationRange]]
"""(n, height, width, 3) uint8 RGB and names of layers -> the range of each."""


class RoundedKernels:
    """A backbone's kernels in whole numbers, each rounded when it is first asked for, and which layers that needs.

    Args:
        backbone: lies on the CPU.
        limits: of weights.

    Attributes:
        layers: that the classifier's taps need, in their order.
        sources: whose output shows the range, by layer; what pools give is rounded as what they read.
        is_corrected: whether what rounding takes off the kernels is made up for, by the mean of what they read.
        measured: layers whose range has to be known.
    """

    def __init__(self, backbone: Backbone, limits: WeightLimits) -> None:
        self.backbone = backbone
        self._limits = limits
        graph = backbone.description.graph
        needed = graph.needed_for([tap.layer for tap in backbone.description.classifier])
        self.layers = [layer for layer in graph if layer.name in needed]
        # Few weights per channel average no rounding errors away, so these are made up for.
        self.is_corrected = any(layer.groups > 1 for layer in graph.convolutions)
        read = {layer.inputs[0] for layer in self.layers if isinstance(layer, Convolution | MaxPool)} - {PIXELS}
        pools = {layer.name for layer in self.layers if isinstance(layer, MaxPool)}
        self.sources = {name: self._source(name) for name in sorted(read - pools)}
        self.measured = tuple(sorted({*self.sources.values(), *(read if self.is_corrected else ())}))
        self._rounded: dict[str, tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = {}

    def of(self, layer: Convolution) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(out, in, rows, columns) int8; what a step is worth, (out,); what rounding took off, (out, in)."""
        if layer.name not in self._rounded:
            exact, _ = self.backbone.parameters_of(layer.name)
            scales = kernel_scales(layer, exact, self._limits)
            steps = exact / scales[:, None, None, None]
            kernel = steps.round()
            if self.is_corrected and layer.kernel > 1:
                kernel = keeping_sums(kernel, steps)
            lost = (exact - kernel * scales[:, None, None, None]).sum((2, 3))
            self._rounded[layer.name] = kernel.to(torch.int8), scales, lost
        return self._rounded[layer.name]

    def _source(self, name: str) -> str:
        """Whose output shows the range of a layer: that of the pool where only a pool reads it."""
        readers = [layer for layer in self.layers if name in layer.inputs]
        if len(readers) == 1 and isinstance(readers[0], MaxPool):
            return self._source(readers[0].name)
        return name


class Int8Rounding:
    """What the classifier's taps need of a backbone, in whole numbers of eight bits.

    Args:
        kernels: of the backbone that is approximated.
        pixels: (n, height, width, 3) uint8 RGB that show how large activations get.
        read_ranges: measures that; the backbone itself where there is nothing faster.

    Attributes:
        description: of the backbone.
        layers: that the taps need, in their order.
        scales: of what is rounded between layers, by the layer it comes from; `PIXELS` among them.

    Raises:
        UnfitForInt8Error: the pixels are no whole numbers to this backbone.
    """

    def __init__(
        self, kernels: RoundedKernels, pixels: torch.Tensor, *, read_ranges: ReadRanges | None = None
    ) -> None:
        self._kernels, self._backbone = kernels, kernels.backbone
        self.description = self._backbone.description
        self.layers = kernels.layers
        ranges = (read_ranges or self._ranges)(pixels, kernels.measured)
        self._means = {name: found.means for name, found in ranges.items()}
        self._means[PIXELS] = self._backbone.prepared(pixels).float().mean((0, 2, 3))
        self.scales: Mapping[str, Scale] = self._scaled(ranges)

    def kernel(self, layer: Convolution) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The kernel in whole numbers, what they are worth, and the bias; corrected for what rounding shifts."""
        kernel, scales, lost = self._kernels.of(layer)
        _, bias = self._backbone.parameters_of(layer.name)
        if self._kernels.is_corrected:
            means = self._means[layer.input].view(layer.groups, 1, -1)
            bias = bias + (lost.view(layer.groups, -1, lost.shape[1]) * means).sum(dim=2).flatten()
        return kernel, scales, bias

    def _pixel_scale(self) -> Scale:
        description = self.description
        if description.input_mean not in range(LARGEST_INPUT + 1):
            raise UnfitForInt8Error(f"expected a whole input mean of 0 to 255, got {description.input_mean}")
        return Scale(description.input_scale, round(description.input_mean))

    def _ranges(self, pixels: torch.Tensor, names: Sequence[str]) -> dict[str, ActivationRange]:
        ranges = {}
        for name, values in self._backbone.outputs(pixels, names).items():
            lowest, largest = map(float, values.aminmax())
            ranges[name] = ActivationRange(lowest, largest, values.float().mean((0, 2, 3)))
        return ranges

    def _scaled(self, ranges: Mapping[str, ActivationRange]) -> dict[str, Scale]:
        """Scales of the outputs that are rounded: what convolutions and pools read, and what pools give."""
        scales = {PIXELS: self._pixel_scale()}
        for name, source in self._kernels.sources.items():
            scale = Scale.of(ranges[source].lowest, ranges[source].largest)
            if self._is_relu6(name):
                scale = Scale(min(scale.unit, RELU6_LIMIT / LARGEST_INPUT), 0)
            scales[name] = scale
        for layer in self.layers:
            if isinstance(layer, MaxPool):
                scales[layer.name] = scales[layer.input]
        return scales

    def _is_relu6(self, name: str) -> bool:
        layer = self.description.graph[name]
        return isinstance(layer, Convolution | Sum) and layer.activation == "relu6"
