"""Frames come back without another read, and their memory has a bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlst_gui.session.frame_cache import CachedFrames, FrameCache
from dlst_gui.video import VideoError
from tests.dlst_gui.window_fakes import SyntheticSource
from tests.fakes import SyntheticVideo

FRAME_BYTES = SyntheticVideo().read(0).nbytes


def opened(name: str = "clip.mp4", broken_from: int | None = None) -> SyntheticSource:
    return SyntheticSource(Path(name), SyntheticVideo(), broken_from)


def test_read_when_asked_again_then_does_not_decode_again() -> None:
    video = opened()
    frames = CachedFrames(video, FrameCache(3 * FRAME_BYTES))
    given = [frames.read(index) for index in (4, 5, 4, 5, 4)]
    assert given[0] is given[2] is given[4] is not given[1]
    assert video.read_frames == [4, 5]


def test_read_when_another_thread_has_decoded_the_frame_then_does_not_decode_it_again() -> None:
    trackers, windows, cache = opened(), opened(), FrameCache()
    tracked = CachedFrames(trackers, cache).read(3)
    assert CachedFrames(windows, cache).read(3) is tracked
    assert windows.read_frames == []


def test_read_when_another_video_has_such_a_frame_then_is_not_given_it() -> None:
    video, other, cache = opened(), opened("other.mp4"), FrameCache()
    CachedFrames(other, cache).read(3)
    CachedFrames(video, cache).read(3)
    assert video.read_frames == [3]


def test_read_when_full_then_drops_what_was_not_looked_at_for_longest() -> None:
    video, cache = opened(), FrameCache(2 * FRAME_BYTES + 1)
    frames = CachedFrames(video, cache)
    for index in (0, 1, 0, 2, 0, 1):
        frames.read(index)
        assert cache.bytes <= 2 * FRAME_BYTES
    assert video.read_frames == [0, 1, 2, 1]


def test_read_when_a_frame_is_larger_than_the_limit_then_it_is_given_but_not_kept() -> None:
    video, cache = opened(), FrameCache(FRAME_BYTES - 1)
    frames = CachedFrames(video, cache)
    frames.read(0)
    frames.read(0)
    assert video.read_frames == [0, 0]
    assert cache.bytes == 0


def test_read_when_decoding_fails_then_keeps_nothing_of_it() -> None:
    video = opened(broken_from=3)
    frames = CachedFrames(video, FrameCache())
    with pytest.raises(VideoError, match="3"):
        frames.read(3)
    video.broken_from = None
    assert frames.read(3).nbytes == FRAME_BYTES


def test_cache_when_cleared_then_is_empty() -> None:
    video, cache = opened(), FrameCache()
    frames = CachedFrames(video, cache)
    frames.read(0)
    cache.clear()
    assert cache.bytes == 0
    frames.read(0)
    assert video.read_frames == [0, 0]
