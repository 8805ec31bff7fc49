"""The choice of a label format: each with its name, and a line that says what it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from dlst_gui.formats.format import LabelReader
from dlst_gui.formats.registry import FORMATS
from dlst_gui.views.exchange.convention_card import kind_words

LINE_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_HEIGHT, MARGIN = 42, 10  # pixels
SHOWN_ROWS = 12


class FormatBox(QComboBox):
    """One of some formats; with `first`, an entry above them that stands for none of them."""

    def __init__(
        self,
        first: tuple[str, str] | None = None,
        formats: Sequence[LabelReader] = FORMATS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName("Format")
        rows = [] if first is None else [(None, *first)]
        for label_format, title, line in [*rows, *((each, each.title, kind_words(each)) for each in formats)]:
            self.addItem(title, label_format)
            row = self.count() - 1
            self.setItemData(row, line, LINE_ROLE)
            self.setItemData(row, line, Qt.ItemDataRole.AccessibleDescriptionRole)
        view = QListView()
        view.setAccessibleName("Formats")
        self.setView(view)
        self.setItemDelegate(_TwoLines(self))
        self.setMaxVisibleItems(SHOWN_ROWS)
        self.setStyleSheet("combobox-popup: 0;")  # a list that scrolls instead of a menu over the whole screen

    @property
    def chosen(self) -> LabelReader | None:
        """None for the entry above the formats."""
        found = self.currentData()
        return found if isinstance(found, LabelReader) else None

    def choose(self, label_format: LabelReader) -> None:
        """Show a format as chosen."""
        self.setCurrentIndex(next(row for row in range(self.count()) if self.itemData(row) is label_format))


class _TwoLines(QStyledItemDelegate):
    """Paints the name, and below it the line, more quietly."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        ground = QStyleOptionViewItem(option)
        self.initStyleOption(ground, index)
        title, ground.text = ground.text, ""
        QApplication.style().drawControl(QStyle.ControlElement.CE_ItemViewItem, ground, painter, option.widget)
        area, half = option.rect.adjusted(MARGIN, 4, -MARGIN, -4), (option.rect.height() - 8) // 2
        upper, lower = QRect(area), QRect(area)
        upper.setHeight(half)
        lower.setTop(upper.bottom() + 1)
        font = QFont(option.font)
        painter.save()
        for rectangle, text, weight, color in (
            (upper, title, QFont.Weight.DemiBold, option.palette.text()),
            (lower, str(index.data(LINE_ROLE)), QFont.Weight.Normal, QApplication.palette().placeholderText()),
        ):
            font.setWeight(weight)
            painter.setFont(font)
            painter.setPen(color.color())
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rectangle.width())
            painter.drawText(rectangle, Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()
