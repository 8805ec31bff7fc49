from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.project.jumps import following, gap_starts, low_score_starts, preceding
from dlst_gui.project.tracks import FrameState

NAN = np.nan
LETTERS = {
    ".": FrameState.NOTHING,
    "h": FrameState.HUMAN,
    "t": FrameState.TRACKED,
    "l": FrameState.LOST,
    "i": FrameState.INTERPOLATED,
    "o": FrameState.OUTSIDE,
    "s": FrameState.SUPERSEDED,
}


@pytest.mark.parametrize(
    ("frame_index", "after", "before"),
    [(0, 3, None), (3, 7, None), (5, 7, 3), (7, 20, 3), (20, None, 7), (99, None, 20)],
)
def test_following_and_preceding_when_asked_from_a_frame_then_never_give_that_frame(
    frame_index: int, after: int | None, before: int | None
) -> None:
    starts = np.array([3, 7, 20])
    assert following(starts, frame_index) == after
    assert preceding(starts, frame_index) == before


@pytest.mark.parametrize(
    ("states", "starts"),
    [
        ("....", []),
        ("", []),
        ("..ht", []),
        ("htt...", [3]),
        ("..ht..h.", [4, 7]),
        ("htoooh", []),
        ("hss.th", [1]),
        ("hlli", []),
    ],
    ids=["empty", "no frames", "before the first", "to the end", "two", "outside", "superseded", "lost"],
)
def test_gap_starts_when_a_track_shows_nothing_after_its_first_box_then_each_such_span_counts_once(
    states: str, starts: list[int]
) -> None:
    codes = np.array([LETTERS[letter] for letter in states], np.uint8)
    assert gap_starts(codes).tolist() == starts


def test_low_score_starts_when_scores_are_unknown_or_on_the_threshold_then_those_are_not_low() -> None:
    scores = np.array([-1, -2, NAN, -3, 0, 0.5, -0.1], np.float32)
    assert low_score_starts(scores, 0.0).tolist() == [0, 3, 6]
