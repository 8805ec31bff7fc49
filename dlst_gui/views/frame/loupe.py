"""A loupe: the pixels under the mouse, each as a square, beside those of the frame that was shown before."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from dlst_gui.overlays.layers_item import rect_of
from dlst_gui.overlays.palette import HUMAN
from dlst_gui.views.style.theme import THEME
from tracker_core import Box, Frame

ACROSS = 17  # image pixels; odd, so that one is in the middle
MAGNIFICATION = 8  # screen pixels of one
SIDE = ACROSS * MAGNIFICATION
GAP = 4  # screen pixels
WORDS_HEIGHT = 18  # screen pixels
AWAY = 26  # screen pixels from the mouse


class Loupe(QWidget):
    """Lies beside the mouse and lets it through; empty beyond the frame."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("Loupe")
        self.resize(self.sizeHint())
        self._frames: tuple[tuple[str, Frame], ...] = ()
        self._at = QPointF()
        self._box: Box | None = None
        self.hide()

    @property
    def shown(self) -> tuple[str, ...]:
        """What the pictures are called."""
        return tuple(name for name, _ in self._frames)

    def sizeHint(self) -> QSize:
        return QSize(2 * SIDE + 3 * GAP, SIDE + 2 * WORDS_HEIGHT + 2 * GAP)

    def show_frames(self, frames: tuple[tuple[str, Frame], ...]) -> None:
        """The frame that is shown, and the one before it if there was one."""
        self._frames = frames
        self.update()

    def show_box(self, box: Box | None) -> None:
        """The box whose edges are shown among the pixels."""
        self._box = box
        self.update()

    def look_at(self, position: QPointF, mouse: QPoint) -> None:
        """Show the surroundings of an image position, beside the mouse at a position of the parent."""
        self._at = position
        room = self._view.rect()
        left, top = mouse.x() + AWAY, mouse.y() + AWAY
        if left + self.width() > room.right():
            left = mouse.x() - AWAY - self.width()
        if top + self.height() > room.bottom():
            top = mouse.y() - AWAY - self.height()
        self.move(max(left, 0), max(top, 0))
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(THEME.canvas))
        painter.setPen(QColor(THEME.canvas_line))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        for number, (name, frame) in enumerate(self._frames[:2]):
            area = QRect(GAP + number * (SIDE + GAP), GAP + WORDS_HEIGHT, SIDE, SIDE)
            painter.setPen(QColor(THEME.canvas_text))
            words = QRect(area.left(), GAP, SIDE, WORDS_HEIGHT)
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, name)
            self._paint_pixels(painter, frame, area, is_now=number == 0)
        words = QRect(GAP, GAP + WORDS_HEIGHT + SIDE, self.width() - 2 * GAP, WORDS_HEIGHT)
        painter.setPen(QColor(THEME.canvas_text))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self._words())

    def _paint_pixels(self, painter: QPainter, frame: Frame, area: QRect, *, is_now: bool) -> None:
        left, top = (math.floor(value) - ACROSS // 2 for value in (self._at.x(), self._at.y()))
        height, width = frame.shape[:2]
        rows = slice(max(top, 0), max(min(top + ACROSS, height), 0))
        columns = slice(max(left, 0), max(min(left + ACROSS, width), 0))
        part = np.ascontiguousarray(frame[rows, columns])
        painter.save()
        painter.setClipRect(area)
        # Image pixels to the screen's: nothing is smoothed, as that hint is off.
        painter.translate(area.topLeft())
        painter.scale(MAGNIFICATION, MAGNIFICATION)
        painter.translate(-left, -top)
        if part.size:
            image = QImage(part.data, part.shape[1], part.shape[0], 3 * part.shape[1], QImage.Format.Format_RGB888)
            painter.drawImage(QPointF(columns.start, rows.start), image)
        if is_now and self._box is not None:
            pen = QPen(QColor(HUMAN.color), 1.5)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawRect(rect_of(self._box))
        pen = QPen(QColor(THEME.canvas_text), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawRect(QRectF(left + ACROSS // 2, top + ACROSS // 2, 1, 1))
        painter.restore()

    def _words(self) -> str:
        x, y = math.floor(self._at.x()), math.floor(self._at.y())
        if not self._frames:
            return ""
        frame = self._frames[0][1]
        is_inside = 0 <= x < frame.shape[1] and 0 <= y < frame.shape[0]
        red, green, blue = (int(value) for value in frame[y, x]) if is_inside else (0, 0, 0)
        return f"x {x}  y {y}".replace("-", "−") + (f"  ·  {red} {green} {blue}" if is_inside else "")
