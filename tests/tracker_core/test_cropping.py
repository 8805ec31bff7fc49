"""Crops against a slow pixel-by-pixel program in 1-based coordinates, and against numbers found by hand."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.cropping import SearchRegion, as_rgb, cut_patches
from tracker_core.tracker import Frame, TrackerInputError


def matlab_round(value: float) -> int:
    return int(math.copysign(math.floor(abs(value) + 0.5), value))


def reference_patch(frame: Frame, box: Box, pad: int) -> Frame:
    """The classifier's patch, axis by axis, counted from 1 as the authors do."""
    height, width = frame.shape[:2]
    axes = []
    for start, side, frame_side in ((box.x + 1, box.width, width), (box.y + 1, box.height, height)):
        center, half = start + side / 2, 107 / 75 / 2 * side
        first, last = matlab_round(center - half), matlab_round(center + half)
        scale = 107 / (last - first + 1)
        inside_first, inside_last = max(1, first), min(frame_side, last)
        offset = matlab_round(max(0, 1 - first) * scale)
        length = min(matlab_round((inside_last - inside_first + 1) * scale), 107 - offset)
        axes.append((inside_first, inside_last, offset, length))
    (x1, x2, px, cw), (y1, y2, py, ch) = axes
    patch = np.full((107, 107, 3), pad, np.uint8)
    patch[py : py + ch, px : px + cw] = cv2.resize(frame[y1 - 1 : y2, x1 - 1 : x2], (cw, ch))
    return patch


def cut(frame: Frame, *boxes: Box, pad: int = 0) -> Frame:
    rows = np.array([box.xywh for box in boxes])
    return cut_patches(frame, rows, size=107, padding=16, pad_value=pad)


PLACES = {
    "inside": Box(60, 40, 30, 24),
    "fractions": Box(60.5, 40.25, 29.5, 23.7),
    "left": Box(-9, 40, 30, 24),
    "right": Box(140, 40, 30, 24),
    "top": Box(60, -11, 30, 24),
    "bottom": Box(60, 105, 30, 24),
    "upper-left": Box(-14.5, -11.5, 30, 24),
    "upper-right": Box(144, -11, 30, 24),
    "lower-left": Box(-14, 107, 30, 24),
    "lower-right": Box(144.5, 107.5, 30, 24),
    "larger-than-frame": Box(-20, -30, 200, 180),
    "whole-frame": Box(0, 0, 160, 120),
    "tiny": Box(80, 60, 3, 4),
    "sub-pixel": Box(80.2, 60.7, 0.5, 0.5),
}


@pytest.mark.parametrize("pad", [0, 128])
@pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)
def test_patch_when_anywhere_then_equals_the_slow_program(noise_frame: Frame, box: Box, pad: int) -> None:
    np.testing.assert_array_equal(cut(noise_frame, box, pad=pad)[0], reference_patch(noise_frame, box, pad))


def test_patches_when_several_then_keep_the_order(noise_frame: Frame) -> None:
    patches = cut(noise_frame, *PLACES.values())
    for patch, box in zip(patches, PLACES.values(), strict=True):
        np.testing.assert_array_equal(patch, reference_patch(noise_frame, box, 0))


def test_patch_when_75_pixels_wide_then_covers_108_from_half_a_pixel_right() -> None:
    """From 1: centre 68.5, half 53.5, so columns 15 to 122: both ends are included and one pixel comes on top."""
    columns = np.tile(np.arange(200, dtype=np.uint8), (200, 1))[:, :, None].repeat(3, axis=2)
    patch = cut(columns, Box(30, 60, 75, 75))[0]
    assert patch[50, 0].tolist() == [14] * 3
    assert patch[50, 106].tolist() == [121] * 3


def test_patch_when_over_the_left_edge_then_36_columns_are_padding() -> None:
    """From 1: centre 18.5, columns -35 to 72, 108 wide; 36 of them, times 107/108, lie outside."""
    patch = cut(np.full((200, 200, 3), 200, np.uint8), Box(-20, 60, 75, 75), pad=7)[0]
    assert set(patch[:, :36].ravel()) == {7}
    assert set(patch[:, 36:].ravel()) == {200}


def test_patch_when_outside_the_frame_then_is_all_padding(noise_frame: Frame) -> None:
    assert set(cut(noise_frame, Box(400, 300, 30, 24), pad=9).ravel()) == {9}


