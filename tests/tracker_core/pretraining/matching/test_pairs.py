from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tracker_core.box import Box
from tracker_core.pretraining.matching.geometry import PADDING
from tracker_core.pretraining.matching.motions import Place, Pose, bounds, warped
from tracker_core.pretraining.matching.pairs import (
    Pair,
    PairMaker,
    Plan,
    _nearly_upright,
    _part_corners,
    with_border,
)
from tracker_core.pretraining.matching.photometry import disturbed
from tracker_core.pretraining.matching.pictured_objects import Material, PicturedObject

POSES = {
    "as it is": Pose(),
    "mirrored": Pose(is_mirrored=True),
    "stretched": Pose(stretch=0.2),
    "turned": Pose(angle=0.4, shear=0.1),
    "a quarter turn": Pose(angle=np.pi / 2),
}


def bright_rectangle() -> PicturedObject:
    frame, mask = np.zeros((80, 120, 3), np.uint8), np.zeros((80, 120), np.uint8)
    frame[20:50, 30:90], mask[20:50, 30:90] = 255, 255
    return PicturedObject.of(frame, mask, "rectangles")


def bright_box(pixels: np.ndarray) -> Box:
    """Around what is more than half white."""
    x, y, width, height = cv2.boundingRect((pixels[:, :, 0] > 127).astype(np.uint8))
    return Box(x, y, width, height)


def edges_of(box: Box) -> tuple[float, float, float, float]:
    return box.x, box.y, box.right, box.bottom


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
@pytest.mark.parametrize(
    ("canvas", "side", "center"),
    [(128, 64.0, (65.5, 61.0)), (256, 48.0, (100.25, 160.0)), (256, 20.0, (40.0, 50.0))],
    ids=["template", "search", "search, far away"],
)
def test_pasted_when_an_object_is_placed_then_its_box_is_around_its_pixels(
    pose: Pose, canvas: int, side: float, center: tuple[float, float]
) -> None:
    pictured = bright_rectangle()
    matrix = Place(pose, side, center).matrix(pictured.outline)
    pixels = pictured.pasted_on(np.zeros((canvas, canvas, 3), np.uint8), matrix)
    box = pictured.box(matrix)
    assert np.sqrt(box.area) == pytest.approx(side)
    np.testing.assert_allclose(box.center, center)
    # a turned corner is thin: less than half of its pixels is covered
    tolerance = 2.5 if pose.angle == 0.4 else 1
    np.testing.assert_allclose(edges_of(bright_box(pixels)), edges_of(box), atol=tolerance)


@pytest.mark.parametrize("side", [16.0, 64.0], ids=["made smaller first", "at once"])
def test_warped_when_a_whole_frame_is_moved_then_its_object_lies_where_its_box_says(side: float) -> None:
    pictured = bright_rectangle()
    matrix = Place(Pose(), side, (120.0, 99.5)).matrix(pictured.outline)
    pixels = warped(pictured.frame, matrix, (256, 256), border=cv2.BORDER_CONSTANT)
    inside = pixels[60:140, 60:180].copy()
    inside[np.abs(inside.astype(int) - PADDING) < 20] = 0
    box = bounds(pictured.outline, matrix)
    np.testing.assert_allclose(bright_box(inside).xywh, [box.x - 60, box.y - 60, box.width, box.height], atol=1)
    assert (pixels[-1] == PADDING).all()


@pytest.mark.parametrize("number", range(6))
def test_part_when_it_is_the_target_then_its_box_lies_inside_the_objects_and_around_its_pixels(
    number: int,
) -> None:
    rng = np.random.default_rng(number)
    outline = bright_rectangle().outline
    corners = _part_corners(rng, outline)
    low, high = corners.min(axis=0), corners.max(axis=0)
    assert (low >= outline.min(axis=0)).all()
    assert (high <= outline.max(axis=0)).all()
    shares = (high - low) / np.ptp(outline, axis=0)
    assert ((shares >= 0.35) & (shares <= 0.85)).all()
    corners = corners.round()  # on whole pixels, so that they can be marked
    (left, top), (right, bottom) = corners[[0, 3]].astype(int)
    marked, mask = np.zeros((80, 120, 3), np.uint8), np.zeros((80, 120), np.uint8)
    marked[top:bottom, left:right], mask[20:50, 30:90] = 255, 255
    pictured = PicturedObject.of(marked, mask, "rectangles")
    place = replace(_nearly_upright(rng, Plan.drawn(rng)).search, side=48.0, center=(120.5, 130.0))
    matrix = place.matrix(corners)
    pixels, box = pictured.pasted_on(np.zeros((256, 256, 3), np.uint8), matrix), bounds(corners, matrix)
    assert np.sqrt(box.area) == pytest.approx(48)
    # a turned corner is thin: less than half of its pixels is covered
    np.testing.assert_allclose(edges_of(bright_box(pixels)), edges_of(box), atol=2.5)
    whole = pictured.box(matrix)
    assert whole.x <= box.x
    assert whole.y <= box.y
    assert whole.right >= box.right
    assert whole.bottom >= box.bottom


