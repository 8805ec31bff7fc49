"""A strip of colours that says which log-odds they stand for, with 0 marked."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dlst_gui.counting import signed
from dlst_gui.overlays.contours import contour_levels
from dlst_gui.views.evidence.explanations import explain

STRIP, HEIGHT, MARGIN = 10, 42, 14  # screen pixels
UNIT = "log-odds of the target's centre"


class ValueScale(QWidget):
    """From the lowest to the highest value of a map."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._low, self._high = 0.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setObjectName("legend")
        explain(self, "response")
        self.setAccessibleName("Scale of the response")

    def show_range(self, low: float, high: float) -> None:
        """What the ends of the strip stand for."""
        self._low, self._high = low, high
        self.setAccessibleName(f"Scale of the response, from {signed(low, 1)} to {signed(high, 1)} {UNIT}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        strip = QRectF(MARGIN, 2, self.width() - 2 * MARGIN, STRIP)
        shade = QLinearGradient(strip.topLeft(), strip.topRight())
        colors = pg.colormap.get("inferno").getLookupTable(nPts=12)
        for stop, color in zip(np.linspace(0, 1, len(colors)), colors.tolist(), strict=True):
            shade.setColorAt(float(stop), QColor(*color))
        painter.fillRect(strip, shade)
        painter.setFont(self.font())
        metrics, text_color = self.fontMetrics(), self.palette().windowText().color()
        span = max(self._high - self._low, 1e-9)
        for level in contour_levels(self._low, self._high, most=6):
            x = strip.left() + strip.width() * (level - self._low) / span
            painter.setPen(QPen(text_color, 2.0 if level == 0 else 1.0))
            painter.drawLine(QPointF(x, strip.bottom()), QPointF(x, strip.bottom() + 4))
            text = f"{level:g}".replace("-", "−")
            place = QRectF(x - 30, strip.bottom() + 4, 60, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
        below = QRectF(0, self.height() - metrics.height(), self.width(), metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, UNIT)
