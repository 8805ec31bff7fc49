from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.overlays.contours import contour_levels, contour_lines, contour_segments


def test_segments_when_values_are_the_distance_from_a_place_then_lie_on_a_circle() -> None:
    rows, columns = np.mgrid[0:41, 0:51]
    values = np.hypot(columns - 23.5, rows - 18.25).astype(np.float32)
    segments = contour_segments(values, 11.0)
    radii = np.hypot(segments[..., 0] - 23.5, segments[..., 1] - 18.25)
    assert radii == pytest.approx(11.0, abs=0.05)
    assert np.linalg.norm(segments[:, 0] - segments[:, 1], axis=1).sum() == pytest.approx(22 * np.pi, rel=0.01)


def test_segments_when_values_rise_across_then_the_line_is_where_they_have_the_level() -> None:
    values = np.tile(np.arange(5, dtype=np.float32), (3, 1))
    segments = contour_segments(values, 1.25)
    assert segments[..., 0] == pytest.approx(1.25)
    assert sorted(segments[..., 1].ravel().tolist()) == [0, 1, 1, 2]


@pytest.mark.parametrize("corners", [[[9, 0], [0, 9]], [[0, 9], [9, 0]]])
def test_segments_when_a_cell_is_a_saddle_then_each_high_corner_is_cut_off(corners: list[list[float]]) -> None:
    segments = contour_segments(np.array(corners, np.float32), 6.0)
    assert len(segments) == 2
    highs = [(column, row) for row in (0, 1) for column in (0, 1) if corners[row][column]]
    for column, row in highs:
        away = np.abs(segments - (column, row)).sum(axis=2).max(axis=1)
        assert away.min() == pytest.approx(1 / 3)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (1, 1)])
def test_segments_when_there_is_no_cell_between_middles_then_are_none(shape: tuple[int, int]) -> None:
    assert contour_segments(np.zeros(shape, np.float32), 0.0).shape == (0, 2, 2)


def test_levels_when_0_lies_between_then_is_one_of_few_round_ones() -> None:
    assert contour_levels(-11.3, 3.6) == (-10, -8, -6, -4, -2, 0, 2)
    assert contour_levels(0.11, 0.37) == (0.15, 0.2, 0.25, 0.3, 0.35)
    assert contour_levels(2.0, 2.0) == ()


def test_lines_when_pieces_are_put_together_then_hills_give_rings_and_the_rim_gives_open_lines() -> None:
    rows, columns = np.mgrid[0:40, 0:60]
    hills = np.maximum(10 - np.hypot(columns - 15, rows - 20), 10 - np.hypot(columns - 59, rows - 12))
    segments = contour_segments(hills.astype(np.float32), 3.0)
    lines = contour_lines(segments)
    assert sorted((line[0] == line[-1]).all() for line in lines) == [False, True]
    assert sum(len(line) - 1 for line in lines) == len(segments)
    assert contour_lines(np.empty((0, 2, 2))) == []


def test_lines_when_values_are_noise_then_no_piece_is_lost_and_none_is_long() -> None:
    values = np.random.default_rng(3).normal(size=(30, 30)).astype(np.float32)
    segments = contour_segments(values, 0.1)
    lines = contour_lines(segments)
    assert sum(len(line) - 1 for line in lines) == len(segments)
    assert max(np.linalg.norm(np.diff(line, axis=0), axis=1).max() for line in lines) <= 2**0.5
