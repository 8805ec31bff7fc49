"""The timeline: ruler, track names and lanes, with one horizontal scale and one scroll position."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollBar, QWidget

from dlst_gui.views.style.theme import DARK, Theme
from dlst_gui.views.timeline.axis import FrameAxis
from dlst_gui.views.timeline.headers import HEADER_WIDTH, LaneHeaders
from dlst_gui.views.timeline.lanes import LanesView
from dlst_gui.views.timeline.model import TimelineData
from dlst_gui.views.timeline.ruler import RULER_HEIGHT, Ruler
from dlst_gui.views.timeline.stack import SLIM, LaneStack

MARGIN = 8  # points before the first and after the last frame: room for half a keyframe mark
PAGE_LEAD = 0.1  # of the width; where the shown frame comes to lie when the view turns a page


class Timeline(QWidget):
    """Asks for frames and tracks, and is told what there is; changes nothing itself."""

    frame_sought = Signal(int)
    stepped = Signal(int)  # frames on, or back
    hovered = Signal(int, QPoint)  # frame index, a place on the timeline's upper edge, on the screen
    track_selected = Signal(int)
    hidden_toggled = Signal(int)
    locked_toggled = Signal(int)
    pinned_toggled = Signal(int)
    context_requested = Signal(int, int, QPoint)  # track id, frame index, position on the screen

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._data: TimelineData | None = None
        self._theme = DARK
        self._axis = FrameAxis.fitted(0, 1, 0)
        self._stack = LaneStack()
        self._span: tuple[int, int] | None = None  # of frames that fill the width
        self._ruler = Ruler(self)
        self._headers = LaneHeaders(self)
        self._lanes = LanesView(self)
        self._across = QScrollBar(Qt.Orientation.Horizontal, self)
        self._down = QScrollBar(Qt.Orientation.Vertical, self)
        self._corner = QLabel(self)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self._lanes)
        self.setAccessibleName("Timeline")
        self._show_stack()

    @property
    def axis(self) -> FrameAxis:
        """The horizontal scale; columns are the screen's own pixels."""
        return self._axis

    @property
    def ruler(self) -> Ruler:
        return self._ruler

    @property
    def headers(self) -> LaneHeaders:
        return self._headers

    @property
    def lanes(self) -> LanesView:
        return self._lanes

    def set_data(self, data: TimelineData | None) -> None:
        """Show another video from its first to its last frame; None where none is open."""
        self._data = data
        self._stack = LaneStack()
        self._lanes.set_data(data)
        self._ruler.set_data(data)
        for surface in (self._ruler, self._lanes):
            surface.set_cursor(0)
        self.fit()
        self.read_lanes()

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        if theme is not self._theme:
            self._theme = theme
            for part in (self._ruler, self._lanes, self._headers):
                part.set_theme(theme)
            self.update()

    def read_lanes(self) -> None:
        """Take in which tracks there are, how they are named and switched."""
        lanes = () if self._data is None else self._data.lanes()
        selected = self._stack.selected
        is_there = any(lane.track_id == selected for lane in lanes)
        self._stack = LaneStack(lanes, selected if is_there else None)
        self._show_stack()

    def show_change(self, track_id: int, first: int, last: int) -> None:
        """Take in that frames `first` to `last` of a track look different now."""
        self._lanes.show_change(track_id, first, last)

    def read_evidence(self) -> None:
        """Take in that it may have changed of which frames it is known what the tracker saw."""
        self._lanes.read_evidence()

    def select_track(self, track_id: int | None) -> None:
        """Emphasise a track and bring it into view; None for no track."""
        if track_id == self._stack.selected:
            return
        self._stack = LaneStack(self._stack.lanes, track_id)
        self._show_stack()
        position = self._stack.selected_position
        if position is not None:
            top, bottom = self._stack.top(position), self._stack.top(position + 1)
            self._down.setValue(min(max(self._down.value(), bottom - self._lanes.height()), top))

    def show_frame(self, frame_index: int, *, is_sought: bool = False) -> None:
        """Move the cursor; the view turns a page where the cursor leaves it.

        Where a user moved the view away it stays, unless the user has sought the frame.
        """
        before = self._lanes.cursor_frame
        goes_along = self._axis.is_visible(before) or (is_sought and frame_index != before)
        for surface in (self._ruler, self._lanes):
            surface.set_cursor(frame_index)
        if goes_along:
            self.reveal_cursor()

    def reveal_cursor(self) -> None:
        """Bring the shown frame into view, after a jump."""
        frame_index = self._lanes.cursor_frame
        if not self._axis.is_visible(frame_index):
            lead = PAGE_LEAD * self._axis.width
            self._set_axis(self._axis.panned(round(self._axis.column_of(frame_index) - lead)))

    @Slot()
    def fit(self) -> None:
        """Show the whole video."""
        frame_count = 0 if self._data is None else self._data.frame_count
        self._set_axis(FrameAxis.fitted(frame_count, self._columns(self._lanes.width()), self._columns(MARGIN)))

    def show_span(self, first: int, last: int) -> None:
        """Show these frames alone, as large as they can be, until a person looks elsewhere."""
        self._set_axis(self._axis.spanning(first, last))
        self._span = first, last

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._lanes.set_data(self._data)
            self._resize_axis()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(event.rect(), QColor(self._theme.window))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        layout = self.layout()
        if layout is not None:
            layout.activate()
        self._resize_axis()
        self._show_stack()

    def _lay_out(self) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._corner.setProperty("quiet", True)
        self._corner.setContentsMargins(8, 0, 0, 6)
        self._corner.setFixedSize(HEADER_WIDTH, RULER_HEIGHT)
        layout.addWidget(self._corner, 0, 0)
        layout.addWidget(self._ruler, 0, 1)
        layout.addWidget(self._headers, 1, 0)
        layout.addWidget(self._lanes, 1, 1)
        layout.addWidget(self._down, 1, 2)
        layout.addWidget(self._across, 2, 1)
        layout.setRowStretch(1, 1)
        layout.setColumnStretch(1, 1)
        self._across.setAccessibleName("Frames in view")
        self._down.setAccessibleName("Objects in view")
        self.setMinimumHeight(RULER_HEIGHT + 2 * SLIM.height)

    def _connect(self) -> None:
        for surface in (self._ruler, self._lanes):
            surface.frame_sought.connect(self._on_frame_sought)
            surface.zoom_asked.connect(self._on_zoom_asked)
            surface.pan_asked.connect(self._on_pan_asked)
            surface.scroll_asked.connect(self._on_scroll_asked)
            surface.fit_asked.connect(self.fit)
            surface.hovered.connect(self._on_hovered)
        for chooser in (self._headers, self._lanes):
            chooser.track_chosen.connect(self.track_selected)
        self._lanes.stepped.connect(self.stepped)
        self._headers.switched.connect(self._on_switched)
        self._lanes.context_requested.connect(self.context_requested)
        self._across.valueChanged.connect(self._on_across_moved)
        self._down.valueChanged.connect(self._on_down_moved)

    def _columns(self, points: float) -> int:
        return max(round(points * self.devicePixelRatioF()), 1)

    def _resize_axis(self) -> None:
        span = self._span
        self._set_axis(self._axis.resized(self._columns(self._lanes.width()), self._columns(MARGIN)))
        if span is not None:
            self.show_span(*span)

    def _set_axis(self, axis: FrameAxis) -> None:
        self._axis, self._span = axis, None
        for surface in (self._ruler, self._lanes):
            surface.set_axis(axis)
        with QSignalBlocker(self._across):
            self._across.setRange(axis.first_left, axis.last_left)
            self._across.setPageStep(axis.width)
            self._across.setSingleStep(max(axis.width // 10, 1))
            self._across.setValue(axis.left)
        self._across.setEnabled(axis.first_left < axis.last_left)

    def _show_stack(self) -> None:
        count = sum(not lane.is_ghost for lane in self._stack.lanes)
        self._corner.setText("Objects" if count == 0 else f"{count} object{'s' if count > 1 else ''}")
        self._headers.set_stack(self._stack)
        self._lanes.set_stack(self._stack)
        self._down.setRange(0, max(self._stack.height - self._lanes.height(), 0))
        self._down.setPageStep(self._lanes.height())
        self._down.setSingleStep(SLIM.height)
        self._down.setEnabled(self._down.maximum() > 0)

    @Slot(int)
    def _on_frame_sought(self, frame_index: int) -> None:
        for surface in (self._ruler, self._lanes):
            surface.set_cursor(frame_index)
        self.frame_sought.emit(frame_index)
        self.reveal_cursor()

    @Slot(int, QPoint)
    def _on_hovered(self, frame_index: int, at: QPoint) -> None:
        # Above the whole timeline, wherever on it the mouse is: no lane is covered.
        self.hovered.emit(frame_index, QPoint(at.x(), self.mapToGlobal(QPoint()).y()))

    @Slot(float, float)
    def _on_zoom_asked(self, factor: float, column: float) -> None:
        self._set_axis(self._axis.zoomed(factor, column))

    @Slot(int)
    def _on_pan_asked(self, columns: int) -> None:
        self._set_axis(self._axis.panned(columns))

    @Slot(int)
    def _on_scroll_asked(self, points: int) -> None:
        self._down.setValue(self._down.value() + points)

    @Slot(int)
    def _on_across_moved(self, left: int) -> None:
        self._set_axis(self._axis.panned(left - self._axis.left))

    @Slot(int)
    def _on_down_moved(self, offset: int) -> None:
        self._headers.set_offset(offset)
        self._lanes.set_offset(offset)

    @Slot(int, int)
    def _on_switched(self, track_id: int, position: int) -> None:
        (self.hidden_toggled, self.locked_toggled, self.pinned_toggled)[position].emit(track_id)
