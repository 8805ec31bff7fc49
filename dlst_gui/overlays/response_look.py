"""How a response map is drawn, alike over the picture and in its panel: cells or lines of equal value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from dlst_gui.overlays.contours import contour_levels, contour_lines, contour_segments
from dlst_gui.overlays.layers_item import Outline
from dlst_gui.overlays.palette import Stroke
from tracker_core import ResponseMap

Value = TypeVar("Value", np.float32, np.uint8)

SMOOTHING = 5  # drawn cells per cell and axis; odd, so that one of them keeps the cell's centre
LINE, ZERO_LINE = 1.5, 3.0  # screen pixels: widths of contours, and of the one at 0
ZERO_COLOR = "#ffffff"
MOST_LINES = 6
DARKEST_LINE = 0.45  # of the way along the colours: what is darker is not seen on a dark picture
LEAST_PEAK = 0.35  # of the way from the median to the highest value: what is lower is no peak
MOST_PEAKS = 4
_PEAK_REACH = 0.08  # of the map's longer side, at least a cell: two peaks are not closer


@dataclass(frozen=True, slots=True)
class ResponseLook:
    """What a person wants to see of it.

    Attributes:
        is_contoured: lines instead of colours.
        is_smooth: read between the cells, and not each cell as it was computed.
        opacity: of the colours over the picture, 0 to 1.
    """

    is_contoured: bool = False
    is_smooth: bool = False
    opacity: float = 0.75


def smoothed(values: NDArray[Value]) -> NDArray[Value]:
    """The same, read linearly between the cells' middles at a finer grid."""
    made = cv2.resize(values, None, fx=SMOOTHING, fy=SMOOTHING, interpolation=cv2.INTER_LINEAR)
    return np.asarray(made, values.dtype)


def response_levels(response: ResponseMap) -> tuple[float, ...]:
    """The values at which lines are drawn: round ones above the median, where the map says something, and 0."""
    low, high = float(response.values.min()), float(response.values.max())
    median = float(np.median(response.values))
    levels = contour_levels(median, high, most=MOST_LINES)
    return levels if 0 in levels or not low < 0 < high else (0.0, *levels)


def contour_layers(response: ResponseMap) -> tuple[Outline, ...]:
    """A line for each level in about the colour of its value; that at 0 is white and thick, those below dashed."""
    low, high = float(response.values.min()), float(response.values.max())
    colors = pg.colormap.get("inferno")
    layers = []
    for level in sorted(response_levels(response), key=lambda each: each == 0):
        share = max((level - low) / (high - low), DARKEST_LINE)
        style = Qt.PenStyle.SolidLine if level > 0 else Qt.PenStyle.DashLine
        stroke = Stroke(colors.map(share, mode="qcolor").name(), LINE, style)
        if level == 0:
            stroke = Stroke(ZERO_COLOR, ZERO_LINE)
        layers.append(Outline(_contour_path(response, level), stroke, is_smooth=True))
    return tuple(layers)


def response_peaks(response: ResponseMap) -> tuple[tuple[float, float, float], ...]:
    """x, y (image pixels) and value of the highest places, in order; what is near a higher one is none."""
    values = response.values
    reach = max(1, round(_PEAK_REACH * max(values.shape)))
    highest = cv2.dilate(values, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    median, top = float(np.median(values)), float(values.max())
    is_peak = (values >= highest) & (values >= median + LEAST_PEAK * (top - median))
    rows, columns = np.nonzero(is_peak)
    peaks: list[tuple[float, float, float]] = []
    taken: list[tuple[int, int]] = []
    for index in np.argsort(-values[rows, columns], kind="stable").tolist():
        row, column = int(rows[index]), int(columns[index])
        is_apart = all(max(abs(row - other), abs(column - across)) > reach for other, across in taken)
        if is_apart and len(peaks) < MOST_PEAKS:  # a plateau is one peak
            taken.append((row, column))
            peaks.append((*response.image_position(row, column), float(values[row, column])))
    return tuple(peaks)


def _contour_path(response: ResponseMap, level: float) -> QPainterPath:
    """The line of a level in image coordinates."""
    rows, columns = response.values.shape
    extent = response.extent
    segments = contour_segments(response.values, level) + 0.5  # middles of cells
    segments *= (extent.width / columns, extent.height / rows)
    segments += (extent.x, extent.y)
    path = QPainterPath()
    for line in contour_lines(segments):
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in line.tolist()]))
    return path
