"""Boxes by their overlap with one of them."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import Box, CandidateOrigin, Candidates
from tracker_core.evidence import Overlaps

REFERENCE = Box(0, 0, 10, 10)
# Moved to the right by so much, a box of this size overlaps by (10 - moved) / (10 + moved).
MOVED = np.array([0.0, 30 / 17, 10 / 3, 5.0, 10.0, 40.0])
VALUES = np.array([1.0, 0.7, 0.5, 1 / 3, 0.0, 0.0])
ORIGINS = np.array([0, 0, 1, 1, 1, 3], np.uint8)


def moved_boxes() -> np.ndarray:
    return np.stack([MOVED, np.zeros(6), np.full(6, 10.0), np.full(6, 10.0)], axis=1)


@pytest.fixture
def overlaps() -> Overlaps:
    return Overlaps.between(moved_boxes(), ORIGINS, REFERENCE)


def test_overlaps_when_boxes_are_moved_then_are_their_iou(overlaps: Overlaps) -> None:
    np.testing.assert_allclose(overlaps.values, VALUES)
    assert (len(overlaps), overlaps.best, overlaps.apart) == (6, 1.0, 2)


@pytest.mark.parametrize(("bound", "expected"), [(0.0, 6), (0.3, 4), (0.49, 3), (0.6, 2), (0.99, 1), (1.0, 1)])
def test_reaching_when_a_bound_is_given_then_counts_those_on_it_and_above(
    overlaps: Overlaps, bound: float, expected: int
) -> None:
    assert overlaps.reaching(bound) == expected
    assert overlaps.share_reaching(bound) == pytest.approx(expected / 6)
    assert overlaps.curve([bound, 2.0]).tolist() == [expected, 0]


def test_histogram_when_counted_then_every_box_is_in_one_bin(overlaps: Overlaps) -> None:
    # Bins [0, .25), [.25, .5), [.5, .75), [.75, 1]; the rounding of .5 may put that box into the second.
    exact = Overlaps(VALUES, ORIGINS)
    assert exact.histogram(4).tolist() == [2, 1, 2, 1]
    assert overlaps.histogram().sum() == 6


def test_of_when_origins_are_named_then_keeps_those_and_sums_put_them_together(overlaps: Overlaps) -> None:
    assert overlaps.present_origins == (
        CandidateOrigin.PREVIOUS,
        CandidateOrigin.LOCALIZED,
        CandidateOrigin.MATCHED,
    )
    drawn = overlaps.of(CandidateOrigin.PREVIOUS, CandidateOrigin.LOCALIZED)
    assert drawn.origins.tolist() == [0, 0, 1, 1, 1]
    both = overlaps.of(CandidateOrigin.MATCHED) + drawn
    assert both.origins.tolist() == [3, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(both.values[1:], VALUES[:5])


def test_overlaps_when_there_is_no_box_then_nothing_reaches_anything() -> None:
    empty = Overlaps(np.empty(0), np.empty(0, np.uint8))
    assert (empty.best, empty.share_reaching(0.5), empty.histogram(3).tolist()) == (0.0, 0.0, [0, 0, 0])


def test_of_candidates_when_a_frame_was_judged_then_keeps_their_order() -> None:
    candidates = Candidates(
        moved_boxes(), ORIGINS, np.zeros(6, np.float32), np.zeros(1, np.int64), np.ones(6, np.bool_)
    )
    np.testing.assert_allclose(Overlaps.of_candidates(candidates, REFERENCE).values, VALUES)
