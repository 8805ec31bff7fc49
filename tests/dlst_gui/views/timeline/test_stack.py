from __future__ import annotations

import pytest

from dlst_gui.views.timeline.stack import SELECTED, SLIM, LaneStack
from tests.dlst_gui.views.timeline.timeline_fakes import project_of

LANES = project_of(frame_count=1, track_count=5).lanes()


@pytest.mark.parametrize("selected", [None, 0, 2, 4])
def test_at_when_asked_within_a_lane_then_gives_it(selected: int | None) -> None:
    stack = LaneStack(LANES, selected)
    for i in range(5):
        assert stack.at(stack.top(i)) == stack.at(stack.top(i + 1) - 0.5) == i
    assert stack.at(stack.height) is None
    assert stack.at(-1) is None


def test_height_when_a_lane_is_selected_then_that_one_alone_is_higher() -> None:
    assert LaneStack(LANES, 2).height == 4 * SLIM.height + SELECTED.height
    assert LaneStack(LANES, 77).height == 5 * SLIM.height


@pytest.mark.parametrize(
    ("top", "bottom", "rows"),
    [
        (0, SLIM.height, range(1)),
        (0, SLIM.height + 1, range(2)),
        (SLIM.height, 10_000, range(1, 5)),
        (10_000, 20_000, range(0)),
        (-5, 0, range(0)),
    ],
)
def test_between_when_given_a_part_of_the_height_then_gives_the_lanes_that_show(
    top: int, bottom: int, rows: range
) -> None:
    assert LaneStack(LANES).between(top, bottom) == rows


def test_between_when_there_are_no_lanes_then_is_empty() -> None:
    assert LaneStack().between(0, 100) == range(0)