@pytest.mark.parametrize(
    ("box", "area"),
    [
        (Box(100, 50, 30, 20), Box(55, 20, 120, 80)),  # whole numbers: centred exactly
        (Box(10.5, 50, 20, 20), Box(-20, 20, 80, 80)),  # from 1: round(-18.5) is -19, to even it would be -18
        (Box(11.5, 50, 20, 20), Box(-19, 20, 80, 80)),  # round(-17.5) is -18
        (Box(100, 50, 10.3, 20), Box(85, 20, 41, 80)),  # 41.2 wide is cut to 41; round(85.55) is 86
        (Box(100, 50, 10.9, 20), Box(84, 20, 43, 80)),  # 43.6 wide is cut to 43; round(84.65) is 85
        (Box(5, 5, 1, 2), Box(4, 2, 4, 8)),  # round(4.5) is 5
    ],
    ids=["whole", "negative-half", "negative-odd-half", "fraction", "large-fraction", "tiny"],
)
def test_search_region_then_is_four_sides_rounded_from_1(box: Box, area: Box) -> None:
    assert SearchRegion.around(box, factor=4.0, size=107).area == area


def test_search_region_when_mapped_there_and_back_then_stays() -> None:
    region = SearchRegion.around(Box(100, 50, 30, 20), factor=4.0, size=107)
    assert region.to_input(55, 20) == (0, 0)
    assert region.to_input(175, 100) == pytest.approx((107, 107))
    assert region.to_input(115, 60) == pytest.approx((53.5, 53.5))
    assert region.to_image(*region.to_input(123.4, 56.7)) == pytest.approx((123.4, 56.7))


@pytest.mark.parametrize("pad", [0, 128])
@pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)
def test_search_region_when_cut_anywhere_then_padding_is_part_of_the_interpolation(
    noise_frame: Frame, box: Box, pad: int
) -> None:
    region = SearchRegion.around(box, factor=4.0, size=107)
    margin = 1000
    border = cv2.copyMakeBorder(noise_frame, *[margin] * 4, cv2.BORDER_CONSTANT, value=(pad,) * 3)
    x, y, w, h = (int(v) for v in region.area.xywh)
    window = border[y + margin : y + margin + h, x + margin : x + margin + w].astype(np.float32)
    expected = cv2.resize(window, (107, 107), interpolation=cv2.INTER_LINEAR)
    found = region.cut(noise_frame, pad_value=pad)
    assert found.dtype == np.uint8
    np.testing.assert_allclose(found.astype(np.float32), expected, atol=0.8)  # OpenCV's on whole numbers


@pytest.mark.parametrize(
    "corner", [(-60, 10), (200, 10), (10, -60), (10, 200)], ids=["left", "right", "up", "down"]
)
def test_search_region_when_beyond_the_frame_then_is_all_padding(
    noise_frame: Frame, corner: tuple[int, int]
) -> None:
    region = SearchRegion(Box(*corner, 40, 40), 107)
    assert set(region.cut(noise_frame, pad_value=5).ravel()) == {5}


def test_as_rgb_when_grey_then_repeats_it() -> None:
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4)
    for frame in (grey, grey[:, :, None]):
        rgb = as_rgb(frame)
        assert rgb.shape == (3, 4, 3)
        for channel in range(3):
            np.testing.assert_array_equal(rgb[:, :, channel], grey)


def test_as_rgb_when_there_is_alpha_then_drops_it(noise_frame: Frame) -> None:
    rgba = np.dstack([noise_frame, np.full(noise_frame.shape[:2], 3, np.uint8)])
    np.testing.assert_array_equal(as_rgb(rgba), noise_frame)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (np.zeros((9, 9, 3), np.float32), "expected a uint8 frame, got float32"),
        (np.zeros((9, 9, 2), np.uint8), r"expected a frame of shape .* got \(9, 9, 2\)"),
        (np.zeros((2, 9, 9, 3), np.uint8), r"got \(2, 9, 9, 3\)"),
        (np.zeros((0, 9, 3), np.uint8), r"got \(0, 9, 3\)"),
        (np.zeros(9, np.uint8), r"got \(9,\)"),
    ],
    ids=["float", "two-channels", "batch", "empty", "row"],
)
def test_as_rgb_when_not_a_picture_then_says_expected_and_got(frame: NDArray[np.generic], message: str) -> None:
    with pytest.raises(TrackerInputError, match=message):
        as_rgb(frame)
