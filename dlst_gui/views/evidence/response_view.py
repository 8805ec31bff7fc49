"""The response map by itself, zoomed, with its peak and the box the localiser proposes."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, centers, rect_of
from dlst_gui.overlays.palette import HUMAN, LOCALIZED, PREVIOUS
from dlst_gui.views.style.theme import THEME
from tracker_core import Box, Diagnostics

HEIGHT = 132  # screen pixels


class ResponseView(QWidget):
    """In image coordinates, like the frame view; empty where there is no response."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        graphics = pg.GraphicsView(self, background=THEME.canvas)
        self._view_box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False, enableMouse=False)
        graphics.setCentralItem(self._view_box)
        self._image = pg.ImageItem(axisOrder="row-major", colorMap="inferno")
        self._marks = LayersItem()
        for item in (self._image, self._marks):
            self._view_box.addItem(item, ignoreBounds=True)
        self._view_box.disableAutoRange()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(graphics)
        self.setFixedHeight(HEIGHT)
        for widget in (self, graphics, graphics.viewport()):
            widget.setAccessibleName("Response map")

    def show_diagnostics(self, seen: Diagnostics | None) -> None:
        """Draw the response and its marks; None or a variant without a localiser leaves it empty."""
        response = seen.response_map if seen is not None else None
        if seen is None or response is None:
            self._image.clear()
            self._marks.set_layers(())
            return
        self._image.setImage(response.values, autoLevels=True)
        self._image.setRect(rect_of(response.extent))
        peak_x, peak_y = response.peak
        peak = centers(Box(peak_x, peak_y, 0, 0).xywh[None])
        layers: list[Layer] = [Outline(boxes_path(seen.previous_box.xywh[None]), PREVIOUS)]
        if seen.localized_box is not None:
            layers.append(Outline(boxes_path(seen.localized_box.xywh[None]), LOCALIZED))
        self._marks.set_layers((*layers, Dots(peak, HUMAN.color, 6.0)))
        self._view_box.setRange(QRectF(rect_of(response.extent)), padding=0.01)
