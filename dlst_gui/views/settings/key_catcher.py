"""A field that takes the next key press instead of typing it."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, QKeyCombination, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from dlst_gui.settings.key_names import canonical_key

IDLE_TEXT = "Click here, then press a key"
WAITING_TEXT = "Press the new key …"
_MODIFIERS = (
    Qt.Key.Key_Control,
    Qt.Key.Key_Shift,
    Qt.Key.Key_Alt,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_Meta,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
)


class KeyCatcher(QLineEdit):
    """Tab still goes on to the next control, and Esc lets go."""

    key_caught = Signal(str)  # spelled as `canonical_key` does
    let_go = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setPlaceholderText(IDLE_TEXT)
        self.setAccessibleName("New key")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride:
            # Else Ctrl+A and its like would be taken as commands of the field.
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.let_go.emit()
        elif event.key() not in _MODIFIERS:
            key = caught_key(event)
            if key is not None:
                self.key_caught.emit(key)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.setPlaceholderText(WAITING_TEXT)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setPlaceholderText(IDLE_TEXT)


def caught_key(event: QKeyEvent) -> str | None:
    """The key that was pressed; None for one that cannot be kept. The number pad's digits are digits."""
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    pressed = QKeyCombination(modifiers, Qt.Key(event.key()))
    return canonical_key(QKeySequence(pressed).toString(QKeySequence.SequenceFormat.PortableText))
