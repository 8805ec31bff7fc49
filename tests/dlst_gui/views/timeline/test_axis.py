from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.views.timeline.axis import MOST_COLUMNS_PER_FRAME, FrameAxis


@pytest.fixture
def axis() -> FrameAxis:
    """1000 frames in 500 columns, with 10 columns free on either side."""
    return FrameAxis.fitted(1000, 520, margin=10)


def test_fitted_when_made_then_the_video_lies_between_the_margins(axis: FrameAxis) -> None:
    assert (axis.column_of(0), axis.column_of(1000)) == (10, 510)
    assert (axis.frame_at(10), axis.frame_at(509.9)) == (0, 999)


def test_fitted_when_the_video_is_short_then_its_frames_do_not_grow_without_end() -> None:
    axis = FrameAxis.fitted(1, 500, margin=10)
    assert axis.columns_of(0, 0) == range(10, 10 + MOST_COLUMNS_PER_FRAME)


@pytest.mark.parametrize(("column", "frame_index"), [(-300, 0), (0, 0), (519, 999), (5000, 999)])
def test_frame_at_when_beside_the_video_then_gives_the_nearest_frame(
    axis: FrameAxis, column: float, frame_index: int
) -> None:
    assert axis.frame_at(column) == frame_index


def test_zoomed_when_at_a_column_then_its_frame_stays(axis: FrameAxis) -> None:
    for factor in (1.25, 7, 0.5):
        closer = axis.zoomed(30, 200).zoomed(factor, 200)
        assert closer.frame_at(200) == pytest.approx(axis.frame_at(200), abs=1)


def test_zoomed_when_further_than_the_whole_video_then_is_fitted(axis: FrameAxis) -> None:
    assert axis.zoomed(9, 300).zoomed(0.01, 10).is_fitted


def test_zoomed_when_as_close_as_it_gets_then_every_frame_has_the_most_columns(axis: FrameAxis) -> None:
    closest = axis.zoomed(1e6, 300)
    assert closest.column_of(501) - closest.column_of(500) == MOST_COLUMNS_PER_FRAME


def test_panned_when_too_far_then_stops_at_the_ends(axis: FrameAxis) -> None:
    closer = axis.zoomed(4, 0)
    assert closer.panned(-(10**6)).column_of(0) == 10
    assert closer.panned(10**6).column_of(1000) == 510


@pytest.mark.parametrize("factor", [1.5, 3.7, 50])
def test_frames_of_when_panned_then_a_column_of_the_video_holds_the_same_frames(factor: float) -> None:
    axis = FrameAxis.fitted(12_345, 500, margin=10).zoomed(factor, 250).panned(-7)
    moved = axis.panned(13)
    here, there = axis.frames_of(range(20, 400)), moved.frames_of(range(7, 387))
    assert here is not None
    assert there is not None
    np.testing.assert_array_equal(here.starts, there.starts)


@pytest.mark.parametrize("factor", [2, 3, 400])
def test_frames_of_when_all_columns_are_asked_then_every_frame_of_the_view_is_in_one(factor: float) -> None:
    axis = FrameAxis.fitted(10_000, 500, margin=10).zoomed(factor, 0)
    frames = axis.frames_of(range(axis.width))
    assert frames is not None
    assert frames.first_frame == axis.frame_at(0)
    assert axis.frame_at(axis.width - 1) <= frames.last_frame <= axis.frame_at(axis.width)
    assert (np.diff(frames.starts) >= 0).all()


def test_frames_of_when_beside_the_video_then_there_are_none(axis: FrameAxis) -> None:
    assert axis.frames_of(range(10)) is None
    assert axis.frames_of(range(510, 520)) is None
    assert FrameAxis.fitted(0, 500, margin=10).frames_of(range(500)) is None


def test_resized_when_fitted_then_stays_fitted_and_else_keeps_its_scale(axis: FrameAxis) -> None:
    assert axis.resized(700, 10).is_fitted
    closer = axis.zoomed(4, 100)
    assert closer.resized(700, 10).frames_per_column == closer.frames_per_column
