"""Where the localiser looks, what it is taught, and where it says the target is.

Cell k of the 51-cell map looks at input pixels around 2 k + 3.5; of the upsampled map, cell m at m + 3.
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from tracker_core import PRESETS, Box, DLSTConfig, Frame
from tracker_core.cropping import SearchRegion
from tracker_core.features import FeatureExtractor
from tracker_core.localizer import Localizer, RegionCrops
from tracker_core.networks import Head
from tracker_core.tracker import TrackingCancelled
from tracker_core.watch import Watch

EXACT = PRESETS["dlst"]
AUTHORS = replace(EXACT, geometry="authors")
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
    """Features that are all one."""

    def localizer_features(self, pixels: NDArray[np.float16]) -> torch.Tensor:
        return torch.ones(len(pixels), 51, 51, 96)


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


def localizer(target: NDArray[np.float64], config: DLSTConfig = EXACT, background: float = 0.0) -> Localizer:
    head = cast("Head", ScriptedHead(target, background))
    return Localizer(config, cast("FeatureExtractor", FlatFeatures()), head)


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
    config: DLSTConfig, offset_px: float
) -> None:
    """The authors' labels are 0.75 cells off and their reading half an input pixel: two pixels together."""
    box = Box(150, 120, 30, 24)
    column, row = localizer(hill(0, 0), config).crops_of(FRAME, box.xywh[None], Watch()).origins[0]
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
    paper = replace(EXACT, decision="probability")
    assert localizer(np.full((51, 51), 1.0), paper, background=2.0).localize(FRAME, BOXES["whole"]).box is None
    assert localizer(np.full((51, 51), -1.0), paper, background=-2.0).localize(FRAME, BOXES["whole"]).box


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
def test_origin_when_the_target_is_centred_then_is_the_middle_cell(config: DLSTConfig, expected: float) -> None:
    """The authors' 26.75 is counted from 1."""
    origins = localizer(np.zeros((51, 51)), config).crops_of(FRAME, BOXES["whole"].xywh[None], Watch()).origins
    np.testing.assert_allclose(origins, expected)


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_origin_then_is_where_the_boxs_center_lies_in_the_region(box: Box) -> None:
    origins = localizer(np.zeros((51, 51))).crops_of(FRAME, box.xywh[None], Watch()).origins
    region = SearchRegion.around(box, factor=4, size=107)
    position = (np.array(box.center) - region.area.xywh[:2]) * 107 / region.area.xywh[2:]
    np.testing.assert_allclose(origins[0], (position - 3.5) / 2)


def test_labels_when_centred_then_197_cells_within_8_weigh_one_half() -> None:
    """197 is the number of whole points within distance 8 of a whole point (Gauss's circle problem)."""
    labels, weights = localizer(np.zeros((51, 51))).labels(np.array([[25.0, 25.0]]))
    assert labels.sum() == 197
    assert labels[0, 25, 33] == labels[0, 33, 25] == labels[0, 17, 25] == 1
    assert labels[0, 25, 34] == labels[0, 31, 31] == 0
    assert weights[labels == 1].sum().item() == pytest.approx(0.5)
    assert weights[labels == 0].sum().item() == pytest.approx(0.5)


def test_labels_when_origins_vary_then_each_region_weighs_one_and_axes_are_not_swapped() -> None:
    rng = np.random.default_rng(0)
    origins = np.concatenate([rng.uniform(24.5, 27, (50, 2)), [[40.0, 10.0]]])
    labels, weights = localizer(np.zeros((51, 51))).labels(origins)
    np.testing.assert_allclose(weights.sum(dim=(1, 2)), 1, rtol=1e-5)
    np.testing.assert_allclose((weights * labels).sum(dim=(1, 2)), 0.5, rtol=1e-5)
    assert 192 <= labels.sum(dim=(1, 2)).min() <= labels.sum(dim=(1, 2)).max() <= 208  # 201 = pi 8 squared
    assert labels[-1, 10, 40] == 1  # row is y, column is x
    assert labels[-1, 40, 10] == 0


def test_labels_when_the_target_is_off_the_map_then_the_region_is_all_background() -> None:
    """A box much smaller than a pixel may lie outside its own region, whose edges are whole pixels."""
    labels, weights = localizer(np.zeros((51, 51))).labels(np.array([[-30.0, 25.0]]))
    assert labels.sum() == 0
    np.testing.assert_allclose(weights, 0.5 / 2601)


def test_training_samples_when_rows_are_asked_then_gives_their_features_labels_and_weights() -> None:
    untrained = localizer(np.zeros((51, 51)))
    crops = RegionCrops(np.zeros((3, 107, 107, 3), np.float16), np.array([[25.0, 25], [20, 25], [30, 25]]))
    samples = untrained.training_samples(crops)
    features, labels, weights = samples.batch(np.array([2, 0]))
    assert len(samples) == 3
    assert features.shape == (2, 51, 51, 96)
    assert weights.shape == labels.shape == (2, 51, 51)
    assert labels[0, 25, 38] == 1  # row 2 lies right of the middle
    assert labels[1, 25, 38] == 0


def test_crops_when_joined_then_keep_their_order(noise_frame: Frame) -> None:
    cutter = localizer(np.zeros((51, 51)))
    boxes = np.array([[60.0, 40, 30, 24], [70, 50, 20, 20], [10, 10, 12, 18]])
    all_at_once = cutter.crops_of(noise_frame, boxes, Watch())
    joined = RegionCrops.joined(
        [cutter.crops_of(noise_frame, boxes[:1], Watch()), cutter.crops_of(noise_frame, boxes[1:], Watch())]
    )
    np.testing.assert_array_equal(joined.pixels, all_at_once.pixels)
    np.testing.assert_array_equal(joined.origins, all_at_once.origins)


def test_crops_when_cancelled_then_stop_at_the_next_box(noise_frame: Frame) -> None:
    answers = iter([False, True])
    with pytest.raises(TrackingCancelled):
        localizer(np.zeros((51, 51))).crops_of(
            noise_frame, np.tile([60.0, 40, 30, 24], (9, 1)), Watch(lambda: next(answers))
        )
