"""Keeps widgets from getting lower while frames go by, so that what is below them stays where it is."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QWidget


class HeightRatchet:
    """While it holds, each widget is at least as high as it was since it began to."""

    def __init__(self, widgets: Iterable[QWidget]) -> None:
        self._widgets = tuple(widgets)
        self._is_holding = False

    @property
    def is_holding(self) -> bool:
        return self._is_holding

    def hold(self, is_holding: bool) -> None:
        """Begin with the heights that are, go on, or let go."""
        for widget in self._widgets:
            if is_holding:
                shown = widget.height() if widget.isVisible() else 0
                widget.setMinimumHeight(max(widget.minimumHeight(), shown))
            elif self._is_holding:
                widget.setMinimumHeight(0)
        self._is_holding = is_holding
