"""Cells of windows from outputs of layers: as they are on the grid, bilinear between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.tiny_backbone import tiny_weights
from tracker_core.backbone_graph import PIXELS, CellGrid, Convolution, LayerGraph
from tracker_core.backbone_weights import BackboneDescription, Tap
from tracker_core.feature_map import Stride, window_features
from tracker_core.networks import Backbone
from tracker_core.tap_reading import TapReader, read_axis

CPU = torch.device("cpu")


def test_axis_when_places_are_cells_then_these_are_given_bit_for_bit() -> None:
    x = torch.rand(2, 3, 7, 5, generator=torch.Generator().manual_seed(0))
    assert read_axis(x, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], axis=2) is x
    assert torch.equal(read_axis(x, [1.0, 3.0], axis=3), x[:, :, :, [1, 3]])


def test_axis_when_places_lie_between_then_a_slope_is_read_exactly_and_held_at_its_ends() -> None:
    x = (10.0 * torch.arange(6))[None, None, :, None]
    found = read_axis(x, [-1.0, 0.25, 3.5, 5.0, 9.0], axis=2)
    torch.testing.assert_close(found.flatten(), torch.tensor([0.0, 2.5, 35.0, 50.0, 50.0]))


@pytest.mark.parametrize(("stride", "cells"), [(16, 3), (8, 5)])
def test_wanted_then_cells_are_centred_on_the_patch_inside_its_margin(stride: Stride, cells: int) -> None:
    reader = TapReader(tiny_weights(margin=32).description, patch_size=107, device=CPU)
    rows, columns = reader.wanted((107 + 64, 107 + 64 + 32), stride)
    assert np.mean(rows) == 32 + 107 / 2
    assert np.diff(rows).tolist() == [stride] * (cells - 1)
    assert len(columns) == cells + 32 // stride
    assert columns[0] == rows[0]


def test_cells_when_two_taps_are_read_then_they_are_scaled_and_lie_side_by_side() -> None:
    """One layer is linear in the pixels' place, so that what must be read is known in closed form."""
    layers = (Convolution("fine", PIXELS, 1, 8, 8), Convolution("coarse", "fine", 2, 2, 2))
    description = BackboneDescription(
        LayerGraph(layers),
        Tap("fine"),
        (Tap("fine", 3.0, (4.0,), (2.0,)), Tap("coarse", 5.0, (0.0, 1.0), (1.0, 0.5))),
    )
    grids = {"fine": CellGrid(8, 4.0), "coarse": CellGrid(16, 8.0)}
    across = {name: torch.tensor([grid.position_of(i) for i in range(20)]) for name, grid in grids.items()}
    outputs = {
        "fine": across["fine"].expand(1, 1, 20, 20),
        "coarse": torch.stack([across["coarse"].expand(20, 20), across["coarse"].expand(20, 20).T])[None],
    }
    reader = TapReader(description, patch_size=107, device=CPU)
    found = reader.cells(outputs, grids, sides=(107, 107), stride=16)
    wanted = torch.tensor([37.5, 53.5, 69.5])
    assert found.shape == (1, 3, 3, 3)
    torch.testing.assert_close(found[0, 0, :, 0], (wanted - 4) / 2 * 3)
    torch.testing.assert_close(found[0, 0, :, 1], wanted * 5)
    torch.testing.assert_close(found[0, :, 0, 2], (wanted - 1) / 0.5 * 5)


def test_cells_when_a_tap_is_smoothed_then_each_is_the_mean_of_those_around() -> None:
    weights = tiny_weights()
    fine = replace(weights.description.classifier[0], mean=(), deviation=(), gain=1.0)
    outputs = {"fine": torch.rand(1, 5, 21, 21, generator=torch.Generator().manual_seed(0))}
    found = []
    for is_smoothed in (True, False):
        tap = replace(fine, is_smoothed=is_smoothed)
        reader = TapReader(replace(weights.description, classifier=(tap,)), patch_size=107, device=CPU)
        found.append(reader.cells(outputs, {"fine": CellGrid(8, 5.5)}, sides=(171, 171), stride=8))
    inner = found[1]
    expected = sum(inner[:, y : y + 3, x : x + 3] for y in range(3) for x in range(3)) / 9
    torch.testing.assert_close(found[0][:, 1:-1, 1:-1], expected)


@pytest.mark.parametrize("stride", [16, 8])
def test_patch_and_map_when_cut_with_their_margin_then_agree(stride: Stride) -> None:
    """At 16 the grids coincide and only padding differs, far from the cells; at 8 other cells are read between."""
    backbone = Backbone(tiny_weights(margin=64), device=CPU, dtype=torch.float32)
    noise = torch.rand(1, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    side, wide = 107 + 128, 107 + 128 + 32
    smooth = torch.nn.functional.interpolate(noise, size=(wide, wide), mode="bicubic").permute(0, 2, 3, 1) * 255
    columns = 1 + 32 // stride
    with torch.no_grad():
        cells = backbone.classifier_cells(smooth, stride=stride)
        windows = window_features(cells, torch.arange(columns**2), stride)
        for number in range(columns**2):
            y, x = (stride * place for place in divmod(number, columns))
            patch = backbone.classifier_cells(smooth[:, y : y + side, x : x + side].contiguous())
            error = (patch.flatten(0, 2) - windows[number]).square().mean().sqrt() / patch.square().mean().sqrt()
            assert error < (1e-3 if y % 16 == x % 16 == 0 else 0.3)
