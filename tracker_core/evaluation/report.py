"""An evaluation as a table for the terminal and as results.json.

results.json holds one object:

    schema                 1
    protocol               "OTB one-pass evaluation"
    is_complete            false where the evaluation was interrupted; means are then over what was finished
    sequences              [{"name", "frames"}]
    tracker                the first tracker's name; the three means below are its own
    mean_auc, mean_os, mean_dp
    trackers               [one object per tracker, in the order given]:
        name, settings
        mean_auc, mean_os, mean_dp        over sequences, each sequence's seeds averaged first
        std_auc, std_os, std_dp           over the seeds' means; null for one seed
        mean_auc_without_zero_curves      as the toolkit's plots: sequences whose success curve is all 0 left out
        fps, first_frame_s                medians over runs; null where not measured
        success [21], precision [51]      the mean curves
        seeds              [{"seed", "mean_auc", "mean_os", "mean_dp",
                             "sequences": [{"name", "frames", "auc", "os", "dp", "fps", "first_frame_s",
                                            "success" [21], "precision" [51]}]}]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from tracker_core.evaluation.otb import Curves
from tracker_core.evaluation.result_files import replace_text
from tracker_core.evaluation.summary import RunResult, TrackerResults, ranked

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

SCHEMA = 1
PROTOCOL = "OTB one-pass evaluation"


def write_results_json(path: Path, trackers: tuple[TrackerResults, ...], *, is_complete: bool) -> None:
    """Write the whole evaluation of at least one tracker."""
    replace_text(path, json.dumps(results_object(trackers, is_complete=is_complete), indent=1) + "\n")


def results_object(trackers: tuple[TrackerResults, ...], *, is_complete: bool) -> Mapping[str, JsonValue]:
    """What results.json holds; the schema is in this module's docstring."""
    frames = {run.score.sequence: run.score.frame_count for tracker in trackers for run in tracker.runs}
    return {
        "schema": SCHEMA,
        "protocol": PROTOCOL,
        "is_complete": is_complete,
        "sequences": [{"name": name, "frames": count} for name, count in frames.items()],
        "tracker": trackers[0].name,
        **_means(trackers[0].curves()),
        "trackers": [_tracker_object(tracker) for tracker in trackers],
    }


def _tracker_object(tracker: TrackerResults) -> Mapping[str, JsonValue]:
    curves, summary = tracker.curves(), tracker.summary()
    return {
        "name": tracker.name,
        "settings": dict(tracker.settings),
        **_means(curves),
        "std_auc": summary.auc.std,
        "std_os": summary.os.std,
        "std_dp": summary.dp.std,
        "mean_auc_without_zero_curves": tracker.curves(drops_zero_curves=True).auc,
        "fps": tracker.fps,
        "first_frame_s": tracker.first_frame_s,
        "success": curves.success.tolist(),
        "precision": curves.precision.tolist(),
        "seeds": [
            {
                "seed": seed,
                **_means(tracker.of_seed(seed).curves()),
                "sequences": [_run_object(run) for run in tracker.of_seed(seed).runs],
            }
            for seed in tracker.seeds
        ],
    }


def _means(curves: Curves) -> Mapping[str, JsonValue]:
    return {"mean_auc": curves.auc, "mean_os": curves.os, "mean_dp": curves.dp}


def _run_object(run: RunResult) -> Mapping[str, JsonValue]:
    score = run.score
    return {
        "name": score.sequence,
        "frames": score.frame_count,
        "auc": score.auc,
        "os": score.os,
        "dp": score.dp,
        "fps": run.fps,
        "first_frame_s": run.first_frame_s,
        "success": score.success.tolist(),
        "precision": score.precision.tolist(),
    }


def format_report(trackers: tuple[TrackerResults, ...]) -> str:
    """Tables for a terminal: every sequence, then the mean over sequences; ± is the spread over seeds."""
    tables = [_sequence_table(trackers[0])] if len(trackers) == 1 else [_auc_table(trackers), _ranking(trackers)]
    notes = [
        f"{tracker.name}: without sequences whose success curve is all 0, AUC is "
        f"{tracker.curves(drops_zero_curves=True).auc:.3f}"
        for tracker in trackers
        if any(not run.score.success.any() for run in tracker.runs)
    ]
    return "\n\n".join([*tables, *notes])


def _sequence_table(tracker: TrackerResults) -> str:
    parts = [(name, tracker.of_sequence(name)) for name in tracker.sequences]
    rows = [(name, str(part.runs[0].score.frame_count), *_numbers(part)) for name, part in parts]
    total = sum(part.runs[0].score.frame_count for _, part in parts)
    rows.append(("mean", str(total), *_numbers(tracker)))
    seeds = f"{len(tracker.seeds)} seeds" if len(tracker.seeds) > 1 else f"seed {tracker.seeds[0]}"
    header = ("sequence", "frames", "AUC", "OS", "DP", "fps", "first frame")
    return f"{tracker.name}, {seeds}\n" + format_table(header, rows)


def _auc_table(trackers: tuple[TrackerResults, ...]) -> str:
    names = tuple(dict.fromkeys(name for tracker in trackers for name in tracker.sequences))
    rows = [
        (
            name,
            *(
                str(tracker.of_sequence(name).summary().auc) if name in tracker.sequences else "-"
                for tracker in trackers
            ),
        )
        for name in names
    ]
    return "AUC per sequence\n" + format_table(("sequence", *(tracker.name for tracker in trackers)), rows)


def _ranking(trackers: tuple[TrackerResults, ...]) -> str:
    rows = [(tracker.name, str(len(tracker.sequences)), *_numbers(tracker)) for tracker in ranked(trackers)]
    header = ("tracker", "sequences", "AUC", "OS", "DP", "fps", "first frame")
    return "mean over sequences, best first\n" + format_table(header, rows)


def _numbers(results: TrackerResults) -> tuple[str, str, str, str, str]:
    summary = results.summary()
    fps = "-" if results.fps is None else f"{results.fps:.1f}"
    first_frame = "-" if results.first_frame_s is None else f"{results.first_frame_s:.1f} s"
    return str(summary.auc), str(summary.os), str(summary.dp), fps, first_frame


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, the first to the left, the others to the right, under a ruled header."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join((first, *others)).rstrip()

    rule = "  ".join("-" * width for width in widths)
    return "\n".join((line(header), rule, *(line(row) for row in rows)))
