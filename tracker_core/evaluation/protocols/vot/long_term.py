"""VOT's long-term measures: precision, recall and F of boxes that a tracker is sure enough about.

The tracker runs once over each sequence, with a confidence for each box, and may say that the target is absent.
At a threshold, precision is the mean overlap of the boxes that are at least as confident, recall the sum of
their overlaps over the frames where the target is visible; F is their harmonic mean. Curves are averaged over
sequences at each threshold; the numbers are those of the threshold with the largest F. The thresholds are
quantiles of all confidences.

Quirks of the toolkit, followed here: the first frame, where the tracker is begun, counts with an overlap of 0
and a confidence of 0 unless the tracker gave one. A box on a frame without a target counts with an overlap of 0.

Source: Lukežič et al., "Performance Evaluation Methodology for Long-Term Single-Object Tracking", IEEE
Transactions on Cybernetics 2021; vot-toolkit 0.7.4, `vot/analysis/longterm.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.protocols.vot.regions import Region, overlaps

RESOLUTION = 100  # thresholds, two of which are infinite


@dataclass(frozen=True, slots=True, eq=False)
class LongTermRun:
    """One run over one sequence.

    Attributes:
        regions: by frame: a shape, or a code.
        confidences: (n,) NaN where there is none.
        truth: by frame; a code where the target is absent.
        size: width and height of the image.
    """

    regions: tuple[Region, ...]
    confidences: NDArray[np.float64]
    truth: tuple[Region, ...]
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class LongTermMeasures:
    """Of one tracker at its best threshold."""

    precision: float
    recall: float
    f: float


def measure_long_term(runs: Sequence[LongTermRun]) -> LongTermMeasures:
    """Measure one tracker over at least one sequence."""
    known = [np.where(np.isnan(run.confidences), 0.0, run.confidences) for run in runs]
    thresholds = _thresholds(np.concatenate(known))
    curves = np.array([_curve(run, each, thresholds) for run, each in zip(runs, known, strict=True)])
    precision, recall = curves.sum(axis=0).T / len(runs)
    with np.errstate(invalid="ignore", divide="ignore"):
        f = np.nan_to_num(2 * precision * recall / (precision + recall))
    best = int(f.argmax())
    return LongTermMeasures(float(precision[best]), float(recall[best]), float(f[best]))


def _thresholds(confidences: NDArray[np.float64]) -> list[float]:
    ordered = sorted(confidences.tolist(), reverse=True)
    inner = RESOLUTION - 2
    if len(ordered) > inner:
        step = math.floor(len(ordered) / inner)
        rows = np.round(np.linspace(step, len(ordered) - step, num=inner)).astype(int)
        ordered = [ordered[row] for row in rows]
    return [math.inf, *ordered, -math.inf]


def _curve(
    run: LongTermRun, confidences: NDArray[np.float64], thresholds: Sequence[float]
) -> list[tuple[float, float]]:
    """Precision and recall at each threshold."""
    found = overlaps(run.regions, run.truth, run.size)
    visible = sum(not isinstance(region, int) for region in run.truth)
    points = []
    for threshold in thresholds:
        is_sure = confidences >= threshold
        if not is_sure.any():
            points.append((1.0, 0.0))
        else:
            points.append((float(np.mean(found[is_sure])), float(np.sum(found[is_sure]) / visible)))
    return points
