"""Which frame is where: the timeline's horizontal scale, in whole columns of the screen's own pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

MOST_COLUMNS_PER_FRAME = 64
ROUNDING = 1e-9  # of a frame: an edge that misses a whole number by the last bit belongs to that number


@dataclass(frozen=True, slots=True)
class ColumnFrames:
    """The frames of neighbouring columns: column `first_column + i` shows `starts[i]` up to the next start.

    Where frames are wider than columns, neighbours start alike. `end` is the frame after the last one.
    """

    first_column: int
    starts: NDArray[np.int64]
    end: int

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each column begins in an array of all frames of these columns."""
        offsets: NDArray[np.int64] = self.starts - self.starts[0]
        return offsets

    @property
    def first_frame(self) -> int:
        return int(self.starts[0])

    @property
    def last_frame(self) -> int:
        return self.end - 1


@dataclass(frozen=True, slots=True)
class FrameAxis:
    """`left` is the column of the whole video at the view's left edge; negative shows the margin before frame 0.

    Columns of the video always hold the same frames at one zoom, so nothing flickers while panning.
    """

    frame_count: int
    width: int
    margin: int
    frames_per_column: float
    left: int

    @classmethod
    def fitted(cls, frame_count: int, width: int, margin: int) -> FrameAxis:
        """The whole video in `width` columns; short videos leave a part of them free."""
        room = max(width - 2 * margin, 1)
        frames_per_column = max(frame_count / room, 1 / MOST_COLUMNS_PER_FRAME)
        return cls(frame_count, width, margin, frames_per_column, -margin)

    def spanning(self, first: int, last: int) -> FrameAxis:
        """Frames `first` to `last` in the whole width."""
        room = max(self.width - 2 * self.margin, 1)
        factor = self.frames_per_column * room / (last - first + 1)
        zoomed = self.zoomed(factor, 0)
        return zoomed.panned(round(zoomed.column_of(first)) - self.margin)

    @property
    def is_fitted(self) -> bool:
        return self == FrameAxis.fitted(self.frame_count, self.width, self.margin)

    @property
    def columns(self) -> int:
        """Columns of the whole video at this zoom."""
        return math.ceil(self.frame_count / self.frames_per_column - ROUNDING)

    @property
    def first_left(self) -> int:
        return -self.margin

    @property
    def last_left(self) -> int:
        return max(self.columns + self.margin - self.width, self.first_left)

    def column_of(self, frame: float) -> float:
        """View column where `frame` begins; its middle is at `frame + 0.5`."""
        return frame / self.frames_per_column - self.left

    def frame_at(self, column: float) -> int:
        """The frame under a view column; the nearest one beside the video."""
        frame = math.floor((self.left + column) * self.frames_per_column + ROUNDING)
        return min(max(frame, 0), max(self.frame_count - 1, 0))

    def is_visible(self, frame_index: int) -> bool:
        """Whether the middle of a frame is in the view."""
        return 0 <= self.column_of(frame_index + 0.5) < self.width

    def columns_of(self, first: int, last: int) -> range:
        """View columns that show any of the frames `first` to `last`."""
        begin = math.floor(first / self.frames_per_column + ROUNDING) - self.left
        end = math.ceil((last + 1) / self.frames_per_column - ROUNDING) - self.left
        return range(max(begin, 0), max(min(end, self.width), 0))

    def frames_of(self, columns: range) -> ColumnFrames | None:
        """The frames of those `columns` that lie on the video, also beyond the view; None where there are none."""
        begin = max(columns.start, -self.left)
        end = min(columns.stop, self.columns - self.left)
        if begin >= end or not self.frame_count:
            return None
        edges = (self.left + np.arange(begin, end + 1)) * self.frames_per_column + ROUNDING
        whole = np.minimum(np.floor(edges).astype(np.int64), self.frame_count)
        return ColumnFrames(begin, whole[:-1], max(int(whole[-1]), int(whole[-2]) + 1))

    def panned(self, columns: int) -> FrameAxis:
        """Moved to the right by so many columns, at most to an end."""
        return replace(self, left=min(max(self.left + columns, self.first_left), self.last_left))

    def zoomed(self, factor: float, column: float) -> FrameAxis:
        """Frames `factor` times as wide, between fitted and widest; what is at `column` of the view stays."""
        widest_view = FrameAxis.fitted(self.frame_count, self.width, self.margin).frames_per_column
        frames_per_column = max(self.frames_per_column / factor, 1 / MOST_COLUMNS_PER_FRAME)
        frames_per_column = min(frames_per_column, widest_view)
        frame = (self.left + column) * self.frames_per_column
        left = round(frame / frames_per_column - column)
        return replace(self, frames_per_column=frames_per_column, left=left).panned(0)

    def resized(self, width: int, margin: int) -> FrameAxis:
        """For another width: fitted stays fitted, else the left edge stays."""
        if self.is_fitted:
            return FrameAxis.fitted(self.frame_count, width, margin)
        return replace(self, width=width, margin=margin).zoomed(1, 0)
