"""Describes one label: name, colour and key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QColorDialog,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.formats.own.attribute_json import HOTKEYS
from dlst_gui.project.labels import Label
from dlst_gui.views.label_set.attribute_dialog import NO_KEY
from dlst_gui.views.label_set.swatch import swatch
from dlst_gui.views.style.status_level import StatusLevel, set_status


class LabelDialog(QDialog):
    """Hands the label to `take`; says why where it is not taken."""

    def __init__(self, label: Label, take: Callable[[Label], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Label")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._take = take
        self._color = label.color
        self._name = QLineEdit(label.name)
        self._name.selectAll()
        self._pick = QPushButton("Choose…")
        self._pick.setIconSize(QSize(16, 16))
        self._pick.setIcon(swatch(label.color))
        self._pick.clicked.connect(self._on_pick)
        self._key = QComboBox()
        self._key.addItems([NO_KEY, *HOTKEYS])
        self._key.setCurrentText(label.hotkey or NO_KEY)
        self._key.setToolTip("The command Set Label with this number (Ctrl and the number, unless you changed it)")
        form = QFormLayout()
        for name, field in (("Name", self._name), ("Colour", self._pick), ("Key", self._key)):
            form.addRow(name, field)
            field.setAccessibleName(name)
        self._problem = QLabel()
        self._problem.setObjectName("note")
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, parent=self
        )
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        self._name.textChanged.connect(self._refresh)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addWidget(self._buttons)
        self.setMinimumWidth(320)
        self._name.setFocus()  # else the first button has it

    @Slot()
    def _refresh(self) -> None:
        self._buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self._name.text().strip()))

    @Slot()
    def _on_pick(self) -> None:
        dialog = QColorDialog(QColor(self._color), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(self._on_picked)
        dialog.open()

    @Slot(QColor)
    def _on_picked(self, color: QColor) -> None:
        self._color = color.name()
        self._pick.setIcon(swatch(self._color))

    @Slot()
    def _on_accepted(self) -> None:
        key = self._key.currentText()
        problem = self._take(Label(self._name.text().strip(), self._color, "" if key == NO_KEY else key))
        if problem:
            set_status(self._problem, problem, StatusLevel.WARNING)
            self._problem.show()
        else:
            self.accept()
