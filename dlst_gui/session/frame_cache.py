"""Frames decoded lately, for stepping back and for following the tracker; bounded by memory. No Qt."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from dlst_gui.video.video_source import VideoSource
from tracker_core import Frame

DEFAULT_LIMIT_BYTES = 256 * 2**20  # 380 frames of 640 x 360, ten of 4K


class FrameCache:
    """Frames by video and number, shared by the threads that decode; read a source through `CachedFrames`.

    Those not looked at for longest go first when `limit_bytes` is reached.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._frames: OrderedDict[tuple[Path, int], Frame] = OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Of all frames held."""
        return self._bytes

    def get(self, path: Path, frame_index: int) -> Frame | None:
        """The frame; None where it is not held."""
        with self._lock:
            frame = self._frames.get((path, frame_index))
            if frame is not None:
                self._frames.move_to_end((path, frame_index))
            return frame

    def add(self, path: Path, frame_index: int, frame: Frame) -> None:
        """Hold a frame, which nobody writes to; one larger than the limit is not kept."""
        key = path, frame_index
        with self._lock:
            if key in self._frames or frame.nbytes > self._limit_bytes:
                return
            self._frames[key] = frame
            self._bytes += frame.nbytes
            while self._bytes > self._limit_bytes:
                _, oldest = self._frames.popitem(last=False)
                self._bytes -= oldest.nbytes

    def forget(self, path: Path) -> None:
        """Let go of one video's frames."""
        with self._lock:
            for key in [each for each in self._frames if each[0] == path]:
                self._bytes -= self._frames.pop(key).nbytes

    def clear(self) -> None:
        """Forget all frames."""
        with self._lock:
            self._frames.clear()
            self._bytes = 0


class CachedFrames:
    """The frames of a source, each decoded only where the cache does not hold it."""

    def __init__(self, source: VideoSource, cache: FrameCache) -> None:
        self._source = source
        self._cache = cache

    @property
    def frame_count(self) -> int:
        return self._source.frame_count

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index`, as the source gives it; raises `VideoError` like it."""
        path = self._source.path
        frame = self._cache.get(path, frame_index)
        if frame is None:
            frame = self._source.read(frame_index)
            self._cache.add(path, frame_index, frame)
        return frame
