"""The response map in image coordinates, with its peaks and the boxes around which the tracker decided."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Signal, Slot
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dlst_gui.overlays.contours import contour_levels, contour_segments
from dlst_gui.overlays.layers_item import Dots, Layer, LayersItem, Outline, boxes_path, rect_of
from dlst_gui.overlays.palette import HUMAN, LOCALIZED, PREVIOUS, TRACKED, Stroke
from dlst_gui.views.theme import THEME
from tracker_core import Diagnostics, ResponseMap

SMOOTHING = 5  # drawn cells per cell and axis
SMALLEST = 120  # screen pixels
LINE, ZERO_LINE = 1.0, 2.5  # screen pixels: widths of contours, and of the one at 0


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
        self._is_contoured = self._is_smooth = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._graphics)
        self._graphics.scene().sigMouseMoved.connect(self._on_mouse_moved)
        self.setMinimumSize(SMALLEST, SMALLEST)
        for widget in (self, self._graphics, self._graphics.viewport()):
            widget.setAccessibleName("Response map")

    def sizeHint(self) -> QSize:
        return QSize(300, 280)

    def set_looks(self, *, is_contoured: bool, is_smooth: bool) -> None:
        """How the next map is drawn."""
        self._is_contoured, self._is_smooth = is_contoured, is_smooth

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
        self._image.setVisible(not self._is_contoured)
        values = smoothed(response.values) if self._is_smooth else response.values
        self._image.setImage(values, levels=(float(response.values.min()), float(response.values.max())))
        self._image.setRect(rect_of(response.extent))
        self._lines.set_layers(contour_layers(response) if self._is_contoured else ())
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


def smoothed(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same, read linearly between the cells' middles at a finer grid."""
    made: NDArray[np.float32] = cv2.resize(
        values, None, fx=SMOOTHING, fy=SMOOTHING, interpolation=cv2.INTER_LINEAR
    )
    return made


def contour_layers(response: ResponseMap) -> tuple[Layer, ...]:
    """A line for each round value, in its colour; that at 0 is thick."""
    low, high = float(response.values.min()), float(response.values.max())
    colors = pg.colormap.get("inferno")
    layers: list[Layer] = []
    for level in contour_levels(low, high):
        color = colors.map((level - low) / (high - low), mode="qcolor").name()
        is_zero = level == 0
        stroke = Stroke("#ffffff" if is_zero else color, ZERO_LINE if is_zero else LINE)
        layers.append(Outline(contour_path(response, level), stroke, is_smooth=True))
    return tuple(layers)


def contour_path(response: ResponseMap, level: float) -> QPainterPath:
    """The line of a level in image coordinates."""
    rows, columns = response.values.shape
    extent = response.extent
    segments = contour_segments(response.values, level) + 0.5  # middles of cells
    segments *= (extent.width / columns, extent.height / rows)
    segments += (extent.x, extent.y)
    path = QPainterPath()
    for (x_0, y_0), (x_1, y_1) in segments.tolist():
        path.moveTo(x_0, y_0)
        path.lineTo(x_1, y_1)
    return path


def _marks_of(seen: Diagnostics, response: ResponseMap) -> tuple[Layer, ...]:
    boxes = ((seen.previous_box, PREVIOUS), (seen.localized_box, LOCALIZED), (seen.chosen_box, TRACKED))
    outlines = (Outline(boxes_path(box.xywh[None]), stroke) for box, stroke in boxes if box is not None)
    return (*outlines, Dots((QPointF(*response.peak),), HUMAN.color, 7.0))
