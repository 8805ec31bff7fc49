from __future__ import annotations

import math

import numpy as np
import pytest

from tracker_core.box import Box, BoxLike, as_box, iou_in_rows, iou_of_pairs, iou_with_box

BOX = Box(10, 20, 40, 30)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(10, 20, 40, 30), 1.0),
        (Box(30, 20, 40, 30), 20 * 30 / (2 * 1200 - 600)),
        (Box(20, 25, 10, 10), 100 / 1200),
        (Box(50, 20, 40, 30), 0.0),
        (Box(200, 200, 5, 5), 0.0),
        (Box(10.5, 20, 40, 30), 39.5 / 40.5),
        (Box(10, 20, 0, 0), 0.0),
    ],
    ids=["same", "half", "inside", "touching", "apart", "sub-pixel", "empty"],
)
def test_iou_then_is_continuous(other: Box, expected: float) -> None:
    assert BOX.iou(other) == pytest.approx(expected)
    assert other.iou(BOX) == pytest.approx(expected)
    assert iou_with_box(np.stack([other.xywh, BOX.xywh]), BOX) == pytest.approx([expected, 1.0])


def test_iou_of_pairs_then_is_that_of_each_with_each() -> None:
    boxes = np.array([BOX.xywh, [30, 40, 20, 20], [0, 0, 0, 0]], dtype=np.float64)
    others = np.array([[12, 22, 40, 30], [200, 200, 5, 5]], dtype=np.float64)
    expected = [iou_with_box(others, Box.from_xywh(box)) for box in boxes]
    np.testing.assert_allclose(iou_of_pairs(boxes, others), expected)


@pytest.mark.parametrize(
    ("box", "is_valid"),
    [
        (BOX, True),
        (Box(-5, -5, 0.1, 0.1), True),
        (Box(0, 0, 0, 5), False),
        (Box(0, 0, 5, -1), False),
        (Box(math.nan, 0, 5, 5), False),
        (Box(0, 0, math.inf, 5), False),
    ],
)
def test_is_valid_then_wants_finite_numbers_and_a_size(box: Box, is_valid: bool) -> None:
    assert box.is_valid is is_valid


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(0, 0, 5, 5), True),
        (Box(-4.9, 0, 5, 5), True),
        (Box(-5, 0, 5, 5), False),
        (Box(99.5, 49.5, 5, 5), True),
        (Box(100, 0, 5, 5), False),
        (Box(0, 50, 5, 5), False),
    ],
)
def test_intersects_frame_then_edges_do_not_count(box: Box, expected: bool) -> None:
    assert box.intersects_frame(frame_width=100, frame_height=50) is expected


def test_from_xywh_when_not_four_numbers_then_says_so() -> None:
    with pytest.raises(ValueError, match="four numbers"):
        Box.from_xywh([1, 2, 3])


def test_resized_then_keeps_the_middle() -> None:
    assert Box(10, 20, 30, 40).resized(10, 60) == Box(20, 10, 10, 60)


def test_box_when_taken_apart_then_gives_its_four_numbers() -> None:
    box = Box(1, 2.5, 3, 4)
    assert tuple(box) == (1, 2.5, 3, 4)
    assert np.asarray(box).tolist() == [1, 2.5, 3, 4]
    assert np.array([box, box], dtype=np.float32).shape == (2, 4)


@pytest.mark.parametrize("given", [(1, 2, 3, 4), [1.0, 2, 3, 4], np.array([1, 2, 3, 4]), Box(1, 2, 3, 4)])
def test_as_box_when_given_four_numbers_then_is_that_box(given: BoxLike) -> None:
    assert as_box(given) == Box(1, 2, 3, 4)


_NO_BOXES = [
    (1, 2, 3),
    "left",
    None,
    [["x"]],
    {"x": 1},
    [1, 2, None, 3],
    ["1", "2", "3", "4"],
    np.array([1, 2, 3, 4j]),
    np.ma.array([1, 2, 3, 4], mask=[False, False, True, False]),
]


@pytest.mark.parametrize("given", _NO_BOXES)
def test_as_box_when_given_anything_else_then_says_what_it_wants(given: object) -> None:
    with pytest.raises(ValueError, match=r"expected a Box or four numbers \(x, y, width, height\), got "):
        as_box(given)


def test_iou_in_rows_when_boxes_differ_then_each_row_is_as_of_its_two_boxes() -> None:
    boxes = np.array([[0, 0, 10, 10], [5, 5, 20, 10], [0, 0, 4, 4], [1, 1, 0, 0]], dtype=np.float64)
    others = np.array([[5, 0, 10, 10], [5, 5, 20, 10], [50, 50, 4, 4], [1, 1, 0, 0]], dtype=np.float64)
    expected = [Box.from_xywh(one).iou(Box.from_xywh(other)) for one, other in zip(boxes, others, strict=True)]
    assert iou_in_rows(boxes, others).tolist() == pytest.approx(expected)
    assert expected[:3] == pytest.approx([1 / 3, 1, 0])
