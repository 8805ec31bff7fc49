"""What `effort` compares: no tracker, those of others, and ours with and without learning from corrections."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from dlst_gui.commands.effort import bidirectional_tool
from dlst_gui.commands.effort.command import OUR_NAMES, EffortOptions
from dlst_gui.commands.effort.tasks import (
    EffortSystem,
    label_bidirectional,
    label_by_interpolating,
    label_with_tool,
)
from dlst_gui.commands.sequence_runs.systems import MakeSeededTracker, System, peer_systems, preset_systems
from dlst_gui.project.findings import review_findings, signs
from dlst_gui.tracking import fusion, joint_run, leg, tracking_run
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.labelling_tools import HeldBox, TrackerTool
from tracker_core.evaluation.offline_annotator import MendNext
from tracker_core.evaluation.peer_names import PEER_NAMES

BIDIRECTIONAL: Mapping[str, MendNext] = MappingProxyType(
    {"two-sided": MendNext.WORST, "two-sided-queue": MendNext.QUEUED}
)


def effort_systems(options: EffortOptions, device: str, make_tracker: MakeTracker) -> tuple[EffortSystem, ...]:
    """The systems in the order they were asked for; ours once per preset and speed.

    Raises:
        CommandError: steps to leave out of an exact tracker.
        WeightsError: the backbone is unknown or cannot be read, or a guide's networks are not here.
        EvaluationError: an OpenCV tracker that is not installed.
    """
    has_ours = any(name in OUR_NAMES for name in options.systems)
    ours = preset_systems(options, device, make_tracker) if has_ours else ()
    return tuple(system for name in options.systems for system in _named(name, ours))


def _named(name: str, ours: Sequence[System]) -> Sequence[EffortSystem]:
    if name == "hold":
        return [EffortSystem(name, partial(label_with_tool, _held_box), {"tool": name})]
    if name == "interpolation":
        return [EffortSystem(name, label_by_interpolating, {"tool": name})]
    if name in PEER_NAMES:
        return [_tracking(system, system.name, learns=False) for system in peer_systems([name])]
    if name in BIDIRECTIONAL:
        return [_bidirectional(system, name) for system in ours]
    return [_tracking(system, f"{system.name} {name}", learns=name == "correct") for system in ours]


def _tracking(system: System, name: str, *, learns: bool) -> EffortSystem:
    make_tool = partial(_tracker_tool, system.make_tracker, learns)
    at_manual_box = "correct" if learns else "initialize"
    return EffortSystem(
        name, partial(label_with_tool, make_tool), {**system.settings, "at_human_box": at_manual_box}
    )


def _bidirectional(system: System, name: str) -> EffortSystem:
    label = partial(label_bidirectional, system.make_tracker, BIDIRECTIONAL[name])
    return EffortSystem(
        f"{system.name} {name}",
        label,
        {**system.settings, "at_human_box": name, "passes_sha256": _passes_sha256()},
    )


def _passes_sha256() -> str:
    """Of what makes one of two passes, and of the queue: results of older ones are not taken for theirs."""
    modules = (fusion, joint_run, leg, review_findings, signs, tracking_run, bidirectional_tool)
    return hashlib.sha256("".join(map(inspect.getsource, modules)).encode()).hexdigest()


def _held_box(seed: int) -> HeldBox:
    return HeldBox()


def _tracker_tool(make_tracker: MakeSeededTracker, learns: bool, seed: int) -> TrackerTool:
    return TrackerTool(make_tracker(seed), learns=learns)
