"""Keeps the window's theme as the user wants it, also while the program runs."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.theme import Theme, apply_theme, theme_for


class Looks(QObject):
    """Applies another theme once it is chosen, or once the desktop changes where it is to be followed."""

    theme_changed = Signal()

    def __init__(self, user: UserSettings, parent: QObject) -> None:
        super().__init__(parent)
        self._user = user
        self._theme = theme_for(user.preferences.theme)
        user.preferences_changed.connect(self._refresh)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._refresh)

    @property
    def theme(self) -> Theme:
        return self._theme

    def _refresh(self) -> None:
        theme = theme_for(self._user.preferences.theme)
        application = QApplication.instance()
        if theme is not self._theme and isinstance(application, QApplication):
            self._theme = theme
            apply_theme(application, theme)
            self.theme_changed.emit()
