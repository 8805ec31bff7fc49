"""What is compared: our systems, and trackers of others on the same frames."""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import onnxruntime
import torch

from dlst_gui.commands.running.speed_choice import chosen_speeds
from dlst_gui.commands.running.system_choice import check_systems
from dlst_gui.commands.sequence_runs.arguments import SequenceRunOptions
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings, guide_network, guide_sha256
from tracker_core import Tracker, shipped_file
from tracker_core.evaluation.peer_names import SEEDED_TRACKERS
from tracker_core.evaluation.peers import make_peer, peer_settings
from tracker_core.evaluation.summary import Settings
from tracker_core.weights import GUIDE_NAMES, load_backbone, tensor_sha256

TRACKING_PARTS = ("config", "engine", "guides", "studio")
"""Folders of `tracker_core` on which boxes depend beside its own files; weights are told by their tensors."""

MakeSeededTracker = Callable[[int], Tracker]
"""Builds a tracker for a seed; crosses to other processes, so it is made of module-level functions."""


@dataclass(frozen=True, slots=True)
class System:
    """Something that is evaluated.

    Attributes:
        name: its row in the tables.
        settings: all that its boxes depend on, apart from seed and sequence.
        is_seeded: whether another seed can give other boxes.
    """

    name: str
    make_tracker: MakeSeededTracker
    settings: Settings
    is_seeded: bool = True

    @property
    def folder_name(self) -> str:
        """The name without blanks."""
        return self.name.replace(" ", "_")


def preset_systems(options: SequenceRunOptions, device: str, make_tracker: MakeTracker) -> Sequence[System]:
    """The presets, each at its speeds with its guides.

    Raises:
        CommandError: steps, details or a guide that a system does not have.
        WeightsError: the backbone is unknown or cannot be read, or a guide's networks are not here.
    """
    systems = []
    checksums: dict[str, str] = {}
    for chosen in _chosen(options, device):
        if chosen.weights not in checksums:
            checksums[chosen.weights] = tensor_sha256(load_backbone(chosen.weights))
        settings: Settings = {
            "preset": chosen.preset,
            "details": options.details,
            "speed": chosen.speed,
            "without": ",".join(chosen.without),
            "backbone": chosen.weights,
            "backbone_sha256": checksums[chosen.weights],
            "device": device,
            "threads": options.threads,
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,  # runs the frozen networks of some presets
            "program_sha256": program_sha256(),
            **_guide_settings(chosen.guide),
        }
        systems.append(System(chosen.system, partial(_seeded, make_tracker, chosen), settings))
    return systems


def _guide_settings(guide: str) -> Settings:
    if not guide:
        return {}
    guide_network(guide)  # a missing one is told before hours of work
    return {"guide": guide, "guide_sha256": guide_sha256(guide)}


def _chosen(options: SequenceRunOptions, device: str) -> list[TrackerSettings]:
    speeds = chosen_speeds(options.speeds, options.without, device=device)
    check_systems(options.presets, details=options.details, without=options.without, guides=options.guides)
    return [
        TrackerSettings(
            preset,
            options.details,
            options.backbone,
            device,
            threads=options.threads,
            speed=speed,
            without=options.without if speed == "fast" else (),
            guide=guide,
        )
        for preset in options.presets
        for speed in speeds
        for guide in options.guides
    ]


def peer_systems(names: Sequence[str]) -> Sequence[System]:
    """Trackers of others by name.

    Raises:
        EvaluationError: one that is not installed.
        WeightsError: one whose networks are not here.
    """
    for name in names:
        make_peer(name)  # a missing one is told before hours of work
    return [
        System(name, partial(_peer, name), _peer_settings(name), is_seeded=name in SEEDED_TRACKERS)
        for name in names
    ]


def _peer_settings(name: str) -> Settings:
    return {**peer_settings(name), **({"program_sha256": program_sha256()} if name in GUIDE_NAMES else {})}


def _seeded(make_tracker: MakeTracker, settings: TrackerSettings, seed: int) -> Tracker:
    return make_tracker(replace(settings, seed=seed))


def _peer(name: str, seed: int) -> Tracker:
    return make_peer(name, seed=seed)


def program_sha256() -> str:
    """Of the trackers' source and data, so that results of an older program are not taken for its own."""
    digest = hashlib.sha256()
    core = importlib.resources.files("tracker_core")
    parts = (core, *(core.joinpath(name) for name in TRACKING_PARTS), shipped_file("guides"))
    files = (file for part in parts for file in part.iterdir())
    for file in sorted((file for file in files if file.name.endswith((".py", ".toml"))), key=str):
        digest.update(file.name.encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