def test_make_when_other_pairs_were_made_before_then_the_same(material: Material) -> None:
    first = PairMaker(material, 5)
    pairs = [first.make(number) for number in range(12)]
    again = PairMaker(material, 5).make(11)
    assert np.array_equal(pairs[11].template, again.template)
    assert np.array_equal(pairs[11].search, again.search)
    assert pairs[11].box == again.box
    assert not np.array_equal(PairMaker(material, 6).make(11).search, again.search)


def test_make_when_many_are_made_then_shapes_and_boxes_are_as_told_and_some_targets_absent(
    material: Material,
) -> None:
    pairs = [PairMaker(material, 0).make(number) for number in range(120)]
    assert {pair.template.shape for pair in pairs} == {(128, 128, 3)}
    assert {pair.search.shape for pair in pairs} == {(256, 256, 3)}
    boxes = [pair.box for pair in pairs if pair.box is not None]
    assert 0.01 < 1 - len(boxes) / len(pairs) < 0.2  # about 1 in 20 expected
    sides = [np.sqrt(box.area) for box in boxes]
    assert min(sides) >= 64 * np.exp(-0.76)
    assert max(sides) <= 64 * np.exp(0.76)
    assert all(22 < coordinate < 234 for box in boxes for coordinate in box.center)


def test_make_when_there_are_no_clips_then_pairs_are_of_the_other_kinds(material: Material) -> None:
    maker = PairMaker(Material(material.photographs, material.objects, ()), 0)
    assert all(maker.make(number).search.shape == (256, 256, 3) for number in range(12))


@pytest.mark.parametrize(
    ("center", "is_there"), [((128, 128), True), ((128, -20), False), ((300, 128), False)], ids=str
)
def test_with_border_when_the_object_is_outside_the_frame_then_there_is_no_box(
    center: tuple[float, float], is_there: bool
) -> None:
    x, y = center
    box = Box(x - 30, y - 20, 60, 40)
    pair = Pair(np.zeros((128, 128, 3), np.uint8), np.zeros((256, 256, 3), np.uint8), box)
    found = {}
    for number in range(60):
        cut = with_border(np.random.default_rng(number), pair)
        edge = next(name for name, line in edges(cut.search).items() if (line == PADDING).all())
        found[edge] = found.get(edge, True) and cut.box == box
        assert cut.box in (box, None)
    assert set(found) == {"top", "bottom", "left", "right"}
    assert all(found.values()) == is_there


def edges(pixels: np.ndarray) -> dict[str, np.ndarray]:
    return {"top": pixels[0], "bottom": pixels[-1], "left": pixels[:, 0], "right": pixels[:, -1]}


def test_with_border_when_the_target_is_absent_then_it_stays_absent() -> None:
    pair = Pair(np.zeros((128, 128, 3), np.uint8), np.zeros((256, 256, 3), np.uint8), None)
    assert with_border(np.random.default_rng(0), pair).box is None


def test_plan_when_drawn_then_search_region_is_off_the_object() -> None:
    plans = [Plan.drawn(np.random.default_rng(number)) for number in range(200)]
    offsets = np.array([plan.search.center for plan in plans]) - 128
    assert np.abs(offsets).max() <= 105
    assert 25 < offsets.std() < 50
    assert np.mean([plan.search.pose.is_mirrored == plan.template.pose.is_mirrored for plan in plans]) > 0.9


def test_disturbed_when_many_are_made_then_pixels_change_and_shapes_stay() -> None:
    frame = cv2.resize(np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8), (64, 64))
    looks = [disturbed(np.random.default_rng(number), frame, 1.0) for number in range(40)]
    assert all(look.shape == frame.shape and look.dtype == np.uint8 for look in looks)
    assert np.mean([np.array_equal(look, frame) for look in looks]) < 0.2
