"""Of a frame in parts, what is cut shows what the whole frame would."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker_core.frame_in_parts import NoisyParts
from tests.tracker_core.moving_squares import texture
from tests.tracker_core.test_cropping import PLACES
from tracker_core import AnyFrame, Box, PatchConfig, whole_frame
from tracker_core.config import PatchEdges
from tracker_core.cropping import SearchRegion, as_rgb
from tracker_core.cutting import Cutter, DeviceCutter, HostCutter
from tracker_core.feature_map import MapRegion
from tracker_core.learner import checksum_of
from tracker_core.studio.square_region import SquareRegion

FRAME = texture(0, 160, 120, cell=6)
CONFIG = PatchConfig(pad_value=128)

EVERYWHERE = pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)


def same(cut: Callable[[AnyFrame], NDArray[np.uint8] | torch.Tensor]) -> None:
    parts = NoisyParts(FRAME)
    np.testing.assert_array_equal(np.asarray(cut(parts)), np.asarray(cut(FRAME)))
    assert parts.looks


@EVERYWHERE
@pytest.mark.parametrize("edges", ["whole", "sub-pixel"])
@pytest.mark.parametrize("margin", [0, 8])
def test_patches_when_in_parts_then_are_those_of_the_whole(box: Box, edges: PatchEdges, margin: int) -> None:
    cutter = HostCutter(CONFIG, edges=edges, margin=margin)
    same(lambda frame: cutter.patches(frame, np.array([box.xywh])))


@EVERYWHERE
@pytest.mark.parametrize("columns", [1, 5])
def test_regions_when_in_parts_then_are_those_of_the_whole(box: Box, columns: int) -> None:
    cutter = HostCutter(CONFIG, margin=4)
    region = MapRegion.around(box, columns=columns, rows=2, stride=8, patch_size=107, patch_padding=16)
    same(lambda frame: cutter.regions(frame, [region]))


@EVERYWHERE
@pytest.mark.parametrize("factor", [2.0, 5.3])
def test_search_region_when_in_parts_then_is_that_of_the_whole(box: Box, factor: float) -> None:
    region = SearchRegion.around(box, factor=factor, size=107)
    same(lambda frame: HostCutter(CONFIG).search_region(frame, region))


@EVERYWHERE
@pytest.mark.parametrize("size", [16, 40, 130, 333])  # averaged, and read between pixels
def test_square_when_in_parts_then_is_that_of_the_whole(box: Box, size: int) -> None:
    same(SquareRegion.around(box, factor=1.7, size=size).cut)


@pytest.mark.parametrize(
    "cut",
    [
        lambda cutter, frame: cutter.patches(frame, np.array([PLACES["left"].xywh])),
        lambda cutter, frame: cutter.search_region(frame, SearchRegion.around(PLACES["left"], factor=2, size=50)),
    ],
)
def test_device_when_in_parts_then_the_whole_frame_is_uploaded(
    cut: Callable[[Cutter, AnyFrame], torch.Tensor],
) -> None:
    same(lambda frame: cut(DeviceCutter(CONFIG, torch.device("cpu")), frame))


def test_look_when_the_box_is_small_then_little_is_asked_for() -> None:
    parts = NoisyParts(FRAME)
    SquareRegion.around(Box(80, 60, 6, 6), factor=2.0, size=24).cut(parts)
    ((left, top, right, bottom),) = parts.looks
    assert 77 - 3 <= left <= 77
    assert 89 <= right <= 89 + 4
    assert 57 - 3 <= top <= 57
    assert 69 <= bottom <= 69 + 4


def test_whole_when_in_parts_then_frame_and_checksum_are_those_of_the_array() -> None:
    parts = NoisyParts(FRAME)
    assert as_rgb(parts) is parts
    np.testing.assert_array_equal(whole_frame(parts), FRAME)
    assert whole_frame(FRAME) is FRAME
    assert checksum_of(parts) == checksum_of(FRAME)
