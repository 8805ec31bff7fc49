"""Small labels whose colour says how things stand; the word says it too."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QLabel


class Mood(Enum):
    """Values are those of `mood` in `resources/style.qss`."""

    CALM = "calm"
    BUSY = "busy"
    GOOD = "good"
    WARNING = "warning"


def set_mood(label: QLabel, text: str, mood: Mood) -> None:
    """Show `text`; restyles only where the mood changes, which is slow."""
    label.setText(text)
    if label.property("mood") != mood.value:
        label.setProperty("mood", mood.value)
        label.style().unpolish(label)
        label.style().polish(label)
