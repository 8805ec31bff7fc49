"""Choices that the wheel passes over: whoever scrolls a panel does not mean to choose."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QComboBox


class WheelPassing(QObject):
    """Gives the wheel to what lies behind a choice, unless the choice has the focus."""

    def __init__(self, *choices: QComboBox) -> None:
        """Begin at once; it lives as long as the first choice does."""
        super().__init__(choices[0])
        for choice in choices:
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # which the wheel does not give
            choice.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt's
        if event.type() is QEvent.Type.Wheel and isinstance(watched, QComboBox) and not watched.hasFocus():
            event.ignore()
            return True
        return False
