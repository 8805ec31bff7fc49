"""A field for a whole number, in a window whose commands have plain keys."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QSpinBox, QWidget

MARGIN = 4  # screen pixels
ENDING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class NumberField(QSpinBox):
    """Return takes the number, Esc leaves it as it was; both end typing, and keys are commands again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
        self.editingFinished.connect(self.clearFocus)

    def event(self, event: QEvent) -> bool:
        return has_taken_ending_key(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in ENDING_KEYS:
            event.accept()  # a dialog would press its main button


def has_taken_ending_key(event: QEvent) -> bool:
    """Whether this was one, offered to commands first: they do not get it, else nothing typed would be taken."""
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.ShortcutOverride:
        return False
    if is_ending := event.key() in ENDING_KEYS:
        event.accept()
    return is_ending
