"""How a person draws boxes: what a look lacks, and what is believed of it."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import Box
from tracker_core.studio.habit import NO_HABIT, habit_of, residual
from tracker_core.studio.matching_head import MatchMap
from tracker_core.studio.proposals import adjusted
from tracker_core.studio.square_region import SquareRegion

REGION = SquareRegion(center_x=100, center_y=80, side=64, size=256)
DRAWN = Box(90, 70, 20, 20)


def found(box: Box) -> MatchMap:
    """A map that is surest of an image box, and less sure of one elsewhere."""
    boxes = REGION.to_network(np.array([[70.0, 50, 10, 10], box.xywh]))
    return MatchMap(np.array([0.4, 0.8]), boxes)


@pytest.mark.parametrize(
    ("human", "expected"),
    [
        (DRAWN, (0, 0, 0, 0)),
        (DRAWN.shifted(2, -1), (0.1, -0.05, 0, 0)),
        (DRAWN.resized(24, 16), (0, 0, np.log(1.2), np.log(0.8))),
        (Box(90, 70, 22, 30), (0.05, 0.25, np.log(1.1), np.log(1.5))),
    ],
    ids=["alike", "moved", "resized", "both"],
)
def test_residual_then_is_what_the_surest_box_lacks_to_the_human_one(
    human: Box, expected: tuple[float, ...]
) -> None:
    lack = residual(found(DRAWN), REGION, human)
    assert lack is not None
    np.testing.assert_allclose(lack, expected, atol=1e-12)
    np.testing.assert_allclose(adjusted(DRAWN.xywh[None], lack)[0], human.xywh, atol=1e-9)


@pytest.mark.parametrize("human", [DRAWN.shifted(12, 0), Box(70, 50, 10, 10), DRAWN.resized(60, 60)])
def test_residual_when_the_surest_box_is_elsewhere_then_tells_nothing(human: Box) -> None:
    assert residual(found(DRAWN), REGION, human) is None


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_habit_when_too_few_looks_found_the_object_then_there_is_none(looks: int) -> None:
    np.testing.assert_array_equal(habit_of([np.full(4, 0.1)] * looks), NO_HABIT)


def test_habit_then_is_a_part_of_the_median() -> None:
    """One look that went wrong does not count."""
    looks = [np.array([0.1, -0.1, 0.2, 0.0]), np.array([0.08, -0.12, 0.3, 0.0]), np.array([9.0, 9.0, -9.0, 9.0])]
    np.testing.assert_allclose(habit_of(looks), 0.7 * np.array([0.1, -0.1, 0.2, 0.0]))


@pytest.mark.parametrize("sign", [1, -1])
def test_habit_when_looks_lack_much_then_is_limited(sign: int) -> None:
    np.testing.assert_allclose(habit_of([np.full(4, sign * 5.0)] * 3), sign * np.array([0.15, 0.15, 0.35, 0.35]))
