"""Frames decoded a moment ago, so that stepping back need not decode again; bounded by memory. No Qt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from tracker_core import Frame

DEFAULT_LIMIT_BYTES = 256 * 2**20  # 380 frames of 640 x 360, ten of 4K


class FrameCache:
    """Frames by number; those not looked at for longest go first when `limit_bytes` is reached."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._frames: OrderedDict[int, Frame] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Of all frames held."""
        return self._bytes

    def get(self, frame_index: int, read: Callable[[int], Frame]) -> Frame:
        """The frame, from `read` where it is not held; a frame larger than the limit is not kept."""
        frame = self._frames.get(frame_index)
        if frame is not None:
            self._frames.move_to_end(frame_index)
            return frame
        frame = read(frame_index)
        if frame.nbytes > self._limit_bytes:
            return frame
        self._frames[frame_index] = frame
        self._bytes += frame.nbytes
        while self._bytes > self._limit_bytes:
            _, oldest = self._frames.popitem(last=False)
            self._bytes -= oldest.nbytes
        return frame

    def clear(self) -> None:
        """Forget all frames."""
        self._frames.clear()
        self._bytes = 0
