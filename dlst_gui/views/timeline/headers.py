"""The column of track names beside the lanes, with the switches of every track."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolButton, QWidget

from dlst_gui.views.style.icons import icon
from dlst_gui.views.style.theme import DARK, Theme
from dlst_gui.views.timeline.model import Lane
from dlst_gui.views.timeline.stack import SLIM, LaneShape, LaneStack

HEADER_WIDTH = 208  # points
SWITCH_SIDE = 20  # points
ICON_SIDE = 14  # points
CHIP_SIDE = 10  # points
SCALE_TEXT = 11  # points
ROWS_PER_TURN = 2  # ours: what nobody notices


@dataclass(frozen=True, slots=True)
class SwitchSpec:
    """One switch: `on_icon` and `off_icon` by name, what a click does in either state, and what a lane says."""

    on_icon: str
    off_icon: str
    turn_on: str
    turn_off: str
    is_on: Callable[[Lane], bool]


SWITCHES = (
    SwitchSpec("hidden", "visible", "Hide", "Show", lambda lane: lane.is_hidden),
    SwitchSpec("lock", "lock", "Lock", "Unlock", lambda lane: lane.is_locked),
    SwitchSpec("pin", "pin", "Pin", "Unpin", lambda lane: lane.is_pinned),
)


class NameButton(QAbstractButton):
    """A track's colour and name; a click selects the track."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lane = Lane(-1, "", theme.text)
        self._is_selected = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_lane(self, lane: Lane, *, is_selected: bool) -> None:
        """Name this track."""
        self._lane = lane
        self._is_selected = is_selected
        self.setText(lane.name)
        self.setToolTip(f"{lane.name}\n{lane.said}" if lane.said else lane.name)
        self.setAccessibleName(f"Select {lane.name}" + (", selected" if is_selected else ""))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(HEADER_WIDTH, SLIM.height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        chip = QRectF(8, middle - CHIP_SIDE / 2, CHIP_SIDE, CHIP_SIDE)
        style = Qt.PenStyle.DashLine if self._lane.is_ghost else Qt.PenStyle.SolidLine
        is_empty = self._lane.is_hidden or self._lane.is_ghost
        painter.setPen(QPen(QColor(self._lane.color), 2.0 if self._lane.is_ghost else 1.5, style))
        painter.setBrush(Qt.BrushStyle.NoBrush if is_empty else QColor(self._lane.color))
        if self._lane.is_ghost:
            painter.drawLine(chip.center() - QPointF(CHIP_SIDE, 0), chip.center() + QPointF(CHIP_SIDE / 2, 0))
        else:
            painter.drawRoundedRect(chip, 3, 3)
        font = self.font()
        font.setBold(self._is_selected)
        painter.setFont(font)
        room = QRectF(26, 0, self.width() - 30, self.height())
        text = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(room.width()))
        is_quiet = self._lane.is_hidden and not self._is_selected
        painter.setPen(QColor(self._theme.quiet_text if is_quiet else self._theme.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        if self.hasFocus():
            painter.setPen(QColor(self._theme.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -1, -2), 4, 4)


class LaneHeader(QWidget):
    """One row: name and switches; below the name of the selected track the scale of its curve."""

    def __init__(self, icons: tuple[QIcon, ...], theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lane = Lane(-1, "", theme.text)
        self._shape = SLIM
        self.name_button = NameButton(theme, self)
        self.switches = tuple(self._switch(made) for made in icons)

    @property
    def track_id(self) -> int:
        return self._lane.track_id

    def show_lane(self, lane: Lane, shape: LaneShape) -> None:
        """Stand for this track."""
        for switch, spec in zip(self.switches, SWITCHES, strict=True):
            switch.setChecked(spec.is_on(lane))  # a click has changed how it looks
        if (lane, shape) == (self._lane, self._shape):
            return
        self._lane, self._shape = lane, shape
        self.name_button.show_lane(lane, is_selected=shape is not SLIM)
        for switch, spec in zip(self.switches, SWITCHES, strict=True):
            switch.setVisible(not lane.is_ghost)
            words = f"{spec.turn_off if spec.is_on(lane) else spec.turn_on} {lane.name}"
            switch.setToolTip(words)
            switch.setAccessibleName(words)
        self._place()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        middle = self._shape.band_top + self._shape.band_height // 2
        right = self.width() - 4
        for switch in () if self._lane.is_ghost else reversed(self.switches):
            right -= SWITCH_SIDE
            switch.setGeometry(right, middle - SWITCH_SIDE // 2, SWITCH_SIDE, SWITCH_SIDE)
        self.name_button.setGeometry(0, middle - SLIM.height // 2, right - 2, SLIM.height)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        is_selected = self._shape is not SLIM
        painter.fillRect(self.rect(), QColor(self._theme.raised if is_selected else self._theme.panel))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(self._theme.lanes))
        if not is_selected:
            return
        painter.fillRect(0, 0, 3, self.height() - 1, QColor(self._theme.accent))
        top, height = self._shape.curve_top, self._shape.curve_height
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(self._theme.quiet_text))
        font = self.font()
        font.setPixelSize(SCALE_TEXT)
        painter.setFont(font)
        for share, text in ((0.15, "found"), (0.5, "score 0"), (0.85, "lost")):
            room = QRectF(0, top + height * share - 8, self.width() - 8, 16)
            painter.drawText(room, right, text)

    def _switch(self, made: QIcon) -> QToolButton:
        switch = QToolButton(self)
        switch.setObjectName("lane_switch")
        switch.setIcon(made)
        switch.setIconSize(QSize(ICON_SIDE, ICON_SIDE))
        switch.setCheckable(True)
        switch.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return switch


class LaneHeaders(QWidget):
    """All rows, scrolled together with the lanes."""

    track_chosen = Signal(int)
    switched = Signal(int, int)  # track id, position in SWITCHES

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = DARK
        self._icons = tuple(_switch_icon(spec, DARK) for spec in SWITCHES)
        self._inner = QWidget(self)
        self._rows: list[LaneHeader] = []
        self._stack = LaneStack()
        self._offset = 0
        self._making = QTimer(self)
        self._making.setSingleShot(True)
        self._making.timeout.connect(self._on_making_due)
        self.setFixedWidth(HEADER_WIDTH)
        self.setAccessibleName("Objects")

    @property
    def rows(self) -> tuple[LaneHeader, ...]:
        """From top to bottom; of many tracks those below the view come a little later."""
        return tuple(self._rows)

    def set_theme(self, theme: Theme) -> None:
        """Draw in the colours of a theme."""
        self._theme = theme
        self._icons = tuple(_switch_icon(spec, theme) for spec in SWITCHES)
        while self._rows:
            self._rows.pop().deleteLater()
        self._make_rows(0)

    def set_stack(self, stack: LaneStack) -> None:
        """Show these tracks."""
        self._stack = stack
        while len(self._rows) > len(stack.lanes):
            self._rows.pop().deleteLater()
        for i in range(len(self._rows)):
            self._place(i)
        self._make_rows(0)
        self._inner.resize(HEADER_WIDTH, stack.height)

    def set_offset(self, offset: int) -> None:
        """Scroll so that this height of the stack is at the top, in points."""
        self._offset = offset
        self._make_rows(0)
        self._inner.move(0, -offset)

    def _make_rows(self, count: int) -> None:
        """Make rows until there are so many, and all in view; the rest between other events: each takes 10 ms."""
        in_view = self._stack.between(self._offset, self._offset + self.height()).stop
        wanted = min(max(count, in_view), len(self._stack.lanes))
        while len(self._rows) < wanted:
            self._rows.append(self._made_row())
            self._place(len(self._rows) - 1)
        if len(self._rows) < len(self._stack.lanes):
            self._making.start()

    @Slot()
    def _on_making_due(self) -> None:
        self._make_rows(len(self._rows) + ROWS_PER_TURN)

    def _place(self, position: int) -> None:
        row, shape = self._rows[position], self._stack.shape(position)
        row.show_lane(self._stack.lanes[position], shape)
        row.setGeometry(0, self._stack.top(position), HEADER_WIDTH, shape.height)
        row.show()

    def _made_row(self) -> LaneHeader:
        row = LaneHeader(self._icons, self._theme, self._inner)
        row.name_button.clicked.connect(lambda: self.track_chosen.emit(row.track_id))
        for i, switch in enumerate(row.switches):
            switch.clicked.connect(lambda _checked=False, i=i: self.switched.emit(row.track_id, i))
        return row


def _switch_icon(spec: SwitchSpec, theme: Theme) -> QIcon:
    """Quiet while off, so that what is switched on stands out."""
    made = QIcon()
    side = QSize(2 * ICON_SIDE, 2 * ICON_SIDE)
    for name, mode, state in (
        (spec.off_icon, QIcon.Mode.Disabled, QIcon.State.Off),
        (spec.on_icon, QIcon.Mode.Normal, QIcon.State.On),
    ):
        made.addPixmap(icon(name, theme).pixmap(side, 1.0, mode), QIcon.Mode.Normal, state)
    return made
