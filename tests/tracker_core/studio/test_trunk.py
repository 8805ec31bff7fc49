"""One look of the trunk: windows and cells read from it, and whole numbers of eight bits where they serve."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.moving_squares import path, scene
from tests.tracker_core.studio.conftest import CPU, StudioConfig
from tests.tracker_core.tiny_backbone import tiny_weights
from tracker_core import FAST_STEPS, BackboneWeights, Box, TrackingCancelled
from tracker_core.backbone_graph import CellGrid
from tracker_core.backbone_weights import WeightsError
from tracker_core.call_monitor import CallMonitor
from tracker_core.engine.int8_model import engine_limits
from tracker_core.engine.onnx_network import OnnxNetwork
from tracker_core.int8_convolution import WeightLimits
from tracker_core.int8_rounding import UnfitForInt8Error
from tracker_core.studio import trunk as trunk_module
from tracker_core.studio.square_region import SquareRegion
from tracker_core.studio.trunk import REACH, RegionView, TapView, Trunk

GRIDS = {"block4": CellGrid(8, 7.5), "block10": CellGrid(16, 15.5)}
REGION = SquareRegion(center_x=100, center_y=60, side=64, size=256)
BOX = Box(90, 50, 20, 20)


def view_of(fine: torch.Tensor, coarse: torch.Tensor) -> RegionView:
    """Taps are the trunk's outputs as they are."""
    taps = (TapView(x, grid.stride, grid.first) for x, grid in zip((fine, coarse), GRIDS.values(), strict=True))
    return RegionView(REGION, fine, coarse, tuple(taps))


def random_view() -> RegionView:
    generator = torch.Generator().manual_seed(0)
    return view_of(torch.rand(1, 3, 32, 32, generator=generator), torch.rand(1, 4, 16, 16, generator=generator))


def position_view() -> RegionView:
    """Every cell tells where its centre lies, in network pixels: x and y."""
    parts = []
    for grid, count in zip(GRIDS.values(), (32, 16), strict=True):
        centers = grid.first + grid.stride * torch.arange(count, dtype=torch.float32)
        x, y = centers.expand(count, count), centers[:, None].expand(count, count)
        parts.append(torch.stack([x, y])[None])
    return view_of(*parts)


def image_box(x: float, y: float, side: float) -> Box:
    """Centred on a position of the network, `side` network pixels large."""
    return Box.from_xywh(REGION.to_image(np.array([[x - side / 2, y - side / 2, side, side]]))[0])


def test_grids_then_are_those_of_the_shipped_trunk(studio_weights: BackboneWeights) -> None:
    """The tests below rely on it."""
    assert {layer: studio_weights.description.grid_of(layer) for layer in GRIDS} == GRIDS


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 5), (15, 15)])
def test_windows_when_read_at_the_centres_of_cells_then_are_those_cells(row: int, column: int) -> None:
    """Reading between 32-bit positions is off by a few millionths of a cell."""
    view = random_view()
    box = image_box(GRIDS["block10"].position_of(column), GRIDS["block10"].position_of(row), side=64)
    window = view.windows(box.xywh[None], reach=0.0)
    assert window.shape == (1, 9, 3 + 4)
    np.testing.assert_allclose(window[0, :, 3:], view.coarse[0, :, row, column].expand(9, 4), atol=1e-4)
    fine = view.fine[0, :, 2 * row + 1, 2 * column + 1]  # their centres coincide
    np.testing.assert_allclose(window[0, :, :3], fine.expand(9, 3), atol=1e-4)


def test_windows_when_cells_lie_a_reach_apart_then_are_the_three_by_three_around_the_middle() -> None:
    view = random_view()
    grid = GRIDS["block10"]
    box = image_box(grid.position_of(5), grid.position_of(9), side=64)
    window = view.windows(box.xywh[None], reach=16 / 64)[0]
    expected = view.coarse[0, :, 8:11, 4:7].permute(1, 2, 0).reshape(9, 4)
    np.testing.assert_allclose(window[:, 3:], expected, atol=1e-4)


def test_windows_then_are_read_where_the_box_lies() -> None:
    """In its middle and a reach of its own width and height off it."""
    view = position_view()
    box = Box.from_xywh(REGION.to_image(np.array([[90.0, 100.0, 60.0, 40.0]]))[0])
    window = view.windows(np.array([BOX.xywh, box.xywh]), reach=REACH).numpy()
    x = 120 + 60 * REACH * np.array([-1, 0, 1] * 3)
    y = 120 + 40 * REACH * np.repeat([-1, 0, 1], 3)
    for tap in (slice(0, 2), slice(2, 4)):
        np.testing.assert_allclose(window[0, 4, tap], (128, 128), atol=1e-2)  # the region's middle
        np.testing.assert_allclose(window[1, :, tap], np.stack([x, y], axis=1), atol=1e-2)


def test_windows_when_beyond_the_region_then_its_edge_is_read() -> None:
    window = position_view().windows(BOX.shifted(500, -500).xywh[None], reach=REACH)[0].numpy()
    np.testing.assert_allclose(window[:, :2], np.tile((255.5, 7.5), (9, 1)), atol=1e-3)
    np.testing.assert_allclose(window[:, 2:], np.tile((255.5, 15.5), (9, 1)), atol=1e-3)


