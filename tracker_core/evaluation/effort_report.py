"""Effort as tables for the terminal, as effort.json and as runs.csv.

effort.json holds one object; what there is not, such as an interval over one sequence, is null:

    schema                 1
    protocol               "SAP-1"
    is_complete            false where the measurement was interrupted; means are then over what was finished
    systems                [one object per system, in the order given]:
        name, settings
        by_iou             [one object per IoU threshold]:
            iou
            per_100, low, high     corrections and flags per 100 visible frames: mean over sequences, 95 % interval
            sequences              [{"name", "per_100"}], the mean over seeds
            mean_iou, seconds_per_frame, median_gap, failed_runs      over all runs
            failures               [{"sequence", "seed", "end", "reason"}], each counted as drawing every box
    differences            [{"iou", "system", "minus", "per_100", "low", "high"}], paired, every two systems
    draw_all               100, what drawing every box would cost

runs.csv has a row for each run.
"""

from __future__ import annotations

import csv
import io
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

from tracker_core.evaluation.effort import (
    DRAW_ALL,
    EffortRun,
    Interval,
    SystemEffort,
    mean_with_interval,
    paired_difference,
)
from tracker_core.evaluation.effort_log import PROTOCOL, End
from tracker_core.evaluation.report import JsonValue, format_table
from tracker_core.evaluation.result_files import replace_text

SCHEMA = 1

CSV_COLUMNS = (
    *("system", "seed", "sequence", "iou", "end", "visible_frames", "corrections", "flags", "per_100"),
    *("mean_iou", "seconds_per_frame", "median_gap"),
)

Systems = Sequence[SystemEffort]
Thresholds = Sequence[float]


def write_effort_files(folder: Path, systems: Systems, thresholds: Thresholds, *, is_complete: bool) -> None:
    """Write effort.json and runs.csv of at least one system."""
    report = effort_object(systems, thresholds, is_complete=is_complete)
    replace_text(folder / "effort.json", json.dumps(report, indent=1) + "\n")
    replace_text(folder / "runs.csv", _runs_csv(systems))


def effort_object(systems: Systems, thresholds: Thresholds, *, is_complete: bool) -> Mapping[str, JsonValue]:
    """What effort.json holds; the schema is in this module's docstring."""
    return {
        "schema": SCHEMA,
        "protocol": PROTOCOL,
        "is_complete": is_complete,
        "systems": [
            {
                "name": system.name,
                "settings": dict(system.settings),
                "by_iou": [_at_threshold(system, iou) for iou in thresholds if system.scores(iou)],
            }
            for system in systems
        ],
        "differences": [
            {"iou": iou, "system": system.name, "minus": other.name, **_interval(difference)}
            for iou in thresholds
            for other, system in combinations(systems, 2)
            if (difference := paired_difference(system, other, iou)) is not None
        ],
        "draw_all": DRAW_ALL,
    }


def _at_threshold(system: SystemEffort, iou: float) -> Mapping[str, JsonValue]:
    per_sequence, scores = system.per_sequence(iou), system.scores(iou)
    return {
        "iou": iou,
        **_interval(mean_with_interval(list(per_sequence.values()))),
        "sequences": [{"name": name, "per_100": value} for name, value in per_sequence.items()],
        "mean_iou": _mean(score.mean_iou for score in scores),
        "seconds_per_frame": _mean(score.seconds_per_frame for score in scores),
        "median_gap": _median(score.median_gap for score in scores),
        "failed_runs": sum(score.end is not End.COMPLETED for score in scores),
        "failures": [
            {"sequence": run.sequence, "seed": run.seed, "end": run.score.end.value, "reason": run.score.message}
            for run in _failed_runs(system, iou)
        ],
    }


def _interval(interval: Interval) -> Mapping[str, JsonValue]:
    low, high = interval.bounds or (None, None)
    return {"per_100": interval.mean, "low": low, "high": high}


def _runs_csv(systems: Systems) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for system in systems:
        for run in system.runs:
            score = run.score
            writer.writerow(
                (
                    *(system.name, run.seed, run.sequence, run.iou_threshold, score.end.value),
                    *(score.visible_count, score.correction_count, score.flag_count, score.per_100),
                    *(score.mean_iou, score.seconds_per_frame, score.median_gap),
                )
            )
    return text.getvalue()


def format_effort(systems: Systems, thresholds: Thresholds) -> str:
    """Tables for a terminal: every sequence per threshold, the systems, and the last system against the others."""
    tables = [_sequence_table(systems, iou) for iou in thresholds]
    return "\n\n".join(
        [
            *tables,
            _system_table(systems, thresholds),
            *_difference_table(systems, thresholds),
            *_failure_table(systems, thresholds),
        ]
    )


def _sequence_table(systems: Systems, iou: float) -> str:
    columns = [system.per_sequence(iou) for system in systems]
    names = dict.fromkeys(name for column in columns for name in column)
    rows = [(name, *(_text(column.get(name), ".1f") for column in columns)) for name in names]
    means = [mean_with_interval(list(column.values())) if column else None for column in columns]
    rows.append(("mean", *("-" if mean is None else f"{mean.mean:.1f}" for mean in means)))
    rows.append(("95 %", *("-" if mean is None else mean.bounds_text for mean in means)))
    title = f"corrections and flags per 100 visible frames, every IoU at least {iou:g} (drawing every box: 100)"
    return f"{title}\n" + format_table(("sequence", *(system.name for system in systems)), rows)


def _system_table(systems: Systems, thresholds: Thresholds) -> str:
    rows = []
    for iou in thresholds:
        for system in systems:
            scores = system.scores(iou)
            rows.append(
                (
                    system.name,
                    f"{iou:g}",
                    _text(_mean(score.mean_iou for score in scores), ".3f"),
                    _text(_mean(score.seconds_per_frame for score in scores), ".3f"),
                    _text(_median(score.median_gap for score in scores), ".1f"),
                    f"{sum(score.end is not End.COMPLETED for score in scores)} of {len(scores)}",
                )
            )
    header = ("system", "IoU", "mean IoU", "s/frame", "median gap", "failed runs")
    return "labels after corrections, seconds computed per frame, frames between manual boxes\n" + format_table(
        header, rows
    )


def _difference_table(systems: Systems, thresholds: Thresholds) -> list[str]:
    *others, last = systems
    rows = [
        (f"minus {other.name}", f"{iou:g}", f"{difference.mean:+.1f}", difference.bounds_text)
        for iou in thresholds
        for other in others
        if (difference := paired_difference(last, other, iou)) is not None
    ]
    if not rows:
        return []
    return [f"{last.name}, paired by sequence\n" + format_table(("", "IoU", "per 100", "95 %"), rows)]


def _failure_table(systems: Systems, thresholds: Thresholds) -> list[str]:
    rows = [
        (
            system.name,
            f"{iou:g}",
            run.sequence,
            str(run.seed),
            f"{run.score.end.value} {_one_line(run.score.message)}",
        )
        for iou in thresholds
        for system in systems
        for run in _failed_runs(system, iou)
    ]
    if not rows:
        return []
    header = ("system", "IoU", "sequence", "seed", "why")
    return ["failed, and counted as drawing every box\n" + format_table(header, rows, left=(0, 2, 4))]


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _failed_runs(system: SystemEffort, iou: float) -> list[EffortRun]:
    return [run for run in system.runs if run.iou_threshold == iou and run.score.end is not End.COMPLETED]


def _mean(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.fmean(there) if there else None


def _median(values: Iterable[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.median(there) if there else None


def _text(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
