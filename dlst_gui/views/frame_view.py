"""The frame with everything drawn over it: zoom, pan, and the box under the mouse."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QLabel, QVBoxLayout, QWidget

from dlst_gui.overlays import OVERLAYS, FrameScene, Overlay
from dlst_gui.overlays.palette import LegendEntry
from dlst_gui.views.box_drag import OtherBox
from dlst_gui.views.box_editor import BoxEditor
from dlst_gui.views.legend import Legend
from dlst_gui.views.passing_note import PassingNote
from dlst_gui.views.theme import THEME
from tracker_core import Box, Frame

EDGE = 12  # screen pixels between the frame view's edge and what floats on it
FIT_PADDING = 0.02
CLOSEST_PIXELS = 8  # image pixels across the view at the strongest zoom


class FrameView(QWidget):
    """One frame in image coordinates (0-based, y down). Wheel zooms at the cursor; middle or Ctrl drag pans."""

    box_edited = Signal(object)  # Box
    grabbed_while_locked = Signal()
    track_grabbed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame_size = (0, 0)
        self._scene = FrameScene(0)
        self._graphics = pg.GraphicsView(self, background=THEME.canvas)
        self._graphics.setAcceptDrops(False)  # files are for the window
        self._view_box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, defaultPadding=0)
        self._graphics.setCentralItem(self._view_box)
        self._image = pg.ImageItem(axisOrder="row-major")
        self._editor = BoxEditor()
        self._overlays: dict[str, Overlay] = {made.info.name: made for made in (make() for make in OVERLAYS)}
        for overlay in self._overlays.values():
            overlay.item.setVisible(overlay.info.is_on_at_start)
        for item in (self._image, *(overlay.item for overlay in self._overlays.values()), self._editor):
            self._view_box.addItem(item, ignoreBounds=True)
        self._view_box.disableAutoRange()
        self._editor.box_edited.connect(self.box_edited)
        self._editor.grabbed_while_locked.connect(self.grabbed_while_locked)
        self._editor.track_grabbed.connect(self.track_grabbed)
        self._legend = Legend(self)
        self._hint = QLabel(self)
        self._hint.setObjectName("hint")
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._note = PassingNote(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self._legend.raise_()
        self._hint.raise_()
        self._note.raise_()
        for widget in (self, self._graphics, self.viewport):
            widget.setAccessibleName("Frame")

    @property
    def overlays(self) -> tuple[Overlay, ...]:
        return tuple(self._overlays.values())

    @property
    def editor(self) -> BoxEditor:
        return self._editor

    @property
    def legend(self) -> Legend:
        return self._legend

    @property
    def hint(self) -> str:
        return self._hint.text()

    @property
    def note(self) -> str:
        """The passing note, as long as it is shown."""
        return "" if self._note.isHidden() else self._note.text()

    @property
    def viewport(self) -> QWidget:
        """Where mouse events arrive."""
        graphics: QGraphicsView = self._graphics
        return graphics.viewport()

    def show_frame(self, pixels: Frame) -> None:
        """Show a frame; the view fits itself to the first one of a size."""
        size = (pixels.shape[1], pixels.shape[0])
        self._image.setImage(np.ascontiguousarray(pixels), autoLevels=False)
        if size != self._frame_size:
            self._frame_size = size
            self._editor.set_frame_size(*size)
            self._view_box.setLimits(minXRange=CLOSEST_PIXELS, maxXRange=6 * max(size))
            self.fit()

    def clear(self) -> None:
        """Show nothing, and fit to the next frame whatever its size."""
        self._image.clear()
        self._frame_size = (0, 0)
        self.show_scene(FrameScene(0), editable_box=None, is_editable=False)

    def show_scene(self, scene: FrameScene, *, editable_box: Box | None, is_editable: bool) -> None:
        """Draw what is known about the frame; hidden overlays are not worked out."""
        self._scene = scene
        for overlay in self._overlays.values():
            if overlay.item.isVisible():
                overlay.show_scene(scene)
        self._editor.set_box(editable_box, is_editable=is_editable)
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

    def set_legend_visible(self, is_visible: bool) -> None:
        """Show or hide the legend."""
        self._legend.setVisible(is_visible)

    def set_hint(self, text: str) -> None:
        """What to do next, in a line at the bottom; empty to show none."""
        if text != self._hint.text() or self._hint.isHidden() == bool(text):
            self._hint.setText(text)
            self._hint.setVisible(bool(text))
            self._place_floating()

    def show_note(self, text: str) -> None:
        """Say for a while what was done, or why not."""
        self._note.show_text(text)
        self._place_floating()

    def fit(self) -> None:
        """Show the whole frame."""
        width, height = self._frame_size
        if width and height:
            self._view_box.setRange(QRectF(0, 0, width, height), padding=FIT_PADDING)

    def show_actual_size(self) -> None:
        """One image pixel on one screen pixel, the middle of the view staying where it is."""
        width, height = self._frame_size
        if not (width and height):
            return
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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_floating()

    def _refresh_legend(self) -> None:
        entries: list[LegendEntry] = []
        for overlay in self._overlays.values():
            if overlay.item.isVisible():
                entries.extend(overlay.legend(self._scene))
        self._legend.set_entries(tuple(entries))
        self._place_floating()

    def _place_floating(self) -> None:
        self._legend.move(EDGE, self.height() - self._legend.height() - EDGE)
        self._hint.adjustSize()
        self._hint.move((self.width() - self._hint.width()) // 2, self.height() - self._hint.height() - EDGE)
        lowest = self.height() - EDGE if self._hint.isHidden() else self._hint.y() - EDGE // 2
        beside = EDGE if self._legend.isHidden() else self._legend.geometry().right() + EDGE
        self._note.fit(max(self.width() - 2 * beside, self.width() // 2))
        self._note.move((self.width() - self._note.width()) // 2, lowest - self._note.height())
