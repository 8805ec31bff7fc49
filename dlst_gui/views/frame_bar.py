"""The row under the frame: play, slider, frame and time."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from dlst_gui.views.number_field import NumberField
from dlst_gui.views.seek_slider import SeekSlider


class FrameBar(QWidget):
    """Where one is in the video, and how to get elsewhere."""

    frame_sought = Signal(int)

    def __init__(self, buttons: tuple[QAction, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = SeekSlider()
        self._slider.setAccessibleName("Frame slider")
        self._number = NumberField()
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._number.setAccessibleName("Frame number")
        self._number.setToolTip("Frame to show, counted from 0")
        self._last = QLabel()
        self._time = QLabel()
        self._time.setMinimumWidth(76)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self._last, self._time):
            label.setProperty("quiet", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 10, 3)
        layout.setSpacing(6)
        for action in buttons:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            layout.addWidget(button)
        layout.addWidget(self._slider, stretch=1)
        for widget in (self._number, self._last, self._time):
            layout.addWidget(widget)
        self._slider.valueChanged.connect(self.frame_sought)
        self._number.valueChanged.connect(self.frame_sought)
        self.reset(0)

    def reset(self, frame_count: int) -> None:
        """Prepare for a video; nothing can be moved where there is none."""
        last = max(frame_count - 1, 0)
        with QSignalBlocker(self._slider), QSignalBlocker(self._number):
            self._slider.setRange(0, last)
            self._number.setRange(0, last)
        self._last.setText(f"/ {last}")
        self.setEnabled(frame_count > 0)
        self.show_frame(0, None)

    def set_long_step(self, frames: int) -> None:
        """How far the slider goes with Page Up and Page Down."""
        self._slider.setPageStep(frames)

    def show_frame(self, frame_index: int, timestamp_s: float | None) -> None:
        """Show where one is; the time follows when the frame is decoded."""
        with QSignalBlocker(self._slider), QSignalBlocker(self._number):
            self._slider.setValue(frame_index)
            self._number.setValue(frame_index)
        if timestamp_s is not None:
            self._time.setText(clock_text(timestamp_s))

    def focus_number(self) -> None:
        """Let a frame be typed."""
        self._number.setFocus()
        self._number.selectAll()


def clock_text(seconds: float) -> str:
    """Minutes, seconds and thousandths; hours where there are any."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    short = f"{minutes:02d}:{rest / 1000:06.3f}"
    return f"{hours}:{short}" if hours else short
