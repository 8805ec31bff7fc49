"""Both ways of cutting give the same pixels; the device's own runs on a CPU as well."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.tracker_core.moving_squares import texture
from tests.tracker_core.test_cropping import PLACES
from tracker_core import Box, PatchConfig
from tracker_core.cropping import SearchRegion
from tracker_core.cutting import Cutter, DeviceCutter, HostCutter, make_cutter
from tracker_core.feature_map import MapRegion, Stride

CPU = torch.device("cpu")
FRAME = texture(0, 160, 120, cell=6)
PADS = [0, 128]


def cutters(pad: int) -> tuple[Cutter, Cutter]:
    config = PatchConfig(pad_value=pad)
    return HostCutter(config), DeviceCutter(config, CPU)


def assert_alike(host: torch.Tensor, device: torch.Tensor) -> None:
    """To within a grey level, and the 32nds of a pixel that OpenCV's warp counts in."""
    assert host.dtype == device.dtype == torch.uint8
    assert host.shape == device.shape
    difference = (host.int() - device.int()).abs()
    assert difference.max() <= 3
    assert difference.float().mean() < 0.5


@pytest.mark.parametrize("pad", PADS)
def test_patches_then_are_alike(pad: int) -> None:
    boxes = np.array([box.xywh for box in (*PLACES.values(), Box(400, 300, 30, 24))])
    host, device = (cutter.patches(FRAME, boxes) for cutter in cutters(pad))
    assert host.shape == (len(boxes), 107, 107, 3)
    assert_alike(host, device)
    assert ((host == pad) == (device == pad)).float().mean() > 0.99  # the padding begins on the same pixel


@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("box", PLACES.values(), ids=PLACES)
def test_search_region_then_is_alike(box: Box, pad: int) -> None:
    region = SearchRegion.around(box, factor=4.0, size=107)
    host, device = (cutter.search_region(FRAME, region) for cutter in cutters(pad))
    assert host.shape == (107, 107, 3)
    assert_alike(host, device)


@pytest.mark.parametrize("pad", PADS)
@pytest.mark.parametrize("stride", [8, 16])
def test_map_regions_then_are_alike(pad: int, stride: Stride) -> None:
    regions = [
        MapRegion.around(box, columns=4, rows=2, stride=stride, patch_size=107, patch_padding=16)
        for name, box in PLACES.items()
        if name != "sub-pixel"
    ]
    host, device = (cutter.regions(FRAME, regions) for cutter in cutters(pad))
    assert host.shape == (len(regions), 107 + stride, 107 + 3 * stride, 3)
    assert_alike(host, device)


def test_device_cutter_when_the_frame_is_another_then_cuts_from_that() -> None:
    _, device = cutters(0)
    boxes = np.array([[60.0, 40, 30, 24]])
    first = device.patches(FRAME, boxes)
    other = device.patches(255 - FRAME, boxes)
    assert not torch.equal(first, other)
    assert torch.equal(first, device.patches(FRAME, boxes))


def test_make_cutter_when_the_device_is_a_cpu_then_is_opencv() -> None:
    assert isinstance(make_cutter(PatchConfig(), CPU), HostCutter)
    assert isinstance(make_cutter(PatchConfig(), torch.device("meta")), DeviceCutter)
