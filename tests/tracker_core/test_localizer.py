"""Where the localiser looks, what it is taught, and where it says the target is.

Cell k of the 51-cell map looks at input pixels around 2 k + 3.5; of the upsampled map, cell m at m + 3.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tracker_core import Box, Frame, LocalizerConfig, PatchConfig
from tracker_core.backbone_graph import CellGrid
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Decision
from tracker_core.cropping import SearchRegion
from tracker_core.cutting import HostCutter
from tracker_core.features import FeatureExtractor
from tracker_core.localizer import Localizer, RegionCrops, RegionSamples
from tracker_core.networks import Head
from tracker_core.row_store import Rows, RowStore
from tracker_core.tracker import TrackingCancelled

EXACT = LocalizerConfig()
AUTHORS = LocalizerConfig(geometry="authors")
FRAME = np.full((300, 400, 3), 90, np.uint8)
CELLS = 2 * np.arange(51) + 3.5  # input positions
BOXES = {
    "whole": Box(150, 120, 30, 24),
    "halves": Box(150.5, 120.5, 31, 25),
    "thirds": Box(150.33, 119.67, 15.4, 22.3),
    "small": Box(150.7, 120.2, 10.2, 10.9),
    "border": Box(-4.4, 270.6, 30, 24),
}


class FlatFeatures:
    """Features that are all the grey level of the region's first pixel, or all one."""

    device = torch.device("cpu")
    dtype = torch.float32
    localizer_shape = (51, 51, 96)
    localizer_grid = CellGrid(2, 3.5)
    cutter = HostCutter(PatchConfig())

    def __init__(self, *, is_grey_level: bool) -> None:
        self._is_grey_level = is_grey_level

    def localizer_features(self, pixels: torch.Tensor, *, is_normalized: bool) -> torch.Tensor:
        levels = pixels[:, 0, 0, 0].float() if self._is_grey_level else torch.ones(len(pixels))
        return levels[:, None, None, None].repeat(1, 51, 51, 96)

    def localizer_cells(
        self, pixels: torch.Tensor, numbers: torch.Tensor, places: torch.Tensor, *, is_normalized: bool
    ) -> torch.Tensor:
        return self.localizer_features(pixels, is_normalized=is_normalized)[numbers, places[:, 0], places[:, 1]]


