"""conv1-conv3 in whole numbers of eight bits: twice as fast on a processor, nearly the same features. Ours.

Kernels are rounded per output channel, inputs of each layer with one scale, which comes from a frame the tracker
has seen. The sums themselves are exact. Source of the method: Jacob et al., CVPR 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch

from tracker_core.feature_map import Stride
from tracker_core.networks import STRIDES, Backbone

_LARGEST_INPUT = 255
_HEADROOM = (
    1.25  # later frames may show more contrast than the one the scales come from; what exceeds it is clipped
)


@cache
def largest_weight() -> int:
    """Largest whole number a kernel may hold here; 0 where the processor or torch cannot convolve in eight bits.

    Processors without VNNI add pairs of products in 16 bits, which 127 would overflow without a word.
    """
    try:
        pixels = torch.full((1, 64, 1, 1), _LARGEST_INPUT, dtype=torch.uint8)
        for largest in (127, 63):
            kernel = torch.full((16, 64, 1, 1), largest, dtype=torch.int8)
            layer = _Layer.of(kernel, torch.ones(16), torch.zeros(16), input_scale=1.0, stride=1, dilation=1)
            if layer(pixels, torch.float32).max() == 64 * _LARGEST_INPUT * largest:
                return largest
    except (AttributeError, NotImplementedError, RuntimeError):  # a torch without oneDNN
        pass
    return 0


@dataclass(frozen=True, slots=True)
class _Layer:
    """One convolution with ReLU, its kernel in the processor's own order."""

    kernel: torch.Tensor
    kernel_scales: torch.Tensor
    bias: torch.Tensor
    input_scale: float
    stride: int
    dilation: int

    @classmethod
    def of(
        cls,
        kernel: torch.Tensor,
        kernel_scales: torch.Tensor,
        bias: torch.Tensor,
        *,
        input_scale: float,
        stride: int,
        dilation: int,
    ) -> _Layer:
        """From an int8 kernel (out, in, rows, columns)."""
        packed = torch.ops.onednn.qconv_prepack(
            kernel, kernel_scales, input_scale, 0, [stride] * 2, [0, 0], [dilation] * 2, 1, None
        )
        return cls(packed, kernel_scales, bias, input_scale, stride, dilation)

    def __call__(self, x: torch.Tensor, dtype: torch.dtype, *, scale: float = 1.0) -> torch.Tensor:
        """Uint8 (n, c, h, w) -> the same in `dtype`; whole numbers are multiples of `scale`."""
        result: torch.Tensor = torch.ops.onednn.qconv2d_pointwise(
            x,
            self.input_scale,
            0,
            self.kernel,
            self.kernel_scales,
            torch.zeros(len(self.kernel_scales), dtype=torch.int64),
            self.bias,
            [self.stride] * 2,
            [0, 0],
            [self.dilation] * 2,
            1,
            scale,
            0,
            dtype,
            "relu",
            [],
            "",
        )
        return result


class Int8Backbone:
    """relu3 features as `Backbone.relu3_features` gives them, within about a hundredth.

    Args:
        backbone: what is approximated; lies on the CPU.
        pixels: (n, height, width, 3) uint8 RGB that show how large activations get.
    """

    def __init__(self, backbone: Backbone, pixels: torch.Tensor) -> None:
        self._backbone = backbone
        largest = (float(activations.max()) for activations in backbone.inputs_of_convolutions(pixels))
        scales = [1.0, *(max(value, 1e-6) * _HEADROOM / _LARGEST_INPUT for value in largest)]
        self._scales = dict(zip(STRIDES, scales, strict=True))
        self._layers = {layer: self._layer(layer, dilation=1) for layer in STRIDES}
        self._dilated_conv3 = self._layer("conv3", dilation=2)

    def relu3_features(self, pixels: torch.Tensor, *, stride: Stride = 16) -> torch.Tensor:
        """(n, height, width, 3) uint8 RGB -> (n, rows, columns, 512); see `Backbone.relu3_features`."""
        is_dense = stride == 8
        x = self._rounded("conv1", pixels.permute(0, 3, 1, 2), following="conv2")
        x = self._rounded("conv2", pooled(x, step=2), following="conv3")
        conv3 = self._dilated_conv3 if is_dense else self._layers["conv3"]
        return conv3(pooled(x, step=1 if is_dense else 2), self._backbone.dtype).permute(0, 2, 3, 1)

    def _layer(self, name: str, *, dilation: int) -> _Layer:
        exact, bias = self._backbone.parameters_of(name)
        scales = exact.abs().amax((1, 2, 3)).clamp(min=1e-12) / largest_weight()
        kernel = (exact / scales[:, None, None, None]).round()
        if name == "conv1":  # the mean's share is the same everywhere, since nothing is padded
            bias = bias - self._backbone.input_mean * scales * kernel.sum((1, 2, 3))
        return _Layer.of(
            kernel.to(torch.int8),
            scales,
            bias,
            input_scale=self._scales[name],
            stride=STRIDES[name],
            dilation=dilation,
        )

    def _rounded(self, name: str, x: torch.Tensor, *, following: str) -> torch.Tensor:
        """A layer's activations, as whole numbers for the following one."""
        scale, norm = self._scales[following], self._backbone.norm_of(name)
        if norm is None:
            return self._layers[name](x, torch.uint8, scale=scale)
        normalized = norm(self._layers[name](x, self._backbone.dtype))
        return normalized.div_(scale).round_().clamp_(0, _LARGEST_INPUT).to(torch.uint8)


def pooled(x: torch.Tensor, *, step: int) -> torch.Tensor:
    """Maximum of 3 x 3 in (n, c, h, w); torch's own max_pool2d refuses uint8 beyond 255 positions."""
    for axis in (2, 3):
        span = (x.shape[axis] - 3) // step * step + 1
        first, second, third = (x.narrow(axis, i, span) for i in range(3))
        every = (slice(None),) * axis + (slice(None, None, step),)
        x = torch.maximum(torch.maximum(first[every], second[every]), third[every])
    return x
