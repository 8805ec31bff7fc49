"""The response map in image coordinates, with its peaks and the boxes around which the tracker decided."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, rect_of
from dlst_gui.overlays.palette import HUMAN, LOCALIZED, PREVIOUS, TRACKED, Mark
from dlst_gui.overlays.response_look import ResponseLook, contour_layers, response_peaks, smoothed
from dlst_gui.views.style.theme import THEME
from tracker_core import Diagnostics, ResponseMap

SMALLEST = 120  # screen pixels
PEAK, LOWER_PEAK = 8.0, 6.0  # screen pixels


class ResponsePlot(QWidget):
    """Wheel zooms, drag pans, a double click shows all of it again."""

    value_pointed = Signal(object)  # (x, y, value): under the mouse; None elsewhere

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._graphics = pg.GraphicsView(self, background=THEME.canvas)
        view_box = pg.ViewBox(lockAspect=True, invertY=True, enableMenu=False)
        self._plot = pg.PlotItem(viewBox=view_box, enableMenu=False)
        self._plot.hideButtons()
        for side, name in (("bottom", "x"), ("left", "y")):
            axis = self._plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(THEME.canvas_line)
            axis.setTextPen(THEME.canvas_text)
            axis.setLabel(f"{name}, px", color=THEME.canvas_text)  # after the pens, whose colour it would take
        self._graphics.setCentralItem(self._plot)
        self._view_box = view_box
        self._image = pg.ImageItem(axisOrder="row-major", colorMap="inferno")
        self._lines, self._marks = LayersItem(), LayersItem()
        for item in (self._image, self._lines, self._marks):
            view_box.addItem(item, ignoreBounds=True)
        view_box.disableAutoRange()
        self._response: ResponseMap | None = None
        self._look = ResponseLook()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self._graphics.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.setMinimumSize(SMALLEST, SMALLEST)
        for widget in (self, self._graphics, self._graphics.viewport()):
            widget.setAccessibleName("Response map")

    def sizeHint(self) -> QSize:
        return QSize(300, 280)

    def set_look(self, look: ResponseLook) -> None:
        """How the next map is drawn."""
        self._look = look

    def clear(self) -> None:
        """Draw nothing."""
        self._response = None
        self._image.clear()
        self._lines.set_layers(())
        self._marks.set_layers(())

    def show_diagnostics(self, seen: Diagnostics) -> None:
        """Draw the response, which must be there, and its marks; for the same place the view stays as it was."""
        response = seen.response_map
        assert response is not None
        is_elsewhere = self._response is None or self._response.extent != response.extent
        self._response = response
        self._image.setVisible(not self._look.is_contoured)
        values = smoothed(response.values) if self._look.is_smooth else response.values
        self._image.setImage(values, levels=(float(response.values.min()), float(response.values.max())))
        self._image.setRect(rect_of(response.extent))
        self._lines.set_layers(contour_layers(response) if self._look.is_contoured else ())
        self._marks.set_layers(_marks_of(seen, response))
        if is_elsewhere:
            self._view_box.setRange(QRectF(rect_of(response.extent)), padding=0.02)

    @Slot(object)
    def _on_mouse_moved(self, position: QPointF) -> None:
        response = self._response
        if response is None:
            return
        at = self._view_box.mapSceneToView(position)
        value = value_at(response, at.x(), at.y())
        self.value_pointed.emit(None if value is None else (at.x(), at.y(), value))


def value_at(response: ResponseMap, x: float, y: float) -> float | None:
    """The response of the cell at an image position, pixels; None beside the map."""
    rows, columns = response.values.shape
    extent = response.extent
    column = int(np.floor((x - extent.x) * columns / extent.width))
    row = int(np.floor((y - extent.y) * rows / extent.height))
    is_inside = 0 <= column < columns and 0 <= row < rows
    return float(response.values[row, column]) if is_inside else None


def _marks_of(seen: Diagnostics, response: ResponseMap) -> tuple[Layer, ...]:
    boxes = ((seen.previous_box, PREVIOUS), (seen.localized_box, LOCALIZED), (seen.chosen_box, TRACKED))
    outlines = (Outline(boxes_path(box.xywh[None]), stroke) for box, stroke in boxes if box is not None)
    places = tuple(QPointF(x, y) for x, y, _ in response_peaks(response))
    highest = Dots(places[:1], HUMAN.color, PEAK)
    lower = Dots(places[1:], HUMAN.color, LOWER_PEAK, Mark.RING)
    return (*outlines, lower, highest)