class ScriptedHead(nn.Module):
    """Answers with a map of target logits; remembers what it was shown."""

    def __init__(self, target: NDArray[np.float64], background: float = 0.0) -> None:
        super().__init__()
        self.device_marker = nn.Parameter(torch.zeros(1))
        self.logits = torch.stack([torch.full((51, 51), background), torch.from_numpy(target).float()], dim=-1)[
            None
        ]
        self.shown = torch.empty(0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.shown = x
        return self.logits


def localizer(
    target: NDArray[np.float64],
    config: LocalizerConfig = EXACT,
    background: float = 0.0,
    *,
    decision: Decision = "logit",
    is_grey_level: bool = False,
) -> Localizer:
    head = cast("Head", ScriptedHead(target, background))
    extractor = cast("FeatureExtractor", FlatFeatures(is_grey_level=is_grey_level))
    store = RowStore((107, 107, 3), dtype=torch.uint8, device=extractor.device, page_rows=5, pages=10)
    return Localizer(config, extractor, head, kept_pixels=store, decision=decision)


def hill(u: float, v: float) -> NDArray[np.float64]:
    """A response that falls off around input position (u, v)."""
    return 8 * np.exp(-((CELLS[None, :] - u) ** 2 + (CELLS[:, None] - v) ** 2) / (2 * 8.0**2)) - 1


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("offset", [(0.0, 0.0), (0.31, -0.2), (-0.45, 0.4)], ids=["centred", "near", "far"])
def test_localize_when_the_response_peaks_on_an_image_place_then_proposes_it_within_half_an_input_pixel(
    box: Box, offset: tuple[float, float]
) -> None:
    place = (box.center[0] + offset[0] * box.width, box.center[1] + offset[1] * box.height)
    region = SearchRegion.around(box, factor=4, size=107)
    scale = (107 / region.area.width, 107 / region.area.height)
    u, v = ((p - start) * s for p, start, s in zip(place, region.area.xywh, scale, strict=False))
    found = localizer(hill(u, v)).localize(FRAME, box)
    assert found.box is not None
    for axis in range(2):
        assert abs(found.box.center[axis] - place[axis]) * scale[axis] <= 0.5 + 1e-6
        assert found.box.center[axis] == pytest.approx(found.response_map.peak[axis])  # the map is drawn there
    assert (found.box.width, found.box.height) == pytest.approx((box.width, box.height))


@pytest.mark.parametrize(("config", "offset_px"), [(EXACT, 0.0), (AUTHORS, 2.0)], ids=["exact", "authors"])
def test_localize_when_trained_as_labelled_then_a_centred_target_comes_back_at_the_known_offset(
    config: LocalizerConfig, offset_px: float
) -> None:
    """The authors' labels are 0.75 cells off and their reading half an input pixel: two pixels together."""
    box = Box(150, 120, 30, 24)
    column, row = localizer(hill(0, 0), config).crops_of(FRAME, box.xywh[None], CallMonitor()).origins[0]
    taught = hill(2 * column + 3.5, 2 * row + 3.5)
    found = localizer(taught, config).localize(FRAME, box).box
    assert found is not None
    shift = np.array([found.x - box.x, found.y - box.y]) * 107 / (4 * np.array([30, 24]))
    np.testing.assert_allclose(shift, offset_px, atol=0.5 + 1e-6)  # to the nearest cell


@pytest.mark.parametrize(("cell", "expected"), [(52, 2.0), (0, -50.0), (101, 51.0)])
def test_localize_when_the_authors_geometry_then_displacement_is_the_1_based_cell_less_51(
    cell: int, expected: float
) -> None:
    """A single peak at upsampled cell m (0-based) along the columns."""
    box = Box(150, 120, 107 / 4, 107 / 4)  # 107 wide: an input pixel is an image pixel
    found = localizer(hill(cell + 3, 53.5), AUTHORS).localize(FRAME, box).box
    assert found is not None
    assert found.x - box.x == pytest.approx(expected)


def test_localize_when_several_cells_are_largest_then_takes_the_first_by_columns() -> None:
    ridge = np.zeros((51, 51))
    ridge[[10, 40], [40, 10]] = 5.0
    found = localizer(ridge).localize(FRAME, Box(150, 120, 30, 24))
    values = found.response_map.values
    np.testing.assert_array_equal(values, values.T)  # both peaks are equally high
    assert found.box is not None
    assert found.box.center == pytest.approx((105 + 23.5 * 120 / 107, 84 + 83.5 * 96 / 107), abs=0.6)


@pytest.mark.parametrize("highest", [0.0, -0.5])
def test_localize_when_nothing_is_above_zero_then_abstains(highest: float) -> None:
    found = localizer(np.full((51, 51), highest)).localize(FRAME, Box(150, 120, 30, 24))
    assert found.box is None
    assert found.response_map.values.max() == pytest.approx(highest)


def test_localize_when_deciding_by_probability_then_the_background_logit_counts() -> None:
    """Softmax above one half is a target logit above the background's."""

    def found(target: float, background: float) -> Box | None:
        looking = localizer(np.full((51, 51), target), background=background, decision="probability")
        return looking.localize(FRAME, BOXES["whole"]).box

    assert found(1.0, 2.0) is None
    assert found(-1.0, -2.0)


def test_localize_then_features_are_weighted_by_a_symmetric_hann_window() -> None:
    scripted = localizer(np.zeros((51, 51)))
    scripted.localize(FRAME, BOXES["whole"])
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(51) / 50)
    shown = cast("ScriptedHead", scripted.head).shown
    np.testing.assert_allclose(shown[0, :, :, 7], np.outer(hann, hann), atol=1e-6)


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("cell", [(0, 0), (37, 80), (101, 101)])
def test_response_map_then_cell_m_is_drawn_at_m_plus_3_over_the_scale(box: Box, cell: tuple[int, int]) -> None:
    found = localizer(np.zeros((51, 51))).localize(FRAME, box)
    area = found.region.area
    x, y = found.response_map.image_position(*cell)
    assert x == pytest.approx(area.x + (cell[1] + 3) * area.width / 107)
    assert y == pytest.approx(area.y + (cell[0] + 3) * area.height / 107)
    extent = found.response_map.extent
    assert extent.x == pytest.approx(area.x + 2.5 * area.width / 107)  # edge to edge: half a cell before the first
    assert extent.right == pytest.approx(area.x + 104.5 * area.width / 107)


