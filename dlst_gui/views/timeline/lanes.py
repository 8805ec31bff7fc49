"""The lanes of the timeline, drawn from pictures that are kept until what they show has changed."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
)
from PySide6.QtWidgets import QToolTip, QWidget

from dlst_gui.views.style.theme import Theme
from dlst_gui.views.timeline.axis import FrameAxis
from dlst_gui.views.timeline.kept_data import KeptData
from dlst_gui.views.timeline.looks import column_text
from dlst_gui.views.timeline.model import TimelineData
from dlst_gui.views.timeline.paint import LanePainter
from dlst_gui.views.timeline.stack import SELECTED, SLIM, LaneShape, LaneStack
from dlst_gui.views.timeline.surface import ZOOM_PER_NOTCH, TimeSurface

NO_PROJECT = "Objects appear here once the video has a project"
NO_TRACKS = "Draw a box on the frame, and the object appears here"
CURSOR_WIDTH = 1.5  # points
FRAMES_READ_AT_ONCE = 100_000
"""Ours: of all lanes together, in one paint; about 80 ms. Further ones follow in the next."""
WIDE_FRAME = 5.0  # points; from here on the whole shown frame is tinted


class LanesView(TimeSurface):
    """Only lanes in view have a picture. Panning moves the pictures and paints what comes into view."""

    track_chosen = Signal(int)
    stepped = Signal(int)  # frames on, or back
    context_requested = Signal(int, int, QPoint)  # track id, frame index, position on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: KeptData | None = None
        self._stack = LaneStack()
        self._offset = 0
        self._pictures: dict[int, QPixmap] = {}
        self._painters: dict[LaneShape, LanePainter] = {}
        self._shows_focus = False
        self._rest_timer = QTimer(self, singleShot=True, interval=1)
        self._rest_timer.timeout.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Lanes of the objects")

    def set_data(self, data: TimelineData | None) -> None:
        """Draw from here, for the screen the widget is on; everything is redrawn."""
        self._data = None if data is None else KeptData(data)
        self._make_painters()

    def set_theme(self, theme: Theme) -> None:
        super().set_theme(theme)
        self._make_painters()

    def _make_painters(self) -> None:
        self._pictures.clear()
        self._painters.clear()
        data, ratio, theme = self._data, self.ratio, self._theme
        if data is not None:
            self._painters = {shape: LanePainter(data, shape, ratio, theme) for shape in (SLIM, SELECTED)}
        self.update()

    def set_stack(self, stack: LaneStack) -> None:
        """Show these lanes; those that look as before keep their pictures."""
        if stack == self._stack:
            return
        before = {lane: self._stack.shape(i) for i, lane in enumerate(self._stack.lanes)}
        kept = {lane.track_id for i, lane in enumerate(stack.lanes) if before.get(lane) == stack.shape(i)}
        self._pictures = {track_id: made for track_id, made in self._pictures.items() if track_id in kept}
        self._stack = stack
        if self._data is not None:
            self._data.keep_only({lane.track_id for lane in stack.lanes})
        self.update()

    def set_offset(self, offset: int) -> None:
        """Scroll this height of the stack to the top, in points; lanes out of view lose their picture."""
        if offset == self._offset:
            return
        self._offset = offset
        seen = {self._stack.lanes[i].track_id for i in self._stack.between(offset, offset + self.height())}
        self._pictures = {track_id: made for track_id, made in self._pictures.items() if track_id in seen}
        if self._data is not None:
            self._data.keep_only(seen)
        self.update()

    def set_axis(self, axis: FrameAxis) -> None:
        previous, moved = self._axis, axis.left - self._axis.left
        super().set_axis(axis)
        if axis == previous:
            return
        if replace(axis, left=previous.left) != previous or abs(moved) >= axis.width:
            self._pictures.clear()
            return
        uncovered = range(axis.width - moved, axis.width) if moved > 0 else range(-moved)
        for i, lane in enumerate(self._stack.lanes):
            picture = self._pictures.get(lane.track_id)
            if picture is not None:
                picture.scroll(-moved, 0, picture.rect())
                self._paint_columns(picture, i, uncovered)

    def show_change(self, track_id: int, first: int, last: int) -> None:
        """Redraw these frames of a track, and nothing else."""
        if self._data is not None:
            self._data.read_again(track_id, first, last)
        position = self._stack.position(track_id)
        columns = self._axis.columns_of(first, last)
        picture = self._pictures.get(track_id)
        if position is None or picture is None:
            return  # out of view: it is drawn when it comes into view
        reach = self._painters[self._stack.shape(position)].reach(self._axis)
        columns = range(max(columns.start - reach, 0), min(columns.stop + reach, self._axis.width))
        if columns:
            self._paint_columns(picture, position, columns)
            top, height = self._stack.top(position) - self._offset, self._stack.shape(position).height
            left, width = columns.start / self.ratio, len(columns) / self.ratio
            self.update(QRectF(left, top, width, height).toAlignedRect())

    def read_evidence(self) -> None:
        """Take in that it may have changed of which frames it is known what the tracker saw."""
        if self._data is not None:
            self._data.forget_evidence()
        if self._stack.selected is not None and self._pictures.pop(self._stack.selected, None) is not None:
            self.update()

    def hover_text(self, position: QPointF) -> str:
        """What is known about the frames under a point, in words; empty beside the lanes."""
        row = self._stack.at(position.y() + self._offset)
        column = int(position.x() * self.ratio)
        frames = self._axis.frames_of(range(column, column + 1))
        if self._data is None or row is None or frames is None:
            return ""
        return column_text(self._data, self._stack.lanes[row], frames)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.hover_text(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        row = self._stack.at(event.position().y() + self._offset)
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.track_chosen.emit(self._stack.lanes[row].track_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        row, frame_index, position = (
            self._stack.at(event.y() + self._offset),
            self.frame_at(event.x()),
            event.globalPos(),
        )
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            row, frame_index = self._stack.selected_position, self._cursor
            top = 0 if row is None else self._stack.top(row) - self._offset
            position = self.mapToGlobal(QPoint(round(self.x_of(frame_index + 0.5)), top))
        if row is not None:
            self.context_requested.emit(self._stack.lanes[row].track_id, frame_index, position)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        rows = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        zooms = {Qt.Key.Key_Plus: ZOOM_PER_NOTCH, Qt.Key.Key_Minus: 1 / ZOOM_PER_NOTCH}
        key = Qt.Key(event.key())
        if key in steps:
            self.stepped.emit(steps[key])
        elif key in rows:
            self._choose_neighbour(rows[key])
        elif key in zooms:
            self.zoom_asked.emit(zooms[key], self._axis.column_of(self._cursor + 0.5))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Whoever clicked knows where the focus is.
        self._shows_focus = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._shows_focus = False
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = event.rect()
        painter.fillRect(area, QColor(self._theme.lanes))
        for i in self._paintable(self._stack.between(area.top() + self._offset, area.bottom() + 1 + self._offset)):
            self._paint_lane(painter, i, area)
        if not self._stack.lanes:
            painter.setPen(QColor(self._theme.quiet_text))
            message = NO_PROJECT if self._axis.frame_count == 0 else NO_TRACKS
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, message)
        if self._axis.frame_count:
            self._paint_cursor(painter)
        if self._shows_focus:
            painter.setPen(QColor(self._theme.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _paintable(self, rows: range) -> list[int]:
        """Those rows that need not be read, and as many others as are read in a moment; the rest comes later."""
        data = self._data
        unread = [i for i in rows if data is not None and not data.is_read(self._stack.lanes[i].track_id)]
        if data is None or not unread:
            return list(rows)
        later = unread[max(FRAMES_READ_AT_ONCE // max(data.frame_count, 1), 1) :]
        if later:
            self._rest_timer.start()
        return [i for i in rows if i not in later]

    def _paint_lane(self, painter: QPainter, position: int, area: QRect) -> None:
        picture = self._picture(position)
        left, right = int(area.left() * self.ratio), round((area.right() + 1) * self.ratio)
        top = round((self._stack.top(position) - self._offset) * self.ratio)
        painter.save()
        painter.scale(1 / self.ratio, 1 / self.ratio)
        painter.drawPixmap(left, top, picture, left, 0, right - left, picture.height())
        painter.restore()

    def _paint_cursor(self, painter: QPainter) -> None:
        left, right = self.x_of(self._cursor), self.x_of(self._cursor + 1)
        if right - left >= WIDE_FRAME:
            tint = QColor(self._theme.text)
            tint.setAlphaF(0.14)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), tint)
        middle = (left + right) / 2
        painter.fillRect(
            QRectF(middle - CURSOR_WIDTH / 2, 0, CURSOR_WIDTH, self.height()), QColor(self._theme.text)
        )

    def _picture(self, position: int) -> QPixmap:
        track_id = self._stack.lanes[position].track_id
        if track_id not in self._pictures:
            height = round(self._stack.shape(position).height * self.ratio)
            made = QPixmap(self._axis.width, height)
            self._paint_columns(made, position, range(self._axis.width))
            self._pictures[track_id] = made
        return self._pictures[track_id]

    def _paint_columns(self, picture: QPixmap, position: int, columns: range) -> None:
        painter = QPainter(picture)
        lane_painter = self._painters[self._stack.shape(position)]
        lane_painter.paint(painter, self._stack.lanes[position], self._axis, columns)
        painter.end()

    def _choose_neighbour(self, step: int) -> None:
        tracks = [lane.track_id for lane in self._stack.lanes if not lane.is_ghost]
        if tracks:
            selected = self._stack.selected
            at = 0 if selected is None else min(max(tracks.index(selected) + step, 0), len(tracks) - 1)
            self.track_chosen.emit(tracks[at])
