"""The frame under the mouse, small, above the slider and the timeline."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QLabel, QWidget

from dlst_gui.session.thumbnails import HEIGHT, WIDTH, Thumbnails
from dlst_gui.views.style.theme import THEME
from tracker_core import Frame

DWELL_MS = 60  # ours: who only crosses the timeline asks for nothing
GAP = 6  # screen pixels above what the mouse is on
WORDS_HEIGHT = 20  # screen pixels


class FramePreview(QObject):
    """Shown while the mouse is over a frame of the timeline or the slider; lies within the window of `owner`."""

    def __init__(self, thumbnails: Thumbnails, owner: QWidget) -> None:
        super().__init__(owner)
        self._thumbnails = thumbnails
        self._owner = owner
        self._is_hovered = False
        self._label = QLabel(owner)
        self._label.setObjectName("frame_preview")
        self._label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._label.hide()
        self._frame_index = -1
        self._words = ""
        self._at = QPoint()
        self._dwell = QTimer(self)
        self._dwell.setSingleShot(True)
        self._dwell.setInterval(DWELL_MS)
        self._dwell.timeout.connect(self._show)
        thumbnails.made.connect(self._on_made)

    @property
    def frame_index(self) -> int | None:
        """The frame whose picture is shown."""
        return self._frame_index if self._label.isVisible() else None

    def hover(self, frame_index: int, words: str, at: QPoint) -> None:
        """The mouse is over a frame; `at` is the upper edge of what it is on, on the screen."""
        self._frame_index, self._words, self._at = frame_index, words, at
        self._is_hovered = True
        if self._label.isVisible():
            self._show()
        elif not self._dwell.isActive():
            self._dwell.start()

    @Slot()
    def leave(self) -> None:
        """The mouse is elsewhere."""
        self._is_hovered = False
        self._dwell.stop()
        self._label.hide()

    @Slot()
    def _show(self) -> None:
        picture = self._thumbnails.picture(self._frame_index)
        if picture is not None:
            self._draw(picture)

    @Slot(int)
    def _on_made(self, frame_index: int) -> None:
        if self._is_hovered and frame_index == self._frame_index:
            self._show()

    def _draw(self, picture: Frame) -> None:
        height, width = picture.shape[:2]
        pixels = np.ascontiguousarray(picture)
        image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        drawn = QPixmap(WIDTH, HEIGHT + WORDS_HEIGHT)
        drawn.fill(QColor(THEME.canvas))
        painter = QPainter(drawn)
        painter.drawImage((WIDTH - width) // 2, (HEIGHT - height) // 2, image)
        painter.setPen(QColor(THEME.canvas_text))
        painter.drawText(QRect(0, HEIGHT, WIDTH, WORDS_HEIGHT), Qt.AlignmentFlag.AlignCenter, self._words)
        painter.end()
        self._label.setPixmap(drawn)
        self._label.adjustSize()
        window = self._owner.window()
        if self._label.parentWidget() is not window:
            self._label.setParent(window)
        at = window.mapFromGlobal(self._at)
        left = min(max(at.x() - self._label.width() // 2, GAP), window.width() - self._label.width() - GAP)
        self._label.move(left, max(at.y() - self._label.height() - GAP, 0))
        self._label.raise_()
        self._label.show()