@pytest.mark.parametrize(("config", "expected"), [(EXACT, 25.0), (AUTHORS, 26.75 - 1)], ids=["exact", "authors"])
def test_origin_when_the_target_is_centred_then_is_the_middle_cell(
    config: LocalizerConfig, expected: float
) -> None:
    """The authors' 26.75 is counted from 1."""
    origins = (
        localizer(np.zeros((51, 51)), config).crops_of(FRAME, BOXES["whole"].xywh[None], CallMonitor()).origins
    )
    np.testing.assert_allclose(origins, expected)


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_origin_then_is_where_the_boxs_center_lies_in_the_region(box: Box) -> None:
    origins = localizer(np.zeros((51, 51))).crops_of(FRAME, box.xywh[None], CallMonitor()).origins
    region = SearchRegion.around(box, factor=4, size=107)
    position = (np.array(box.center) - region.area.xywh[:2]) * 107 / region.area.xywh[2:]
    np.testing.assert_allclose(origins[0], (position - 3.5) / 2)


def cells_on_target(*origins: tuple[float, float]) -> NDArray[np.bool_]:
    return localizer(np.zeros((51, 51))).target_cells(np.array(origins))


def test_target_cells_when_centred_then_are_the_197_within_8() -> None:
    """197 is the number of whole points within distance 8 of a whole point (Gauss's circle problem)."""
    (cells,) = cells_on_target((25.0, 25.0))
    assert cells.sum() == 197
    assert cells[25, 33] == cells[33, 25] == cells[17, 25] == 1
    assert cells[25, 34] == cells[31, 31] == 0


def test_target_cells_when_origins_vary_then_axes_are_not_swapped() -> None:
    rng = np.random.default_rng(0)
    cells = cells_on_target(*rng.uniform(24.5, 27, (50, 2)), (40.0, 10.0))
    assert 192 <= cells.sum(axis=(1, 2)).min() <= cells.sum(axis=(1, 2)).max() <= 208  # 201 = pi 8 squared
    assert cells[-1, 10, 40]  # row is y, column is x
    assert not cells[-1, 40, 10]


def region_samples(*origins: tuple[float, float], background_cells: int = 0) -> RegionSamples:
    """Region number k is of grey level k + 1, which its features repeat before they are windowed."""
    grey = torch.arange(1, len(origins) + 1, dtype=torch.uint8)
    pixels = Rows.of(grey[:, None, None, None].expand(-1, 107, 107, 3).contiguous())
    crops = RegionCrops(pixels, np.array(origins))
    untrained = localizer(np.zeros((51, 51)), is_grey_level=True)
    return RegionSamples(untrained, crops, background_cells, np.random.default_rng(0))


def windowed(grey: int, cells: NDArray[np.bool_]) -> list[float]:
    """What some cells of a region show, sorted."""
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(51) / 50)
    return sorted(grey * np.outer(hann, hann)[cells])


