"""A colour as an icon."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

_SIDE = 32  # pixels: sharp on high-density screens too


def swatch(color: str) -> QIcon:
    """A rounded square of this colour ("#rrggbb")."""
    picture = QPixmap(_SIDE, _SIDE)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(QRectF(3, 3, _SIDE - 6, _SIDE - 6), 7, 7)
    painter.end()
    return QIcon(picture)
