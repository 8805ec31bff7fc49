"""Reads py-MDNet's `.pth`: convolutions trained on videos, with a normalisation of their own.

The file is a dict whose "shared_layers" maps conv1.0.weight, conv1.0.bias, conv2.0.weight ... to tensors, kernels
as (out, in, rows, columns), RGB, 0..255 minus 128; its fully connected layers are left aside.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_weights import (
    CONVOLUTION_SHAPES,
    BackboneWeights,
    ResponseNormalization,
    WeightsError,
)

PYMDNET_NORMALIZATION = ResponseNormalization(size=2, alpha=1e-4, beta=0.75, k=1.0)  # torch's LocalResponseNorm(2)


def read_pymdnet(path: Path) -> BackboneWeights:
    """Read the three convolutions; WeightsError (without the file's name) where they are not there."""
    layers = _shared_layers(path)
    kernels, biases = {}, {}
    for name, shape in CONVOLUTION_SHAPES.items():
        kernels[name] = _tensor(layers, f"{name}.0.weight", shape)
        biases[name] = _tensor(layers, f"{name}.0.bias", shape[:1])
    return BackboneWeights(
        kernels=kernels,
        biases=biases,
        normalization=PYMDNET_NORMALIZATION,
        name=path.stem,
        metadata={
            "source": "py-MDNet: Nam and Han, Learning Multi-Domain Convolutional Neural Networks, CVPR 2016",
            "licence": "terms of py-MDNet's authors",
        },
    )


def _shared_layers(path: Path) -> Mapping[object, object]:
    try:
        state: object = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(
            "expected tensors only; it is damaged or holds other Python objects, which are not loaded because "
            "that can run code. Save the state_dict alone"
        ) from error
    except Exception as error:  # what the unpickler of a damaged file raises is not documented
        raise WeightsError(f"damaged PyTorch file: {type(error).__name__}: {error!s:.200}") from error
    layers = state.get("shared_layers") if isinstance(state, Mapping) else None
    if not isinstance(layers, Mapping):
        found = ", ".join(map(str, state))[:200] if isinstance(state, Mapping) else type(state).__name__
        raise WeightsError(f'expected "shared_layers" with the tensors of py-MDNet, got {found}')
    return layers


def _tensor(layers: Mapping[object, object], key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    value = layers.get(key)
    if not isinstance(value, torch.Tensor) or not value.is_floating_point() or value.layout != torch.strided:
        raise WeightsError(f"{key}: expected a tensor of floating point numbers, got {type(value).__name__}")
    if tuple(value.shape) != shape:
        raise WeightsError(f"{key}: expected shape {shape}, got {tuple(value.shape)}")
    return np.array(value.detach().to(torch.float32).numpy())
