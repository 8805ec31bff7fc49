from __future__ import annotations

import pytest

from dlst_gui.views.frame.box_drag import Drag, Grip, OtherBox, grip_at, smallest_at
from tracker_core import Box

BOX = Box(20, 30, 40, 20)


def dragged(drag: Drag, x: float, y: float) -> Box:
    return drag.box_at(x, y, frame_width=100, frame_height=80)


@pytest.mark.parametrize(
    ("x", "y", "grip"),
    [
        (20, 30, Grip.TOP_LEFT),
        (17, 27, Grip.TOP_LEFT),
        (60, 50, Grip.BOTTOM_RIGHT),
        (40, 30, Grip.TOP),
        (62, 40, Grip.RIGHT),
        (40, 40, Grip.INSIDE),
        (70, 40, None),
        (40, 20, None),
    ],
)
def test_grip_at_when_the_mouse_is_there_then_that_is_grabbed(x: float, y: float, grip: Grip | None) -> None:
    assert grip_at(BOX, x, y, reach=4) is grip


def test_grip_at_when_the_box_is_tiny_then_its_middle_still_moves_it() -> None:
    assert grip_at(Box(10, 10, 4, 4), 12, 12, reach=7) is Grip.INSIDE


def test_box_at_when_moved_then_it_moves_by_parts_of_a_pixel() -> None:
    assert dragged(Drag(30, 35, BOX), 32.25, 34.5) == Box(22.25, 29.5, 40, 20)


@pytest.mark.parametrize(
    ("grip", "expected"),
    [
        (Grip.TOP_LEFT, Box(23, 34, 37, 16)),
        (Grip.RIGHT, Box(20, 30, 43, 20)),
        (Grip.BOTTOM, Box(20, 30, 40, 24)),
    ],
)
def test_box_at_when_a_side_is_dragged_then_the_opposite_side_stays(grip: Grip, expected: Box) -> None:
    assert dragged(Drag(50, 50, BOX, grip), 53, 54) == expected


def test_box_at_when_a_side_is_dragged_past_the_other_then_the_box_keeps_a_pixel() -> None:
    assert dragged(Drag(20, 30, BOX, Grip.LEFT), 95, 30) == Box(59, 30, 1, 20)


@pytest.mark.parametrize("end", [(70, 60), (10, 5)], ids=["down", "up"])
def test_box_at_when_drawn_anew_then_the_direction_does_not_matter(end: tuple[float, float]) -> None:
    box = dragged(Drag(*end), 40, 30)
    assert (box.x, box.y, box.right, box.bottom) == (
        min(end[0], 40), min(end[1], 30), max(end[0], 40), max(end[1], 30),
    )  # fmt: skip


def test_box_at_when_drawn_past_the_frame_then_it_is_cut_at_its_edge() -> None:
    assert dragged(Drag(90, 70), 140, -20) == Box(90, 0, 10, 70)


def test_smallest_at_when_boxes_lie_in_each_other_then_the_inner_one_is_reached() -> None:
    large, small = OtherBox(1, BOX), OtherBox(2, Box(30, 35, 5, 5))
    assert smallest_at((large, small), 32, 36) is small
    assert smallest_at((large, small), 22, 32) is large
    assert smallest_at((large, small), 5, 5) is None
