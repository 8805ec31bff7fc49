"""The next frame is decoded meanwhile, in order, and never two at a time."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from dlst_gui.video import ReadAhead, VideoError
from tracker_core import Frame

COUNT = 5


class CountingSource:
    """Frames filled with their number; notes who reads what, and fails where two read at once."""

    frame_count = COUNT

    def __init__(self, broken: int | None = None) -> None:
        self.reads: list[int] = []
        self.threads: set[int] = set()
        self.has_read = [threading.Event() for _ in range(COUNT)]
        self._broken = broken
        self._busy = threading.Lock()

    def read(self, frame_index: int) -> Frame:
        assert self._busy.acquire(blocking=False), "two reads at once"
        try:
            self.reads.append(frame_index)
            self.threads.add(threading.get_ident())
            self.has_read[frame_index].set()
            if frame_index == self._broken:
                raise VideoError(f"frame {frame_index} is damaged")
            return np.full((2, 2, 3), frame_index, np.uint8)
        finally:
            self._busy.release()


def test_read_ahead_then_the_next_frame_is_decoded_before_it_is_asked_for() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        frames.read(0)
        assert source.has_read[1].wait(5)
        assert source.reads == [0, 1]


def test_read_ahead_when_read_in_any_order_then_gives_the_frames_asked_for() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        assert [int(frames.read(i)[0, 0, 0]) for i in (0, 1, 2, 2, 4, 0, 1)] == [0, 1, 2, 2, 4, 0, 1]
    assert len(source.threads) == 1


def test_read_ahead_when_read_in_order_then_each_frame_is_decoded_once() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        for i in range(COUNT):
            frames.read(i)
    assert source.reads == list(range(COUNT))


def test_read_ahead_when_the_frame_read_last_is_read_again_then_it_is_not_decoded_again() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        assert frames.read(0) is frames.read(0)
        frames.read(1)
        assert frames.read(1) is frames.read(1)
        assert source.has_read[2].wait(5)
        frames.read(2)
    assert source.reads == [0, 1, 2, 3]


def test_read_ahead_when_read_backward_then_each_frame_is_decoded_once_and_before_it_is_asked_for() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        for i in (4, 3):
            frames.read(i)
        assert source.has_read[2].wait(5)
        for i in (2, 1, 0):
            frames.read(i)
    assert source.reads == [4, 3, 2, 1, 0]


def test_read_ahead_when_it_jumps_then_decodes_nothing_that_is_not_asked_for() -> None:
    source = CountingSource()
    with ReadAhead(source) as frames:
        for i in (3, 0, 2):
            frames.read(i)
    assert source.reads == [3, 0, 2]


def test_read_ahead_when_the_next_frame_is_damaged_then_says_so_only_when_it_is_asked_for() -> None:
    source = CountingSource(broken=1)
    with ReadAhead(source) as frames:
        frames.read(0)
        with pytest.raises(VideoError, match="frame 1 is damaged"):
            frames.read(1)
        assert int(frames.read(2)[0, 0, 0]) == 2


def test_read_ahead_when_closed_then_has_waited_for_the_frame_in_the_making() -> None:
    source = CountingSource()
    frames = ReadAhead(source)
    frames.read(0)
    frames.close()
    assert source.reads == [0, 1]
    frames.close()
