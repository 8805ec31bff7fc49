"""Frames of one source for several targets that are tracked at the same time. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

from dlst_gui.tracking.tracking_run import FrameSource
from tracker_core import AnyFrame


class SharedFrames:
    """Read by one thread at a time, as sources are; those that are wanted are held, so that each is read once."""

    def __init__(self, source: FrameSource) -> None:
        self._source = source
        self._reading = Lock()
        self._wanted: frozenset[int] = frozenset()
        self._held: dict[int, AnyFrame] = {}
        self._errors: dict[int, Exception] = {}

    def want(self, frame_indices: Iterable[int]) -> None:
        """Hold these from when they are read, and let go of all others."""
        with self._reading:
            self._wanted = frozenset(frame_indices)
            self._held = {i: frame for i, frame in self._held.items() if i in self._wanted}
            self._errors = {i: error for i, error in self._errors.items() if i in self._wanted}

    def read(self, frame_index: int) -> AnyFrame:
        """Frame `frame_index`, as the source gives it; raises `VideoError` like it."""
        with self._reading:
            if frame_index in self._held:
                return self._held[frame_index]
            if frame_index in self._errors:
                raise self._errors.pop(frame_index)
            frame = self._source.read(frame_index)
            if frame_index in self._wanted:
                self._held[frame_index] = frame
            return frame

    def is_there(self, frame_index: int) -> bool:
        """Read a wanted frame before its turn; where that fails, the next `read` says why without trying again."""
        try:
            self.read(frame_index)
        except Exception as error:
            self._errors[frame_index] = error
            return False
        return True
