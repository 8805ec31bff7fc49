"""An evaluation as a table for the terminal and as results.json.

results.json holds one object:

    schema                 1
    protocol               "OTB one-pass evaluation", or the name of another one
    is_complete            false where the evaluation was interrupted; means are then over what was finished
    has_failures           true where runs failed: means leave them out, so compare them with care
    sequences              [{"name", "frames"}]
    tracker                the name of the first tracker with a finished run; the three means below are its own
    mean_auc, mean_os, mean_dp
    attributes             null where no sequence has any, else sequences (names by code) and trackers (auc, os, dp
                           by code, by tracker)
    trackers               [one object per tracker, in the order given]:
        name, settings
        failures           [{"sequence", "seed", "reason"}]; the numbers below are null where every run failed
        mean_auc, mean_os, mean_dp        over sequences, each sequence's seeds averaged first
        std_auc, std_os, std_dp           over the seeds' means; null for one seed
        mean_auc_without_zero_curves      as the toolkit's plots: sequences whose success curve is all 0 left out
        fps, first_frame_s                medians over runs; null where not measured
        score              null where the tracker gives none, else what its scores are worth, all frames pooled:
            roc_area                      on-target against off-target frames; null where one kind is missing,
                                          or the score says only found or lost
            is_two_valued                 whether it says only found or lost
            on_target, off_target         frames with an IoU above 0.5, and below 0.1
        got10k             null of pooled runs, else ao, sr_50, sr_75: over all frames together
        normalised_precision              null of pooled runs, else auc, at_0_2: means over sequences
        long_term          null unless asked for, else precision, recall, f
        success [21], precision [51]      the mean curves
        seeds              [{"seed", "mean_auc", "mean_os", "mean_dp",
                             "sequences": [{"name", "frames", "auc", "os", "dp", "roc_area", "fps",
                                            "first_frame_s", "success" [21], "precision" [51]}]}]
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from tracker_core.evaluation.otb import Curves
from tracker_core.evaluation.result_files import replace_text
from tracker_core.evaluation.scores.roc import ScoreTest, score_test
from tracker_core.evaluation.summary import RunResult, TrackerResults, common_sequences, comparable, ranked

JsonValue: TypeAlias = "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"

SCHEMA = 1
PROTOCOL = "OTB one-pass evaluation"

_LONGEST_RULE = 40  # characters under the last header: a message below it may be much longer


def write_results_json(
    path: Path,
    trackers: tuple[TrackerResults, ...],
    *,
    is_complete: bool,
    protocol: str = PROTOCOL,
    attributes: Mapping[str, JsonValue] | None = None,
) -> None:
    """Write the whole evaluation of at least one tracker with a run, finished or failed."""
    found = results_object(trackers, is_complete=is_complete, protocol=protocol)
    replace_text(path, json.dumps({**found, "attributes": attributes}, indent=1) + "\n")


def results_object(
    trackers: tuple[TrackerResults, ...], *, is_complete: bool, protocol: str = PROTOCOL
) -> Mapping[str, JsonValue]:
    """What results.json holds; the schema is in this module's docstring."""
    frames = {run.score.sequence: run.score.frame_count for tracker in trackers for run in tracker.runs}
    first = next((tracker for tracker in trackers if tracker.runs), None)
    return {
        "schema": SCHEMA,
        "protocol": protocol,
        "is_complete": is_complete,
        "has_failures": any(tracker.failures for tracker in trackers),
        "sequences": [{"name": name, "frames": count} for name, count in frames.items()],
        "tracker": None if first is None else first.name,
        **_means(None if first is None else first.curves()),
        "trackers": [_tracker_object(tracker) for tracker in trackers],
    }


def _tracker_object(tracker: TrackerResults) -> Mapping[str, JsonValue]:
    curves, summary = (tracker.curves(), tracker.summary()) if tracker.runs else (None, None)
    return {
        "name": tracker.name,
        "settings": dict(tracker.settings),
        "failures": [
            {"sequence": failed.sequence, "seed": failed.seed, "reason": failed.reason}
            for failed in tracker.failures
        ],
        **_means(curves),
        "std_auc": None if summary is None else summary.auc.std,
        "std_os": None if summary is None else summary.os.std,
        "std_dp": None if summary is None else summary.dp.std,
        "mean_auc_without_zero_curves": tracker.curves(drops_zero_curves=True).auc if tracker.runs else None,
        "fps": tracker.fps,
        "first_frame_s": tracker.first_frame_s,
        "score": _score_object(tracker.score_test),
        **_other_measures(tracker),
        "success": None if curves is None else curves.success.tolist(),
        "precision": None if curves is None else curves.precision.tolist(),
        "seeds": [
            {
                "seed": seed,
                **_means(tracker.of_seed(seed).curves()),
                "sequences": [_run_object(run) for run in tracker.of_seed(seed).runs],
            }
            for seed in tracker.seeds
        ],
    }


