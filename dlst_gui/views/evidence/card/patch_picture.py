"""A box of a frame cut out and shown small, with words below: one of two that are to be compared."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dlst_gui.overlays.palette import Stroke
from dlst_gui.views.style.theme import THEME
from tracker_core import Box, Frame

SIDE = 84  # screen pixels
AROUND = 1.3  # sides of the box that are shown
WORDS_LINES = 3


class PatchPicture(QWidget):
    """The place of a box with a little around it; the box is outlined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._inner = QRectF()
        self._words = ""
        self._stroke = Stroke(THEME.canvas_text)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    @property
    def words(self) -> str:
        """What is said below it."""
        return self._words

    def show_patch(self, frame: Frame, box: Box, words: str, stroke: Stroke) -> None:
        """Cut the place of a box, image pixels, out of (height, width, 3) uint8 pixels."""
        pixels, cut = cut_out(frame, box)
        height, width = pixels.shape[:2]
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._image = image.copy()
        left, top = (box.x - cut.x) / cut.width, (box.y - cut.y) / cut.height
        self._inner = QRectF(left, top, box.width / cut.width, box.height / cut.height)
        self._words, self._stroke = words, stroke
        self.setAccessibleName(words.replace("\n", ", "))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE + 8, SIDE + WORDS_LINES * self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._image.size().scaled(SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio)
        ground = QRectF(0, 0, SIDE, SIDE)
        painter.fillRect(ground, QColor(THEME.canvas))
        place = QRectF((SIDE - size.width()) / 2, (SIDE - size.height()) / 2, size.width(), size.height())
        painter.drawImage(place, self._image)
        inner = QRectF(
            place.left() + self._inner.left() * place.width(),
            place.top() + self._inner.top() * place.height(),
            self._inner.width() * place.width(),
            self._inner.height() * place.height(),
        )
        painter.setPen(QPen(QColor(self._stroke.color), 1.5, self._stroke.style))
        painter.drawRect(inner)
        painter.setPen(self.palette().windowText().color())
        below = QRectF(0, SIDE + 2, self.width(), self.height() - SIDE - 2)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self._words)


def cut_out(frame: Frame, box: Box) -> tuple[Frame, Box]:
    """The pixels around a box, and which part of the frame they are; grey where the box is beside the frame."""
    middle_x, middle_y = box.center
    width, height = max(AROUND * box.width, 2), max(AROUND * box.height, 2)
    left, top = int(np.floor(middle_x - width / 2)), int(np.floor(middle_y - height / 2))
    columns, rows = int(np.ceil(width)), int(np.ceil(height))
    cut = np.full((rows, columns, 3), 40, np.uint8)
    frame_rows, frame_columns = frame.shape[:2]
    x_0, x_1 = max(left, 0), min(left + columns, frame_columns)
    y_0, y_1 = max(top, 0), min(top + rows, frame_rows)
    if x_0 < x_1 and y_0 < y_1:
        part = frame[y_0:y_1, x_0:x_1]
        cut[y_0 - top : y_1 - top, x_0 - left : x_1 - left] = part[..., None] if part.ndim == 2 else part[..., :3]
    return cut, Box(left, top, columns, rows)
