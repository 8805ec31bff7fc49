"""Paints a tile: the picture, frame and count below it, the score, and what is peculiar about it."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPalette, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from dlst_gui.counting import signed
from dlst_gui.overlays.palette import HUMAN, LOST
from dlst_gui.session.cut_outs import cut_out_side
from dlst_gui.views.evidence.memory.tile_rows import TILE_ROLE, TileRows
from dlst_gui.views.evidence.memory.tiles import Tile
from dlst_gui.views.style.theme import THEME
from tracker_core import Box

PICTURE = 56  # screen pixels: four side by side in the narrowest panel
EDGE, LINE_HEIGHT = 4, 15
BADGE = 15
BOX = QColor(255, 255, 255, 150)


class TileDelegate(QStyledItemDelegate):
    """Words take the colours of the list; what is drawn on pictures is made for dark, as over the video."""

    def __init__(self, rows: TileRows) -> None:
        super().__init__(rows)
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(PICTURE + 2 * EDGE, PICTURE + 2 * EDGE + 2 * LINE_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tile: Tile | None = index.data(TILE_ROLE)
        if tile is None:
            return
        painter.save()
        area, palette = QRect(option.rect), QPalette(option.palette)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, palette.color(QPalette.ColorRole.Highlight))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, palette.color(QPalette.ColorRole.AlternateBase))
        picture = QRect(area.left() + (area.width() - PICTURE) // 2, area.top() + EDGE, PICTURE, PICTURE)
        self._paint_picture(painter, picture, tile)
        painter.setFont(option.font)
        words = QRect(area.left(), picture.bottom() + 3, area.width(), 2 * LINE_HEIGHT)
        self._paint_words(painter, words, tile, palette)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Link), 1))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.restore()

    def _paint_picture(self, painter: QPainter, area: QRect, tile: Tile) -> None:
        painter.fillRect(area, QColor(THEME.canvas))
        pixmap = self._rows.pixmap(tile)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if pixmap is not None:
            painter.drawPixmap(area, pixmap)
            painter.setPen(QPen(BOX, 1))
            painter.drawRect(box_in_picture(tile.box, area))
        if tile.source.is_human:
            self._outline(painter, area, QColor(HUMAN.color), Qt.PenStyle.SolidLine)
        elif tile.stands_out:
            self._outline(painter, area, QColor(LOST.color), Qt.PenStyle.DashLine)
            self._badge(painter, area.topRight() - QPoint(BADGE - 1, 0), "?", QColor(LOST.color))
        if len(tile.rows) > 1:
            text = f"−{len(tile.rows)}" if self._rows.is_expanded(tile) else str(len(tile.rows))
            self._count(painter, area, text)

    @staticmethod
    def _outline(painter: QPainter, area: QRect, color: QColor, style: Qt.PenStyle) -> None:
        pen = QPen(color, 2, style)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(QPen(QColor(THEME.canvas), 3))
        painter.drawRect(area.adjusted(1, 1, -2, -2))
        painter.setPen(pen)
        painter.drawRect(area.adjusted(1, 1, -2, -2))

    @staticmethod
    def _badge(painter: QPainter, corner: QPoint, text: str, color: QColor) -> None:
        area = QRect(corner, QSize(BADGE, BADGE))
        painter.fillRect(area, color)
        font = QFont(painter.font())
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(THEME.canvas))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _count(painter: QPainter, area: QRect, text: str) -> None:
        font = QFont(painter.font())
        font.setPixelSize(11)
        font.setBold(False)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(text) + 8
        ground = QColor(THEME.canvas)
        ground.setAlpha(205)
        place = QRect(area.right() - width - 1, area.bottom() - 15, width, 14)
        painter.fillRect(place, ground)
        painter.setPen(QColor(THEME.canvas_text))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)

    @staticmethod
    def _paint_words(painter: QPainter, area: QRect, tile: Tile, palette: QPalette) -> None:
        font = QFont(painter.font())
        font.setPixelSize(12)
        painter.setFont(font)
        place = "sample" if tile.is_single else f"#{tile.frame_index}"
        lines = [(place, QPalette.ColorRole.PlaceholderText)]
        if tile.score is not None:
            lines.insert(0, (signed(tile.score, 1), QPalette.ColorRole.Text))
        for number, (text, role) in enumerate(lines):
            line = QRect(area.left(), area.top() + number * LINE_HEIGHT, area.width(), LINE_HEIGHT)
            painter.setPen(palette.color(role))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)


def box_in_picture(box: Box, area: QRect) -> QRectF:
    """Where a box lies in its cut-out, which is drawn over an area."""
    scale = area.width() / cut_out_side(box)
    place = QRectF(0, 0, scale * box.width, scale * box.height)
    place.moveCenter(QRectF(area).center())
    return place
