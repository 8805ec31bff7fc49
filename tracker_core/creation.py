"""Builds the tracker that a config describes."""

from __future__ import annotations

import torch

from tracker_core.backbone_weights import BackboneWeights, WeightsError
from tracker_core.config import DLSTConfig
from tracker_core.dlst import DLSTTracker
from tracker_core.guides.network import GuideNetwork
from tracker_core.studio.studio_tracker import StudioTracker
from tracker_core.tracker import Tracker


def create_tracker(
    config: DLSTConfig,
    backbone: BackboneWeights,
    *,
    device: str | torch.device = "cpu",
    seed: int = 0,
    guide: GuideNetwork | None = None,
) -> Tracker:
    """Build a tracker for one target.

    Args:
        config: one of `PRESETS`, or changed from one with `dataclasses.replace`.
        backbone: frozen weights, from `tracker_core.weights`.
        device: "cpu", "cuda" or a torch device.
        guide: a network of others that proposes boxes, too, from `load_guide`; for systems with a matching head.
        seed: of all random draws; same seed, device, thread count and input: same boxes, bit for bit.

    Raises:
        WeightsError: the config asks for a matching head and the backbone comes without one.
        ValueError: a guide for a system that cannot follow one.
    """
    if config.matching is None:
        if guide is not None:
            raise ValueError(f"{config.preset} follows no guide: take the preset dlst-studio, or no guide")
        return DLSTTracker(config, backbone, device=torch.device(device), seed=seed)
    if not backbone.extra_tensors:
        raise WeightsError(
            f'the backbone "{backbone.name}" has no matching head, and {config.preset} needs one: take its own '
            f'("{config.backbone}"), take another preset, or train a head for it (docs/pretraining.md)'
        )
    return StudioTracker(config, backbone, device=torch.device(device), seed=seed, guide=guide)
