"""The row under the frame: play, slider, frame and time."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from dlst_gui.views.frame_bar.frame_field import FrameField
from dlst_gui.views.frame_bar.seek_slider import SeekSlider

NARROW, NARROWEST = 520, 320  # screen pixels


class FrameBar(QWidget):
    """Where one is in the video, and how to get elsewhere."""

    frame_sought = Signal(int)

    def __init__(self, buttons: tuple[QAction, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = SeekSlider()
        self._slider.setAccessibleName("Frame slider")
        self._number = FrameField()
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._last = QLabel()
        self._time = QLabel()
        self._time.setMinimumWidth(76)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self._last, self._time):
            label.setProperty("quiet", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 10, 3)
        layout.setSpacing(6)
        row_buttons: list[QToolButton] = []
        for action in buttons:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            layout.addWidget(button)
            row_buttons.append(button)
        layout.addWidget(self._slider, stretch=1)
        for widget in (self._number, self._last, self._time):
            layout.addWidget(widget)
        self._ends = tuple(row_buttons[i] for i in (0, -1)) if row_buttons else ()
        self._slider.valueChanged.connect(self.frame_sought)
        self._number.valueChanged.connect(self.frame_sought)
        self.reset(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The slider is worth more than what keys do, and the ruler says.
        is_narrow = self.width() < NARROW
        for widget in (*self._ends, self._time):
            widget.setVisible(not is_narrow)

    def minimumSizeHint(self) -> QSize:
        return QSize(NARROWEST, super().minimumSizeHint().height())

    @property
    def slider(self) -> SeekSlider:
        return self._slider

    def reset(self, frame_count: int, fps: float = 25.0) -> None:
        """Prepare for a video, whose times are counted at `fps`; nothing can be moved where there is none."""
        self._number.set_rate(fps)
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
        """Let a frame, a time or a share be typed."""
        self._number.setFocus()
        self._number.selectAll()


def clock_text(seconds: float) -> str:
    """Minutes, seconds and thousandths; hours where there are any."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    short = f"{minutes:02d}:{rest / 1000:06.3f}"
    return f"{hours}:{short}" if hours else short
