"""Small pictures of boxes, cut from their frames on a thread of its own: nobody waits for them."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import OwnedThread
from dlst_gui.session.thumbnails import ThumbnailWorker
from tracker_core import Box, Frame

SIDE = 96  # pixels; drawn smaller on most screens, sharp on dense ones
MARGIN = 0.25  # of the longer side, around the box: what it lies on tells more than the box alone
MOST_KEPT = 1500  # ours: 40 MB
MOST_WANTED = 400  # frames; the earliest asked for are left
_GREY = (127, 127, 127)  # outside the frame

Place = tuple[int, Box]
"""Frame index and box."""


class CutOutWorker(ThumbnailWorker):
    """Reads each frame once for all of its boxes."""

    cut = Signal(object, int, object, object)  # path, frame index, boxes, their pictures

    @Slot(object, int, object)
    def on_boxes_asked(self, path: Path, frame_index: int, boxes: tuple[Box, ...]) -> None:
        """Cut them out; none of a frame that cannot be read."""
        frame = self.frame(path, frame_index)
        pictures = () if frame is None else tuple(cut_out(frame, box) for box in boxes)
        self.cut.emit(path, frame_index, boxes, pictures)


class CutOuts(QObject):
    """The window's side: one frame in the making at a time, the one that was asked for last first.

    The thread starts with the first request.
    """

    made = Signal(int)  # frame index

    _asked = Signal(object, int, object)
    _left = Signal()

    def __init__(self, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._open_source, self._cache = open_source, cache
        self._thread: OwnedThread | None = None
        self._path: Path | None = None
        self._kept: OrderedDict[Place, Frame] = OrderedDict()
        self._wanted: OrderedDict[int, dict[Box, None]] = OrderedDict()
        self._failed: set[int] = set()
        self._making: frozenset[Place] = frozenset()

    def set_video(self, path: Path | None) -> None:
        """Whose frames are meant from now on."""
        self._path, self._making = path, frozenset()
        for each in (self._kept, self._wanted, self._failed):
            each.clear()
        self._left.emit()

    def picture(self, frame_index: int, box: Box) -> Frame | None:
        """(SIDE, SIDE, 3) uint8 RGB, if it is there; it is asked for where it is not."""
        place = (frame_index, box)
        if place in self._kept:
            self._kept.move_to_end(place)
            return self._kept[place]
        if frame_index not in self._failed and place not in self._making:
            self._wanted.setdefault(frame_index, {})[box] = None
            self._wanted.move_to_end(frame_index)
            while len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
            self._ask()
        return None

    def close(self) -> None:
        """End the thread; waits for the frame it reads."""
        if self._thread is not None:
            self._thread.close()

    def _ask(self) -> None:
        if self._making or not self._wanted or self._path is None:
            return
        if self._thread is None:
            worker = CutOutWorker(self._open_source, self._cache)
            queued = Qt.ConnectionType.QueuedConnection
            self._asked.connect(worker.on_boxes_asked, queued)
            self._left.connect(worker.release, queued)
            worker.cut.connect(self._on_cut, queued)
            self._thread = OwnedThread(worker, "cut-outs")
        frame_index, boxes = self._wanted.popitem(last=True)
        self._making = frozenset((frame_index, box) for box in boxes)
        self._asked.emit(self._path, frame_index, tuple(boxes))

    @Slot(object, int, object, object)
    def _on_cut(self, path: Path, frame_index: int, boxes: tuple[Box, ...], pictures: tuple[Frame, ...]) -> None:
        self._making = frozenset()
        if path == self._path:
            if not pictures:
                self._failed.add(frame_index)
            self._kept.update({(frame_index, box): each for box, each in zip(boxes, pictures, strict=False)})
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            self.made.emit(frame_index)
        self._ask()


def cut_out_side(box: Box) -> float:
    """Of the square around a box, image pixels."""
    return max((1 + 2 * MARGIN) * max(box.width, box.height), 4.0)


def cut_out(frame: Frame, box: Box) -> Frame:
    """A square around a box, with some of what is around it; grey outside the frame. (SIDE, SIDE, 3) uint8 RGB."""
    x, y = box.center
    side = cut_out_side(box)
    height, width = frame.shape[:2]
    left, top = x - side / 2, y - side / 2
    # Of large frames only the part around is scaled, with one more pixel on each side to read between.
    x0, y0 = (int(np.clip(np.floor(v) - 1, 0, extent - 1)) for v, extent in ((left, width), (top, height)))
    x1, y1 = (
        int(np.clip(np.ceil(v) + 1, low + 1, extent))
        for v, low, extent in ((left + side, x0, width), (top + side, y0, height))
    )
    part = np.ascontiguousarray(frame[y0:y1, x0:x1])
    scale = SIDE / side
    if scale < 1:
        size = (max(1, round(scale * (x1 - x0))), max(1, round(scale * (y1 - y0))))
        part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    step_x, step_y = part.shape[1] / (x1 - x0) / scale, part.shape[0] / (y1 - y0) / scale
    # From a picture's pixel to one of the part: both measured between their middles.
    to_part = np.array(
        [
            [step_x, 0, ((left + 0.5 / scale) - x0) * part.shape[1] / (x1 - x0) - 0.5],
            [0, step_y, ((top + 0.5 / scale) - y0) * part.shape[0] / (y1 - y0) - 0.5],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            part,
            to_part,
            (SIDE, SIDE),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=_GREY,
        ),
        np.uint8,
    )