def _means(curves: Curves | None) -> Mapping[str, JsonValue]:
    if curves is None:
        return {"mean_auc": None, "mean_os": None, "mean_dp": None}
    return {"mean_auc": curves.auc, "mean_os": curves.os, "mean_dp": curves.dp}


def _other_measures(tracker: TrackerResults) -> Mapping[str, JsonValue]:
    boxes, long_term = tracker.box_summary, tracker.long_term
    return {
        "got10k": None if boxes is None else {"ao": boxes.ao, "sr_50": boxes.sr50, "sr_75": boxes.sr75},
        "normalised_precision": None
        if boxes is None
        else {"auc": boxes.normalised_auc, "at_0_2": boxes.normalised_at_02},
        "long_term": None
        if long_term is None
        else {"precision": long_term.precision, "recall": long_term.recall, "f": long_term.f},
    }


def _score_object(test: ScoreTest | None) -> Mapping[str, JsonValue] | None:
    if test is None:
        return None
    return {
        "roc_area": test.area,
        "is_two_valued": test.is_two_valued,
        "on_target": test.on_target,
        "off_target": test.off_target,
    }


def _run_object(run: RunResult) -> Mapping[str, JsonValue]:
    score = run.score
    return {
        "name": score.sequence,
        "frames": score.frame_count,
        "auc": score.auc,
        "os": score.os,
        "dp": score.dp,
        "roc_area": None if run.scored is None else score_test([run.scored]).area,
        "fps": run.fps,
        "first_frame_s": run.first_frame_s,
        "success": score.success.tolist(),
        "precision": score.precision.tolist(),
    }


def format_report(trackers: tuple[TrackerResults, ...]) -> str:
    """Tables for a terminal: every sequence, then the mean over sequences; ± is the spread over seeds.

    Runs that failed are told last; means leave them out. Where trackers did not finish the same sequences, those
    that all finished rank them.
    """
    tables = [_sequence_table(trackers[0])] if len(trackers) == 1 else [_auc_table(trackers), _ranking(trackers)]
    tables += _measure_table(trackers)
    notes = [
        f"{tracker.name}: without sequences whose success curve is all 0, AUC is "
        f"{tracker.curves(drops_zero_curves=True).auc:.3f}"
        for tracker in trackers
        if any(not run.score.success.any() for run in tracker.runs)
    ]
    failures = [
        (tracker.name, failed.sequence, str(failed.seed), failed.reason)
        for tracker in trackers
        for failed in tracker.failures
    ]
    notes = ["\n".join(lines) for lines in (notes, _score_notes(trackers)) if lines]
    return "\n\n".join([*tables, *notes, *([failure_table(failures)] if failures else [])])


def failure_table(failures: Sequence[tuple[str, str, str, str]]) -> str:
    """Runs that failed: name of the system, sequence, seed and reason of each."""
    return "failed, and left out of all means\n" + format_table(
        ("tracker", "sequence", "seed", "why"), failures, left=(0, 1, 3)
    )


def _sequence_table(tracker: TrackerResults) -> str:
    parts = [(name, tracker.of_sequence(name)) for name in _all_sequences((tracker,))]
    rows = [(name, _frame_count(part), *_numbers(part)) for name, part in parts]
    total = sum(part.runs[0].score.frame_count for _, part in parts if part.runs)
    rows.append(("mean", str(total), *_numbers(tracker)))
    seeds = sorted({*(run.seed for run in tracker.runs), *(failed.seed for failed in tracker.failures)})
    told = f"{len(seeds)} seeds" if len(seeds) > 1 else f"seed {seeds[0]}"
    header = ("sequence", "frames", "AUC", "OS", "DP", "ROC", "fps", "first frame")
    return f"{tracker.name}, {told}\n" + format_table(header, rows)


def _auc_table(trackers: tuple[TrackerResults, ...]) -> str:
    rows = [
        (name, *(_auc(tracker.of_sequence(name)) for tracker in trackers)) for name in _all_sequences(trackers)
    ]
    return "AUC per sequence\n" + format_table(("sequence", *(tracker.name for tracker in trackers)), rows)


