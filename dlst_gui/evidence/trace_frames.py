"""A file of evidence as a source of frames: pictures that were kept, where they lay, on a plain ground."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from dlst_gui.evidence.pictures import pixels_of
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_facts import TraceError
from dlst_gui.video.media_file import check_size
from dlst_gui.video.video_source import (
    ASSUMED_FPS,
    UNWATCHED,
    FrameSequence,
    OpeningWatch,
    VideoError,
    check_frame_index,
)
from tracker_core import Box, Frame
from tracker_core.evidence import KeptPicture

GROUND = 52
"""Ours. Grey, of what is not known: darker than most pictures, and not to be taken for a black one."""

_SLOWEST_FPS = 1e-3
"""Ours. Below it, times of frames would not be told apart from nonsense."""

DAMAGED_PICTURES = "some pictures in it are damaged and left out"


class TraceFrames(FrameSequence):
    """Frames as large and as many as those of the video; a `VideoSource`. Belongs to one thread.

    Raises:
        VideoError: it is no file of evidence, part of it cannot be read, or it tells of no frame.
    """

    def __init__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> None:
        self.path = path
        with _named():
            self._trace = Trace(path)
        self._notice: str | None = None
        facts = self._trace.facts
        self.width, self.height, self._frame_count = facts.width, facts.height, facts.frame_count
        self.nominal_fps = facts.fps if facts.fps >= _SLOWEST_FPS else ASSUMED_FPS
        self.ground_truth: tuple[Box | None, ...] | None = None
        try:
            check_size(path, self.width, self.height)
            if not (self.width and self.height):
                raise VideoError(f"{path}: it is damaged (its frames have no size)")
            with _named():
                self._check_rows(watch)
        except BaseException:
            self.close()
            raise

    @property
    def name(self) -> str:
        """The file's, without its ending."""
        return self.path.stem

    @property
    def frame_count(self) -> int:
        """Of the video."""
        return self._frame_count

    @property
    def notice(self) -> str | None:
        """Whether pictures could not be read."""
        return self._notice

    def timestamp_s(self, frame_index: int) -> float:
        """At the video's nominal rate."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return frame_index / self.nominal_fps

    def read(self, frame_index: int) -> Frame:
        """What is kept of the frame: of all objects, each in its place."""
        check_frame_index(self.name, frame_index, self.frame_count)
        frame = np.full((self.height, self.width, 3), GROUND, np.uint8)
        with _named():
            seen = self._trace.on_frame(frame_index)
        for picture in (each.picture for each in seen):
            if picture is not None:
                self._lay(frame, picture)
        return frame

    def close(self) -> None:
        """See `VideoSource`."""
        self._trace.close()

    def _check_rows(self, watch: OpeningWatch) -> None:
        is_empty = True
        for row in self._trace.rows():
            watch.check()
            if row.frame_index >= self.frame_count:
                raise VideoError(
                    f"{self.path}: it is damaged (it tells of frame {row.frame_index} of {self.frame_count})"
                )
            is_empty = False
        if is_empty:
            raise VideoError(f"{self.path}: there is no evidence in it yet; track the object first")

    def _lay(self, frame: Frame, picture: KeptPicture) -> None:
        area = picture.area
        left, top, right, bottom = (round(each) for each in (area.x, area.y, area.right, area.bottom))
        if not (0 <= left < right <= self.width and 0 <= top < bottom <= self.height):
            self._notice = DAMAGED_PICTURES
            return
        try:
            pixels = pixels_of(picture)
        except TraceError:
            self._notice = DAMAGED_PICTURES
            return
        frame[top:bottom, left:right] = cv2.resize(pixels, (right - left, bottom - top))


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except TraceError as error:
        raise VideoError(str(error)) from error
