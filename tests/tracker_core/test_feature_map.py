"""Shared maps: a window on the grid holds what its patch, cut alone, would."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.described import described
from tests.tracker_core.moving_squares import texture
from tracker_core import BackboneWeights, Box, PatchConfig
from tracker_core.call_monitor import CallMonitor
from tracker_core.cutting import DeviceCutter, HostCutter
from tracker_core.feature_map import (
    MapRegion,
    MapWindows,
    Stride,
    read_between,
    window_features,
    window_grid,
    window_means,
)
from tracker_core.features import FeatureExtractor
from tracker_core.networks import Backbone, classifier_head
from tracker_core.vgg_m import VGG_M_NORMALIZATION

CPU = torch.device("cpu")
STRIDES: tuple[Stride, ...] = (8, 16)
BOXES = {
    "whole": Box(60, 40, 30, 24),
    "fractions": Box(33.4, 20.7, 75.5, 18.2),
    "elongated": Box(90, 10, 10, 100),
    "tiny": Box(80.3, 60.9, 4, 4),
    "over-the-edge": Box(-12, -8, 30, 24),
}


def around(box: Box, *, columns: int, rows: int, stride: Stride) -> MapRegion:
    return MapRegion.around(box, columns=columns, rows=rows, stride=stride, patch_size=107, patch_padding=16)


def covering(boxes: NDArray[np.float64], box: Box, stride: Stride) -> MapRegion:
    return MapRegion.covering(boxes, box, stride=stride, patch_size=107, patch_padding=16)


@pytest.fixture(scope="module")
def weights(random_weights: BackboneWeights) -> BackboneWeights:
    """With biases, normalisation and gain, so that forgetting one at one of the strides shows."""
    rng = np.random.default_rng(1)
    biases = {name: rng.normal(0, 5, len(b)).astype(np.float32) for name, b in random_weights.biases.items()}
    weights = replace(random_weights, biases=biases)
    return described(weights, normalization=VGG_M_NORMALIZATION, relu3_gain=0.5)


@pytest.fixture(scope="module")
def backbone(weights: BackboneWeights) -> Backbone:
    return Backbone(weights, device=CPU, dtype=torch.float32)


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    return float((found - expected).norm() / expected.norm())


@pytest.mark.parametrize("stride", STRIDES)
def test_window_then_holds_the_features_of_the_patch_cut_there(backbone: Backbone, stride: Stride) -> None:
    """Two maps of two rows and three columns; numbers go through the maps, row by row."""
    rows, columns = 2, 3
    shape = (2, 107 + stride * (rows - 1), 107 + stride * (columns - 1), 3)
    pixels = torch.from_numpy(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8))
    corners = product(range(2), range(0, rows * stride, stride), range(0, columns * stride, stride))
    patches = torch.stack([pixels[n, y : y + 107, x : x + 107] for n, y, x in corners])
    with torch.no_grad():
        cells = backbone.classifier_cells(pixels, stride=stride)
        expected = backbone.classifier_cells(patches).flatten(1, 2)
    assert window_grid(cells, stride) == (rows, columns)
    found = window_features(cells, torch.arange(12), stride)
    assert found.shape == expected.shape == (12, 9, 512)
    for one, other in zip(found, expected, strict=True):
        assert relative_error(one, other) < 1e-5
    some = torch.tensor([11, 4, 4])
    assert torch.equal(window_features(cells, some, stride), found[some])
    means = window_means(cells, stride)
    torch.testing.assert_close(means.view(12, 512), found.mean(dim=1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", ["gap", "fully-connected"])
@pytest.mark.parametrize("stride", STRIDES)
def test_head_when_over_a_map_then_equals_the_head_on_every_window(kind: str, stride: Stride) -> None:
    generator = torch.Generator().manual_seed(0)
    head = classifier_head(kind, 512)
    head.reset(generator, sigma=0.05, hidden_bias=0.1)
    cells = torch.rand(2, 9, 8, 512, generator=generator)
    rows, columns = window_grid(cells, stride)
    with torch.no_grad():
        found = head.over_map(cells, stride)
        expected = head(window_features(cells, torch.arange(2 * rows * columns), stride))
    assert found.shape == (2, rows, columns, 2)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.view(-1, 2), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("stride", STRIDES)
def test_region_then_its_boxes_lie_on_its_grid_positions(box: Box, stride: Stride) -> None:
    region = around(box, columns=5, rows=3, stride=stride)
    boxes = region.boxes()
    assert boxes.shape == (15, 4)
    expected = [(column, row) for row in range(3) for column in range(5)]
    np.testing.assert_allclose(region.grid_positions(boxes), expected, atol=1e-9)
    np.testing.assert_allclose(boxes[7], box.xywh)  # the middle one
    steps = boxes[7 + 5 + 1] - boxes[7]
    np.testing.assert_allclose(steps, [box.width * stride / 75, box.height * stride / 75, 0, 0], atol=1e-9)
    between = boxes[7] + (0.25 * steps[0], 0.5 * steps[1], 0, 0)
    larger = between + np.array([-3, -4, 6, 8])  # only the centre tells
    np.testing.assert_allclose(region.grid_positions(np.stack([between, larger])), [[2.25, 1.5]] * 2)
    assert region.area == region.size[0] * region.size[1] == (107 + 4 * stride) * (107 + 2 * stride)


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("stride", STRIDES)
def test_region_when_covering_boxes_then_all_their_centres_are_on_its_grid(box: Box, stride: Stride) -> None:
    rng = np.random.default_rng(0)
    boxes = box.xywh + rng.uniform(-1, 1, (40, 4)) * (30, 20, 2, 2)
    region = covering(boxes, box, stride)
    positions = region.grid_positions(boxes)
    assert positions.min() >= -1e-9
    assert (positions <= np.array([region.columns, region.rows]) - 1 + 1e-9).all()
    spare = np.array([region.columns, region.rows]) - 1 - (positions.max(axis=0) - positions.min(axis=0))
    assert (spare < 4).all()
    assert (region.columns % 4, region.rows % 4) == (1, 1)  # few different sizes: each is compiled
    assert (region.box_width, region.box_height) == (box.width, box.height)


def test_region_when_covering_one_place_then_has_one_window_there() -> None:
    box = Box(60, 40, 30, 24)
    region = covering(np.array([[70.0, 55, 20, 30]] * 3), box, 8)
    assert (region.columns, region.rows) == (1, 1)
    np.testing.assert_allclose(region.boxes(), [[65, 58, 30, 24]])  # centre (80, 70)


def test_region_when_at_the_networks_scale_then_its_pixels_are_the_frames() -> None:
    """A box of 75 pixels whose patch begins on a whole pixel: nothing is interpolated."""
    frame = np.random.default_rng(0).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    region = around(Box(116, 80, 75, 75), columns=3, rows=1, stride=8)  # the middle patch begins at (100, 64)
    np.testing.assert_array_equal(region.cut(frame, pad_value=0), frame[64 : 64 + 107, 92 : 92 + 123])


@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
def test_region_when_cut_then_each_pixel_comes_from_its_place(box: Box) -> None:
    """On ramps a bilinear value is the position itself; grey levels and 32nds of a pixel are rounded."""
    x, y = np.meshgrid(np.arange(200.0), np.arange(140.0))
    frame = np.stack([x, y, np.full_like(x, 7)], axis=2).astype(np.uint8)
    region = around(box, columns=3, rows=2, stride=8)
    pixels = region.cut(frame, pad_value=255).astype(np.float64)
    width, height = region.size
    assert pixels.shape == (height, width, 3)
    first = region.boxes()[0]
    # A patch is 107 pixels around a box of 75, so it begins 16 before it.
    column = first[0] + (np.arange(width) + 0.5 - 16) * box.width / 75 - 0.5
    row = first[1] + (np.arange(height) + 0.5 - 16) * box.height / 75 - 0.5
    inside_x, inside_y = (column >= 0) & (column <= 199), (row >= 0) & (row <= 139)
    inside = pixels[np.ix_(inside_y, inside_x)]
    tolerance = 0.5 + 2 / 32
    np.testing.assert_allclose(inside[..., 0], np.tile(column[inside_x], (len(inside), 1)), atol=tolerance)
    np.testing.assert_allclose(inside[..., 1].T, np.tile(row[inside_y], (inside.shape[1], 1)), atol=tolerance)
    outside = pixels[:, (column < -1) | (column > 200)]
    assert (outside == 255).all()


def test_window_when_patches_have_sub_pixel_edges_then_shows_what_the_patch_of_its_box_shows() -> None:
    frame = np.random.default_rng(0).integers(0, 256, (140, 200, 3), dtype=np.uint8)
    patches = PatchConfig()
    region = around(Box(60.3, 40.8, 31.5, 22.2), columns=3, rows=2, stride=16)
    for cutter in (
        HostCutter(patches, edges="sub-pixel"),
        DeviceCutter(patches, torch.device("cpu"), edges="sub-pixel"),
    ):
        alone = cutter.patches(frame, region.boxes()).int()
        whole = cutter.regions(frame, [region])[0].int()
        corners = product(range(0, 32, 16), range(0, 48, 16))
        windows = torch.stack([whole[y : y + 107, x : x + 107] for y, x in corners])
        assert (alone - windows).abs().max() <= 1


def test_patch_when_edges_are_whole_then_lies_half_a_pixel_further() -> None:
    """On average over boxes; half a pixel is a twentieth of a small target."""
    steepness = 3  # so that rounded grey levels say little
    x, y = np.meshgrid(np.arange(80.0) * steepness, np.arange(80.0) * steepness)
    frame = np.stack([x, y, x], axis=2).astype(np.uint8)
    corners = np.random.default_rng(0).uniform(15, 45, (300, 2))
    boxes = np.column_stack([corners, np.full(300, 10.0), np.full(300, 14.0)])
    whole = HostCutter(PatchConfig()).patches(frame, boxes).double().mean(dim=(0, 1, 2))
    exact = HostCutter(PatchConfig(), edges="sub-pixel").patches(frame, boxes).double()
    offset = (whole - exact.mean(dim=(0, 1, 2))) / steepness
    np.testing.assert_allclose(offset, 0.5, atol=0.1)


def test_region_when_outside_the_frame_then_is_all_padding() -> None:
    region = around(Box(900, 40, 30, 24), columns=2, rows=2, stride=16)
    assert set(region.cut(np.zeros((140, 200, 3), np.uint8), pad_value=9).ravel()) == {9}


@pytest.mark.parametrize("stride", STRIDES)
def test_classifier_features_when_windows_of_many_maps_then_are_those_of_their_patches(
    weights: BackboneWeights, backbone: Backbone, reduced: ReducedConfig, stride: Stride
) -> None:
    """More maps than one batch holds; some of them without any wanted window."""
    frame = texture(3, 200, 140, cell=5)
    rng = np.random.default_rng(0)
    regions = tuple(
        around(Box(*rng.uniform(20, 90, 2), *rng.uniform(15, 60, 2)), columns=3, rows=2, stride=stride)
        for _ in range(30)
    )
    numbers = np.sort(rng.choice(30 * 6, 12, replace=False))
    numbers = numbers[(numbers < 5 * 6) | (numbers >= 25 * 6)]  # none of the second batch
    windows = MapWindows(regions, numbers)
    found = FeatureExtractor(reduced(precision="float32"), weights, CPU).classifier_features(
        frame, windows, CallMonitor()
    )
    patches = []
    for number in numbers.tolist():
        region, (row, column) = regions[number // 6], divmod(number % 6, 3)
        corner_y, corner_x = row * stride, column * stride
        pixels = region.cut(frame, pad_value=0)
        patches.append(pixels[corner_y : corner_y + 107, corner_x : corner_x + 107])
        np.testing.assert_allclose(windows.boxes[len(patches) - 1], region.boxes()[number % 6])
    with torch.no_grad():
        expected = backbone.classifier_cells(torch.from_numpy(np.stack(patches))).flatten(1, 2)
    assert len(windows) == len(found) == len(numbers) > 1
    for one, other in zip(found, expected, strict=True):
        assert relative_error(one, other) < 1e-5


def test_classifier_features_when_no_window_is_wanted_then_there_are_none(
    weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    windows = MapWindows((around(Box(60, 40, 30, 24), columns=3, rows=2, stride=8),), np.empty(0, dtype=np.int64))
    extractor = FeatureExtractor(reduced(), weights, CPU)
    found = extractor.classifier_features(np.zeros((140, 200, 3), np.uint8), windows, CallMonitor())
    assert found.shape == (0, 9, 512)
    assert windows.boxes.shape == (0, 4)


def test_read_between_when_on_the_grid_then_gives_the_values_themselves() -> None:
    values = np.random.default_rng(0).standard_normal((4, 6)).astype(np.float32)
    positions = np.array([(column, row) for row in range(4) for column in range(6)], dtype=np.float64)
    np.testing.assert_array_equal(read_between(values, positions), values.ravel())


def test_read_between_when_off_the_grid_then_is_bilinear() -> None:
    """Of the four neighbours alone: within a cell any such function is a + b x + c y + d x y."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((4, 6)).astype(np.float32)
    positions = rng.uniform((0, 0), (5, 3), (200, 2))
    expected = []
    for x, y in positions:
        corner_x, corner_y = min(int(x), 4), min(int(y), 2)
        near = [(corner_x + i, corner_y + j) for i in (0, 1) for j in (0, 1)]
        basis = np.array([[1, u, v, u * v] for u, v in near], dtype=np.float64)
        coefficients = np.linalg.solve(basis, [values[v, u] for u, v in near])
        expected.append(np.dot(coefficients, [1, x, y, x * y]))
    np.testing.assert_allclose(read_between(values, positions), expected, atol=1e-5)


def test_read_between_when_beyond_the_edges_then_gives_the_edges() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    outside = np.array([[-2.0, 1], [9, 1], [2, -1], [2, 7], [-1, -1], [9, 9]])
    np.testing.assert_array_equal(read_between(values, outside), [4, 7, 2, 10, 0, 11])
    assert read_between(values[:1, :1], np.array([[0.5, 0.5]])).tolist() == [0]
