"""Single convolutions in whole numbers of eight bits, as oneDNN computes them, and what the numbers stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import PIXELS, Convolution, padding_of

LARGEST_INPUT = 255
_HEADROOM = (
    1.25  # later frames may show more contrast than the one the scales come from; what exceeds it is clipped
)
RELU6_LIMIT = 6.0
_ACTIVATIONS: Mapping[str, tuple[str, list[float]]] = {
    "none": ("none", []),
    "relu": ("relu", []),
    "relu6": ("hardtanh", [0.0, RELU6_LIMIT]),
}


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
        pixels = torch.full((1, channels, 3, 3), LARGEST_INPUT, dtype=torch.uint8)
        for largest in (127, 63):
            kernel = torch.full((channels, channels // groups, 3, 3), largest, dtype=torch.int8)
            ones, zeros = torch.ones(channels), torch.zeros(channels)
            layer = Int8Convolution.of(plain, kernel, ones, zeros, Scale(1.0, 0), stride=1, dilation=1)
            found = layer(pixels, torch.float32)
            if (found == kernel[0].numel() * LARGEST_INPUT * largest).all():
                return largest
    except (AttributeError, NotImplementedError, RuntimeError):  # a torch without oneDNN
        pass
    return 0


@cache
def has_adjacent_pairs() -> bool:
    """Whether 16 bits hold all sums as long as no two neighbouring channels exceed them: then 127 may be used."""
    channels = 64
    plain = Convolution("probe", PIXELS, channels, 1, activation="relu")
    pixels = torch.full((1, channels, 1, 1), LARGEST_INPUT, dtype=torch.uint8)
    kernel = torch.zeros(channels, channels, 1, 1, dtype=torch.int8)
    kernel[:, ::2] = 127
    ones, zeros = torch.ones(channels), torch.zeros(channels)
    layer = Int8Convolution.of(plain, kernel, ones, zeros, Scale(1.0, 0), stride=1, dilation=1)
    return bool((layer(pixels, torch.float32) == channels // 2 * LARGEST_INPUT * 127).all())


@dataclass(frozen=True, slots=True)
class WeightLimits:
    """How large whole-numbered weights may be where a processor adds products in few bits.

    Attributes:
        dense: largest weight; 0 where there is no arithmetic in eight bits.
        depthwise: where each channel is convolved alone.
        has_adjacent_pairs: whether only sums of two neighbouring channels are limited.
    """

    dense: int
    depthwise: int
    has_adjacent_pairs: bool


@cache
def onednn_limits() -> WeightLimits:
    """Those of torch's own convolutions here."""
    return WeightLimits(largest_weight(), largest_weight(is_depthwise=True), has_adjacent_pairs())


def kernel_scales(layer: Convolution, kernel: torch.Tensor, limits: WeightLimits) -> torch.Tensor:
    """(out,) what one step of each output channel's weights is worth.

    Kernels of 1 x 1 without an activation project many channels onto few: some weights are much larger than the
    others, and no activation cuts their errors off. They get as many steps as the sums of two neighbours allow.
    """
    largest = limits.depthwise if layer.groups > 1 and kernel.shape[1] == 1 else limits.dense
    sizes = kernel.abs().amax((1, 2, 3))
    is_projection = layer.kernel == layer.groups == 1 and layer.activation == "none"
    if is_projection and largest < 127 and limits.has_adjacent_pairs:
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
            return cls(max(largest, 1e-6) * _HEADROOM / LARGEST_INPUT, 0)
        lowest, largest = lowest * _HEADROOM, max(largest, 0.0) * _HEADROOM
        unit = (largest - lowest) / LARGEST_INPUT
        return cls(unit, round(-lowest / unit))

    def rounded_(self, x: torch.Tensor) -> torch.Tensor:
        """Values -> whole numbers; `x` is used up."""
        x = x.div_(self.unit).round_()
        if self.zero:
            x = x.add_(self.zero)
        return x.clamp_(0, LARGEST_INPUT).to(torch.uint8)

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
