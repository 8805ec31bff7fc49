"""Builds trackers from what a user chose: the one seam where tests put a fake in."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from tracker_core import (
    DEFAULT_PRESET,
    PRESETS,
    BackboneWeights,
    Details,
    Speed,
    Tracker,
    with_background_updates,
    with_details,
    with_speed,
)
from tracker_core.weights import DEFAULT_NAME


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Which tracker to build.

    Attributes:
        backbone: name or weight file; "default" is the preset's own, see `weights`.
        device: torch device.
        threads: CPU threads it computes with; whoever drives the tracker sets them. They change the last bits.
        without: steps of `FAST_STEPS` that fast leaves out; none for exact.
        updates_in_background: fast trains while it tracks, so that no frame waits for it.
    """

    preset: str = DEFAULT_PRESET
    details: Details = "code"
    backbone: str = DEFAULT_NAME
    device: str = "cpu"
    seed: int = 0
    threads: int = 1
    speed: Speed = "exact"
    without: tuple[str, ...] = ()
    updates_in_background: bool = False

    @property
    def speed_name(self) -> str:
        """For people: "exact", "fast", "fast -score-map"."""
        return " ".join((self.speed, *(f"-{step}" for step in self.without)))

    @property
    def weights(self) -> str:
        """Name or file of the weights it sees with: what was chosen, or else those of the preset."""
        return PRESETS[self.preset].backbone if self.backbone == DEFAULT_NAME else self.backbone

    @property
    def system(self) -> str:
        """What tells it from other trackers in a table: "dlst-studio", "dlst-paper", "dlst fast"."""
        preset = self.preset if self.details == "code" else f"{self.preset}-{self.details}"
        return preset if self.speed == "exact" else f"{preset} {self.speed_name}"


MakeTracker = Callable[[TrackerSettings], Tracker]


def make_tracker(settings: TrackerSettings) -> Tracker:
    """Build the real tracker.

    Raises:
        WeightsError: the backbone is unknown, cannot be read, or lacks what the preset needs.
    """
    # Only here: torch takes seconds to load, and nobody but the maker of a tracker needs it.
    from tracker_core import create_tracker

    config = with_details(PRESETS[settings.preset], settings.details)
    config = with_speed(config, settings.speed, without=settings.without)
    if settings.updates_in_background and settings.speed == "fast":
        config = with_background_updates(config)
    return create_tracker(config, _backbone(settings.weights), device=settings.device, seed=settings.seed)


def weights_sha256(name_or_path: str) -> str:
    """Of a stored backbone's tensors, as its file says it; "" for those that are not stored: reading takes long.

    Raises:
        WeightsError: the file is damaged.
    """
    from tracker_core.weights import stored_entry

    entry = stored_entry(name_or_path)
    return "" if entry is None else entry.sha256


def _backbone(name_or_path: str) -> BackboneWeights:
    """Trackers that look with the same stored weights share what is made of them, by sharing this object."""
    from tracker_core.weights import load_backbone

    sha256 = weights_sha256(name_or_path)
    if not sha256:
        return load_backbone(name_or_path)
    with _loading:  # several threads that ask at once would each get an object of their own
        return _stored_backbone(name_or_path, sha256)


_loading = Lock()


@lru_cache(maxsize=2)
def _stored_backbone(name: str, _sha256: str) -> BackboneWeights:
    from tracker_core.weights import load_backbone

    return load_backbone(name)
