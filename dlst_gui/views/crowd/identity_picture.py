"""Two objects before they are swapped or merged: the frame with both boxes, and what each has along the video."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dlst_gui.project.identity_outcome import TrackOutcome
from dlst_gui.views.style.theme import THEME
from tracker_core import Box, Frame

MARGIN = 0.6  # of the larger side of both boxes, around them
PICTURE_HEIGHT, LOWEST_PICTURE = 200, 80
LANE_HEIGHT, LANE_GAP = 12, 6
NAME_WIDTH = 110


@dataclass(frozen=True, slots=True)
class NamedBox:
    """An object on the frame."""

    name: str
    color: str
    box: Box


class PairPicture(QWidget):
    """The part of a frame where both objects are, with their boxes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._part = QRectF()
        self._boxes: tuple[NamedBox, ...] = ()
        self.setMinimumHeight(LOWEST_PICTURE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Both objects on this frame")

    def show_boxes(self, frame: Frame | None, boxes: Sequence[NamedBox]) -> None:
        """Show these, as far as there are any; without a frame only their outlines."""
        self._boxes = tuple(boxes)
        self._image = None
        if frame is not None:
            height, width = frame.shape[:2]
            pixels = np.ascontiguousarray(frame)
            self._image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
        self._part = self._around()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(400, PICTURE_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(self.rect(), QColor(THEME.canvas))
        if self._part.isEmpty():
            painter.setPen(QColor(THEME.canvas_text))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Neither has a box on this frame")
            return
        scale = min(self.width() / self._part.width(), self.height() / self._part.height())
        painter.translate(self.width() / 2, self.height() / 2)
        painter.scale(scale, scale)
        painter.translate(-self._part.center())
        if self._image is not None:
            painter.drawImage(QPointF(0, 0), self._image)
        for place, each in enumerate(self._boxes):
            box = each.box
            inset = 2 * place / scale  # one on top of the other stays visible
            pen = QPen(QColor(each.color), 2)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRect(QRectF(box.x, box.y, box.width, box.height).adjusted(inset, inset, -inset, -inset))

    def _around(self) -> QRectF:
        area = QRectF()
        for each in self._boxes:
            area |= QRectF(each.box.x, each.box.y, each.box.width, each.box.height)
        margin = MARGIN * max(area.width(), area.height())
        area.adjust(-margin, -margin, margin, margin)
        return area


class OutcomeLanes(QWidget):
    """A lane for each object, before and after, in the colour of whose boxes they are now."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._groups: tuple[tuple[str, tuple[TrackOutcome, ...]], ...] = ()
        self._names: Mapping[int, str] = {}
        self._colors: Mapping[int, str] = {}
        self._frame = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_outcome(
        self,
        before: Sequence[TrackOutcome],
        after: Sequence[TrackOutcome],
        *,
        names: Mapping[int, str],
        colors: Mapping[int, str],
        frame_index: int,
    ) -> None:
        """Show what is and what would be; names and colours by track."""
        self._groups = ("Now", tuple(before)), ("After", tuple(after))
        self._names, self._colors, self._frame = names, colors, frame_index
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        rows = sum(len(rows) for _, rows in self._groups)
        line = self.fontMetrics().height() + LANE_GAP
        return QSize(400, rows * max(line, LANE_HEIGHT + LANE_GAP) + len(self._groups) * (line + LANE_GAP))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        line = self.fontMetrics().height() + LANE_GAP
        y = 0
        for title, rows in self._groups:
            painter.setPen(self.palette().placeholderText().color())
            painter.drawText(QPointF(0, y + self.fontMetrics().ascent()), title)
            y += line
            for row in rows:
                self._paint_row(painter, row, y, line - LANE_GAP)
                y += line
            y += LANE_GAP

    def _paint_row(self, painter: QPainter, row: TrackOutcome, y: int, height: int) -> None:
        painter.setPen(self.palette().text().color())
        metrics = QFontMetrics(self.font())
        name = metrics.elidedText(self._names[row.track_id], Qt.TextElideMode.ElideRight, NAME_WIDTH - 8)
        painter.drawText(QPointF(0, y + metrics.ascent()), name)
        lane = QRectF(NAME_WIDTH, y + (height - LANE_HEIGHT) / 2, self.width() - NAME_WIDTH, LANE_HEIGHT)
        painter.fillRect(lane, self.palette().alternateBase())
        count = len(row.origins)
        edges = np.flatnonzero(np.diff(row.origins)) + 1
        starts, ends = np.concatenate([[0], edges]), np.concatenate([edges, [count]])
        for start, end in zip(starts, ends, strict=True):
            origin = int(row.origins[start])
            if origin:
                left, right = (lane.left() + lane.width() * each / count for each in (start, end))
                span = QRectF(left, lane.top(), max(right - left, 1.0), lane.height())
                painter.fillRect(span, QColor(self._colors[origin]))
        here = lane.left() + lane.width() * self._frame / max(count, 1)
        painter.setPen(QPen(self.palette().text().color(), 1))
        painter.drawLine(QPointF(here, lane.top() - 2), QPointF(here, lane.bottom() + 2))
