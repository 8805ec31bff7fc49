"""File > Open Recent: what was opened last, the latest first."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from dlst_gui.views.settings.user_settings import UserSettings

LONGEST_NAME = 60  # characters


class RecentMenu(QMenu):
    """Made anew whenever it is opened; what is gone from the disk says so when it is opened."""

    def __init__(self, user: UserSettings, open_path: Callable[[Path], object], parent: QWidget) -> None:
        super().__init__("Open &Recent", parent)
        self._user = user
        self._open = open_path
        self.aboutToShow.connect(self._fill)
        user.preferences_changed.connect(self._on_preferences_changed)
        self._on_preferences_changed()

    @Slot()
    def _on_preferences_changed(self) -> None:
        self.setEnabled(bool(self._user.preferences.recent))

    @Slot()
    def _fill(self) -> None:
        self.clear()
        for number, path in enumerate(self._user.preferences.recent, start=1):
            # An ampersand would mark the letter after it.
            name = f"{path.name}  –  {_shortened(str(path.parent))}".replace("&", "&&")
            action = self.addAction(f"&{number}  {name}")
            action.setToolTip(str(path))
            action.triggered.connect(lambda _checked=False, chosen=path: self._open(chosen))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_NAME else f"{text[:20]} … {text[-LONGEST_NAME + 23 :]}"
