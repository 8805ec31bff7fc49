"""What ruler and lanes have in common: an axis, a cursor, and seeking, zooming and panning with the mouse."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from dlst_gui.views.style.theme import DARK, Theme
from dlst_gui.views.timeline.axis import FrameAxis

WHEEL_NOTCH = 120  # eighths of a degree, Qt's documentation of QWheelEvent
ZOOM_PER_NOTCH = 1.25
PAN_PER_NOTCH = 0.1  # of the width
SCROLL_PER_NOTCH = 48  # points


class TimeSurface(QWidget):
    """Shows frames along `axis`, whose columns are the screen's own pixels, and a cursor on one of them."""

    frame_sought = Signal(int)
    zoom_asked = Signal(float, float)  # how many times closer, view column that stays
    pan_asked = Signal(int)  # columns to the right
    scroll_asked = Signal(int)  # points downwards
    fit_asked = Signal()
    hovered = Signal(int, QPoint)  # frame under the mouse, its place on the upper edge, on the screen
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axis = FrameAxis.fitted(0, 1, 0)
        self._cursor = 0
        self._theme = DARK
        self.setMouseTracking(True)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self.update()

    @property
    def ratio(self) -> float:
        """The screen's own pixels per point."""
        return self.devicePixelRatioF()

    @property
    def cursor_frame(self) -> int:
        return self._cursor

    def set_axis(self, axis: FrameAxis) -> None:
        """Show other frames, or the same at another scale."""
        self._axis = axis
        self.update()

    def set_cursor(self, frame_index: int) -> None:
        """Mark the shown frame; only the strips of the old and the new one are redrawn."""
        if frame_index == self._cursor:
            return
        self.update(self.cursor_strip(self._cursor))
        self._cursor = frame_index
        self.update(self.cursor_strip(self._cursor))

    def cursor_strip(self, frame_index: int) -> QRect:
        """All that a cursor on this frame covers, in points."""
        left = math.floor(self.x_of(frame_index)) - 2
        right = math.ceil(self.x_of(frame_index + 1)) + 2
        return QRect(left, 0, right - left, self.height())

    def x_of(self, frame: float) -> float:
        """Where `frame` begins, in points."""
        return self._axis.column_of(frame) / self.ratio

    def frame_at(self, x: float) -> int:
        """The frame under a point of the view; at most the last one of the view."""
        return self._axis.frame_at(min(max(x * self.ratio, 0), self._axis.width - 1))

    def seek(self, frame_index: int) -> None:
        """Ask for a frame as a user does; the nearest one where there is none."""
        frame_index = min(max(frame_index, 0), self._axis.frame_count - 1)
        if frame_index not in (-1, self._cursor):
            self.set_cursor(frame_index)
            self.frame_sought.emit(frame_index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.seek(self.frame_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._axis.frame_count:
            at = self.mapToGlobal(QPoint(round(event.position().x()), 0))
            self.hovered.emit(self.frame_at(event.position().x()), at)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.seek(self.frame_at(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit_asked.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        across, down = event.angleDelta().x() / WHEEL_NOTCH, event.angleDelta().y() / WHEEL_NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_asked.emit(ZOOM_PER_NOTCH**down, event.position().x() * self.ratio)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(across) > abs(down):
            # Some systems turn Shift+wheel into a sideways wheel themselves.
            self.pan_asked.emit(round(-(across or down) * PAN_PER_NOTCH * self._axis.width))
        else:
            self.scroll_asked.emit(round(-down * SCROLL_PER_NOTCH))
        event.accept()
