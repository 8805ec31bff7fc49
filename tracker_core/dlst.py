"""Being written: see create_tracker."""

from __future__ import annotations

import torch

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.config import DLSTConfig
from tracker_core.tracker import Tracker


def create_tracker(
    config: DLSTConfig, backbone: BackboneWeights, *, device: str | torch.device = "cpu", seed: int = 0
) -> Tracker:
    """Build a tracker for one target."""
    raise NotImplementedError
