"""Which boxes of a match map are worth judging, and in which order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker_core import Box
from tracker_core.box import iou_with_box
from tracker_core.config import MatchingConfig
from tracker_core.studio.habit import NO_HABIT
from tracker_core.studio.matching_head import MatchMap
from tracker_core.studio.proposals import ProposalMap, Proposals, adjusted, joined
from tracker_core.studio.square_region import SquareRegion

PREVIOUS = Box(90, 90, 20, 20)
REGION = SquareRegion.around(PREVIOUS, factor=4.0, size=256)


def proposal_map(
    boxes: list[Box], confidences: list[float], habit: np.ndarray = NO_HABIT, **changes: float
) -> ProposalMap:
    """Of boxes given in the image."""
    found = MatchMap(np.array(confidences), REGION.to_network(np.array([box.xywh for box in boxes])))
    return ProposalMap.of(found, REGION, PREVIOUS, habit, replace(MatchingConfig(), **changes))


def boxes_of(proposals: Proposals) -> list[Box]:
    return [Box.from_xywh(np.round(row, 6)) for row in proposals.boxes_xywh]


def test_best_then_are_boxes_that_differ_in_the_order_of_their_priors() -> None:
    left, right, twin = PREVIOUS.shifted(-15, 0), PREVIOUS.shifted(12, 12), PREVIOUS.shifted(1, 1)
    found = proposal_map([left, twin, PREVIOUS, right], [0.3, 0.85, 0.9, 0.6], window_weight=0.0)
    best = found.best(6)
    assert boxes_of(best) == [PREVIOUS, right, left]
    assert best.confidences.tolist() == [0.9, 0.6, 0.3]
    assert (np.diff(best.priors) <= 0).all()


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (2, 2), (3, 3), (9, 4)])
def test_best_then_are_as_many_as_asked_for_at_most(n: int, expected: int) -> None:
    boxes = [PREVIOUS.shifted(x, y) for x in (-14, 14) for y in (-14, 14)]
    assert len(proposal_map(boxes, [0.5, 0.6, 0.7, 0.8]).best(n).priors) == expected


def test_best_when_many_cells_answer_then_no_two_boxes_are_of_one_object() -> None:
    rng = np.random.default_rng(0)
    boxes = [PREVIOUS.shifted(*rng.uniform(-30, 30, 2)) for _ in range(256)]
    best = proposal_map(boxes, rng.uniform(0, 1, 256).tolist()).best(6)
    assert len(best.priors) == 6
    for n, row in enumerate(best.boxes_xywh):
        overlaps = iou_with_box(np.delete(best.boxes_xywh, n, axis=0), Box.from_xywh(row))
        assert overlaps.max() < 0.4


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (PREVIOUS, PREVIOUS.resized(40, 40)),
        (PREVIOUS.resized(25, 25), PREVIOUS.resized(40, 40)),
        (PREVIOUS, PREVIOUS.resized(10, 10)),
        (PREVIOUS, PREVIOUS.resized(40, 10)),
        (PREVIOUS.resized(30, 30), PREVIOUS.resized(45, 20)),  # as large
        (PREVIOUS, PREVIOUS.shifted(20, 0)),
        (PREVIOUS.shifted(10, 0), PREVIOUS.shifted(0, -30)),
    ],
    ids=["larger", "much-larger", "smaller", "shape", "shape-alone", "off", "farther"],
)
def test_prior_when_a_box_jumps_further_then_is_lower(better: Box, worse: Box) -> None:
    priors = proposal_map([worse, better], [0.5, 0.5]).priors
    assert priors[1] > priors[0]


@pytest.mark.parametrize("change", [1.5, 3.0])
def test_prior_when_a_box_grows_or_shrinks_alike_then_is_the_same(change: float) -> None:
    grown, shrunk = (PREVIOUS.resized(20 * by, 20 * by) for by in (change, 1 / change))
    priors = proposal_map([grown, shrunk], [0.5, 0.5]).priors
    assert priors[0] == pytest.approx(priors[1])
    config = MatchingConfig()
    without = proposal_map([grown], [0.5], change_penalty=0.0).priors[0]
    assert priors[0] == pytest.approx(without - config.change_penalty * (change - 1))


def test_prior_when_nothing_changed_then_is_the_logarithm_of_the_confidence() -> None:
    """But for the floors, 0.02 of the window and 0.0001 of the confidence, which keep logarithms finite."""
    priors = proposal_map([PREVIOUS, PREVIOUS], [0.5, 0.0]).priors
    assert priors[0] == pytest.approx(np.log(0.5), abs=0.01)
    assert np.isfinite(priors[1])


def test_prior_when_beyond_the_region_then_is_finite_and_the_lowest() -> None:
    priors = proposal_map([PREVIOUS.shifted(39, 0), PREVIOUS.shifted(500, 0)], [0.5, 0.5]).priors
    assert np.isfinite(priors).all()
    assert priors[1] <= priors[0]


def test_at_then_is_the_box_centred_nearest() -> None:
    found = proposal_map([PREVIOUS, PREVIOUS.shifted(20, 0), PREVIOUS.shifted(0, 20)], [0.9, 0.2, 0.3])
    nearest = found.at(101, 116)
    assert boxes_of(nearest) == [PREVIOUS.shifted(0, 20)]
    assert nearest.confidences.tolist() == [0.3]
    assert nearest.priors.tolist() == [found.priors[2]]


@pytest.mark.parametrize(
    ("habit", "expected"),
    [
        ((0, 0, 0, 0), (10, 20, 40, 20)),
        ((0.1, -0.1, 0, 0), (14, 18, 40, 20)),
        ((0, 0, np.log(1.5), 0), (0, 20, 60, 20)),
        ((0, 0, 0, np.log(0.5)), (10, 25, 40, 10)),
        ((0.25, 0, np.log(0.5), np.log(2)), (30, 10, 20, 40)),
    ],
    ids=["none", "moved", "wider", "lower", "all"],
)
def test_adjusted_then_is_the_box_as_this_person_draws_it(
    habit: tuple[float, ...], expected: tuple[float, ...]
) -> None:
    boxes = np.array([[10.0, 20, 40, 20], [10.0, 20, 40, 20]])
    np.testing.assert_allclose(adjusted(boxes, np.array(habit)), [expected, expected], atol=1e-12)


def test_proposals_when_there_is_a_habit_then_are_drawn_by_it_in_the_image() -> None:
    found = proposal_map([PREVIOUS], [0.5], habit=np.array([0.1, 0, np.log(1.5), 0]))
    np.testing.assert_allclose(found.boxes_xywh, [[87, 90, 30, 20]])


def test_joined_then_are_all_in_their_order() -> None:
    found = proposal_map([PREVIOUS, PREVIOUS.shifted(20, 0)], [0.9, 0.2])
    both = joined([found.best(1), found.at(120, 100)])
    assert boxes_of(both) == [PREVIOUS, PREVIOUS.shifted(20, 0)]
    assert both.confidences.tolist() == [0.9, 0.2]
    assert both.priors.shape == (2,)
