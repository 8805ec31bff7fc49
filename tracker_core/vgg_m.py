"""VGG-M's first three convolutions, the paper's backbone, described as data. Source: paper 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tracker_core.backbone_graph import PIXELS, Convolution, Layer, LayerGraph, MaxPool, Normalization
from tracker_core.backbone_weights import BackboneDescription, ResponseNormalization, Tap

CONVOLUTION_SHAPES: Mapping[str, tuple[int, int, int, int]] = MappingProxyType(
    {"conv1": (96, 3, 7, 7), "conv2": (256, 96, 5, 5), "conv3": (512, 256, 3, 3)}
)
"""(out, in, rows, columns) of the three convolutions. Source: paper 3.1, VGG-M."""

VGG_M_NORMALIZATION = ResponseNormalization(size=5, alpha=5e-4, beta=0.75, k=2.0)  # Caffe prototxt of VGG-M

VGG_M_CHANNELS = CONVOLUTION_SHAPES["conv3"][0]
"""Of what the classifier is given."""

STRIDES: Mapping[str, int] = MappingProxyType({"conv1": 2, "conv2": 2, "conv3": 1})
"""Of the convolutions; none of them pads, nor do the pools (authors)."""


def vgg_m_description(
    normalization: ResponseNormalization | None,
    *,
    input_mean: float = 128.0,
    relu1_gain: float = 1.0,
    relu3_gain: float = 1.0,
) -> BackboneDescription:
    """The trunk, with or without a normalisation after relu1 and relu2.

    Args:
        normalization: None for a backbone trained without it.
        input_mean: subtracted from 0..255 RGB values.
        relu1_gain: factor on the localiser's features.
        relu3_gain: factor on the classifier's features.
    """
    layers: list[Layer] = []
    before = PIXELS
    for number, (name, shape) in enumerate(CONVOLUTION_SHAPES.items(), start=1):
        layers.append(Convolution(name, before, shape[0], shape[-1], STRIDES[name], activation="relu"))
        before = name
        if number < len(CONVOLUTION_SHAPES):
            if normalization is not None:
                layers.append(Normalization(f"norm{number}", before, normalization))
                before = f"norm{number}"
            layers.append(MaxPool(f"pool{number}", before, 3, 2))
            before = f"pool{number}"
    return BackboneDescription(
        LayerGraph(tuple(layers)),
        localizer=Tap("conv1" if normalization is None else "norm1", relu1_gain),
        classifier=(Tap("conv3", relu3_gain),),
        input_mean=input_mean,
    )


def is_vgg_m(description: BackboneDescription) -> bool:
    """Whether the layers are those of VGG-M, with or without normalisation."""
    return description.graph == vgg_m_description(description.normalization).graph
