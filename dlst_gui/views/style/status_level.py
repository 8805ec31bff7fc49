"""Small labels whose colour says how things stand; the word says it too."""

from __future__ import annotations

from enum import Enum

from PySide6.QtWidgets import QLabel


class StatusLevel(Enum):
    """Values are those of `level` in `resources/style.qss`."""

    CALM = "calm"
    BUSY = "busy"
    GOOD = "good"
    WARNING = "warning"


def set_status(label: QLabel, text: str, level: StatusLevel) -> None:
    """Show `text`; restyles only where the level changes, which is slow."""
    label.setText(text)
    if label.property("level") != level.value:
        label.setProperty("level", level.value)
        label.style().unpolish(label)
        label.style().polish(label)
