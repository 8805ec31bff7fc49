"""The shapes of small marks, alike in the picture, in the legend and in tables."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

from dlst_gui.overlays.palette import Mark

_OPEN = (Mark.CROSS, Mark.RING)
_LARGER = {Mark.TRIANGLE: 1.5, Mark.DIAMOND: 1.45, Mark.CROSS: 1.35, Mark.RING: 1.05}
"""Ours: sides by which a shape looks as large as a square of the same size."""


def is_open(mark: Mark) -> bool:
    """Whether a mark is made of lines, and not filled."""
    return mark in _OPEN


def mark_path(mark: Mark, size: float) -> QPainterPath:
    """A mark around (0, 0).

    Args:
        mark: one of the small marks.
        size: of a square that looks as large, in the units of the path.

    Raises:
        KeyError: it is a line or a scale.
    """
    half = size * _LARGER.get(mark, 1.0) / 2
    path = QPainterPath()
    if mark in (Mark.DOT, Mark.RING):
        path.addEllipse(QPointF(), half, half)
    elif mark is Mark.SQUARE:
        path.addRect(QRectF(-half, -half, 2 * half, 2 * half))
    elif mark is Mark.CROSS:
        for slope in (-1, 1):
            path.moveTo(-half, -half * slope)
            path.lineTo(half, half * slope)
    else:
        corners = {
            Mark.TRIANGLE: ((0, -0.95), (0.95, 0.7), (-0.95, 0.7)),
            Mark.DIAMOND: ((0, -1), (1, 0), (0, 1), (-1, 0)),
        }[mark]
        path.addPolygon(QPolygonF([QPointF(half * x, half * y) for x, y in corners]))
        path.closeSubpath()
    return path
