"""The score curve of a lane: a smooth line where frames are wide, else a bar from lowest to highest per column."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from dlst_gui.views.timeline.axis import ColumnFrames, FrameAxis

SOFTNESS = 5.0  # logit that is drawn half way from the threshold to the edge; no score leaves the curve's room


@dataclass(frozen=True, slots=True)
class CurveRoom:
    """Where a curve goes, in the screen's own pixels, and its colours; the threshold is in the middle."""

    top: int
    height: int
    thickness: int
    found: str
    lost: str

    @property
    def middle(self) -> int:
        return self.height // 2


def score_rows(scores: NDArray[np.float32], height: int) -> NDArray[np.float32]:
    """Scores as rows from the top: one scale for all tracks and videos, which nothing leaves."""
    share = scores / (np.abs(scores) + SOFTNESS)
    return (height * (0.5 - share / 2)).astype(np.float32)


def paint_smooth_curve(
    painter: QPainter, scores: NDArray[np.float32], axis: FrameAxis, frames: ColumnFrames, room: CurveRoom
) -> None:
    """A line from frame to frame: blue where found, orange where lost."""
    if not np.isfinite(scores).any():
        return
    middles = np.arange(frames.first_frame, frames.end, dtype=np.float64) + 0.5
    x = middles / axis.frames_per_column - axis.left
    path: QPainterPath = pg.arrayToQPath(x, room.top + score_rows(scores, room.height), connect="finite")
    left, width = frames.first_column, frames.starts.size
    above = QRect(left, room.top, width, room.middle)
    below = QRect(left, room.top + room.middle, width, room.height - room.middle)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for part, color in ((above, room.found), (below, room.lost)):
        painter.save()
        painter.setClipRect(part, Qt.ClipOperation.IntersectClip)
        painter.setPen(QPen(QColor(color), room.thickness))
        painter.drawPath(path)
        painter.restore()
    painter.restore()


def curve_pixels(lows: NDArray[np.float32], highs: NDArray[np.float32], room: CurveRoom) -> NDArray[np.uint32]:
    """Bars from the lowest to the highest score of each column; (height, columns) premultiplied ARGB.

    Drawn by hand, because Qt takes a third of a second for thousands of thick strokes.
    """
    tops, bottoms = np.floor(score_rows(highs, room.height)), np.floor(score_rows(lows, room.height))
    # Each bar reaches the one before it, so that a steep curve has no holes.
    joined_tops, joined_bottoms = tops.copy(), bottoms.copy()
    joined_tops[1:] = np.where(bottoms[:-1] < tops[1:], bottoms[:-1], tops[1:])
    joined_bottoms[1:] = np.where(tops[:-1] > bottoms[1:], tops[:-1], bottoms[1:])
    rows = np.arange(room.height, dtype=np.float32)[:, np.newaxis]
    is_ink = (rows >= joined_tops) & (rows < joined_bottoms + room.thickness)
    found, lost = np.uint32(QColor(room.found).rgba()), np.uint32(QColor(room.lost).rgba())
    return np.where(is_ink, np.where(rows < room.middle, found, lost), np.uint32(0))


def draw_pixels(painter: QPainter, pixels: NDArray[np.uint32], left: int, top: int) -> None:
    """Draw (height, width) premultiplied ARGB."""
    height, width = pixels.shape
    image = QImage(
        np.ascontiguousarray(pixels).data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied
    )
    painter.drawImage(left, top, image)
