"""A picture of several pages as a source of frames: stacks of microscopes and scanners (TIFF), animated WebP."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.video.picture_file import PicturePages, RangeShown, range_shown
from dlst_gui.video.pixel_range import AUTO, PixelRange, RangeChoice, measured_places
from dlst_gui.video.range_facts import shown_range
from dlst_gui.video.video_source import (
    ASSUMED_FPS,
    UNWATCHED,
    FrameSequence,
    OpeningWatch,
    ShownRange,
    VideoError,
    check_frame_index,
    joined_notice,
)
from tracker_core import Frame

_SAME_MS = 1
"""Animated WebP counts in milliseconds: 30 frames per second are 33, 33 and 34 of them."""


class PageStack(FrameSequence):
    """A `VideoSource` over the pages of one picture. One instance belongs to one thread.

    Pages of another size than the first, such as a small copy for an overview, are left out. Time is the file's
    own where it has one, else counted at `ASSUMED_FPS`.

    Args:
        pages: of the picture; closed with this.
        path: what was opened, the picture or the folder in which it is the only one.
        watch: see `OpeningWatch`.
        choice: which values of more than 8 bits are black and white.

    Raises:
        VideoError: the first page cannot be read.
    """

    ground_truth = None

    def __init__(
        self, pages: PicturePages, path: Path, watch: OpeningWatch = UNWATCHED, choice: RangeChoice = AUTO
    ) -> None:
        self._pages = pages
        self._path = path
        self._is_closed = False
        self._numbers = pages.alike(watch.tell)
        shown = self._range_by(choice)
        self._shown_as = shown.values
        first = pages.read(0, f"{pages.path} (page 1)", self._shown_as)
        self._height, self._width = first.shape[:2]
        usual = shown if choice == AUTO else self._range_by(AUTO)
        self._shown_range = shown_range(shown, choice, usual, self.frame_count, self._read_as)
        self._times_s, self._nominal_fps, rate_notice = _timing(pages.durations_ms(watch.tell), self.frame_count)
        left_out = pages.count - self.frame_count
        self._notice = joined_notice(
            f"cut off at its end: page {pages.count + 1} and those after it are missing; copy the file again"
            if pages.is_cut
            else None,
            f"{left_out} of {pages.count} pages left out: they are of another size than the first"
            if left_out
            else None,
            shown.notice,
            rate_notice,
        )

    @property
    def path(self) -> Path:
        return self._path

    @property
    def name(self) -> str:
        return self._path.name if self._path != self._pages.path else self._path.stem

    @property
    def frame_count(self) -> int:
        return len(self._numbers)

    @property
    def width(self) -> int:
        return int(self._width)

    @property
    def height(self) -> int:
        return int(self._height)

    @property
    def nominal_fps(self) -> float:
        return self._nominal_fps

    @property
    def notice(self) -> str | None:
        return self._notice

    @property
    def shown_range(self) -> ShownRange | None:
        return self._shown_range

    def timestamp_s(self, frame_index: int) -> float:
        """Seconds since the first page."""
        check_frame_index(self.name, frame_index, self.frame_count)
        return float(self._times_s[frame_index])

    def timestamps_s(self) -> NDArray[np.float64]:
        """(frame_count,) what `timestamp_s` says of each frame."""
        return self._times_s.copy()

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index` as a fresh uint8 RGB array (height, width, 3)."""
        return self._read_as(frame_index, self._shown_as)

    def _range_by(self, choice: RangeChoice) -> RangeShown:
        measured = []
        for place in measured_places(self.frame_count):
            with suppress(VideoError):  # told when it is read
                measured.append(self._pages.stored_values(self._numbers[place], choice))
        return range_shown(measured, choice)

    def _read_as(self, frame_index: int, shown_as: PixelRange) -> Frame:
        check_frame_index(self.name, frame_index, self.frame_count)
        number = self._numbers[frame_index]
        name = f"{self._pages.path} (page {number + 1})"
        if self._is_closed:
            raise VideoError(f"{self._path} is closed; open it again to read page {number + 1}")
        frame = self._pages.read(number, name, shown_as)
        if frame.shape[:2] != (self._height, self._width):
            raise VideoError(
                f"{name} is {frame.shape[1]}x{frame.shape[0]}, the first {self._width}x{self._height}"
            )
        return frame

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._is_closed = True
        self._pages.close()


def _timing(
    durations_ms: NDArray[np.int64] | None, frame_count: int
) -> tuple[NDArray[np.float64], float, str | None]:
    """Seconds of each frame since the first, frames per second, and what is unusual about them."""
    if durations_ms is None or not (durations_ms > 0).all():
        return np.arange(frame_count) / ASSUMED_FPS, ASSUMED_FPS, None
    times_s = (np.cumsum(durations_ms) - durations_ms) / 1000
    fps = 1000 * frame_count / float(durations_ms.sum())
    if np.ptp(durations_ms) <= _SAME_MS:
        return times_s, fps, None
    slowest, fastest = 1000 / durations_ms.max(), 1000 / durations_ms.min()
    return times_s, fps, f"variable frame rate ({slowest:.3g} to {fastest:.3g} frames/s)"
