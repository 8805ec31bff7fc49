"""The labels that are offered, each with its colour and key; a click gives one."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QMenu

from dlst_gui.project.labels import Label
from dlst_gui.views.label_set.swatch import swatch

LEAST_ROW_HEIGHT = 22  # pixels
MOST_ROWS = 8
_NAME = Qt.ItemDataRole.UserRole


class LabelList(QListWidget):
    """The row of the label that the object has is the selected one."""

    label_chosen = Signal(str)
    edit_asked = Signal(str)
    removal_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[tuple[Label, str], ...] | None = None
        self.setAccessibleName("Labels")
        self.setIconSize(QSize(14, 14))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu_asked)
        self.itemClicked.connect(self._on_chosen)
        self.itemActivated.connect(self._on_chosen)

    def show_labels(self, labels: tuple[Label, ...], keys: Sequence[str], present: str) -> None:
        """List these, each with what is pressed for it ("" for nothing); `present` is the object's."""
        rows = tuple(zip(labels, keys, strict=True))
        if rows != self._rows:
            self._rows = rows
            self.clear()
            for label, key in rows:
                item = QListWidgetItem(swatch(label.color), f"{label.name}   {key}".rstrip())
                item.setData(_NAME, label.name)
                item.setToolTip(f"Give the label {label.name} to the object, or to the next one")
                self.addItem(item)
            row_height = max(self.sizeHintForRow(0), LEAST_ROW_HEIGHT)
            self.setFixedHeight(row_height * min(max(len(labels), 1), MOST_ROWS) + 2 * self.frameWidth())
        row = next((at for at, label in enumerate(labels) if label.name == present), -1)
        if row != self.currentRow():
            self.setCurrentRow(row)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.RightButton:  # that asks for the menu, and chooses nothing
            super().mousePressEvent(event)

    @Slot(QListWidgetItem)
    def _on_chosen(self, item: QListWidgetItem) -> None:
        self.label_chosen.emit(str(item.data(_NAME)))

    @Slot(QPoint)
    def _on_menu_asked(self, position: QPoint) -> None:
        item = self.itemAt(position)
        if item is None:
            return
        name = str(item.data(_NAME))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Edit Label…", partial(self.edit_asked.emit, name))
        menu.addAction("Remove Label", partial(self.removal_asked.emit, name))
        menu.popup(self.viewport().mapToGlobal(position))
