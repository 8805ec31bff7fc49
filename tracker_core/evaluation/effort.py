"""How many human actions a system needed for labels of a given quality, and means over sequences.

Source: docs/effort.md, SAP-1.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from tracker_core.evaluation.effort_log import End, Event, FrameRecord, LabelledRun
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.manual_boxes import WORST_IOU, Truth
from tracker_core.evaluation.summary import Settings

DRAW_ALL = 100.0
"""Corrections per 100 frames of drawing every box; also what a failed run counts as."""

RESAMPLES = 10_000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class EffortScore:
    """One run in numbers.

    Attributes:
        visible_count: frames with a target, the first one included.
        mean_iou: of the final labels on visible frames; None where the run did not come to its end.
        seconds_per_frame: that the system computed, learning included; None where the run did not come to its end.
        median_gap: frames from one manual box to the next; None without a correction.
        message: why the run did not come to its end.
    """

    visible_count: int
    correction_count: int
    flag_count: int
    end: End
    mean_iou: float | None
    seconds_per_frame: float | None
    median_gap: float | None
    message: str = ""

    @property
    def per_100(self) -> float:
        """Corrections and flags per 100 visible frames; the first box does not count."""
        if self.end is not End.COMPLETED:
            return DRAW_ALL
        return 100 * (self.correction_count + self.flag_count) / self.visible_count


def score_run(sequence: str, run: LabelledRun, truth: Truth, iou_threshold: float) -> EffortScore:
    """Count a run.

    Raises:
        EvaluationError: run and truth do not belong together: frames are missing, or a final label is wrong.
    """
    counts = Counter(record.event for record in run.frames)
    visible_count = sum(box is not None for box in truth)
    ious: list[float] = []
    is_completed = run.end is End.COMPLETED
    if is_completed:
        ious = _ious_of_right_labels(sequence, run.frames, truth, iou_threshold)
    drawn = [record.frame_index for record in run.frames if record.manual_box is not None]
    return EffortScore(
        visible_count,
        counts[Event.CORRECTION],
        counts[Event.FLAG],
        run.end,
        statistics.fmean(ious) if is_completed else None,
        statistics.fmean(record.seconds for record in run.frames) if is_completed else None,
        statistics.median(later - earlier for earlier, later in pairwise(drawn)) if len(drawn) > 1 else None,
        run.message,
    )


def _ious_of_right_labels(
    sequence: str, frames: Sequence[FrameRecord], truth: Truth, iou_threshold: float
) -> list[float]:
    """IoU per visible frame, after a check that each label is right."""
    first = next((index for index, box in enumerate(truth) if box is not None), len(truth))
    if [record.frame_index for record in frames] != list(range(first, len(truth))):
        raise EvaluationError(
            f"{sequence}: expected a record for each of the frames {first} to {len(truth) - 1}, got {len(frames)}"
        )
    ious = []
    for record in frames:
        truth_box, label = truth[record.frame_index], record.final_box
        wanted = iou_threshold if record.manual_box is None else WORST_IOU
        if truth_box is not None and label is not None and (iou := label.iou(truth_box)) >= wanted:
            ious.append(iou)
        elif truth_box is not None or label is not None:
            raise EvaluationError(
                f"{sequence}, frame {record.frame_index}: the log's label {label} is wrong for the ground truth "
                f"{truth_box}; the log was made with another ground truth or IoU than {iou_threshold:g}"
            )
    return ious


@dataclass(frozen=True, slots=True)
class EffortRun:
    """One run's place in the tables, and its score."""

    sequence: str
    seed: int
    iou_threshold: float
    score: EffortScore


@dataclass(frozen=True, slots=True)
class SystemEffort:
    """All finished runs of one system, at least one."""

    name: str
    runs: tuple[EffortRun, ...]
    settings: Settings = field(default_factory=dict)

    def scores(self, iou_threshold: float, sequence: str | None = None) -> tuple[EffortScore, ...]:
        """Of one sequence, or all."""
        return tuple(
            run.score
            for run in self.runs
            if run.iou_threshold == iou_threshold and sequence in (None, run.sequence)
        )

    def per_sequence(self, iou_threshold: float) -> Mapping[str, float]:
        """Corrections per 100 frames by sequence, the mean over seeds."""
        names = dict.fromkeys(run.sequence for run in self.runs if run.iou_threshold == iou_threshold)
        return {
            name: statistics.fmean(score.per_100 for score in self.scores(iou_threshold, name)) for name in names
        }


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over sequences with its bootstrap interval; None where there is one sequence only."""

    mean: float
    bounds: tuple[float, float] | None

    def __str__(self) -> str:
        return f"{self.mean:.1f}" if self.bounds is None else f"{self.mean:.1f} {self.bounds_text}"

    @property
    def bounds_text(self) -> str:
        return "-" if self.bounds is None else f"[{self.bounds[0]:.1f}, {self.bounds[1]:.1f}]"


def mean_with_interval(values: Sequence[float]) -> Interval:
    """The mean of at least one value and its 95 % interval: percentiles of means of resampled values, same draws.

    Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Interval(mean, None)
    rows = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    means = np.array(values)[rows].mean(axis=1)
    low, high = np.quantile(means, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Interval(mean, (float(low), float(high)))


def paired_difference(system: SystemEffort, other: SystemEffort, iou_threshold: float) -> Interval | None:
    """`system` minus `other` over the sequences that both have done, below 0 where `system` needs less effort."""
    ours, theirs = system.per_sequence(iou_threshold), other.per_sequence(iou_threshold)
    differences = [value - theirs[name] for name, value in ours.items() if name in theirs]
    return mean_with_interval(differences) if differences else None
