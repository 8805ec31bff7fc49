"""Salvages a project, and tells what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.running.failures import PARTLY
from dlst_gui.commands.running.terminal import answer, answer_json, say
from dlst_gui.commands.salvage.command import SalvageOptions
from dlst_gui.counting import counted
from dlst_gui.project.backups import BACKUPS_FOLDER, Backups, EarlierState
from dlst_gui.project.opening import projects_folder
from dlst_gui.project.placement import SUFFIX, numbered
from dlst_gui.project.salvage import SalvageReport, salvage

if TYPE_CHECKING:
    from tracker_core.evaluation.report import JsonValue

_TABLES = {
    "video": "which video it is about",
    "label": "labels that were offered",
    "attribute": "attributes that were offered",
    "track": "names and colours of objects",
    "keyframe": "manual boxes",
    "keyframe_page": "manual boxes",
    "old prediction_page": "tracked boxes",
    "prediction_page": "tracked boxes",
    "review_mark": "review marks",
    "edit": "the history",
    "change": "the history",
    "meta": "what runs were made with",
}


def salvage_project(options: SalvageOptions) -> int:
    """Returns the exit status; `salvage` says what it raises."""
    out = options.out or _free_name(options.project)
    report = salvage(options.project, out)
    states = Backups(projects_folder() / BACKUPS_FOLDER).states_of(options.project)
    unreadable = tuple(dict.fromkeys(_TABLES.get(part, part) for part in report.unreadable))
    if options.json:
        answer_json(_as_json(out, report, unreadable, states))
    else:
        _tell(out, report, unreadable, states)
    return 0 if report.is_whole else PARTLY


def _tell(out: Path, report: SalvageReport, unreadable: tuple[str, ...], states: tuple[EarlierState, ...]) -> None:
    if unreadable:
        say(f"not read to the end: {', '.join(unreadable)}")
    if report.lost_step_count:
        lost = counted(report.lost_step_count, "older step does", "older steps do")
        say(f"{lost} not lead to what is left, and cannot be undone any more")
    if states:
        counts = states[0].counts
        say(
            f"an earlier state of {states[0].made_at:%Y-%m-%d %H:%M} has {counted(counts.tracks, 'track')}, "
            f"{counted(counts.manual_boxes, 'manual box', 'manual boxes')}, "
            f"{counted(counts.tracked_boxes, 'tracked box', 'tracked boxes')}: {states[0].path}"
        )
    answer(
        f"{out}: {counted(report.track_count, 'track')}, "
        f"{counted(report.keyframe_count, 'manual box', 'manual boxes')}, "
        f"{counted(report.prediction_count, 'tracked box', 'tracked boxes')}, "
        f"{counted(report.reviewed_count, 'review mark')}, "
        f"{counted(report.step_count, 'step')} that can be undone"
    )


def _as_json(
    out: Path, report: SalvageReport, unreadable: tuple[str, ...], states: tuple[EarlierState, ...]
) -> dict[str, JsonValue]:
    return {
        "project": str(out),
        "whole": report.is_whole,
        "tracks": report.track_count,
        "manual_boxes": report.keyframe_count,
        "tracked_boxes": report.prediction_count,
        "review_marks": report.reviewed_count,
        "steps": report.step_count,
        "lost_steps": report.lost_step_count,
        "not_read_to_the_end": list(unreadable),
        "earlier_states": [str(state.path) for state in states],
    }


def _free_name(path: Path) -> Path:
    first = path.parent / f"{path.name.removesuffix(SUFFIX)} salvaged{SUFFIX}"
    return first if not first.exists() else next(name for name in numbered(first) if not name.exists())
