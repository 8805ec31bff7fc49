"""Any number of frames out of a few, each next to its neighbour."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlst_gui.video import BackAndForth, VideoError
from tests.dlst_gui.window_fakes import SyntheticSource
from tests.fakes import SyntheticVideo


def source_of(frame_count: int) -> SyntheticSource:
    return SyntheticSource(Path("clip.mp4"), SyntheticVideo(frame_count=frame_count))


@pytest.mark.parametrize(
    ("frame_count", "expected"),
    [(4, [0, 1, 2, 3, 2, 1, 0, 1, 2, 3]), (2, [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]), (1, [0] * 10), (30, range(10))],
    ids=["four frames", "two frames", "one frame", "more than are wanted"],
)
def test_back_and_forth_when_read_in_order_then_turns_at_both_ends(frame_count: int, expected: list[int]) -> None:
    source = source_of(frame_count)
    long = BackAndForth(source, 10)
    frames = [long.read(i) for i in range(10)]
    assert source.read_frames == list(expected)
    assert np.array_equal(frames[9], source.video.read(expected[9]))


def test_back_and_forth_when_it_turns_then_ground_truth_and_time_go_along() -> None:
    source = source_of(4)
    long = BackAndForth(source, 6)
    assert long.frame_count == 6
    assert long.ground_truth == tuple(source.video.box(i) for i in (0, 1, 2, 3, 2, 1))
    assert [long.timestamp_s(i) for i in (0, 5)] == [0, 5 / source.nominal_fps]


def test_back_and_forth_when_a_frame_after_the_last_is_asked_for_then_says_so() -> None:
    with pytest.raises(VideoError, match="no frame 6"):
        BackAndForth(source_of(4), 6).read(6)


def test_back_and_forth_when_closed_then_so_is_its_source() -> None:
    source = source_of(4)
    with BackAndForth(source, 6):
        assert not source.is_closed
    assert source.is_closed
