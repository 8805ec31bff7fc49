"""A field for a whole number, in a window whose commands have plain keys."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSpinBox, QWidget

MARGIN = 4  # screen pixels
_ENDING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class NumberField(QSpinBox):
    """Return takes the number, Esc leaves it as it was; both end typing, and keys are commands again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
        self.editingFinished.connect(self.clearFocus)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.ShortcutOverride
            and event.key() in _ENDING_KEYS
        ):
            # Else a command that has the key would be given, and the number would not be taken.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in _ENDING_KEYS:
            event.accept()  # a dialog would press its main button
