"""A slider whose handle comes to the click, instead of going one page towards it."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget


class SeekSlider(QSlider):
    """A press anywhere takes the handle there, and a drag goes on from it. Only the left button does that."""

    hovered = Signal(int, QPoint)  # value under the mouse, its place on the slider's upper edge, on the screen
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setMouseTracking(True)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self.setSliderPosition(self.value_at(event.position().x()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        value = self.value_at(event.position().x())
        if self.isSliderDown():
            self.setSliderPosition(value)
        self.hovered.emit(value, self.mapToGlobal(QPoint(round(event.position().x()), 0)))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
        event.accept()

    def value_at(self, x: float) -> int:
        """The value whose handle would have its middle at `x`, in points from the left edge."""
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, which = self.style(), QStyle.ComplexControl.CC_Slider
        groove = style.subControlRect(which, option, QStyle.SubControl.SC_SliderGroove, self)
        handle = style.subControlRect(which, option, QStyle.SubControl.SC_SliderHandle, self)
        room = groove.width() - handle.width()
        left = round(x - groove.x() - handle.width() / 2)
        return QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), left, room)
