"""What is odd about the open video, as long as it is open: a few words in the status bar, all at a click."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QWidget


class VideoNote(QPushButton):
    """Hidden where there is nothing to say."""

    asked = Signal(str)  # all of it, as a sentence

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice = ""
        self.setObjectName("quiet_chip")
        self.setAccessibleName("About this video")
        self.hide()
        self.clicked.connect(lambda: self.asked.emit(as_sentence(self._notice)))

    def show_notice(self, notice: str) -> None:
        """Show what a source says of itself (`VideoSource.notice`), or hide where that is nothing."""
        if notice == self._notice:
            return
        self._notice = notice
        self.setText(as_few_words(notice))
        sentence = as_sentence(notice)
        self.setToolTip(sentence)
        self.setAccessibleDescription(sentence)
        self.setVisible(bool(notice))


def as_few_words(notice: str) -> str:
    """The first thing a notice says, without its numbers."""
    first = re.split(r"[:;(]", notice, maxsplit=1)[0].strip()
    return f"Video {first}" if first in ("cut off at its end", "damaged") else as_sentence(first).rstrip(".")


def as_sentence(notice: str) -> str:
    """A notice, which goes on after a file's name elsewhere, as it can stand alone."""
    return f"{notice[:1].upper()}{notice[1:]}." if notice else ""
