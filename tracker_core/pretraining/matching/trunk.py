"""The trunk whose features the head compares: two layers of a described backbone, frozen but for its tail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import torch

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.networks import Backbone
from tracker_core.studio.matching_head import COARSE_LAYER, FINE_LAYER
from tracker_core.weights import load_backbone
from tracker_core.weights.safetensors_file import tensor_sha256

_READ = {FINE_LAYER: (40, 8), COARSE_LAYER: (112, 16)}  # channels and stride


class Trunk(Protocol):
    """What a head needs of a trunk."""

    def __call__(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """(n, side, side, 3) uint8 RGB -> float32 (n, 40, h, w) of stride 8 and (n, 112, h / 2, w / 2) of 16."""


@dataclass(frozen=True, slots=True, eq=False)
class FrozenTrunk:
    """A trunk, and the weights a finished head is written with.

    Attributes:
        features: of both layers.
        fine_features: of the fine one, and no channels of the other, for a tail that is trained.
        weights: of both.
    """

    features: Trunk
    fine_features: Trunk
    weights: BackboneWeights

    @property
    def source(self) -> str:
        """Which weights they are."""
        return f"{self.weights.name}, tensors' sha256 {tensor_sha256(self.weights)}"


def frozen_trunk(name_or_path: str | Path) -> FrozenTrunk:
    """The described backbone of a name or a weight file, in float32 on the CPU.

    Raises:
        WeightsError: no such backbone, or one without the two layers that the head reads.
    """
    loaded = load_backbone(name_or_path)
    weights = replace(loaded, extra_tensors={})  # a former head's, if any
    channels = weights.description.graph.channels()
    for layer, expected in _READ.items():
        stride = weights.description.grid_of(layer).stride
        if (channels[layer], stride) != expected:
            raise WeightsError(
                f"{name_or_path}: expected {layer} with {expected[0]} channels of stride {expected[1]}, "
                f"got {channels[layer]} of stride {stride}"
            )
    backbone = Backbone(weights, device=torch.device("cpu"), dtype=torch.float32)

    def features(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        outputs = backbone.outputs(pixels, (FINE_LAYER, COARSE_LAYER))
        return outputs[FINE_LAYER], outputs[COARSE_LAYER]

    def fine_features(pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        fine = backbone.outputs(pixels, (FINE_LAYER,))[FINE_LAYER]
        return fine, fine[:, :0, ::2, ::2]

    return FrozenTrunk(features, fine_features, weights)
