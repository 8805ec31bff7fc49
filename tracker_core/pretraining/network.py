"""conv1-conv3 while they learn: VGG-M's layers (`tracker_core.vgg_m`), with gradients."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own name for it
from torch import nn

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.vgg_m import CONVOLUTION_SHAPES, STRIDES, vgg_m_description

INPUT_MEAN = 128.0
_INPUT_SCALE = 64.0  # grey levels; taken back into conv1 when weights are written


class TrainableBackbone(nn.Module):
    """Three convolutions without response normalisation; parameters are float32, in whatever they compute."""

    def __init__(self, generator: torch.Generator) -> None:
        super().__init__()
        self.kernels = nn.ParameterDict()
        self.biases = nn.ParameterDict()
        for layer, shape in CONVOLUTION_SHAPES.items():
            deviation = math.sqrt(2 / math.prod(shape[1:]))  # He et al. 2015
            drawn = torch.empty(shape).normal_(0, deviation, generator=generator)
            self.kernels[layer] = nn.Parameter(drawn.contiguous(memory_format=torch.channels_last))
            self.biases[layer] = nn.Parameter(torch.zeros(shape[0]))

    @torch.no_grad()
    def take(self, weights: BackboneWeights) -> None:
        """Start from a backbone that is made alike: without response normalisation."""
        for layer in CONVOLUTION_SHAPES:
            scale = _INPUT_SCALE if layer == "conv1" else 1.0
            self.kernels[layer].copy_(torch.from_numpy(weights.kernels[layer] * scale))
            self.biases[layer].copy_(torch.from_numpy(weights.biases[layer]))

    def forward(self, pixels: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """(n, height, width, 3) uint8 -> relu3 cells (n, rows, columns, c) at stride 8.

        The larger of two values above zero is the larger of both, cut off at zero: behind the pool a ReLU has a
        quarter of the work.
        """
        first = F.relu_(F.max_pool2d(self._first(pixels, dtype), 3, 2))
        second = F.relu_(F.max_pool2d(self._convolve("conv2", first), 3, 1))
        return F.relu_(self._convolve("conv3", second, dilation=2)).permute(0, 2, 3, 1)

    def relu1_power(self, pixels: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """The mean square of relu1 for (n, height, width, 3) uint8."""
        return power_of(F.relu_(self._first(pixels, dtype)))

    def _first(self, pixels: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        x = pixels.permute(0, 3, 1, 2).to(dtype)
        return self._convolve("conv1", (x - INPUT_MEAN) / _INPUT_SCALE)

    def _convolve(self, layer: str, x: torch.Tensor, *, dilation: int = 1) -> torch.Tensor:
        kernel, bias = self.kernels[layer].to(x.dtype), self.biases[layer].to(x.dtype)
        return F.conv2d(x, kernel, bias, stride=STRIDES[layer], dilation=dilation)


def power_of(features: torch.Tensor) -> torch.Tensor:
    """Their mean square, without a gradient."""
    return features.detach().float().square().mean()


def exported(
    tensors: Mapping[str, torch.Tensor], *, relu1_gain: float, relu3_gain: float, metadata: Mapping[str, str]
) -> BackboneWeights:
    """Weights for a tracker from a `TrainableBackbone`'s tensors by name: `kernels.conv1`, `biases.conv1`..."""
    kernels = {layer: tensors[f"kernels.{layer}"].detach().cpu().float().numpy() for layer in CONVOLUTION_SHAPES}
    biases = {layer: tensors[f"biases.{layer}"].detach().cpu().float().numpy() for layer in CONVOLUTION_SHAPES}
    kernels["conv1"] = kernels["conv1"] / np.float32(_INPUT_SCALE)
    return BackboneWeights(
        vgg_m_description(None, input_mean=INPUT_MEAN, relu1_gain=relu1_gain, relu3_gain=relu3_gain),
        kernels={layer: np.ascontiguousarray(kernel) for layer, kernel in kernels.items()},
        biases=biases,
        metadata=metadata,
    )
