"""Decodes the next frame while the present one is being tracked."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, Protocol, TypeVar

from dlst_gui.video.video_source import ClosedOnExit
from tracker_core import AnyFrame

FrameT_co = TypeVar("FrameT_co", bound=AnyFrame, covariant=True)
"""What the source gives: whole frames, or also frames in parts."""


class _Frames(Protocol[FrameT_co]):
    @property
    def frame_count(self) -> int: ...

    def read(self, frame_index: int) -> FrameT_co: ...


class ReadAhead(ClosedOnExit, Generic[FrameT_co]):
    """Frames of a source, each next one decoded on a thread of its own; holds that one and the one read last.

    The next one is the one before where frames are read backward; after a jump nothing is decoded ahead.

    While this is open, the source is read through it alone. `close` leaves the source open.
    """

    def __init__(self, source: _Frames[FrameT_co]) -> None:
        self._source = source
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="read ahead")
        self._next: tuple[int, Future[FrameT_co]] | None = None
        self._latest: tuple[int, FrameT_co | None] = -1, None

    def read(self, frame_index: int) -> FrameT_co:
        """Frame `frame_index`, as the source gives it; raises `VideoError` like it.

        The one read last is decoded once, whoever asks again for it: another target, or what draws on it.
        """
        last_read, held = self._latest
        if held is not None and frame_index == last_read:
            return held
        taken, self._next = self._next, None
        if taken is not None and taken[0] == frame_index:
            future = taken[1]
        else:
            future = self._pool.submit(self._source.read, frame_index)
        frame = future.result()
        step, self._latest = frame_index - last_read, (frame_index, frame)
        following = frame_index + step
        if abs(step) == 1 and 0 <= following < self._source.frame_count:
            self._next = following, self._pool.submit(self._source.read, following)
        return frame

    def expect(self, frame_index: int) -> None:
        """Decode a frame meanwhile that is likely to be read next; one outside of the source is left aside."""
        is_held = self._latest[0] == frame_index or (self._next is not None and self._next[0] == frame_index)
        if not is_held and 0 <= frame_index < self._source.frame_count:
            self._next = frame_index, self._pool.submit(self._source.read, frame_index)

    def close(self) -> None:
        """Wait until the source is no longer read; may be called twice."""
        if self._next is not None:
            wait([self._next[1]])
            self._next = None
        self._pool.shutdown()
