"""Builds trackers from what a user chose: the one seam where tests put a fake in."""

# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from tracker_core import (
    DEFAULT_PRESET,
    PRESETS,
    BackboneWeights,
    Details,
    DLSTConfig,
    FieldValue,
    Speed,
    Tracker,
    config_fields,
    value_text,
    with_background_updates,
    with_details,
    with_fields,
    with_speed,
)
from tracker_core.weights import DEFAULT_NAME, GUIDE_NAMES

SYSTEMS_KNOWN = 16  # ours: a project has few, and each is asked for with every frame

if TYPE_CHECKING:
    from tracker_core.guides.network import GuideNetwork


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Which tracker to build.

    Attributes:
        backbone: name or weight file; "default" is the preset's own, see `weights`.
        device: torch device.
        threads: CPU threads it computes with; whoever drives the tracker sets them. They change the last bits.
        without: steps of `FAST_STEPS` that fast leaves out; none for exact.
        updates_in_background: fast trains while it tracks, so that no frame waits for it.
        guide: of `GUIDE_NAMES`, proposes boxes beside the matching head; "" for none.
        fields: constants that are other than the preset's at this speed, by name; see `config_fields`.
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
    guide: str = ""
    fields: tuple[tuple[str, FieldValue], ...] = ()

    @property
    def mode(self) -> str:
        """How the preset is run, for people: "exact", "fast", "fast -score-map", "fast +fear-xs"."""
        return " ".join((self.speed, *self._changes))

    @property
    def weights(self) -> str:
        """Name or file of the weights it sees with: what was chosen, or else those of the preset."""
        return PRESETS[self.preset].backbone if self.backbone == DEFAULT_NAME else self.backbone

    @property
    def system(self) -> str:
        """What tells it from others in a table: "dlst-studio", "dlst-paper", "dlst-studio fast +fear-xs"."""
        preset = self.preset if self.details == "code" else f"{self.preset}-{self.details}"
        return " ".join((preset, *(() if self.speed == "exact" else (self.speed,)), *self._changes))

    @property
    def _changes(self) -> tuple[str, ...]:
        guide = (f"+{self.guide}",) if self.guide else ()
        fields = (f"{name}={value_text(value)}" for name, value in self.fields)
        return (*(f"-{step}" for step in self.without), *guide, *fields)


MakeTracker = Callable[[TrackerSettings], Tracker]


def config_of(settings: TrackerSettings) -> DLSTConfig:
    """All constants of the tracker; ValueError where `fields` has one that there is not, or that cannot be so."""
    config = with_details(PRESETS[settings.preset], settings.details)
    config = with_speed(config, settings.speed, without=settings.without)
    if settings.updates_in_background and settings.speed == "fast":
        config = with_background_updates(config)
    return with_fields(config, dict(settings.fields))


@lru_cache(maxsize=SYSTEMS_KNOWN)
def config_of_system(system: str) -> DLSTConfig | None:
    """The constants that a `TrackerSettings.system` stands for, without those of its speed; None for others."""
    preset, *changes = system.split() or [""]
    details: Details = "code"
    if preset not in PRESETS:
        preset, details = preset.removesuffix("-paper"), "paper"
    if preset not in PRESETS:
        return None
    try:
        config = with_details(PRESETS[preset], details)
        known = {each.name: each for each in config_fields(config)}
        pairs = (change.split("=", 1) for change in changes if "=" in change)
        return with_fields(config, {name: known[name].parsed(text) for name, text in pairs if name in known})
    except ValueError:
        return None


def make_tracker(settings: TrackerSettings) -> Tracker:
    """Build the real tracker.

    Raises:
        WeightsError: the backbone is unknown, cannot be read, or lacks what the preset needs; or the guide's
            networks are not here, and the message says how to get them.
        ValueError: a guide for a preset that follows none, or as `config_of`.
    """
    # Only here: torch takes seconds to load, and nobody but the maker of a tracker needs it.
    from tracker_core import create_tracker

    return create_tracker(
        config_of(settings),
        _backbone(settings.weights),
        device=settings.device,
        seed=settings.seed,
        guide=guide_network(settings.guide) if settings.guide else None,
    )


def follows_guides(preset: str) -> bool:
    """Whether a guide may propose boxes to a preset: beside a matching head alone."""
    return PRESETS[preset].matching is not None


def guide_network(name: str) -> GuideNetwork:
    """The network of a guide, one for all trackers that follow it; WeightsError where it is not here."""
    with _loading:
        return _stored_guide(name, guide_sha256(name))


def guide_sha256(name: str) -> str:
    """Of the files that a guide is described with; "" for none and for an unknown one."""
    from tracker_core.weights import list_guides

    if name not in GUIDE_NAMES:
        return ""
    return list_guides()[GUIDE_NAMES.index(name)].sha256


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


@lru_cache(maxsize=2)
def _stored_guide(name: str, _sha256: str) -> GuideNetwork:
    from tracker_core.weights import load_guide

    # One thread per look: with more, a tracker has it look while the trunk computes.
    return load_guide(name, threads=1)
