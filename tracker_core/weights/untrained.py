"""An untrained backbone: what tracking is worth without learned features."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as nn
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.vgg_m import CONVOLUTION_SHAPES, vgg_m_description

_MEAN_ACTIVATION = 5.0  # of the features the heads see; the paper's learning rates suit it
_INPUT_MEAN = 128.0
_PATCH_SIDE = 107  # paper 3.1


def random_backbone(seed: int = 0) -> BackboneWeights:
    """Kernels drawn after He et al. 2015, biases zero, no normalisation, gains for a mean activation of about 5.

    The same seed gives the same kernels; the gains are measured on noise with the spectrum of photographs.
    """
    rng = np.random.default_rng(seed)
    kernels, biases = {}, {}
    for layer, shape in CONVOLUTION_SHAPES.items():
        deviation = math.sqrt(2 / math.prod(shape[1:]))
        kernels[layer] = (rng.standard_normal(shape) * deviation).astype(np.float32)
        biases[layer] = np.zeros(shape[0], dtype=np.float32)
    relu1, relu3 = _mean_activations(kernels, _photograph_like(rng))
    return BackboneWeights(
        vgg_m_description(
            None,
            input_mean=_INPUT_MEAN,
            relu1_gain=_MEAN_ACTIVATION / relu1,
            relu3_gain=_MEAN_ACTIVATION / relu3,
        ),
        kernels=kernels,
        biases=biases,
        name="random",
        metadata={"source": f"drawn at random, seed {seed}", "licence": "none needed", "training": "none"},
    )


def _photograph_like(rng: np.random.Generator) -> torch.Tensor:
    """(8, 3, 107, 107) noise, 0..255: each octave has the contrast of the next, as in natural images."""
    images = torch.zeros(8, 3, _PATCH_SIDE, _PATCH_SIDE)
    for side in (2, 4, 8, 16, 32, 64):
        octave = torch.from_numpy(rng.standard_normal((8, 3, side, side), dtype=np.float32))
        images += nn.interpolate(octave, size=_PATCH_SIDE, mode="bilinear", align_corners=False)
    return (_INPUT_MEAN + 30 * images).clamp(0, 255)


def _mean_activations(kernels: dict[str, NDArray[np.float32]], images: torch.Tensor) -> tuple[float, float]:
    conv1, conv2, conv3 = (torch.from_numpy(kernels[layer]) for layer in CONVOLUTION_SHAPES)
    with torch.inference_mode():
        relu1 = nn.conv2d(images - _INPUT_MEAN, conv1, stride=2).relu()
        relu2 = nn.conv2d(nn.max_pool2d(relu1, 3, 2), conv2, stride=2).relu()
        relu3 = nn.conv2d(nn.max_pool2d(relu2, 3, 2), conv3).relu()
    return float(relu1.mean()), float(relu3.mean())
