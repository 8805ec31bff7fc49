"""Frames come back without another read, and their memory has a bound."""

from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.session.frame_cache import FrameCache
from tracker_core import Frame

FRAME_BYTES = 10 * 20 * 3


class Reader:
    """Notes what it was asked for."""

    def __init__(self) -> None:
        self.reads: list[int] = []

    def __call__(self, frame_index: int) -> Frame:
        self.reads.append(frame_index)
        return np.full((10, 20, 3), frame_index, np.uint8)


def test_frame_cache_when_asked_again_then_does_not_read_again() -> None:
    cache, read = FrameCache(3 * FRAME_BYTES), Reader()
    frames = [int(cache.get(index, read)[0, 0, 0]) for index in (4, 5, 4, 5, 4)]
    assert frames == [4, 5, 4, 5, 4]
    assert read.reads == [4, 5]


def test_frame_cache_when_full_then_drops_what_was_not_looked_at_for_longest() -> None:
    cache, read = FrameCache(2 * FRAME_BYTES + 1), Reader()
    for index in (0, 1, 0, 2, 0, 1):
        cache.get(index, read)
        assert cache.bytes <= 2 * FRAME_BYTES
    assert read.reads == [0, 1, 2, 1]


def test_frame_cache_when_a_frame_is_larger_than_the_limit_then_it_is_given_but_not_kept() -> None:
    cache, read = FrameCache(FRAME_BYTES - 1), Reader()
    cache.get(0, read)
    cache.get(0, read)
    assert read.reads == [0, 0]
    assert cache.bytes == 0


def test_frame_cache_when_reading_fails_then_keeps_nothing_of_it() -> None:
    cache, read = FrameCache(), Reader()

    def fail(frame_index: int) -> Frame:
        raise OSError(frame_index)

    with pytest.raises(OSError, match="3"):
        cache.get(3, fail)
    assert int(cache.get(3, read)[0, 0, 0]) == 3


def test_frame_cache_when_cleared_then_is_empty() -> None:
    cache, read = FrameCache(), Reader()
    cache.get(0, read)
    cache.clear()
    cache.get(0, read)
    assert read.reads == [0, 0]
    assert cache.bytes == FRAME_BYTES
