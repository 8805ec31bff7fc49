"""How suspicious a finding is, as a bar."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from dlst_gui.views.review.findings_model import SUSPICION_ROLE

HEIGHT, MARGIN = 6, 6  # pixels


class SuspicionBar(QStyledItemDelegate):
    """Fills the cell from the left by the finding's suspicion, 0 to 1."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        suspicion = index.data(SUSPICION_ROLE)
        if not isinstance(suspicion, float):
            return
        cell = QRectF(option.rect).adjusted(MARGIN, 0, -MARGIN, 0)
        bar = QRectF(cell.left(), cell.center().y() - HEIGHT / 2, cell.width(), HEIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(option.palette.color(QPalette.ColorRole.AlternateBase))
        painter.drawRoundedRect(bar, HEIGHT / 2, HEIGHT / 2)
        bar.setWidth(max(bar.width() * suspicion, HEIGHT))
        painter.setBrush(option.palette.color(QPalette.ColorRole.Link))
        painter.drawRoundedRect(bar, HEIGHT / 2, HEIGHT / 2)
        painter.restore()
