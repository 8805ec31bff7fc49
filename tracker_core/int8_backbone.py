"""A backbone in whole numbers of eight bits: two to three times as fast on a processor, nearly the same features.

Kernels are rounded per output channel, what each convolution reads with one scale, which comes from a frame the
tracker has seen. The sums themselves are exact. Whoever adds, normalises or taps gets floating point numbers.
Source of the method: Jacob et al., CVPR 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import PIXELS, Convolution, Layer, MaxPool, Normalization, Sum, padding_of
from tracker_core.feature_map import Stride
from tracker_core.layer_execution import activated_
from tracker_core.networks import Backbone

_LARGEST_INPUT = 255
_HEADROOM = (
    1.25  # later frames may show more contrast than the one the scales come from; what exceeds it is clipped
)
_LARGEST_ERROR = 0.25  # root mean square of what rounding changes, over that of the features; a wrong one has 1
_RELU6_LIMIT = 6.0
_ACTIVATIONS: Mapping[str, tuple[str, list[float]]] = {
    "none": ("none", []),
    "relu": ("relu", []),
    "relu6": ("hardtanh", [0.0, _RELU6_LIMIT]),
}


class UnfitForInt8Error(Exception):
    """These features change too much, or cannot be computed, in whole numbers; the message says which."""


@cache
def largest_weight(*, is_depthwise: bool = False) -> int:
    """Largest whole number a kernel may hold here; 0 where the processor or torch cannot convolve in eight bits.

    Processors without VNNI add pairs of products in 16 bits, which 127 would overflow without a word; where each
    channel is convolved alone nothing is added in pairs.
    """
    channels = 64
    groups = channels if is_depthwise else 1
    plain = Convolution("probe", PIXELS, channels, 3, groups=groups, activation="relu")
    try:
        pixels = torch.full((1, channels, 3, 3), _LARGEST_INPUT, dtype=torch.uint8)
        for largest in (127, 63):
            kernel = torch.full((channels, channels // groups, 3, 3), largest, dtype=torch.int8)
            ones, zeros = torch.ones(channels), torch.zeros(channels)
            layer = Int8Convolution.of(plain, kernel, ones, zeros, Scale(1.0, 0), stride=1, dilation=1)
            found = layer(pixels, torch.float32)
            if (found == kernel[0].numel() * _LARGEST_INPUT * largest).all():
                return largest
    except (AttributeError, NotImplementedError, RuntimeError):  # a torch without oneDNN
        pass
    return 0


@cache
def has_adjacent_pairs() -> bool:
    """Whether 16 bits hold all sums as long as no two neighbouring channels exceed them: then 127 may be used."""
    channels = 64
    plain = Convolution("probe", PIXELS, channels, 1, activation="relu")
    pixels = torch.full((1, channels, 1, 1), _LARGEST_INPUT, dtype=torch.uint8)
    kernel = torch.zeros(channels, channels, 1, 1, dtype=torch.int8)
    kernel[:, ::2] = 127
    ones, zeros = torch.ones(channels), torch.zeros(channels)
    layer = Int8Convolution.of(plain, kernel, ones, zeros, Scale(1.0, 0), stride=1, dilation=1)
    return bool((layer(pixels, torch.float32) == channels // 2 * _LARGEST_INPUT * 127).all())


def kernel_scales(layer: Convolution, kernel: torch.Tensor) -> torch.Tensor:
    """(out,) what one step of each output channel's weights is worth.

    Kernels of 1 x 1 without an activation project many channels onto few: some weights are much larger than the
    others, and no activation cuts their errors off. They get as many steps as the sums of two neighbours allow.
    """
    largest = largest_weight(is_depthwise=layer.groups > 1 and kernel.shape[1] == 1)
    sizes = kernel.abs().amax((1, 2, 3))
    is_projection = layer.kernel == layer.groups == 1 and layer.activation == "none"
    if is_projection and largest < 127 and has_adjacent_pairs():
        flat = F.pad(kernel.flatten(1), (0, kernel.shape[1] % 2)).view(len(kernel), -1, 2)
        sums = [flat.mul(sign).clamp(min=0).sum(dim=2).amax(dim=1) for sign in (1, -1)]
        sizes, largest = torch.maximum(*sums), 127  # rounding adds one at most: 128 * 255 < 2 ** 15
    return sizes.clamp(min=1e-12) / largest


def keeping_sums(rounded: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    """Whole numbers (out, ...) whose sums are those of the exact ones, rounded: the nearest that are.

    What a kernel answers to an even area depends on its sum alone; with nine weights rounding shifts it visibly.
    """
    flat, rest = rounded.flatten(1), (exact - rounded).flatten(1)
    missing = rest.sum(dim=1, keepdim=True).round()
    rank = (rest * missing.sign()).argsort(dim=1, descending=True).argsort(dim=1)
    moved = flat + (rank < missing.abs()) * missing.sign()
    return moved.clamp(-127, 127).view_as(rounded)


@dataclass(frozen=True, slots=True)
class Scale:
    """What whole numbers 0..255 stand for: (number - zero) * unit."""

    unit: float
    zero: int

    @classmethod
    def of(cls, lowest: float, largest: float) -> Scale:
        """For values in a range, widened for frames not yet seen."""
        if lowest >= 0:
            return cls(max(largest, 1e-6) * _HEADROOM / _LARGEST_INPUT, 0)
        lowest, largest = lowest * _HEADROOM, max(largest, 0.0) * _HEADROOM
        unit = (largest - lowest) / _LARGEST_INPUT
        return cls(unit, round(-lowest / unit))

    def rounded_(self, x: torch.Tensor) -> torch.Tensor:
        """Values -> whole numbers; `x` is used up."""
        x = x.div_(self.unit).round_()
        if self.zero:
            x = x.add_(self.zero)
        return x.clamp_(0, _LARGEST_INPUT).to(torch.uint8)

    def values(self, x: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """Whole numbers -> values."""
        return (x.to(dtype) - self.zero).mul_(self.unit)


@dataclass(frozen=True, slots=True)
class Int8Convolution:
    """One convolution with its activation, its kernel in the processor's own order.

    Attributes:
        around: pixels added on the left, right, top and bottom: whole numbers that stand for 0.
    """

    kernel: torch.Tensor
    kernel_scales: torch.Tensor
    bias: torch.Tensor
    scale: Scale
    stride: int
    dilation: int
    groups: int
    around: tuple[int, int, int, int]
    activation: tuple[str, list[float]]

    @classmethod
    def of(
        cls,
        layer: Convolution,
        kernel: torch.Tensor,
        kernel_scales: torch.Tensor,
        bias: torch.Tensor,
        scale: Scale,
        *,
        stride: int,
        dilation: int,
    ) -> Int8Convolution:
        """From an int8 kernel (out, in, rows, columns); what the zero of the input adds is taken off the bias."""
        packed = torch.ops.onednn.qconv_prepack(
            kernel, kernel_scales, scale.unit, 0, [stride] * 2, [0, 0], [dilation] * 2, layer.groups, None
        )
        before, behind = padding_of(layer)
        if scale.zero:
            bias = bias - scale.zero * scale.unit * kernel_scales * kernel.float().sum((1, 2, 3))
        return cls(
            packed,
            kernel_scales,
            bias,
            scale,
            stride,
            dilation,
            layer.groups,
            (before, behind, before, behind),
            _ACTIVATIONS[layer.activation],
        )

    def __call__(self, x: torch.Tensor, dtype: torch.dtype, *, out: Scale | None = None) -> torch.Tensor:
        """Uint8 (n, c, h, w) -> values in `dtype`, or uint8 with the scale `out`."""
        if any(self.around):
            x = F.pad(x, self.around, value=self.scale.zero)
        name, numbers = self.activation
        result: torch.Tensor = torch.ops.onednn.qconv2d_pointwise(
            x,
            self.scale.unit,
            0,
            self.kernel,
            self.kernel_scales,
            torch.zeros(len(self.kernel_scales), dtype=torch.int64),
            self.bias,
            [self.stride] * 2,
            [0, 0],
            [self.dilation] * 2,
            self.groups,
            1.0 if out is None else out.unit,
            0 if out is None else out.zero,
            dtype if out is None else torch.uint8,
            name,
            numbers,
            "",
        )
        return result


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
        found = {PIXELS: pixels.permute(0, 3, 1, 2)}
        for layer in self._layers:
            found[layer.name] = self._computed(layer, found, is_dense=is_dense)
        outputs = {name: self._values(found, name) for name in self._taps}
        grids = self._backbone.schedule(is_dense=is_dense).grids
        return self._backbone.reader.cells(outputs, grids, sides=(pixels.shape[1], pixels.shape[2]), stride=stride)

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
        if description.input_mean != round(description.input_mean):
            raise UnfitForInt8Error(f"expected a whole input mean, got {description.input_mean}")
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
                scale = Scale(min(scale.unit, _RELU6_LIMIT / _LARGEST_INPUT), 0)
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


def pooled(x: torch.Tensor, kernel: int = 3, *, stride: int, dilation: int = 1) -> torch.Tensor:
    """Maximum of kernel x kernel in (n, c, h, w); torch's own max_pool2d refuses uint8 beyond 255 positions."""
    for axis in (2, 3):
        span = (x.shape[axis] - dilation * (kernel - 1) - 1) // stride * stride + 1
        every = (slice(None),) * axis + (slice(None, None, stride),)
        largest = x.narrow(axis, 0, span)[every]
        for i in range(1, kernel):
            largest = torch.maximum(largest, x.narrow(axis, i * dilation, span)[every])
        x = largest
    return x