def test_region_batch_then_gives_the_cells_of_the_asked_regions_with_their_labels() -> None:
    origins = [(25.0, 25.0), (20.0, 25.0), (40.0, 10.0)]
    samples = region_samples(*origins)
    features, labels, weights = samples.batch(np.array([2, 0]))
    assert len(samples) == 3
    assert features.shape == (2 * 51 * 51, 96)
    assert weights.shape == labels.shape == (2 * 51 * 51,)
    on_target = cells_on_target(*origins)
    for label in (0, 1):
        expected = sorted(windowed(3, on_target[2] == label) + windowed(1, on_target[0] == label))
        np.testing.assert_allclose(sorted(features[labels == label, 7].tolist()), expected, atol=1e-5)


def test_region_batch_then_each_class_weighs_one_half_per_region() -> None:
    origins = [(25.0, 25.0), (40.3, 10.6)]
    _, labels, weights = region_samples(*origins).batch(np.array([0, 1]))
    counts = cells_on_target(*origins).sum(axis=(1, 2))
    assert weights.sum().item() == pytest.approx(2, rel=1e-5)
    np.testing.assert_allclose(weights[labels == 1].unique(), np.unique(0.5 / counts), rtol=1e-5)
    np.testing.assert_allclose(weights[labels == 0].unique(), np.unique(0.5 / (2601 - counts)), rtol=1e-5)


@pytest.mark.parametrize("background_cells", [0, 100])
def test_region_batch_when_the_target_is_off_the_map_then_the_region_is_all_background(
    background_cells: int,
) -> None:
    """A box much smaller than a pixel may lie outside its own region, whose edges are whole pixels."""
    samples = region_samples((-30.0, 25.0), background_cells=background_cells)
    _, labels, weights = samples.batch(np.array([0]))
    assert len(labels) == (background_cells or 2601)
    assert labels.sum() == 0
    np.testing.assert_allclose(weights, 0.5 / len(labels))


def test_region_batch_when_background_cells_are_limited_then_others_are_drawn_each_time() -> None:
    """All of the target, and its half of the weight, stay."""
    origins = [(25.0, 25.0), (20.0, 25.0)]
    samples = region_samples(*origins, background_cells=100)
    features, labels, weights = samples.batch(np.array([0, 1]))
    counts = cells_on_target(*origins).sum(axis=(1, 2))
    assert labels.sum() == counts.sum()
    assert (labels == 0).sum() == 2 * 100
    np.testing.assert_allclose(weights[labels == 0], 0.5 / 100)
    assert weights[labels == 1].sum().item() == pytest.approx(1, rel=1e-5)
    again, labels_again, _ = samples.batch(np.array([0, 1]))
    assert not torch.equal(features[labels == 0], again[labels_again == 0])
    assert torch.equal(features[labels == 1], again[labels_again == 1])


def test_crops_when_joined_then_keep_their_order(noise_frame: Frame) -> None:
    cutter = localizer(np.zeros((51, 51)))
    boxes = np.array([[60.0, 40, 30, 24], [70, 50, 20, 20], [10, 10, 12, 18]])
    all_at_once = cutter.crops_of(noise_frame, boxes, CallMonitor())
    joined = RegionCrops.joined(
        [
            cutter.crops_of(noise_frame, boxes[:1], CallMonitor()),
            cutter.crops_of(noise_frame, boxes[1:], CallMonitor()),
        ]
    )
    every = torch.arange(3)
    assert torch.equal(joined.pixels.take(every), all_at_once.pixels.take(every))
    assert len({crop.tobytes() for crop in joined.pixels.take(every).numpy()}) == 3
    np.testing.assert_array_equal(joined.origins, all_at_once.origins)


def test_crops_when_cancelled_then_stop_at_the_next_box(noise_frame: Frame) -> None:
    answers = iter([False, True])
    with pytest.raises(TrackingCancelled):
        localizer(np.zeros((51, 51))).crops_of(
            noise_frame, np.tile([60.0, 40, 30, 24], (9, 1)), CallMonitor(lambda: next(answers))
        )