def _all_sequences(trackers: tuple[TrackerResults, ...]) -> tuple[str, ...]:
    """Names of what was finished, then of what only failed."""
    finished = (name for tracker in trackers for name in tracker.sequences)
    failed = (failed.sequence for tracker in trackers for failed in tracker.failures)
    return tuple(dict.fromkeys((*finished, *failed)))


def _frame_count(results: TrackerResults) -> str:
    return str(results.runs[0].score.frame_count) if results.runs else "-"


def _auc(results: TrackerResults) -> str:
    """Of one sequence; says where some or all of its runs failed."""
    finished, failed = len(results.runs), len(results.failures)
    if not finished:
        return "failed" if failed else "-"
    auc = str(results.summary().auc)
    return f"{auc} ({finished} of {finished + failed})" if failed else auc


def _ranking(trackers: tuple[TrackerResults, ...]) -> str:
    common = common_sequences(trackers)
    finished = {tracker.name: _sequence_count(tracker) for tracker in trackers}
    rows = [(tracker.name, finished[tracker.name], *_numbers(tracker)) for tracker in ranked(comparable(trackers))]
    header = ("tracker", "sequences", "AUC", "OS", "DP", "ROC", "fps", "first frame")
    over = f"what all trackers finished ({', '.join(common)})" if common else "sequences"
    return f"mean over {over}, best first\n" + format_table(header, rows)


def _measure_table(trackers: tuple[TrackerResults, ...]) -> list[str]:
    """The boxes of the ranking by the measures of other benchmarks."""
    trackers = comparable(trackers)
    rows, has_long_term = [], any(tracker.long_term is not None for tracker in trackers)
    for tracker in trackers:
        boxes, long_term = tracker.box_summary, tracker.long_term
        if boxes is None:
            continue
        numbers: list[float | None] = [
            boxes.ao,
            boxes.sr50,
            boxes.sr75,
            boxes.normalised_auc,
            boxes.normalised_at_02,
        ]
        if has_long_term:
            numbers += [None] * 3 if long_term is None else [long_term.precision, long_term.recall, long_term.f]
        rows.append((tracker.name, *("-" if number is None else f"{number:.3f}" for number in numbers)))
    if not rows:
        return []
    header = (
        "tracker",
        "AO",
        "SR .5",
        "SR .75",
        "Pnorm",
        "Pnorm .2",
        *(("Pr", "Re", "F") if has_long_term else ()),
    )
    told = "the same boxes by GOT-10k (AO, SR), TrackingNet (Pnorm), LaSOT (Pnorm at 0.2)"
    return [f"{told}{', VOT long-term (Pr, Re, F)' if has_long_term else ''}\n" + format_table(header, rows)]


def _sequence_count(tracker: TrackerResults) -> str:
    count, wanted = len(tracker.sequences), len(_all_sequences((tracker,)))
    return str(count) if count == wanted else f"{count} of {wanted}"


def _numbers(results: TrackerResults) -> tuple[str, ...]:
    if not results.runs:
        return ("failed", "-", "-", "-", "-", "-")
    summary = results.summary()
    fps = "-" if results.fps is None else f"{results.fps:.1f}"
    first_frame = "-" if results.first_frame_s is None else f"{results.first_frame_s:.1f} s"
    return str(summary.auc), str(summary.os), str(summary.dp), _roc(results.score_test), fps, first_frame


def _roc(test: ScoreTest | None) -> str:
    return "-" if test is None or test.area is None else f"{test.area:.3f}"


def _score_notes(trackers: tuple[TrackerResults, ...]) -> list[str]:
    """What stands behind the column ROC, or why there is no number."""
    notes = []
    for tracker in trackers:
        test = tracker.score_test
        is_pooled = all(run.rows is None for run in tracker.runs)
        if test is None and is_pooled:
            continue
        if test is None:
            notes.append(f"{tracker.name} gives no score")
        elif test.is_two_valued:
            notes.append(f"{tracker.name} gives no score, only found or lost")
        elif test.area is None:
            notes.append(
                f"{tracker.name}: no frame {'off' if test.on_target else 'on'} the target to test its score by"
            )
        else:
            notes.append(
                f"{tracker.name}: area under its score's ROC curve {test.area:.3f}, from {test.on_target} frames "
                f"on the target (IoU > 0.5) and {test.off_target} off it (IoU < 0.1)"
            )
    return notes


def format_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: Sequence[int] = (0,)) -> str:
    """Aligned columns under a ruled header: those numbered in `left` to the left, the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        aligned = (
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  ".join(aligned).rstrip()

    *ruled, last = widths
    rule = "  ".join("-" * width for width in (*ruled, min(last, _LONGEST_RULE)))
    return "\n".join((line(header), rule, *(line(row) for row in rows)))
