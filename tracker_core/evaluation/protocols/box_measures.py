"""What other benchmarks say of the boxes of one pass: GOT-10k, LaSOT and TrackingNet.

* **GOT-10k**: average overlap (AO), and the share of frames with an IoU above 0.5 and 0.75 (SR), over the frames
  of all sequences together, so that long ones count more. Boxes and truth are cut off at the image; the first
  frame, and frames where nothing of the target is seen, are left out.
* **Normalised precision** (LaSOT, TrackingNet): the distance of the centres in units of the true box's width and
  height. Two numbers are in use: the share of frames within 0.2, which LaSOT's toolkit writes into its legend,
  and the mean of the shares within 0, 0.01, .. 0.5, by which TrackingNet's server and pytracking rank. Each
  sequence counts the same; frames without a target are left out, the first one is not.

Sources: Huang, Zhao and Huang, "GOT-10k", PAMI 2021, and got10k 0.1.3 (`experiments/got10k.py`,
`utils/metrics.py`); Müller et al., "TrackingNet", ECCV 2018; Fan et al., "LaSOT", CVPR 2019, and its toolkit
(`calc_seq_err_robust.m`, `run_tracker_performance_evaluation.m`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import BoxArray

NORMALISED_THRESHOLDS = np.arange(51) / 100
LEGEND_INDEX = 20  # the threshold 0.2
SUCCESS_IOUS = (0.5, 0.75)

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BoxMeasures:
    """Of one run over one sequence.

    Attributes:
        ious: (n,) of the frames that GOT-10k counts.
        normalised_errors: (m,) of the frames with a target, the first one included.
    """

    ious: Values
    normalised_errors: Values


@dataclass(frozen=True, slots=True)
class BoxSummary:
    """Over all runs; None where no frame counts."""

    ao: float | None
    sr50: float | None
    sr75: float | None
    normalised_auc: float | None
    normalised_at_02: float | None


def measure_boxes(
    rows: BoxArray, truth_rows: BoxArray, frame_size: tuple[int, int], *, is_hidden: NDArray[np.bool_]
) -> BoxMeasures:
    """Measure one run.

    Args:
        rows: (n, 4) toolkit rows of the tracker.
        truth_rows: (n, 4) those of the ground truth; zeros where there is no target.
        frame_size: width and height.
        is_hidden: (n,) frames on which nothing of the target is seen, though it has a box.
    """
    is_there = np.isfinite(truth_rows).all(axis=1) & (truth_rows[:, 2:] > 0).all(axis=1)
    rows = np.where(np.isfinite(rows), rows, 0.0)
    counts = is_there & ~is_hidden
    counts[0] = False
    errors = _normalised_errors(rows[is_there], truth_rows[is_there])
    errors[:1] = 0.0  # toolkits take the first frame's truth for its result
    return BoxMeasures(_clipped_ious(rows[counts], truth_rows[counts], frame_size), errors)


def summarise_boxes(runs: Sequence[BoxMeasures]) -> BoxSummary:
    """All runs of one tracker."""
    ious = np.concatenate([np.empty(0), *(run.ious for run in runs)])
    curves = [
        (run.normalised_errors[:, None] <= NORMALISED_THRESHOLDS).mean(axis=0)
        for run in runs
        if len(run.normalised_errors)
    ]
    curve = np.mean(curves, axis=0) if curves else None
    return BoxSummary(
        ao=float(ious.mean()) if len(ious) else None,
        sr50=float((ious > SUCCESS_IOUS[0]).mean()) if len(ious) else None,
        sr75=float((ious > SUCCESS_IOUS[1]).mean()) if len(ious) else None,
        normalised_auc=None if curve is None else float(curve.mean()),
        normalised_at_02=None if curve is None else float(curve[LEGEND_INDEX]),
    )


def _clipped_ious(rows: BoxArray, truth: BoxArray, frame_size: tuple[int, int]) -> Values:
    """IoU within the image; the toolkit takes rows for counted from 0, though GOT-10k counts from 1."""
    one, other = _clipped(rows, frame_size), _clipped(truth, frame_size)
    corner = np.maximum(one[:, :2], other[:, :2])
    sides = np.clip(np.minimum(one[:, :2] + one[:, 2:], other[:, :2] + other[:, 2:]) - corner, 0, None)
    shared = sides.prod(axis=1)
    union = one[:, 2:].prod(axis=1) + other[:, 2:].prod(axis=1) - shared
    ious: Values = np.clip(shared / (union + np.finfo(np.float64).eps), 0.0, 1.0)
    return ious


def _clipped(rows: BoxArray, frame_size: tuple[int, int]) -> BoxArray:
    bounds = np.array(frame_size, dtype=np.float64)
    corner = np.clip(rows[:, :2], 0, bounds)
    return np.concatenate([corner, np.clip(rows[:, 2:], 0, bounds - corner)], axis=1)


def _normalised_errors(rows: BoxArray, truth: BoxArray) -> Values:
    off = rows[:, :2] + (rows[:, 2:] - 1) / 2 - truth[:, :2] - (truth[:, 2:] - 1) / 2
    errors: Values = np.linalg.norm(off / truth[:, 2:], axis=1)
    return errors
