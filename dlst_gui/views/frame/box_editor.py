"""Draws, moves and resizes the box with mouse or keys: a graphics item over the frame, in image coordinates."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QGraphicsObject,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsSceneWheelEvent,
    QStyleOptionGraphicsItem,
    QWidget,
)

from dlst_gui.overlays.layers_item import rect_of
from dlst_gui.overlays.palette import CROSSHAIR, HUMAN
from dlst_gui.views.frame.box_drag import SMALLEST_SIDE, Drag, Grip, OtherBox, grip_at, grip_position, smallest_at
from tracker_core import Box

HANDLE_SIDE, SMALLEST_HANDLE = 8.0, 4.0  # screen pixels
REACH = 7.0  # screen pixels off an edge that still grab it
ADJUSTING_MS = 350  # after the last of a series of small changes
WHEEL_FACTOR = 1.02  # sides of the box per notch of the wheel
WHEEL_TURN = 120  # Qt's number for one notch
SMALLEST_DRAG = 4.0  # screen pixels; less is a click

_CURSORS = {
    Grip.INSIDE: Qt.CursorShape.SizeAllCursor,
    Grip.TOP_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Grip.BOTTOM_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Grip.TOP_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Grip.BOTTOM_LEFT: Qt.CursorShape.SizeBDiagCursor,
    Grip.LEFT: Qt.CursorShape.SizeHorCursor,
    Grip.RIGHT: Qt.CursorShape.SizeHorCursor,
    Grip.TOP: Qt.CursorShape.SizeVerCursor,
    Grip.BOTTOM: Qt.CursorShape.SizeVerCursor,
}


@dataclass(frozen=True, slots=True)
class _Reach:
    """A press on a locked box: where, which part of the box was under it, and where the mouse is now."""

    pressed: QPointF
    grip: Grip
    now: QPointF


class BoxEditor(QGraphicsObject):
    """Left drag on the box changes it, elsewhere it draws a new one; with Ctrl the view is dragged instead.

    Pressing a box of another track asks for that track, and the drag then moves its box; with Shift a drag draws
    wherever it begins. A click that moves nothing asks for the track of a box that lies under the selected one.
    Alt and the wheel resize the box about its middle; a series of small changes, by wheel or keys, is told once.
    A press on a locked box is a drag of it from the moment on at which it is not locked any more.
    """

    change_begun = Signal()  # by mouse, wheel or keys; `box_edited` or `change_given_up` follows
    change_given_up = Signal()
    box_edited = Signal(object)  # Box, when the mouse is released
    grabbed_while_locked = Signal()
    track_grabbed = Signal(int)  # before the drag begins, which is then one of that track's box

    def __init__(self) -> None:
        super().__init__()
        self._frame_width, self._frame_height = 0, 0
        self._box: Box | None = None
        self._is_held = False
        self._others: tuple[OtherBox, ...] = ()
        self._drag: Drag | None = None
        self._dragged: Box | None = None
        self._reach: _Reach | None = None
        self._is_editable = False
        self._draws_new = False
        self._cursor_at: QPointF | None = None
        self._has_crosshair = True
        self._adjusted: Box | None = None
        self._adjusting_ends = QTimer(self)
        self._adjusting_ends.setSingleShot(True)
        self._adjusting_ends.setInterval(ADJUSTING_MS)
        self._adjusting_ends.timeout.connect(self.finish_adjusting)
        self.setZValue(100)
        self.setAcceptHoverEvents(True)
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)

    def set_frame_size(self, width: int, height: int) -> None:
        """The area in which boxes are drawn, image pixels."""
        self.prepareGeometryChange()
        self._frame_width, self._frame_height = width, height

    def set_box(self, box: Box | None, *, is_editable: bool, is_held: bool = False) -> None:
        """The box that can be grabbed; a locked one asks to be unlocked by `grabbed_while_locked`.

        One that is only held is no box of the frame: it is drawn here, dashed, to be put into place.
        """
        if not is_editable:
            self._give_up()
        if self._adjusted is None:
            self._box = box
        self._is_editable, self._is_held = is_editable, is_held
        if is_editable and self._reach is not None:
            self._grab(self._reach)
        self.update()

    def settle(self) -> None:
        """Tell what was being adjusted; a drag is given up."""
        self.finish_adjusting()
        if self._drag is not None:
            self._give_up()

    def lock(self) -> None:
        """Settle, and let nothing be grabbed until the next `set_box`."""
        self.settle()
        self._is_editable = False

    def set_others(self, others: tuple[OtherBox, ...]) -> None:
        """The boxes of the other tracks on this frame."""
        self._others = others

    def draw_new(self) -> None:
        """Let the next drag draw a new box, also where it begins on the present one."""
        self._draws_new = self._is_editable
        self.setCursor(Qt.CursorShape.CrossCursor)

    def set_crosshair_visible(self, is_visible: bool) -> None:
        """Show or hide the lines through the cursor that help to begin a box where the object begins."""
        self._has_crosshair = is_visible
        self.update()

    def nudge(self, dx: float, dy: float) -> None:
        """Move the box by image pixels."""
        if self._box is not None:
            self._adjust(self._box.shifted(dx, dy))

    def resize_by(self, factor: float) -> None:
        """Resize the box about its middle."""
        if self._box is None:
            return
        width, height = (max(SMALLEST_SIDE, side * factor) for side in (self._box.width, self._box.height))
        self._adjust(self._box.resized(width, height))

    def finish_adjusting(self) -> None:
        """Tell at once what keys or wheel have made of the box."""
        self._adjusting_ends.stop()
        box, self._adjusted = self._adjusted, None
        if box is not None:
            self.box_edited.emit(box)

    def cancel(self) -> None:
        """Give up the drag; the box is as it was."""
        self._reach = None
        self._give_up()

    def _give_up(self) -> None:
        was_changing = self._drag is not None or self._adjusted is not None
        self._forget_change()
        if was_changing:
            self.change_given_up.emit()

    def _forget_change(self) -> None:
        self._drag, self._dragged, self._draws_new = None, None, False
        self._adjusted = None
        self._adjusting_ends.stop()
        self.update()

    def boundingRect(self) -> QRectF:
        # Beyond the frame too: a drag may begin outside it, and handles lie across its edge.
        w, h = self._frame_width, self._frame_height
        return QRectF(-w, -h, 3 * w, 3 * h)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        ratio = painter.device().devicePixelRatioF()
        if self._dragged is not None:
            painter.setPen(HUMAN.halo_pen(ratio))
            painter.drawRect(rect_of(self._dragged))
            painter.setPen(HUMAN.pen(ratio))
            painter.drawRect(rect_of(self._dragged))
        elif self._adjusted is not None:
            painter.setPen(HUMAN.pen(ratio))
            painter.drawRect(rect_of(self._adjusted))
        elif self._is_held and self._box is not None:
            pen = HUMAN.pen(ratio)
            pen.setStyle(Qt.PenStyle.DashLine)
            painter.setPen(pen)
            painter.drawRect(rect_of(self._box))
        box = self._dragged or self._box
        if box is not None and self._is_editable:
            self._paint_handles(painter, box, ratio)
        # While a drag goes on, the place at which it began is that of the cursor no more.
        if self._cursor_at is not None and self._has_crosshair and self._is_editable and self._drag is None:
            painter.setPen(CROSSHAIR.pen(ratio))
            self._paint_crosshair(painter, self._cursor_at)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        draws = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        other = None if draws else self._other_under(event.pos())
        if other is not None:
            self.track_grabbed.emit(other.track_id)
        grip = None if draws else self._grip_under(event.pos())
        if not self._is_editable:
            self._reach = None if other is not None or grip is None else _Reach(event.pos(), grip, event.pos())
            self.grabbed_while_locked.emit()
        elif other is None:
            box = None if grip is None else self._box
            self._begin_drag(Drag(event.pos().x(), event.pos().y(), box, grip or Grip.INSIDE))
        elif not other.is_locked:
            self._begin_drag(Drag(event.pos().x(), event.pos().y(), other.box, slack=SMALLEST_DRAG))

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._reach is not None:
            self._reach = replace(self._reach, now=event.pos())
        elif self._drag is not None:
            self._dragged = self._box_at(self._drag, event.pos())
            self.update()

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        drag, self._reach = self._drag, None
        if drag is None:
            return
        box = self._box_at(drag, event.pos())
        self._forget_change()
        if self._is_worth_keeping(drag, box, event.pos()):
            self.box_edited.emit(box)
            return
        self.change_given_up.emit()
        if drag.box is not None:
            below = smallest_at(self._others, event.pos().x(), event.pos().y())
            if below is not None:
                self.track_grabbed.emit(below.track_id)

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        if not self._is_editable:
            self.unsetCursor()
            return
        grip = Grip.INSIDE if self._other_under(event.pos()) is not None else self._grip_under(event.pos())
        self.setCursor(Qt.CursorShape.CrossCursor if grip is None else _CURSORS[grip])
        self._cursor_at = event.pos() if grip is None else None
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._cursor_at = None
        self.update()

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        if not (event.modifiers() & Qt.KeyboardModifier.AltModifier and self._is_editable):
            event.ignore()
            return
        # Qt turns a wheel with Alt sideways on some platforms; the turn's size is in `delta` either way.
        self.resize_by(WHEEL_FACTOR ** (event.delta() / WHEEL_TURN))

    def _adjust(self, box: Box) -> None:
        is_inside = box.intersects_frame(frame_width=self._frame_width, frame_height=self._frame_height)
        if self._is_editable and self._drag is None and is_inside:
            if self._adjusted is None:
                self.change_begun.emit()
            self._box = self._adjusted = box
            self._adjusting_ends.start()
            self.update()

    def _begin_drag(self, drag: Drag) -> None:
        self._drag = drag
        self.change_begun.emit()

    def _grab(self, reach: _Reach) -> None:
        """What was reached for can be had now: the drag goes on from where it began, with the box as it is."""
        self._reach = None
        if self._box is None:
            return
        start = reach.pressed
        self._begin_drag(Drag(start.x(), start.y(), self._box, reach.grip, slack=SMALLEST_DRAG))
        if reach.now != start and self._drag is not None:
            self._dragged = self._box_at(self._drag, reach.now)

    def _paint_crosshair(self, painter: QPainter, at: QPointF) -> None:
        painter.drawLine(QPointF(0, at.y()), QPointF(self._frame_width, at.y()))
        painter.drawLine(QPointF(at.x(), 0), QPointF(at.x(), self._frame_height))

    def _paint_handles(self, painter: QPainter, box: Box, ratio: float) -> None:
        # Of a small box one sees what is in it, and grabs its corners.
        smallest = min(box.width, box.height) * self._scale()
        side = min(HANDLE_SIDE, max(smallest / 3, SMALLEST_HANDLE)) / self._scale()
        has_room = smallest >= 5 * HANDLE_SIDE
        pen = QPen(QColor(0, 0, 0, 200), ratio)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(QBrush(QColor(HUMAN.color)))
        for grip in Grip:
            if grip is not Grip.INSIDE and (has_room or 0 not in grip.value):
                x, y = grip_position(box, grip)
                painter.drawRect(QRectF(x - side / 2, y - side / 2, side, side))

    def _grip_under(self, position: QPointF) -> Grip | None:
        if self._box is None or self._draws_new:
            return None
        return grip_at(self._box, position.x(), position.y(), reach=REACH / self._scale())

    def _other_under(self, position: QPointF) -> OtherBox | None:
        """The selected track's box goes first, also where another one lies over it."""
        if self._draws_new or self._grip_under(position) is not None:
            return None
        return smallest_at(self._others, position.x(), position.y())

    def _box_at(self, drag: Drag, position: QPointF) -> Box:
        return drag.box_at(
            position.x(), position.y(), frame_width=self._frame_width, frame_height=self._frame_height
        )

    def _is_worth_keeping(self, drag: Drag, box: Box, position: QPointF) -> bool:
        travel = max(abs(position.x() - drag.start_x), abs(position.y() - drag.start_y)) * self._scale()
        if drag.box is not None:
            inside = box.intersects_frame(frame_width=self._frame_width, frame_height=self._frame_height)
            return travel > drag.slack and inside
        return min(box.width, box.height) * self._scale() >= SMALLEST_DRAG

    def _scale(self) -> float:
        """Screen pixels per image pixel."""
        return max(self.sceneTransform().m11(), 1e-6)
