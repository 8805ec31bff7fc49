"""One-pass evaluation (OPE) as the OTB toolkit computes it, quirks included.

Rows are the toolkit's: x, y, width, height with the first pixel being 1. Only the validity of ground truth depends
on that origin; IoU and centre error do not, as long as both sides share it.

Source: Wu, Lim and Yang, "Object Tracking Benchmark", PAMI 2015, and its MATLAB toolkit (genPerfMat,
calcSeqErrRobust, calcRectInt, plotDrawSave).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.evaluation.errors import EvaluationError

IOU_THRESHOLDS = np.arange(21) / 20  # toolkit: 0:0.05:1
DISTANCE_THRESHOLDS = np.arange(51, dtype=np.float64)  # toolkit: 0:50 pixels
HALF_IOU_INDEX = 10  # threshold 0.5
TWENTY_PIXELS_INDEX = 20
ROW_DECIMALS = 4  # of a pixel; what is scored is what a result file holds

Curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curves:
    """The two curves of OTB and the numbers read off them.

    Attributes:
        success: (21,) fraction of frames whose IoU is above 0, 0.05, .. 1 (strictly: the last is always 0).
        precision: (51,) fraction of frames whose centre is at most 0, 1, .. 50 px off.
    """

    success: Curve
    precision: Curve

    @property
    def auc(self) -> float:
        """Area under the success curve: the mean of its 21 points; a perfect tracker has 20/21."""
        return float(self.success.mean())

    @property
    def os(self) -> float:
        """Overlap success: the fraction of frames with IoU > 0.5."""
        return float(self.success[HALF_IOU_INDEX])

    @property
    def dp(self) -> float:
        """Distance precision: the fraction of frames at most 20 px off."""
        return float(self.precision[TWENTY_PIXELS_INDEX])


@dataclass(frozen=True, slots=True)
class SequenceScore(Curves):
    """How well one run followed one sequence.

    Attributes:
        sequence: name of the sequence.
        frame_count: annotated frames, valid or not: the denominator of both curves.
    """

    sequence: str
    frame_count: int


def otb_rows(boxes: Sequence[Box | None]) -> BoxArray:
    """The toolkit's (n, 4) rows for 0-based boxes, rounded to `ROW_DECIMALS`; zeros where there is no box."""
    rows = np.array([(0, 0, 0, 0) if box is None else box.shifted(1, 1).xywh for box in boxes], dtype=np.float64)
    return np.round(rows.reshape(-1, 4), ROW_DECIMALS)


def score_sequence(sequence: str, result_rows: BoxArray, truth_rows: BoxArray) -> SequenceScore:
    """Score one run over one sequence.

    The first result is replaced by the ground truth, and a row that is no box by the row before it. Frames whose
    ground truth has a number <= 0 can never succeed but always count as precise (the toolkit's quirk).

    Args:
        sequence: name of the sequence.
        result_rows: (n, 4) toolkit rows, one per annotated frame; rows beyond the ground truth are ignored.
        truth_rows: (n, 4) toolkit rows.

    Raises:
        EvaluationError: there is no ground truth, or fewer results than ground truth.
    """
    count = len(truth_rows)
    if count == 0:
        raise EvaluationError(f"{sequence}: the ground truth is empty")
    if len(result_rows) < count:
        raise EvaluationError(
            f"{sequence}: expected {count} result rows (one per ground truth row), got {len(result_rows)}"
        )
    results = _without_invalid_rows(result_rows[:count])
    results[0] = truth_rows[0]
    is_annotated = (truth_rows > 0).all(axis=1)
    ious = np.where(is_annotated, _ious(results, truth_rows), -1.0)
    distances = np.where(is_annotated, _center_distances(results, truth_rows), -1.0)
    return SequenceScore(
        success=(ious[:, None] > IOU_THRESHOLDS).mean(axis=0),
        precision=(distances[:, None] <= DISTANCE_THRESHOLDS).mean(axis=0),
        sequence=sequence,
        frame_count=count,
    )


def frame_ious(result_rows: BoxArray, truth_rows: BoxArray) -> Curve:
    """(n,) IoU of each frame, without the toolkit's replacements; NaN where there is no true box.

    Args:
        result_rows: (n, 4) rows as the tracker gave them; one that is no box has an IoU of 0.
        truth_rows: (n, 4).
    """
    is_box = np.isfinite(result_rows).all(axis=1) & (result_rows[:, 2:] > 0).all(axis=1)
    is_annotated = np.isfinite(truth_rows).all(axis=1) & (truth_rows[:, 2:] > 0).all(axis=1)
    ious = np.where(is_box, _ious(np.nan_to_num(result_rows), np.nan_to_num(truth_rows)), 0.0)
    return np.where(is_annotated, ious, np.nan)


def mean_curves(scores: Sequence[Curves], *, drops_zero_curves: bool = False) -> Curves:
    """Average the curves of sequences, each sequence counting the same, however long it is.

    `drops_zero_curves` leaves out curves that are 0 throughout, as the toolkit's plots do.

    Raises EvaluationError without any score.
    """
    if not scores:
        raise EvaluationError("there is no finished sequence to average")
    return Curves(
        _mean_curve([score.success for score in scores], drops_zero_curves),
        _mean_curve([score.precision for score in scores], drops_zero_curves),
    )


def _mean_curve(curves: Sequence[Curve], drops_zero_curves: bool) -> Curve:
    stacked = np.stack(curves)
    if drops_zero_curves and stacked.any():
        stacked = stacked[stacked.sum(axis=1) > np.finfo(np.float64).eps]
    mean: Curve = stacked.mean(axis=0)
    return mean


def _without_invalid_rows(rows: BoxArray) -> BoxArray:
    filled = np.array(rows, dtype=np.float64)
    is_box = np.isfinite(filled).all(axis=1) & (filled[:, 2] > 0) & (filled[:, 3] > 0)
    for index in np.flatnonzero(~is_box):
        if index > 0:
            filled[index] = filled[index - 1]
    return filled


def _ious(rows: BoxArray, truth: BoxArray) -> Curve:
    """IoU per row: the toolkit's inclusive corners, whose +1 and -1 cancel."""
    corner = np.minimum(rows[:, :2] + rows[:, 2:] - 1, truth[:, :2] + truth[:, 2:] - 1)
    sides = np.clip(corner - np.maximum(rows[:, :2], truth[:, :2]) + 1, 0, None)
    intersection = sides.prod(axis=1)
    union = rows[:, 2:].prod(axis=1) + truth[:, 2:].prod(axis=1) - intersection
    ious = np.divide(intersection, union, out=np.zeros(len(rows)), where=union > 0)
    # A sub-pixel box may exceed 1 by a rounding error, which would count as a success at threshold 1.
    bounded: Curve = np.minimum(ious, 1.0)
    return bounded


def _center_distances(rows: BoxArray, truth: BoxArray) -> Curve:
    centers = rows[:, :2] + (rows[:, 2:] - 1) / 2
    true_centers = truth[:, :2] + (truth[:, 2:] - 1) / 2
    distances: Curve = np.linalg.norm(centers - true_centers, axis=1)
    return distances
