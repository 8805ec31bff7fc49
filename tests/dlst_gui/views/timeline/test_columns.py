from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.project.tracks import FrameState
from dlst_gui.views.timeline.axis import ColumnFrames
from dlst_gui.views.timeline.columns import (
    disagreement_columns,
    keyframe_columns,
    score_columns,
    span_columns,
    state_columns,
    widened,
)


@pytest.mark.parametrize("state", [FrameState.LOST, FrameState.HUMAN])
def test_state_columns_when_one_of_many_frames_matters_then_its_column_shows_it(state: FrameState) -> None:
    codes = np.full(300, FrameState.TRACKED, np.uint8)
    codes[150] = state
    assert state_columns(codes, np.array([0, 100, 200])).tolist() == [
        FrameState.TRACKED,
        state,
        FrameState.TRACKED,
    ]


def test_state_columns_when_anything_is_there_then_nothing_gives_way() -> None:
    for state in set(FrameState) - {FrameState.NOTHING}:
        codes = np.array([FrameState.NOTHING, state, FrameState.NOTHING], np.uint8)
        assert state_columns(codes, np.array([0])).tolist() == [state]


def test_state_columns_when_frames_are_wider_than_columns_then_neighbours_show_the_same() -> None:
    codes = np.array([FrameState.HUMAN, FrameState.TRACKED], np.uint8)
    assert state_columns(codes, np.array([0, 0, 1, 1])).tolist() == [1, 1, 2, 2]


def test_widened_when_a_state_has_one_column_then_it_gets_neighbours_and_others_none() -> None:
    columns = np.array([2, 2, 3, 2, 1, 2], np.uint8)
    assert widened(columns, FrameState.LOST, by=1).tolist() == [2, 3, 3, 3, 1, 2]


def test_widened_when_spread_further_than_there_are_columns_then_all_are_that_state() -> None:
    assert widened(np.array([3, 2], np.uint8), FrameState.LOST, by=4).tolist() == [3, 3]


def test_score_columns_when_some_are_unknown_then_the_known_ones_count() -> None:
    scores = np.array([np.nan, 3, -1, np.nan, np.nan], np.float32)
    lows, highs = score_columns(scores, np.array([0, 3]))
    np.testing.assert_array_equal(lows, [-1, np.nan])
    np.testing.assert_array_equal(highs, [3, np.nan])


def test_disagreement_columns_when_a_frame_reaches_the_threshold_then_its_column_is_marked() -> None:
    values = np.array([np.nan, 0.5, 0.4, 0.4, np.nan, np.nan], np.float32)
    assert disagreement_columns(values, np.array([0, 2, 4])).tolist() == [True, False, False]


def test_span_columns_when_a_span_touches_a_column_then_that_is_within() -> None:
    crowded = ColumnFrames(7, np.array([0, 10, 20, 30]), end=40)
    assert span_columns([(9, 10)], crowded).tolist() == [True, True, False, False]
    assert span_columns([(30, 99)], crowded).tolist() == [False, False, False, True]
    assert not span_columns([(40, 99)], crowded).any()
    wide = ColumnFrames(0, np.array([0, 0, 1, 1, 2, 2]), end=3)
    assert span_columns([(1, 1)], wide).tolist() == [False, False, True, True, False, False]


def test_keyframe_columns_when_keyframes_are_close_then_they_share_a_mark() -> None:
    indices = np.array([0, 10, 50, 700])
    assert keyframe_columns(indices, frames_per_column=10, spacing=6).tolist() == [0.05, 70.05]
    assert keyframe_columns(indices, frames_per_column=0.1, spacing=6).size == 4