def test_windows_when_there_are_no_boxes_then_are_none() -> None:
    assert random_view().windows(np.empty((0, 4)), reach=REACH).shape == (0, 9, 7)


def test_cells_then_are_the_coarse_cells_and_the_fine_ones_read_there() -> None:
    view = position_view()
    cells, first = view.cells()
    assert cells.shape == (1, 16, 16, 4)
    assert first == GRIDS["block10"].first
    np.testing.assert_array_equal(cells[0, :, :, 2:], view.coarse[0].permute(1, 2, 0))
    np.testing.assert_array_equal(cells[0, :, :, :2], view.fine[0, :, 1::2, 1::2].permute(1, 2, 0))


def test_cells_then_agree_with_windows_read_at_the_same_places() -> None:
    view = random_view()
    cells, first = view.cells()
    for row, column in ((0, 0), (4, 11), (15, 14)):
        box = image_box(first + 16 * column, first + 16 * row, side=64)
        window = view.windows(box.xywh[None], reach=0.0)[0]
        np.testing.assert_allclose(window[4], cells[0, row, column], atol=1e-4)


# The trunk itself


def looked(trunk: Trunk) -> RegionView:
    return trunk.look(scene(path(0)), path(0), factor=4.0, size=256, watch=CallMonitor())


def test_look_then_gives_both_outputs_of_the_square_and_says_how_long_it_took(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    trunk, watch = Trunk(studio_config(), studio_weights, CPU), CallMonitor()
    view = trunk.look(scene(path(0)), path(0), factor=2.0, size=128, watch=watch)
    assert view.region == SquareRegion.around(path(0), factor=2.0, size=128)
    assert view.fine.shape == (1, 40, 16, 16)
    assert view.coarse.shape == (1, 112, 8, 8)
    assert trunk.channels == 152
    assert view.windows(path(0).xywh[None], reach=REACH).shape == (1, 9, 152)
    assert [stage for stage, _ in watch.stage_ms()] == ["crop", "convolve"]


def test_look_when_cancelled_then_stops(studio_config: StudioConfig, studio_weights: BackboneWeights) -> None:
    trunk = Trunk(studio_config(), studio_weights, CPU)
    with pytest.raises(TrackingCancelled):
        trunk.look(scene(path(0)), path(0), factor=2.0, size=128, watch=CallMonitor(lambda: True))


def test_trunk_when_the_classifier_reads_other_layers_then_says_so(studio_config: StudioConfig) -> None:
    with pytest.raises(WeightsError, match=r"reads block4 and block10, got \['coarse', 'fine'\]"):
        Trunk(studio_config(), tiny_weights(), CPU)


needs_int8 = pytest.mark.skipif(engine_limits().dense == 0, reason="this processor has no eight-bit convolutions")


@needs_int8
def test_look_when_fitted_for_eight_bits_then_nearly_as_in_floats(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    """Coarse features, which more layers round, differ by some hundredths of their size."""
    exact = Trunk(studio_config(), studio_weights, CPU)
    fast = Trunk(FAST_STEPS["int8-convolutions"].apply(studio_config()), studio_weights, CPU)
    exact, fast = (trunk.fitted(scene(path(0)), path(0), factor=4.0, size=256) for trunk in (exact, fast))
    expected, found = looked(exact), looked(fast)
    for name in ("fine", "coarse"):
        difference = (getattr(found, name) - getattr(expected, name)).norm() / getattr(expected, name).norm()
        assert 0 < difference < 0.25


def assert_stays_exact(trunk: Trunk, studio_config: StudioConfig, weights: BackboneWeights) -> None:
    trunk = trunk.fitted(scene(path(0)), path(0), factor=4.0, size=256)
    expected = looked(Trunk(studio_config(), weights, CPU))
    found = looked(trunk)
    assert torch.equal(found.fine, expected.fine)
    assert torch.equal(found.coarse, expected.coarse)


def test_fit_when_the_processor_has_no_eight_bits_then_stays_exact(
    studio_config: StudioConfig, studio_weights: BackboneWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trunk_module, "engine_limits", lambda: WeightLimits(0, 0, has_adjacent_pairs=False))
    trunk = Trunk(FAST_STEPS["int8-convolutions"].apply(studio_config()), studio_weights, CPU)
    assert_stays_exact(trunk, studio_config, studio_weights)


@pytest.mark.logs_warnings
def test_fit_when_features_come_out_otherwise_then_stays_exact_and_warns(
    studio_config: StudioConfig,
    studio_weights: BackboneWeights,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def unfit(*_: object) -> None:
        raise UnfitForInt8Error("too far off")

    monkeypatch.setattr(trunk_module, "engine_limits", lambda: WeightLimits(127, 127, has_adjacent_pairs=True))
    monkeypatch.setattr(OnnxNetwork, "rounded", unfit)
    trunk = Trunk(FAST_STEPS["int8-convolutions"].apply(studio_config()), studio_weights, CPU)
    assert_stays_exact(trunk, studio_config, studio_weights)
    assert "convolutions stay in floating point: too far off" in caplog.text


def test_trunk_when_the_backbone_does_not_want_eight_bits_then_stays_exact(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    description = replace(studio_weights.description, uses_int8=False)
    weights = replace(studio_weights, description=description)
    config = FAST_STEPS["int8-convolutions"].apply(studio_config())
    assert_stays_exact(Trunk(config, weights, CPU), studio_config, weights)
