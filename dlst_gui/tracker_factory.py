"""Builds trackers from what a user chose: the one seam where tests put a fake in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tracker_core import PRESETS, Details, Tracker, create_tracker, with_details
from tracker_core.weights import load_backbone


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Which tracker to build.

    Attributes:
        backbone: name or weight file.
        device: torch device.
        threads: CPU threads it computes with; whoever drives the tracker sets them. They change the last bits.
    """

    preset: str = "dlst"
    details: Details = "code"
    backbone: str = "default"
    device: str = "cpu"
    seed: int = 0
    threads: int = 1


MakeTracker = Callable[[TrackerSettings], Tracker]


def make_tracker(settings: TrackerSettings) -> Tracker:
    """Build the real tracker.

    Raises:
        WeightsError: the backbone is unknown or cannot be read.
    """
    config = with_details(PRESETS[settings.preset], settings.details)
    return create_tracker(config, load_backbone(settings.backbone), device=settings.device, seed=settings.seed)
