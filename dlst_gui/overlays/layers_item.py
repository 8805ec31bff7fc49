"""One graphics item that draws many shapes: a separate item per candidate would be slow."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from dlst_gui.overlays.mark_shapes import is_open, mark_path
from dlst_gui.overlays.palette import HALO, HALO_WIDTH, Mark, Stroke
from dlst_gui.overlays.tags import Ground, Tag, TagPicture, tag_picture
from tracker_core import Box, BoxArray

OPEN_LINE = 1.3  # screen pixels: width of the lines of a mark that is not filled
TAG_REACH = 400.0  # image pixels; a tag is wider the farther one zooms out

Points = NDArray[np.float64]
"""(n, 2) float64: x, y in image pixels."""


@dataclass(frozen=True, slots=True)
class Outline:
    """Lines in one look, with a dark edge.

    Attributes:
        is_smooth: for slanted lines; upright ones are as sharp without, and drawn three times as fast.
    """

    path: QPainterPath
    stroke: Stroke
    is_smooth: bool = False

    def pens(self, ratio: float) -> tuple[QPen, ...]:
        """Of the dark edge, where there is one, and of the lines."""
        pen = self.stroke.pen(ratio)
        return (self.stroke.halo_pen(ratio), pen) if self.stroke.has_halo else (pen,)


@dataclass(frozen=True, slots=True)
class Dots:
    """Marks of a fixed size on the screen, in one of the shapes of `mark_path`."""

    points: tuple[QPointF, ...]
    color: str
    size: float
    mark: Mark = Mark.DOT

    def pens(self, ratio: float) -> tuple[QPen, QPen]:
        """Of the dark edge and of the mark itself, where that is a point of a pen: round or square."""
        cap = Qt.PenCapStyle.SquareCap if self.mark is Mark.SQUARE else Qt.PenCapStyle.RoundCap
        stroke = Stroke(self.color, self.size)
        edge, mark = stroke.halo_pen(ratio), stroke.pen(ratio)
        edge.setColor(HALO)
        edge.setCapStyle(cap)
        mark.setCapStyle(cap)
        return edge, mark


Layer = Outline | Dots | Tag


@dataclass(frozen=True, slots=True)
class _Drawing:
    """An outline or dots ready for Qt: made once, painted often, and every object handed over takes its time."""

    shape: QPainterPath | QPolygonF
    pens: tuple[QPen, ...]
    is_smooth: bool

    @classmethod
    def of(cls, layer: Outline | Dots, ratio: float) -> _Drawing:
        if isinstance(layer, Outline):
            return cls(layer.path, layer.pens(ratio), layer.is_smooth)
        return cls(QPolygonF(layer.points), layer.pens(ratio), is_smooth=True)

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, self.is_smooth)
        for pen in self.pens:
            painter.setPen(pen)
            if isinstance(self.shape, QPainterPath):
                painter.drawPath(self.shape)
            else:
                painter.drawPoints(self.shape)


class LayersItem(QGraphicsItem):
    """Draws its layers in order, in image coordinates."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[Layer, ...] = ()
        self._drawings: tuple[_Drawing | _Shapes | TagPicture, ...] = ()
        self._pictures: dict[tuple[str, str], QPixmap] = {}
        self._ratio = 1.0  # device pixels per screen pixel
        self._bounds = QRectF()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self._layers

    def set_layers(self, layers: tuple[Layer, ...]) -> None:
        """Replace everything drawn."""
        bounds = QRectF()
        for layer in layers:
            if isinstance(layer, Outline):
                bounds = bounds.united(layer.path.boundingRect())
            else:
                corners = (
                    (layer.box.topLeft(), layer.box.bottomRight()) if isinstance(layer, Tag) else layer.points
                )
                for point in corners:
                    bounds = bounds.united(QRectF(point.x() - 0.5, point.y() - 0.5, 1, 1))
        self.prepareGeometryChange()
        self._layers, self._bounds = layers, bounds
        self._make_drawings()
        self.update()

    def boundingRect(self) -> QRectF:
        # Pens keep their width on the screen, so their reach in image pixels grows as one zooms out.
        margin = 16.0 if not any(isinstance(layer, Tag) for layer in self._layers) else TAG_REACH
        return self._bounds.adjusted(-margin, -margin, margin, margin)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        ratio = painter.device().devicePixelRatioF()
        if ratio != self._ratio:
            self._ratio = ratio
            self._pictures = {}
            self._make_drawings()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        taken: list[Ground] = []
        view = None if widget is None else QRectF(widget.rect())
        for drawing in self._drawings:
            if isinstance(drawing, TagPicture):
                ground = drawing.paint(painter, taken, view)
                if ground is not None:
                    taken.append(ground)
            else:
                drawing.paint(painter)

    def _make_drawings(self) -> None:
        tags = {(layer.text, layer.color) for layer in self._layers if isinstance(layer, Tag)}
        self._pictures = {
            tag: self._pictures[tag] if tag in self._pictures else tag_picture(*tag, self._ratio) for tag in tags
        }
        self._drawings = tuple(map(self._drawing_of, self._layers))

    def _drawing_of(self, layer: Layer) -> _Drawing | _Shapes | TagPicture:
        if isinstance(layer, Tag):
            return TagPicture(self._pictures[layer.text, layer.color], layer)
        if isinstance(layer, Dots) and layer.mark not in (Mark.DOT, Mark.SQUARE):
            return _Shapes.of(layer)
        return _Drawing.of(layer, self._ratio)


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Dots in a shape that no pen has, drawn on the screen's own pixels; the edges of all first."""

    points: tuple[QPointF, ...]
    color: QColor
    shape: QPainterPath
    is_open: bool

    @classmethod
    def of(cls, dots: Dots) -> _Shapes:
        return cls(dots.points, QColor(dots.color), mark_path(dots.mark, dots.size), is_open(dots.mark))

    def paint(self, painter: QPainter) -> None:
        world = painter.worldTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setWorldTransform(QTransform())
        path = QPainterPath()
        path.setFillRule(Qt.FillRule.WindingFill)  # where two lie on each other there is no hole
        for point in self.points:
            at = world.map(point)
            path.addPath(self.shape.translated(at.x(), at.y()))
        width = OPEN_LINE if self.is_open else 0.0
        painter.strokePath(path, QPen(HALO, width + HALO_WIDTH))
        if self.is_open:
            painter.strokePath(path, QPen(self.color, width))
        else:
            painter.fillPath(path, self.color)
        painter.setWorldTransform(world)


def paint_mark(painter: QPainter, mark: Mark, color: str, at: QPointF, size: float) -> None:
    """One mark as in the picture, at a place of a widget; `size` in its pixels."""
    painter.save()
    painter.translate(at)
    _Shapes.of(Dots((QPointF(),), color, size, mark)).paint(painter)
    painter.restore()


def rect_of(box: Box) -> QRectF:
    """The same rectangle in Qt's terms."""
    return QRectF(box.x, box.y, box.width, box.height)


def boxes_path(boxes_xywh: BoxArray) -> QPainterPath:
    """The outlines of (n, 4) boxes as one path."""
    path = QPainterPath()
    for x, y, width, height in boxes_xywh.tolist():
        path.addRect(x, y, width, height)
    return path


def centers(boxes_xywh: BoxArray) -> tuple[QPointF, ...]:
    """The centres of (n, 4) boxes."""
    return tuple(QPointF(x + width / 2, y + height / 2) for x, y, width, height in boxes_xywh.tolist())
