"""Reads py-MDNet's `.pth`: convolutions trained on videos, with a normalisation of their own.

The file is a dict whose "shared_layers" maps conv1.0.weight, conv1.0.bias, conv2.0.weight ... to tensors, kernels
as (out, in, rows, columns), RGB, 0..255 minus 128; its fully connected layers are left aside.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracker_core.backbone_weights import BackboneWeights, ResponseNormalization, WeightsError
from tracker_core.vgg_m import CONVOLUTION_SHAPES, vgg_m_description
from tracker_core.weights.pytorch_file import StateDict, tensor_of

PYMDNET_NORMALIZATION = ResponseNormalization(size=2, alpha=1e-4, beta=0.75, k=1.0)  # torch's LocalResponseNorm(2)
_SHARED = "shared_layers"


def is_pymdnet(state: StateDict) -> bool:
    """Whether it looks like py-MDNet's."""
    return _SHARED in state


def pymdnet_weights(state: StateDict, name: str) -> BackboneWeights:
    """The three convolutions; WeightsError (without the file's name) where they are not there."""
    layers = state.get(_SHARED)
    if not isinstance(layers, Mapping):
        raise WeightsError(f'expected "{_SHARED}" with the tensors of py-MDNet, got {type(layers).__name__}')
    kernels, biases = {}, {}
    for layer, shape in CONVOLUTION_SHAPES.items():
        kernels[layer] = tensor_of(layers, f"{layer}.0.weight", shape)
        biases[layer] = tensor_of(layers, f"{layer}.0.bias", shape[:1])
    return BackboneWeights(
        vgg_m_description(PYMDNET_NORMALIZATION),
        kernels=kernels,
        biases=biases,
        name=name,
        metadata={
            "source": "py-MDNet: Nam and Han, Learning Multi-Domain Convolutional Neural Networks, CVPR 2016",
            "licence": "terms of py-MDNet's authors",
        },
    )
