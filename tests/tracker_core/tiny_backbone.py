"""A made-up backbone of a few channels with all that EfficientNet-Lite0 has: padding, groups, a residual, taps."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tracker_core import BackboneWeights
from tracker_core.backbone_graph import PIXELS, Convolution, LayerGraph, Sum
from tracker_core.backbone_weights import BackboneDescription, Tap


def tiny_description(margin: int = 32) -> BackboneDescription:
    """A stem of 6 channels; taps of 5 channels at stride 8 and of 7 at stride 16."""
    layers = (
        Convolution("stem", PIXELS, 6, 3, 2, padding="same", activation="relu6"),
        Convolution("down1", "stem", 6, 3, 2, 6, "same", "relu6"),
        Convolution("down2", "down1", 6, 5, 2, 6, "same", "relu6"),
        Convolution("project", "down2", 5, 1),
        Convolution("wide", "project", 10, 1, activation="relu6"),
        Convolution("wide_depthwise", "wide", 10, 3, 1, 10, "same", "relu6"),
        Convolution("narrow", "wide_depthwise", 5, 1),
        Sum("fine", ("narrow", "project")),
        Convolution("last_depthwise", "fine", 5, 3, 2, 5, "same", "relu6"),
        Convolution("coarse", "last_depthwise", 7, 1),
    )
    rng = np.random.default_rng(1)
    return BackboneDescription(
        LayerGraph(layers),
        localizer=Tap("stem", 3.0),
        classifier=(
            Tap("fine", 5.0, tuple(rng.normal(0, 1, 5)), tuple(rng.uniform(0.5, 2, 5)), is_smoothed=True),
            Tap("coarse", 5.0, tuple(rng.normal(0, 1, 7)), tuple(rng.uniform(0.5, 2, 7))),
        ),
        margin=margin,
        input_mean=127.0,
        input_scale=1 / 128,
    )


@cache
def tiny_weights(margin: int = 32) -> BackboneWeights:
    rng = np.random.default_rng(0)
    description = tiny_description(margin)
    kernels, biases = {}, {}
    for name, shape in description.graph.kernel_shapes().items():
        kernels[name] = drawn(rng, shape)
        biases[name] = rng.normal(0, 0.3, shape[0]).astype(np.float32)
    return BackboneWeights(
        description, kernels, biases, name="tiny", metadata={"source": "a test", "licence": "free"}
    )


def drawn(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    return (rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[1:]))).astype(np.float32)


def with_description(weights: BackboneWeights, **changes: object) -> BackboneWeights:
    return replace(weights, description=replace(weights.description, **changes))
