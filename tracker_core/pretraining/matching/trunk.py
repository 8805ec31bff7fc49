"""The frozen trunk whose features the head compares: EfficientNet-Lite0 up to its block 10.

Everything else knows the protocol `Trunk` alone, so that another way to run the same layers is put in here.
Source: Tan and Le, ICML 2019 (EfficientNet); the Lite variants are Google's, Apache-2.0.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.backbone_weights import WeightsError

FINE_LAYER, COARSE_LAYER = 4, 10  # blocks, of strides 8 and 16
_MEAN, _SCALE = 127.0, 128.0  # of the input, as it was trained
_VARIANCE_FLOOR = 1e-3  # of its batch norms
_STEM_STRIDE = 2
_PROBE_SIDE = 32  # pixels
_NOT_A_STATE_DICT = (
    *(pickle.UnpicklingError, EOFError, RuntimeError, AttributeError),
    *(KeyError, IndexError, TypeError, ValueError),
)


class Trunk(Protocol):
    """What a head needs of a trunk."""

    def __call__(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, side, side, 3) uint8 RGB -> float32 (n, 40, h, w) of stride 8 and (n, 112, h / 2, w / 2) of 16."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenTrunk:
    """A trunk and what a weight file says of it."""

    features: Trunk
    source: str


@dataclass(frozen=True, slots=True)
class _Block:
    """One inverted residual: how it expands, its kernel and stride, its channels."""

    expansion: int
    kernel: int
    stride: int
    channels_in: int
    channels: int


_BLOCKS = (
    _Block(1, 3, 1, 32, 16),
    _Block(6, 3, 2, 16, 24),
    _Block(6, 3, 1, 24, 24),
    _Block(6, 5, 2, 24, 40),
    _Block(6, 5, 1, 40, 40),
    _Block(6, 3, 2, 40, 80),
    _Block(6, 3, 1, 80, 80),
    _Block(6, 3, 1, 80, 80),
    _Block(6, 5, 1, 80, 112),
    _Block(6, 5, 1, 112, 112),
    _Block(6, 5, 1, 112, 112),
)


def frozen_trunk(path: Path) -> FrozenTrunk:
    """Read EfficientNet-Lite0 from a state dict as its PyTorch port has it (`_conv_stem`, `_blocks.0`...).

    Raises:
        WeightsError: no such file, or another network's.
    """
    if not path.is_file():
        raise WeightsError(f"{path}: expected a file with the weights of EfficientNet-Lite0; there is none")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        trunk = _EfficientNetLite0(state).eval().requires_grad_(False)
        trunk(torch.zeros((1, _PROBE_SIDE, _PROBE_SIDE, 3), dtype=torch.uint8))  # shapes that do not fit show here
    except _NOT_A_STATE_DICT as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(f"{path}: expected the state dict of EfficientNet-Lite0 ({reason})") from error
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return FrozenTrunk(
        trunk,
        f"EfficientNet-Lite0, outputs of blocks {FINE_LAYER} and {COARSE_LAYER} "
        f"(Tan and Le 2019; Google, Apache-2.0), file sha256 {digest}",
    )


class _Convolution(nn.Module):
    """A convolution with its batch norm folded in; padded as TensorFlow does ("same")."""

    def __init__(
        self, state: Mapping[str, torch.Tensor], layer: str, norm: str, *, stride: int, is_depthwise: bool
    ) -> None:
        super().__init__()
        factor = state[f"{norm}.weight"] / torch.sqrt(state[f"{norm}.running_var"] + _VARIANCE_FLOOR)
        kernel = state[f"{layer}.weight"] * factor[:, None, None, None]
        self.kernel = nn.Parameter(kernel.contiguous(memory_format=torch.channels_last))
        self.bias = nn.Parameter(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor)
        self._stride = stride
        self._groups = len(kernel) if is_depthwise else 1

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        side = self.kernel.shape[-1]
        padding = side // 2
        if self._stride > 1:  # one more on the right and below
            x = F.pad(x, ((side - 2) // 2, (side - 1) // 2) * 2)
            padding = 0
        return F.conv2d(x, self.kernel, self.bias, stride=self._stride, padding=padding, groups=self._groups)


class _InvertedResidual(nn.Module):
    def __init__(self, state: Mapping[str, torch.Tensor], number: int, block: _Block) -> None:
        super().__init__()
        name = f"_blocks.{number}."
        self.expand: _Convolution | None = None
        if block.expansion > 1:
            self.expand = _Convolution(state, f"{name}_expand_conv", f"{name}_bn0", stride=1, is_depthwise=False)
        self.depthwise = _Convolution(
            state, f"{name}_depthwise_conv", f"{name}_bn1", stride=block.stride, is_depthwise=True
        )
        self.project = _Convolution(state, f"{name}_project_conv", f"{name}_bn2", stride=1, is_depthwise=False)
        self._is_residual = block.stride == 1 and block.channels_in == block.channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = x if self.expand is None else F.hardtanh_(self.expand(x), 0.0, 6.0)
        y = F.hardtanh_(self.depthwise(y), 0.0, 6.0)
        projected: torch.Tensor = self.project(y)
        return projected.add_(x) if self._is_residual else projected


class _EfficientNetLite0(nn.Module):
    def __init__(self, state: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.stem = _Convolution(state, "_conv_stem", "_bn0", stride=_STEM_STRIDE, is_depthwise=False)
        self.blocks = nn.ModuleList(
            [_InvertedResidual(state, number, block) for number, block in enumerate(_BLOCKS)]
        )

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = (pixels.permute(0, 3, 1, 2).float() - _MEAN) / _SCALE
        x = F.hardtanh_(self.stem(x), 0.0, 6.0)
        outputs = []
        for block in self.blocks:
            x = block(x)
            outputs.append(x)
        return outputs[FINE_LAYER], outputs[COARSE_LAYER]
