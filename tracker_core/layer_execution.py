"""What single layers compute, in floating point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it

from tracker_core.backbone_graph import (
    Activation,
    CellGrid,
    Convolution,
    LayerGraph,
    MaxPool,
    ResponseNormalization,
    padding_of,
)

_DENSE_STRIDE = 8  # what a layer of twice the stride runs at where a map is to be dense


@dataclass(frozen=True, slots=True)
class Schedule:
    """How layers step over what they read: as described, or densely.

    Attributes:
        strides: of convolutions and pools.
        dilations: likewise.
        grids: where the cells of every layer then look.
    """

    strides: Mapping[str, int]
    dilations: Mapping[str, int]
    grids: Mapping[str, CellGrid]

    @classmethod
    def of(cls, graph: LayerGraph, *, is_dense: bool) -> Schedule:
        """Densely, a layer that reaches stride 16 takes half its steps and what follows is dilated.

        Every second cell is then one of those there are without. Only for layers that do not pad.
        """
        strides, dilations, grids = {}, {}, graph.grids()
        limit = 2 * _DENSE_STRIDE
        for layer in graph:
            if isinstance(layer, Convolution | MaxPool):
                is_behind = is_dense and grids[layer.input].stride >= limit
                is_crossing = is_dense and not is_behind and grids[layer.name].stride >= limit
                strides[layer.name] = layer.stride // 2 if is_crossing else layer.stride
                dilations[layer.name] = 2 if is_behind else 1
        if is_dense:
            grids = {
                name: CellGrid(grid.stride // 2, grid.first) if grid.stride >= limit else grid
                for name, grid in grids.items()
            }
        return cls(strides, dilations, grids)


class LocalResponseNorm:
    """Local response normalisation across the channels of (n, c, h, w).

    The sum over neighbouring channels is a 1x1 convolution with a band matrix: several times faster on a CPU than
    torch's own, which pools over an extra dimension. Of an even size, one more lies behind (as in torch).
    """

    def __init__(
        self, normalization: ResponseNormalization, channels: int, *, device: torch.device, dtype: torch.dtype
    ) -> None:
        behind, ahead = normalization.size // 2, (normalization.size - 1) // 2
        band = torch.ones(channels, channels).tril(ahead).triu(-behind) * (
            normalization.alpha / normalization.size
        )
        self._band = band[:, :, None, None].to(device=device, dtype=dtype)
        self._k = torch.full((channels,), normalization.k, device=device, dtype=dtype)
        self._beta = normalization.beta

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The normalised maps, in the precision of this normalisation."""
        x = x.to(self._band.dtype)
        divisor = F.conv2d(x * x, self._band, self._k)
        if self._beta == 0.75:  # the usual exponent, without a slow pow
            root = divisor.rsqrt()
            return x * (root * root.sqrt())
        return x * divisor.pow(-self._beta)


def convolved(
    layer: Convolution, x: torch.Tensor, kernel: torch.Tensor, bias: torch.Tensor, *, stride: int, dilation: int
) -> torch.Tensor:
    """(n, c, h, w) -> the layer's output; stride and dilation are its own unless it runs densely."""
    before, behind = padding_of(layer)
    if before != behind:
        x = F.pad(x, (before, behind) * 2)
        before = 0
    x = F.conv2d(x, kernel, bias, stride=stride, padding=before, dilation=dilation, groups=layer.groups)
    return activated_(x, layer.activation)


def activated_(x: torch.Tensor, activation: Activation) -> torch.Tensor:
    """The activation, in place."""
    if activation == "relu":
        return x.relu_()
    if activation == "relu6":
        return x.clamp_(0.0, 6.0)
    return x


def pooled(layer: MaxPool, x: torch.Tensor, *, stride: int, dilation: int) -> torch.Tensor:
    """(n, c, h, w) -> the largest of each window."""
    before, behind = padding_of(layer)
    if before or behind:
        x = F.pad(x, (before, behind) * 2, value=float("-inf"))
    return F.max_pool2d(x, layer.kernel, stride, dilation=dilation)
