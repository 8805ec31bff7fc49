"""Does a tracker's score tell whether its box is on the target? The area under the ROC curve. Ours.

On target is a box with an IoU above 0.5, off target one below 0.1; those in between, and frames without a true
box, say nothing. The area is the chance that a box on the target has a higher score than one off it (ties count
half): 1 where some threshold tells all of them apart, 0.5 where scores say nothing. All frames of all runs are
pooled, because one threshold has to serve for every video.

Source of the rank formula: Hanley and McNeil, "The meaning and use of the area under a receiver operating
characteristic (ROC) curve", Radiology 1982.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ON_TARGET_IOU = 0.5
OFF_TARGET_IOU = 0.1

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ScoredFrames:
    """Frames of a run that have a score.

    Attributes:
        scores: (n,) the tracker's; larger is surer.
        ious: (n,) of its boxes with the true ones; NaN where there is none.
    """

    scores: Values
    ious: Values


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """What the scores of some runs are worth.

    Attributes:
        area: under the ROC curve; None where all boxes are on the target, or none is, or there is no score.
        on_target: frames.
        off_target: frames.
        is_two_valued: whether more frames have no more than two scores, such as found and lost: that is no score.
    """

    area: float | None
    on_target: int
    off_target: int
    is_two_valued: bool


def scored_frames(scores: Values, ious: Values) -> ScoredFrames:
    """Those of a run with a finite score; manual boxes have none."""
    has_score = np.isfinite(scores)
    return ScoredFrames(scores[has_score], ious[has_score])


def score_test(runs: Sequence[ScoredFrames]) -> ScoreTest:
    """Pool the frames of all runs."""
    scores = np.concatenate([np.empty(0), *(run.scores for run in runs)])
    ious = np.concatenate([np.empty(0), *(run.ious for run in runs)])
    on, off = scores[ious > ON_TARGET_IOU], scores[ious < OFF_TARGET_IOU]
    is_two_valued = len(scores) > 2 and len(np.unique(scores)) <= 2
    area = None if is_two_valued or not len(on) or not len(off) else roc_area(on, off)
    return ScoreTest(area, len(on), len(off), is_two_valued)


def roc_area(positive: Values, negative: Values) -> float:
    """The chance that a positive is above a negative, from the positives' mid-ranks; at least one of each."""
    both = np.concatenate([positive, negative])
    _, group, sizes = np.unique(both, return_inverse=True, return_counts=True)
    mid_ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    count = len(positive)
    return float((mid_ranks[:count].sum() - count * (count + 1) / 2) / (count * len(negative)))
