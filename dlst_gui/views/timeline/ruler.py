"""The timeline's ruler: frames and times at round numbers, and the shown frame."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from dlst_gui.views.frame_bar.frame_bar import clock_text
from dlst_gui.views.timeline.model import TimelineData
from dlst_gui.views.timeline.surface import TimeSurface

RULER_HEIGHT = 28  # points
TICK_DISTANCE = 128  # points, at least: room for a frame and its time
BETWEEN = 7  # points from a frame to its time
LABEL_GAP = 12  # points, from the end of a label to the next one
MINOR_DISTANCE = 6  # points, at least
FLAG_HEIGHT = 18  # points


@dataclass(frozen=True, slots=True)
class TickSteps:
    """Frames between labelled ticks, and between ticks."""

    major: int
    minor: int


def tick_steps(points_per_frame: float, distance: float = TICK_DISTANCE) -> TickSteps:
    """1, 2 or 5 times a power of ten; those with labels are that many points apart, at least."""
    wanted = max(distance / points_per_frame, 1)
    power = 10 ** math.floor(math.log10(wanted))
    major = next(step * power for step in (1, 2, 5, 10) if step * power >= wanted)
    parts = (10, 5, 2, 1) if str(major)[0] != "2" else (4, 2, 1)
    minor = next(
        major // part for part in parts if major % part == 0 and major / part * points_per_frame >= MINOR_DISTANCE
    )
    return TickSteps(major, minor)


class Ruler(TimeSurface):
    """Click or drag to seek."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: TimelineData | None = None
        self.setFixedHeight(RULER_HEIGHT)
        self.setObjectName("ruler")
        self.setAccessibleName("Frame ruler")

    def set_data(self, data: TimelineData | None) -> None:
        """Where times come from."""
        self._data = data
        self.update()

    def cursor_strip(self, frame_index: int) -> QRect:
        # A label that gives way to the flag begins up to a label's width to its left.
        reach = self._label_room()
        flag = self._flag(frame_index).toAlignedRect().adjusted(-reach, 0, reach, 0)
        return super().cursor_strip(frame_index).united(flag)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(event.rect(), QColor(self._theme.window))
        painter.fillRect(
            QRect(event.rect().left(), self.height() - 1, event.rect().width(), 1), QColor(self._theme.line)
        )
        if self._data is None or not self._axis.frame_count:
            return
        self._paint_ticks(painter, self._data, event.rect())
        self._paint_cursor(painter)

    def _paint_ticks(self, painter: QPainter, data: TimelineData, area: QRect) -> None:
        room = self._label_room()
        steps = tick_steps(self.x_of(1) - self.x_of(0), room)
        # A label reaches to the right of its tick, which itself may lie outside.
        first = self._axis.frame_at((area.left() - room) * self.ratio) // steps.minor * steps.minor
        for frame_index in range(first, self.frame_at(area.right()) + 1, steps.minor):
            x = self.x_of(frame_index + 0.5)
            is_major = frame_index % steps.major == 0
            painter.setPen(QColor(self._theme.disabled_text if is_major else self._theme.line))
            painter.drawLine(QLineF(x, self.height() - (11 if is_major else 5), x, self.height()))
            if is_major:
                self._paint_label(painter, x, str(frame_index), clock_text(data.timestamp_s(frame_index)))

    def _label_room(self) -> int:
        """Points from one label to the next: as much as the video's last one takes, which is the longest."""
        last = self._axis.frame_count - 1
        if self._data is None or last < 0:
            return TICK_DISTANCE
        words = f"{last}{clock_text(self._data.timestamp_s(last))}"
        return max(TICK_DISTANCE, self.fontMetrics().horizontalAdvance(words) + BETWEEN + LABEL_GAP)

    def _paint_label(self, painter: QPainter, x: float, frame_text: str, time_text: str) -> None:
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        frame_width = self.fontMetrics().horizontalAdvance(frame_text) + BETWEEN
        width = frame_width + self.fontMetrics().horizontalAdvance(time_text)
        room = QRectF(x + 4, 2, width, FLAG_HEIGHT)
        # Half a number is a wrong number.
        if room.left() < 0 or room.right() > self.width() or room.intersects(self._flag(self._cursor)):
            return
        painter.setPen(QColor(self._theme.text))
        painter.drawText(room, flags, frame_text)
        room.setLeft(room.left() + frame_width)
        painter.setPen(QColor(self._theme.quiet_text))
        painter.drawText(room, flags, time_text)

    def _paint_cursor(self, painter: QPainter) -> None:
        flag = self._flag(self._cursor)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.text))
        painter.drawRoundedRect(flag, 4, 4)
        x = self.x_of(self._cursor + 0.5)
        painter.drawRect(QRectF(x - 0.75, flag.bottom() - 1, 1.5, self.height() - flag.bottom() + 1))
        painter.setPen(QColor(self._theme.window))
        painter.drawText(flag, Qt.AlignmentFlag.AlignCenter, str(self._cursor))

    def _flag(self, frame_index: int) -> QRectF:
        """Stays in the view as long as its frame does."""
        width = self.fontMetrics().horizontalAdvance(str(frame_index)) + 12
        x = self.x_of(frame_index + 0.5)
        left = x - width / 2
        if 0 <= x <= self.width():
            left = min(max(left, 0), self.width() - width)
        return QRectF(left, 2, width, FLAG_HEIGHT)
