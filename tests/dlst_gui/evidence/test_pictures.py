"""Pictures that are kept with evidence."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from dlst_gui.evidence.pictures import LARGEST_SIDE, picture_around, picture_of, pixels_of
from dlst_gui.evidence.trace_facts import TraceError
from tests.dlst_gui.evidence.made_frames import seen
from tracker_core import Box, TrackResult
from tracker_core.evidence import KeptPicture

FRAME = np.zeros((120, 160, 3), np.uint8)
FRAME[40:80, 60:100] = (200, 30, 60)


def test_picture_when_read_then_shows_that_part_of_the_frame() -> None:
    picture = picture_of(FRAME, Box(50.2, 30.7, 59.3, 40))
    assert picture is not None
    assert picture.area == Box(50, 30, 60, 41)
    pixels = pixels_of(picture)
    assert pixels.shape == (41, 60, 3)
    np.testing.assert_allclose(pixels[20:38, 15:45].reshape(-1, 3).mean(axis=0), (200, 30, 60), atol=6)
    np.testing.assert_allclose(pixels[:6].mean(), 0, atol=6)


def test_picture_when_the_area_is_large_or_reaches_beyond_then_is_small_and_within() -> None:
    frame = np.zeros((1000, 3000, 3), np.uint8)
    picture = picture_of(frame, Box(-500, 500, 4000, 4000))
    assert picture is not None
    assert picture.area == Box(0, 500, 3000, 500)
    assert pixels_of(picture).shape == (round(500 * LARGEST_SIDE / 3000), LARGEST_SIDE, 3)
    assert picture_of(frame, Box(-50, 0, 50, 50)) is None


def test_picture_then_is_of_the_search_region_or_around_a_manual_box() -> None:
    evidence = seen(3)
    assert evidence.diagnostics is not None
    assert evidence.diagnostics.search_region == Box(-20, -20, 80, 80)
    found = picture_around(FRAME, evidence.result)
    manual = picture_around(FRAME, TrackResult(Box(50, 50, 10, 10), np.inf, True))
    assert found is not None
    assert manual is not None
    assert (found.area, manual.area) == (Box(0, 0, 60, 60), Box(35, 35, 40, 40))


def claiming(jpeg: bytes, side: int) -> bytes:
    """The same with another size in its header."""
    at = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:at] + struct.pack(">HH", side, side) + jpeg[at + 4 :]


def test_pixels_when_the_picture_is_none_or_too_large_then_raises_one_error() -> None:
    large = io.BytesIO()
    Image.new("RGB", (LARGEST_SIDE + 1, 4)).save(large, "JPEG")
    whole = picture_of(FRAME, Box(0, 0, 160, 120))
    assert whole is not None
    claims = [claiming(whole.jpeg, side) for side in (LARGEST_SIDE + 1, 15_000, 65_000)]  # two that Pillow minds
    for content in (large.getvalue(), b"\xff\xd8\xff no picture", whole.jpeg[:100], *claims):
        with pytest.raises(TraceError):
            pixels_of(KeptPicture(content, Box(0, 0, 1, 1)))
