"""What a protocol runs of each sequence: all of it, from several frames (TRE), or from several boxes (SRE).

A part is a sequence of its own in the output folder, such as `Deer@07` or `Deer@left`; its results are pooled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dlst_gui.commands.evaluate.command import ProtocolName
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from tracker_core import Box
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.protocols.robustness import SHIFTS, pooled_score, shifted_row, temporal_starts
from tracker_core.evaluation.summary import RunResult, TrackerResults

PROTOCOL_TEXTS = {
    "ope": "OTB one-pass evaluation",
    "tre": "OTB temporal robustness evaluation",
    "sre": "OTB spatial robustness evaluation",
    "long-term": "one pass, with VOT's long-term measures",
}
"""As results.json calls them."""


def parts_of(sequence: BenchmarkSequence, protocol: ProtocolName) -> tuple[BenchmarkSequence, ...]:
    """The runs of one sequence; raises EvaluationError where it is too short to be parted."""
    if protocol == "tre":
        starts = temporal_starts(otb_rows(sequence.ground_truth))
        return tuple(_from(sequence, number, start) for number, start in enumerate(starts, start=1))
    if protocol == "sre":
        first = otb_rows(sequence.ground_truth[:1])[0]
        rows = {shift: shifted_row(first.tolist(), shift, sequence.frame_size) for shift in SHIFTS}
        return tuple(
            replace(
                sequence,
                name=f"{sequence.name}@{shift}",
                start_box=Box.from_xywh(row).shifted(-1, -1),
                part_of=sequence.name,
            )
            for shift, row in rows.items()
        )
    return (sequence,)


def _from(sequence: BenchmarkSequence, number: int, start: int) -> BenchmarkSequence:
    return replace(
        sequence,
        name=f"{sequence.name}@{number:02d}",
        first_frame=sequence.first_frame + start,
        ground_truth=sequence.ground_truth[start:],
        part_of=sequence.name,
    )


def pooled_parts(results: TrackerResults, parts: Sequence[BenchmarkSequence]) -> TrackerResults:
    """One run per seed and sequence, made of its finished parts; failed parts stay as they are."""
    whole = {part.name: part.part_of for part in parts if part.part_of}
    if not whole:
        return results
    groups: dict[tuple[int, str], list[RunResult]] = {}
    for run in results.runs:
        groups.setdefault((run.seed, whole[run.score.sequence]), []).append(run)
    runs = tuple(_pooled(seed, name, group) for (seed, name), group in groups.items())
    return replace(results, runs=runs)


def _pooled(seed: int, name: str, runs: Sequence[RunResult]) -> RunResult:
    """Speeds are means over the parts."""
    fps = [run.fps for run in runs if run.fps is not None]
    first = [run.first_frame_s for run in runs if run.first_frame_s is not None]
    return RunResult(
        seed,
        pooled_score(name, [run.score for run in runs]),
        sum(fps) / len(fps) if fps else None,
        sum(first) / len(first) if first else None,
    )
