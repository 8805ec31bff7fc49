"""The frame with everything drawn over it: zoom, pan, and the box under the mouse; and below it what is said."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPen
from PySide6.QtWidgets import QGraphicsRectItem, QGraphicsView, QVBoxLayout, QWidget

from dlst_gui.overlays import OVERLAYS, UNLISTED, FrameScene, Overlay
from dlst_gui.overlays.palette import LegendEntry
from dlst_gui.views.frame.box_drag import OtherBox
from dlst_gui.views.frame.box_editor import BoxEditor
from dlst_gui.views.frame.loupe import Loupe
from dlst_gui.views.style.theme import THEME
from dlst_gui.views.window.message_strip import LINES, MessageStrip
from tracker_core import Box, Frame

LARGEST_MARGIN_SHARE = 0.1  # of the smaller side, in a small view
MARGIN = 22  # screen pixels around a fitted frame: room for the handles of boxes at its edge and beyond
OBJECT_SHARE = 0.3  # of the view's smaller side, that a followed object takes
SMALLEST_VIEW = 90  # screen pixels
CLOSEST_PIXELS = 8  # image pixels across the view at the strongest zoom


class FrameView(QWidget):
    """One frame in image coordinates (0-based, y down). Wheel zooms at the cursor; middle or Ctrl drag pans."""

    box_edited = Signal(object)  # Box
    grabbed_while_locked = Signal()
    track_grabbed = Signal(int)
    legend_changed = Signal(object)  # tuple of LegendEntry: what is drawn now

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame_size = (0, 0)
        self._scene = FrameScene(0)
        self._graphics = pg.GraphicsView(self, background=THEME.canvas)
        self._graphics.setAcceptDrops(False)  # files are for the window
        self._view_box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0)
        self._graphics.setCentralItem(self._view_box)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._edge = QGraphicsRectItem()
        pen = QPen(QColor(THEME.canvas_line))
        pen.setCosmetic(True)
        self._edge.setPen(pen)
        self._edge.setZValue(1)
        self._is_fitted, self._is_fitting = True, False
        self._follows_object = False
        self._frames: tuple[tuple[int, Frame], ...] = ()  # the shown one, and the one before it
        self._editor = BoxEditor()
        self._overlays: dict[str, Overlay] = {
            made.info.name: made for made in (make() for make in (*OVERLAYS, *UNLISTED))
        }
        for overlay in self._overlays.values():
            overlay.item.setVisible(overlay.info.is_on_at_start or overlay.info.shows_itself)
        items = (overlay.item for overlay in self._overlays.values())
        for item in (self._image, self._edge, *items, self._editor):
            self._view_box.addItem(item, ignoreBounds=True)
        self._view_box.disableAutoRange()
        self._editor.box_edited.connect(self.box_edited)
        self._editor.grabbed_while_locked.connect(self.grabbed_while_locked)
        self._editor.track_grabbed.connect(self.track_grabbed)
        self._legend: tuple[LegendEntry, ...] = ()
        self._messages = MessageStrip()
        self._graphics.setMinimumSize(SMALLEST_VIEW, SMALLEST_VIEW)
        self._loupe = Loupe(self.viewport)
        self._has_loupe = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._graphics, stretch=1)
        layout.addWidget(self._messages)
        self._view_box.sigRangeChangedManually.connect(self._on_moved_by_hand)
        self._view_box.sigResized.connect(self._on_view_resized)
        for widget in (self, self._graphics, self.viewport):
            widget.setAccessibleName("Frame")

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        return tuple(self._overlays.values())

    @property
    def editor(self) -> BoxEditor:
        return self._editor

    @property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What is drawn now, and what it means."""
        return self._legend

    @property
    def hint(self) -> str:
        return self._messages.hint

    @property
    def note(self) -> str:
        """The passing note, as long as it is shown."""
        return self._messages.note

    @property
    def viewport(self) -> QWidget:
        """Where mouse events arrive."""
        graphics: QGraphicsView = self._graphics
        return graphics.viewport()

    def show_frame(self, pixels: Frame, frame_index: int = 0) -> None:
        """Show a frame; the view fits itself to the first one of a size."""
        earlier = tuple(shown for shown in self._frames if shown[0] != frame_index)[:1]
        self._frames = ((frame_index, pixels), *earlier)
        self._loupe.show_frames(tuple((f"frame {index}", frame) for index, frame in self._frames))
        size = (pixels.shape[1], pixels.shape[0])
        self._image.setImage(np.ascontiguousarray(pixels), autoLevels=False)
        if size != self._frame_size:
            self._frame_size = size
            self._editor.set_frame_size(*size)
            self._edge.setRect(QRectF(0, 0, *size))
            self._view_box.setLimits(minXRange=CLOSEST_PIXELS, maxXRange=6 * max(size))
            self.fit()

    def clear(self) -> None:
        """Show nothing, and fit to the next frame whatever its size."""
        self._image.clear()
        self._edge.setRect(QRectF())
        self._frame_size, self._frames = (0, 0), ()
        self._loupe.show_frames(())
        self.show_scene(FrameScene(0), editable_box=None, is_editable=False)

    def show_scene(self, scene: FrameScene, *, editable_box: Box | None, is_editable: bool) -> None:
        """Draw what is known about the frame; hidden overlays are not worked out."""
        self._scene = scene
        for overlay in self._overlays.values():
            if overlay.item.isVisible():
                overlay.show_scene(scene)
        is_held = editable_box is not None and scene.box is None
        self._editor.set_box(editable_box, is_editable=is_editable, is_held=is_held)
        self._loupe.show_box(editable_box)
        if self._follows_object:
            self._center_on(editable_box)
        others = scene.others if self.is_overlay_visible("boxes") else ()
        self._editor.set_others(tuple(OtherBox(o.info.track_id, o.shown.box, o.info.is_locked) for o in others))
        self._refresh_legend()

    def is_overlay_visible(self, name: str) -> bool:
        """By the name of its info."""
        return self._overlays[name].item.isVisible()

    def set_overlay_visible(self, name: str, is_visible: bool) -> None:
        """Show or hide an overlay, by the name of its info."""
        overlay = self._overlays[name]
        overlay.item.setVisible(is_visible)
        if is_visible:
            overlay.show_scene(self._scene)
        self._refresh_legend()

    def set_hint(self, text: str) -> None:
        """What to do next, in a line below the frame; empty to show none."""
        self._messages.set_hint(text)

    def show_note(self, text: str) -> None:
        """Say for a while what was done, or why not."""
        self._messages.show_note(text)

    def set_following(self, follows: bool) -> None:
        """Show the selected object large, and keep it in the middle from frame to frame; the scale stays."""
        self._follows_object = follows
        if not follows:
            self.fit()
        elif self._scene.box is not None:
            self._zoom_to(self._scene.box)

    def set_loupe_visible(self, is_visible: bool) -> None:
        """Show the pixels under the mouse, or not."""
        self._has_loupe = is_visible
        self._loupe.hide()
        if is_visible:
            # Only then: the filter sees every event of the viewport.
            self.viewport.installEventFilter(self)
        else:
            self.viewport.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._has_loupe and event.type() is QEvent.Type.Leave:
            self._loupe.hide()
        elif self._has_loupe and isinstance(event, QMouseEvent) and self._frames:
            self._loupe.look_at(self.image_position(event.position()), event.position().toPoint())
            self._loupe.show()
        return super().eventFilter(watched, event)

    def set_low(self, is_low: bool) -> None:
        """Leave more room for the frame, and less for what is said."""
        self._messages.set_lines(1 if is_low else LINES)

    def fit(self) -> None:
        """Show the whole frame with a margin around it, also after the window has changed its size."""
        width, height = self._frame_size
        sides = self.viewport.width(), self.viewport.height()
        margin = min(MARGIN, LARGEST_MARGIN_SHARE * min(sides))
        room_x, room_y = (max(side - 2 * margin, 1) for side in sides)
        if width and height:
            across = max(width / room_x, height / room_y)  # image pixels per screen pixel
            shown = QRectF(0, 0, self.viewport.width() * across, self.viewport.height() * across)
            shown.moveCenter(QPointF(width / 2, height / 2))
            self._is_fitting = True  # a range that is set counts as a change of size, too
            self._view_box.setRange(shown, padding=0)
            self._is_fitting = False
        self._is_fitted = True

    def show_actual_size(self) -> None:
        """One image pixel on one screen pixel, the middle of the view staying where it is."""
        width, height = self._frame_size
        if not (width and height):
            return
        self._is_fitted = False
        middle = self._view_box.viewRect().center()
        ratio = self.devicePixelRatioF()
        shown = QRectF(0, 0, self.viewport.width() * ratio, self.viewport.height() * ratio)
        shown.moveCenter(middle)
        self._view_box.setRange(shown, padding=0)

    def image_position(self, widget_position: QPointF) -> QPointF:
        """Image coordinates of a position in `viewport`."""
        scene_position = self._graphics.mapToScene(widget_position.toPoint())
        mapped: QPointF = self._view_box.mapSceneToView(scene_position)
        return mapped

    def widget_position(self, x: float, y: float) -> QPointF:
        """Where image position (x, y) is shown, in `viewport`."""
        mapped: QPointF = self._view_box.mapViewToScene(QPointF(x, y))
        return mapped

    def show_area(self, box: Box) -> None:
        """Show a place of the frame large, with what is around it."""
        self._zoom_to(box)

    def _center_on(self, box: Box | None) -> None:
        """Bring a box to the middle, the first one large; without one the view stays where it was last."""
        if box is not None and self._is_fitted:
            self._zoom_to(box)
        elif box is not None:
            shown = self._view_box.viewRect()
            shown.moveCenter(QPointF(*box.center))
            self._view_box.setRange(shown, padding=0)

    def _zoom_to(self, box: Box) -> None:
        self._is_fitted = False
        side = max(box.width, box.height, CLOSEST_PIXELS / OBJECT_SHARE) / OBJECT_SHARE
        across = side / max(min(self.viewport.width(), self.viewport.height()), 1)
        shown = QRectF(0, 0, self.viewport.width() * across, self.viewport.height() * across)
        shown.moveCenter(QPointF(*box.center))
        self._view_box.setRange(shown, padding=0)

    def _on_moved_by_hand(self, *_: object) -> None:
        self._is_fitted = False

    def _on_view_resized(self, *_: object) -> None:
        if self._is_fitted and not self._is_fitting:
            self.fit()

    def _refresh_legend(self) -> None:
        entries: list[LegendEntry] = []
        for overlay in self._overlays.values():
            if overlay.item.isVisible():
                entries.extend(overlay.legend(self._scene))
        if tuple(entries) != self._legend:
            self._legend = tuple(entries)
            self.legend_changed.emit(self._legend)
