"""A passing note on the frame: what was just done, or why it was not."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QWidget

NOTE_MS = 8000
PADDING = 32  # pixels that the style puts to the left and right of the words, and a little more


class PassingNote(QLabel):
    """Wraps what is too long for one line, and goes by itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("passing_note")
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTE_MS)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def show_text(self, text: str) -> None:
        """Show a note for a while, in place of the one before."""
        self.setText(text)
        self.setVisible(bool(text))
        self._timer.start()

    def fit(self, widest: int) -> None:
        """Take the room the words need, at most `widest` pixels across."""
        self.ensurePolished()
        width = min(self.fontMetrics().horizontalAdvance(self.text()) + PADDING, widest)
        self.resize(width, self.heightForWidth(width))
