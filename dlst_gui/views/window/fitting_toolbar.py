"""A toolbar that leaves words out where they would push other buttons off the window."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton


class FittingToolBar(QToolBar):
    """All buttons are seen at any width; some of them lose their words."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._shrinking: list[QToolButton] = []
        self._widest = 0

    def add_shrinking(self, button: QToolButton) -> None:
        """Show a button's words only where there is room for those of all."""
        self._shrinking.append(button)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        has_words = all(button.toolButtonStyle() is beside for button in self._shrinking)
        if has_words:
            self._widest = self.sizeHint().width()
        has_room = self.width() >= self._widest
        if has_words is not has_room:
            for button in self._shrinking:
                button.setToolButtonStyle(beside if has_room else Qt.ToolButtonStyle.ToolButtonIconOnly)
