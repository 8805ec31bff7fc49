"""Tells panels where the mouse is in the picture, as long as one of them wants to know."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Slot
from PySide6.QtGui import QMouseEvent

from dlst_gui.views.evidence.shown_evidence import PicturePlace, ShownEvidence
from dlst_gui.views.frame.frame_view import FrameView

SMALLEST_DRAG = 4.0  # screen pixels; less is a click


class PicturePointer(QObject):
    """Watches the frame view without taking an event from it: dragging a box goes on as ever."""

    def __init__(self, view: FrameView, shown: ShownEvidence) -> None:
        super().__init__(view)
        self._view, self._shown = view, shown
        self._pressed: QPointF | None = None
        shown.picture_wanted_changed.connect(self._on_wanted_changed)
        shown.area_sought.connect(view.show_area)

    @Slot()
    def _on_wanted_changed(self) -> None:
        # Only then: the filter sees every event of the viewport.
        if self._shown.is_picture_wanted:
            self._view.viewport.installEventFilter(self)
        else:
            self._view.viewport.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Leave:
            self._shown.place_hovered.emit(None)
        elif isinstance(event, QMouseEvent):
            self._on_mouse(event)
        return super().eventFilter(watched, event)

    def _on_mouse(self, event: QMouseEvent) -> None:
        at = event.position()
        if event.type() is QEvent.Type.MouseButtonPress and event.button() is Qt.MouseButton.LeftButton:
            self._pressed = at
        elif event.type() is QEvent.Type.MouseButtonRelease and self._pressed is not None:
            travel = (at - self._pressed).manhattanLength()
            self._pressed = None
            if travel < SMALLEST_DRAG:
                adds = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
                self._shown.place_clicked.emit(self._image_place(at), adds)
        elif event.type() is QEvent.Type.MouseMove and not event.buttons():
            self._shown.place_hovered.emit(self._image_place(at))

    def _image_place(self, position: QPointF) -> PicturePlace:
        at = self._view.image_position(position)
        beside = self._view.image_position(position + QPointF(10, 0))
        return PicturePlace(at.x(), at.y(), abs(beside.x() - at.x()) / 10)
