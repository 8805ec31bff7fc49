"""What a finding is about, in two lines: its object and frames, and below them the reason."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from dlst_gui.views.review.findings_model import COLOR_ROLE

SWATCH, GAP = 9, 7  # pixels
MARGIN = 4
QUIET = 0.75  # of the text's colour: still a contrast of more than 4.5 in every theme


class FindingCell(QStyledItemDelegate):
    """Draws the two lines of a cell, with the object's colour before the first."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        first, _, second = str(index.data()).partition("\n")
        cell = option.rect.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        left, half = cell.left() + SWATCH + GAP, cell.height() // 2
        upper = QRect(left, cell.top(), cell.right() - left, half)
        painter.save()
        color = index.data(COLOR_ROLE)
        if isinstance(color, QColor):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color)
            painter.drawRoundedRect(cell.left(), upper.center().y() - SWATCH // 2, SWATCH, SWATCH, 2, 2)
        for words, rect, opacity in ((first, upper, 1.0), (second, upper.translated(0, half), QUIET)):
            ink = QColor(option.palette.color(QPalette.ColorRole.Text))
            ink.setAlphaF(opacity)
            painter.setPen(ink)
            shown = option.fontMetrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
            painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        painter.restore()

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.text = ""  # the cell's ground alone: its words are drawn above
