"""Marks of the picture as icons for rows of a table, on the picture's dark ground."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from dlst_gui.overlays.layers_item import paint_mark
from dlst_gui.overlays.palette import Mark
from dlst_gui.views.style.theme import THEME

SIDE, MARK_SIZE = 14, 6.0  # screen pixels
_SHARPEST = 3  # device pixels per screen pixel


@lru_cache(maxsize=64)
def mark_icon(mark: Mark, color: str) -> QIcon:
    """One per look: rows share them."""
    icon = QIcon()
    for ratio in range(1, _SHARPEST + 1):
        picture = QPixmap(SIDE * ratio, SIDE * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(THEME.canvas))
        painter.drawRoundedRect(QRectF(0, 0, SIDE, SIDE), 3, 3)
        paint_mark(painter, mark, color, QPointF(SIDE / 2, SIDE / 2), MARK_SIZE)
        painter.end()
        icon.addPixmap(picture)
    return icon
