"""The strip below the frame: what to do next, and for a while what was just done or why it was not.

It is as high as two lines, in a low window as one, whatever it says: the frame above it never moves, and nothing
lies on the object.
"""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

NOTE_MS = 8000
LINES = 2
PADDING = 4  # points above and below the lines


class MessageStrip(QFrame):
    """A passing note goes before a hint where there is no room for both."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message_strip")
        self._room = LINES
        self._note, self._hint = QLabel(self), QLabel(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, PADDING, 12, PADDING)
        column.setSpacing(0)
        for label, name in ((self._note, "passing_note"), (self._hint, "hint")):
            label.setObjectName(name)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            label.hide()
            column.addWidget(label)
        self._note.setAccessibleName("Message")
        self._hint.setAccessibleName("What to do next")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTE_MS)
        self._timer.timeout.connect(self._on_note_due)
        self._place()

    @property
    def hint(self) -> str:
        """What to do next; empty where nothing needs to be said."""
        return self._hint.text()

    @property
    def note(self) -> str:
        """The passing note, as long as it is shown."""
        return self._note.text()

    def set_lines(self, lines: int) -> None:
        """Be as high as so many lines."""
        if lines != self._room:
            self._room = lines
            self._place()

    def set_hint(self, text: str) -> None:
        """Say what to do next; empty for nothing."""
        if text != self._hint.text():
            self._hint.setText(text)
            self._hint.setToolTip(text)
            self._place()

    def show_note(self, text: str) -> None:
        """Say something for a while, in place of the note before."""
        self._note.setText(text)
        self._note.setToolTip(text)
        self._timer.start()
        self._place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def _on_note_due(self) -> None:
        self._note.clear()
        self._place()

    def _place(self) -> None:
        """Show what there is room for."""
        # Fixed, because labels that wrap would have it as high as they need.
        self.setFixedHeight(self._room * self.fontMetrics().lineSpacing() + 2 * PADDING + 2)
        lines = {label: self._lines_of(label) for label in (self._note, self._hint)}
        self._note.setVisible(bool(self.note))
        self._hint.setVisible(bool(self.hint) and lines[self._note] + lines[self._hint] <= self._room)
        if not self.note:
            self._hint.setVisible(bool(self.hint))
        for label, count in lines.items():
            label.setFixedHeight(min(max(count, 1), self._room) * self.fontMetrics().lineSpacing())

    def _lines_of(self, label: QLabel) -> int:
        if not label.text():
            return 0
        label.ensurePolished()
        room = QRect(0, 0, max(self.width() - 28, 1), 10_000)
        height = label.fontMetrics().boundingRect(room, int(Qt.TextFlag.TextWordWrap), label.text()).height()
        return max(round(height / label.fontMetrics().lineSpacing()), 1)
