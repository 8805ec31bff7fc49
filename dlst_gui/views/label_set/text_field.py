"""A field for a text, in a window whose commands have plain keys."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from dlst_gui.views.frame_bar.number_field import ENDING_KEYS, has_taken_ending_key


class TextField(QLineEdit):
    """Return takes the text, Esc leaves it as it was; both end typing, and keys are commands again."""

    text_given = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.editingFinished.connect(self._on_finished)

    def show_text(self, text: str) -> None:
        """Show what holds now; what is being written stays, as long as that is the same."""
        if text != self._shown or not self.isModified():
            self._shown = text
            self.setText(text)

    def give(self) -> None:
        """Take what was written by now."""
        if self.isModified():
            self._on_finished()

    def event(self, event: QEvent) -> bool:
        return has_taken_ending_key(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._shown)
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in ENDING_KEYS:
            event.accept()
            self.clearFocus()

    @Slot()
    def _on_finished(self) -> None:
        text = self.text().strip()
        self.setModified(False)
        if text != self._shown:
            self._shown = text
            self.text_given.emit(text)
