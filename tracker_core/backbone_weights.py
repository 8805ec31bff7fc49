"""Convolution weights of a VGG-M style backbone (conv1-conv3) as plain data: what a weight file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

CONVOLUTION_SHAPES: Mapping[str, tuple[int, int, int, int]] = MappingProxyType(
    {"conv1": (96, 3, 7, 7), "conv2": (256, 96, 5, 5), "conv3": (512, 256, 3, 3)}
)
"""(out, in, rows, columns) of the three convolutions. Source: paper 3.1, VGG-M."""


class WeightsError(Exception):
    """A weight file that cannot be used; the message names the file, what was expected and what was found."""


@dataclass(frozen=True, slots=True)
class ResponseNormalization:
    """Local response normalisation across channels: y = x / (k + alpha / size * sum of size squares) ** beta.

    `alpha` is PyTorch's and Caffe's (divided by `size`); MatConvNet stores alpha / size.
    """

    size: int
    alpha: float
    beta: float
    k: float


VGG_M_NORMALIZATION = ResponseNormalization(size=5, alpha=5e-4, beta=0.75, k=2.0)  # Caffe prototxt of VGG-M


@dataclass(frozen=True, slots=True)
class BackboneWeights:
    """Three frozen convolutions and how their input and output are scaled.

    Attributes:
        kernels: "conv1".."conv3" -> float32 (out, in, rows, columns), input channels in RGB order.
        biases: "conv1".."conv3" -> float32 (out,).
        normalization: applied after relu1 and relu2; None for a backbone trained without it.
        input_mean: subtracted from 0..255 RGB values.
        relu1_gain: factor on the localiser's features.
        relu3_gain: factor on the classifier's features.
        name: short name a user types.
        metadata: free text: source, licence, training, sha256.
    """

    kernels: Mapping[str, NDArray[np.float32]]
    biases: Mapping[str, NDArray[np.float32]]
    normalization: ResponseNormalization | None
    input_mean: float = 128.0
    relu1_gain: float = 1.0
    relu3_gain: float = 1.0
    name: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for layer, shape in CONVOLUTION_SHAPES.items():
            kernel, bias = self.kernels.get(layer), self.biases.get(layer)
            found = None if kernel is None else kernel.shape
            if found != shape:
                raise WeightsError(f"{layer} kernel: expected shape {shape}, got {found}")
            found_bias = None if bias is None else bias.shape
            if found_bias != shape[:1]:
                raise WeightsError(f"{layer} bias: expected shape {shape[:1]}, got {found_bias}")
        for layer in CONVOLUTION_SHAPES:
            if not (np.isfinite(self.kernels[layer]).all() and np.isfinite(self.biases[layer]).all()):
                raise WeightsError(f"{layer}: weights contain NaN or infinity")
