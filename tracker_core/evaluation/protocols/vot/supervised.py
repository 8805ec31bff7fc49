"""VOT's supervised protocol, as of VOT2013 to VOT2019: a tracker that lost its target is begun again.

It is begun on the first frame. Where its region does not overlap the true one at all it has failed, and is begun
again `SKIPPED` frames later, from the truth. Of such runs there are

* **accuracy**: mean overlap over the frames with a region, without the `BURN_IN` frames from each beginning on,
  which are biased towards the truth; the mean over repetitions, then over sequences by their length;
* **robustness**: failures of a sequence, the mean over repetitions, then over sequences by their length;
* **expected average overlap** (EAO): the overlap to be expected over as many frames as short videos have, from
  108 to 371. Every stretch between a beginning and a failure counts: one that ended in a failure goes on with
  overlaps of 0, one that came to the end of its sequence is left out from there on.

Sums are floats of 32 bits, as in the toolkit, to the last digit of its numbers. Papers of the time, such as
Table 2 of the paper, were measured with the toolkit in MATLAB, whose regions become pixels in another way.

Source: Kristan et al., "The Visual Object Tracking VOT2016 Challenge Results", ECCVW 2016; vot-toolkit 0.7.4,
`vot/analysis/supervised.py`, `vot/stack/vot2016`.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.evaluation.protocols.vot.regions import (
    FAILURE,
    INITIALIZATION,
    UNKNOWN,
    Region,
    is_code,
    overlaps,
)

SKIPPED = 5  # frames from a failure to the next beginning
BURN_IN = 10  # frames from a beginning on that do not count for accuracy
EAO_LOW, EAO_HIGH = 108, 371  # frames, both included: how long the short videos of VOT2016 are


@dataclass(frozen=True, slots=True)
class SupervisedRun:
    """One repetition over one sequence.

    Attributes:
        regions: by frame: a shape, or a code.
        truth: by frame.
        size: width and height of the image.
    """

    regions: tuple[Region, ...]
    truth: tuple[Region, ...]
    size: tuple[int, int]

    @property
    def failures(self) -> int:
        return sum(is_code(region, FAILURE) for region in self.regions)

    def overlaps(self) -> NDArray[np.float64]:
        """(n,) by frame; 0 where there is a code."""
        return overlaps(self.regions, self.truth, self.size)


@dataclass(frozen=True, slots=True)
class SequenceMeasures:
    """Of one sequence: means over repetitions."""

    name: str
    frame_count: int
    accuracy: float
    failures: float


@dataclass(frozen=True, slots=True)
class SupervisedMeasures:
    """Of one tracker; `eao` is None where no stretch is as long as the shortest length it is taken over."""

    sequences: tuple[SequenceMeasures, ...]
    accuracy: float
    failures: float
    eao: float | None
    eao_curve: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Overlaps from a beginning on, and whether it ended in a failure."""

    overlaps: NDArray[np.float64]
    has_failed: bool


def measure_supervised(
    runs: Sequence[tuple[str, Sequence[SupervisedRun]]], *, low: int = EAO_LOW, high: int = EAO_HIGH
) -> SupervisedMeasures:
    """Measure one tracker.

    Args:
        runs: name and repetitions of each sequence, at least one of both.
        low: the fewest frames of expected average overlap.
        high: the most, included.
    """
    measured, stretches = [], []
    for name, repetitions in runs:
        found = [(run, run.overlaps()) for run in repetitions]
        accuracies = [_accuracy(run.regions, each) for run, each in found]
        failures = statistics.fmean(run.failures for run in repetitions)
        measured.append(
            SequenceMeasures(name, len(repetitions[0].regions), statistics.fmean(accuracies), failures)
        )
        stretches += [stretch for run, each in found for stretch in _stretches(run.regions, each)]
    frames = sum(each.frame_count for each in measured)
    curve = _eao_curve(stretches)
    window = curve[low : high + 1]
    return SupervisedMeasures(
        tuple(measured),
        sum(each.accuracy * each.frame_count for each in measured) / frames,
        sum(each.failures * each.frame_count for each in measured) / frames,
        float(np.mean(window)) if len(window) else None,
        tuple(float(value) for value in curve),
    )


def _accuracy(regions: Sequence[Region], found: NDArray[np.float64]) -> float:
    """Mean overlap of the frames that count; 0 where none does."""
    counts = np.ones(len(found), dtype=np.bool_)
    for index, region in enumerate(regions):
        if is_code(region, UNKNOWN) or is_code(region, FAILURE):
            counts[index] = False
        elif is_code(region, INITIALIZATION):
            counts[index : index + BURN_IN] = False
    return float(np.mean(found[counts])) if counts.any() else 0.0


def _stretches(regions: Sequence[Region], found: NDArray[np.float64]) -> list[_Stretch]:
    failed = [index for index, region in enumerate(regions) if is_code(region, FAILURE)]
    begun = [index for index, region in enumerate(regions) if is_code(region, INITIALIZATION)]
    if not failed:
        return [_Stretch(found, has_failed=False)]
    stretches = [_Stretch(found[start:end], has_failed=True) for start, end in zip(begun, failed, strict=False)]
    if len(begun) > len(failed):
        stretches.append(_Stretch(found[begun[-1] :], has_failed=False))
    return stretches


def _eao_curve(stretches: Sequence[_Stretch]) -> NDArray[np.float64]:
    """(n,) overlap to be expected of the frames after the first, by their number."""
    longest = max(len(stretch.overlaps) for stretch in stretches)
    padded = np.zeros((len(stretches), longest), dtype=np.float32)
    counts = np.zeros_like(padded)
    for row, stretch in enumerate(stretches):
        padded[row, : len(stretch.overlaps)] = stretch.overlaps
        counts[row, : longest if stretch.has_failed else len(stretch.overlaps)] = 1
    means = padded.copy()
    for count in range(1, longest):
        # NumPy's mean of 32-bit floats adds in pairs: a running sum would differ in the last digits.
        means[:, count] = np.mean(padded[:, 1 : count + 1], axis=1)
    curve: NDArray[np.float64] = np.sum(means * counts, axis=0) / np.sum(counts, axis=0).astype(np.float64)
    return curve
