"""Small pictures of any frame, made on a thread of their own from a source of their own: nobody waits for them."""

from __future__ import annotations

import logging
from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import OwnedThread, Worker
from dlst_gui.video.video_source import VideoError, VideoSource
from tracker_core import Frame

WIDTH, HEIGHT = 192, 128  # pixels, at most
MOST_KEPT = 400  # ours: 30 MB

_log = logging.getLogger(__name__)


class ThumbnailWorker(Worker):
    """Opens a source once something of it is asked for."""

    made = Signal(object, int, object)  # path, frame index, the picture or None

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._open_source = open_source
        self._cache = cache
        self._path: Path | None = None
        self._source: VideoSource | None = None

    @Slot(object, int)
    def on_asked(self, path: Path, frame_index: int) -> None:
        """Make one picture; None where the frame cannot be read."""
        frame = self.frame(path, frame_index)
        self.made.emit(path, frame_index, None if frame is None else thumbnail_of(frame))

    def frame(self, path: Path, frame_index: int) -> Frame | None:
        """A whole frame; None where it cannot be read."""
        # What the window or the tracker has decoded lately need not be decoded again. Nothing is added: what they
        # may want next would go.
        frame = self._cache.get(path, frame_index)
        if frame is None:
            try:
                frame = self._open(path).read(frame_index)
            except VideoError as error:
                _log.info("no thumbnail of frame %d: %s", frame_index, error)
                return None
        return frame

    def _open(self, path: Path) -> VideoSource:
        if self._source is None or path != self._path:
            self.release()
            self._source, self._path = self._open_source(path), path
        return self._source

    @Slot()
    def release(self) -> None:  # noqa: D102 - see Worker
        if self._source is not None:
            self._source.close()
            self._source = None


class Thumbnails(QObject):
    """The window's side: one picture in the making at a time, and of those asked for meanwhile the latest wins.

    The thread starts with the first request, as many sessions never need it.
    """

    made = Signal(int)  # frame index

    _asked = Signal(object, int)
    _left = Signal()

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._open_source = open_source
        self._cache = cache
        self._thread: OwnedThread | None = None
        self._path: Path | None = None
        self._kept: OrderedDict[int, Frame] = OrderedDict()
        self._is_busy = False
        self._is_stale = False  # what is in the making is of a video that was left
        self._wanted: int | None = None

    def set_video(self, path: Path | None) -> None:
        """Whose frames are meant from now on; the same video again may be shown otherwise than before."""
        self._path, self._wanted = path, None
        self._kept.clear()
        self._is_stale = self._is_busy
        self._left.emit()

    def picture(self, frame_index: int) -> Frame | None:
        """The picture of a frame, if it is there; it is asked for where it is not."""
        if frame_index in self._kept:
            self._kept.move_to_end(frame_index)
            return self._kept[frame_index]
        self._wanted = frame_index
        self._ask()
        return None

    def close(self) -> None:
        """End the thread; waits for the picture it makes."""
        if self._thread is not None:
            self._thread.close()

    def _ask(self) -> None:
        if self._is_busy or self._wanted is None or self._path is None:
            return
        if self._thread is None:
            worker = ThumbnailWorker(self._open_source, self._cache)
            queued = Qt.ConnectionType.QueuedConnection
            self._asked.connect(worker.on_asked, queued)
            self._left.connect(worker.release, queued)
            worker.made.connect(self._on_made, queued)
            self._thread = OwnedThread(worker, "thumbnails")
        wanted, self._wanted, self._is_busy = self._wanted, None, True
        self._asked.emit(self._path, wanted)

    @Slot(object, int, object)
    def _on_made(self, path: Path, frame_index: int, picture: Frame | None) -> None:
        is_stale, self._is_busy, self._is_stale = self._is_stale, False, False
        if path == self._path and picture is not None and not is_stale:
            self._kept[frame_index] = picture
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            self.made.emit(frame_index)
        self._ask()


def thumbnail_of(frame: Frame) -> Frame:
    """A frame made to fit WIDTH x HEIGHT; one that does is copied. (height, width, 3) uint8 RGB."""
    height, width = frame.shape[:2]
    scale = min(WIDTH / width, HEIGHT / height, 1.0)
    size = (max(round(scale * width), 1), max(round(scale * height), 1))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
