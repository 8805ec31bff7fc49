"""A panel that is made when it is first seen: most windows never show most of them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget


class LatePanel(QWidget):
    """Holds the place of a panel, and the panel from when it is first shown."""

    def __init__(self, make: Callable[[], QWidget]) -> None:
        """Make the place.

        Args:
            make: makes the panel; called once.
        """
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self._make: Callable[[], QWidget] | None = make
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        super().showEvent(event)
        if self._make is not None:
            make, self._make = self._make, None
            panel = make()
            self._column.addWidget(panel)
            panel.show()
            self._column.activate()  # else its words are seen once as wide as they came
