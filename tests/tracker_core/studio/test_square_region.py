"""Squares of a frame: where boxes lie in them, and what their pixels show."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import Box, Frame
from tracker_core.studio.square_region import GREY, SquareRegion

DARK, BRIGHT = 30, 230


def frame_with(rectangle: Box, *, width: int = 400, height: int = 300) -> Frame:
    """Dark, with one bright rectangle of whole pixels."""
    frame = np.full((height, width, 3), DARK, np.uint8)
    x, y = int(rectangle.x), int(rectangle.y)
    frame[y : y + int(rectangle.height), x : x + int(rectangle.width)] = BRIGHT
    return frame


def seen_rectangle(pixels: Frame) -> Box:
    """Of what is brighter than halfway."""
    is_bright = pixels[:, :, 0] > (DARK + BRIGHT) / 2
    rows, columns = np.flatnonzero(is_bright.any(axis=1)), np.flatnonzero(is_bright.any(axis=0))
    return Box(columns[0], rows[0], columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0])


@pytest.mark.parametrize(
    ("box", "factor", "size", "area", "scale"),
    [
        (Box(10, 20, 30, 30), 2.0, 120, Box(-5, 5, 60, 60), 2.0),
        (Box(10, 20, 90, 10), 4.0, 60, Box(-5, -35, 120, 120), 0.5),
        (Box(0.5, 1.5, 1, 1), 4.0, 256, Box(-1, 0, 4, 4), 64.0),
        (Box(-50, -40, 20, 20), 1.0, 20, Box(-50, -40, 20, 20), 1.0),
    ],
    ids=["square", "wide", "one-pixel", "outside"],
)
def test_around_then_is_a_square_of_mean_sides_with_the_box_in_its_middle(
    box: Box, factor: float, size: int, area: Box, scale: float
) -> None:
    region = SquareRegion.around(box, factor=factor, size=size)
    assert region.area.xywh == pytest.approx(area.xywh)
    assert region.scale == pytest.approx(scale)
    x, y, width, height = region.to_network(box.xywh[None])[0]
    assert (x + width / 2, y + height / 2) == pytest.approx((size / 2, size / 2))
    assert width * height == pytest.approx((size / factor) ** 2)


@pytest.mark.parametrize(
    ("image", "network"),
    [
        ((70.0, 30.0, 40.0, 40.0), (0.0, 0.0, 20.0, 20.0)),
        ((90.0, 50.0, 10.0, 2.0), (10.0, 10.0, 5.0, 1.0)),
        ((110.0, 70.0, 0.0, 0.0), (20.0, 20.0, 0.0, 0.0)),
        ((-30.0, 230.0, 40.0, 20.0), (-50.0, 100.0, 20.0, 10.0)),
    ],
    ids=["corner", "middle", "point", "outside"],
)
def test_to_network_and_to_image_then_are_each_others_inverse(
    image: tuple[float, ...], network: tuple[float, ...]
) -> None:
    region = SquareRegion(center_x=100, center_y=60, side=60, size=30)
    assert region.to_network(np.array([image]))[0] == pytest.approx(network)
    assert region.to_image(np.array([network]))[0] == pytest.approx(image)


@pytest.mark.parametrize("scale", [0.1, 0.37, 0.59, 0.61, 1.0, 1.7, 4.0])
@pytest.mark.parametrize("center", [(200.0, 150.0), (181.3, 144.8), (60.0, 40.0)], ids=["middle", "odd", "edge"])
def test_cut_then_shows_a_rectangle_where_to_network_says(scale: float, center: tuple[float, float]) -> None:
    """Within a pixel: half of one is lost to counting whole ones."""
    size = 128
    region = SquareRegion(*center, side=size / scale, size=size)
    side = max(8, round(40 / scale)) if scale > 0.3 else 60
    x, y = int(center[0] - side / 2) + 3, int(center[1] - side / 2) + 2
    rectangle = Box(max(0, x), max(0, y), side, side // 2)
    seen = seen_rectangle(region.cut(frame_with(rectangle)))
    expected = Box.from_xywh(region.to_network(rectangle.xywh[None])[0])
    found = (seen.x, seen.y, seen.right, seen.bottom)
    clipped = np.clip((expected.x, expected.y, expected.right, expected.bottom), 0, size)
    np.testing.assert_allclose(found, clipped, rtol=0, atol=1.0)


@pytest.mark.parametrize("scale", [0.2, 0.5, 0.8, 2.0])
def test_cut_then_is_grey_outside_the_frame_and_not_inside(scale: float) -> None:
    """The frame's corner lies in the middle; two pixels around the edges may mix."""
    region = SquareRegion(0, 0, side=100 / scale, size=100)
    pixels = region.cut(np.full((600, 600, 3), DARK, np.uint8))
    assert pixels.shape == (100, 100, 3)
    assert (pixels[:48] == GREY).all()
    assert (pixels[:, :48] == GREY).all()
    assert (pixels[52:, 52:] == DARK).all()


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 3.0])
def test_cut_when_all_of_it_lies_inside_then_no_grey_gets_in(scale: float) -> None:
    """Neither at its own edges nor where they are the frame's."""
    frame = np.full((640, 640, 3), DARK, np.uint8)
    for middle in (320.0, 320.37, 32 / scale):
        pixels = SquareRegion(middle, middle, side=64 / scale, size=64).cut(frame)
        assert (pixels[1:-1, 1:-1] == DARK).all()


@pytest.mark.parametrize("scale", [0.1, 0.5, 1.0, 10.0])
@pytest.mark.parametrize(
    "center", [(-5000.0, 50.0), (5000.0, 50.0), (50.0, -5000.0), (1e7, 1e7)], ids=["left", "right", "above", "far"]
)
def test_cut_when_far_outside_then_is_all_grey(scale: float, center: tuple[float, float]) -> None:
    region = SquareRegion(*center, side=64 / scale, size=64)
    assert (region.cut(np.zeros((100, 120, 3), np.uint8)) == GREY).all()


@pytest.mark.parametrize("side", [1.0, 0.6, 0.25])
def test_cut_when_the_box_is_tiny_then_the_pixel_under_it_fills_it(side: float) -> None:
    frame = np.full((40, 40, 3), DARK, np.uint8)
    frame[20, 10] = BRIGHT
    box = Box(10.5 - side / 2, 20.5 - side / 2, side, side)
    pixels = SquareRegion.around(box, factor=2.0, size=128).cut(frame)
    assert pixels[63:65, 63:65].min() > BRIGHT - 10  # the pixel's middle


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 2)], ids=["1x1", "row", "column", "2x2"])
@pytest.mark.parametrize("side", [1.0, 40.0, 1000.0])
def test_cut_when_the_frame_has_hardly_any_pixels_then_still_gives_a_square(
    shape: tuple[int, int], side: float
) -> None:
    pixels = SquareRegion(0.5, 0.5, side=side, size=32).cut(np.zeros((*shape, 3), np.uint8))
    assert pixels.shape == (32, 32, 3)
    assert pixels.dtype == np.uint8
