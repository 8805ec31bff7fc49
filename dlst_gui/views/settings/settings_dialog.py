"""The window of settings: one page for each subject; what is changed holds at once."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.views.settings.general_page import GeneralPage
from dlst_gui.views.settings.keys_page import KeysPage
from dlst_gui.views.settings.tracking_page import TrackingPage
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.window.fitting_size import fitting_size


class SettingsDialog(QDialog):
    """Stays beside the window, so that one sees what a change does."""

    def __init__(self, user: UserSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Settings")
        # Its pages scroll where the screen is smaller.
        self.resize(fitting_size(self, 720, 620))
        self.general_page = GeneralPage(user)
        self.tracking_page = TrackingPage(user)
        self.keys_page = KeysPage(user)
        tabs = QTabWidget()
        tabs.addTab(_scrolled(self.general_page), "&General")
        tabs.addTab(_scrolled(self.tracking_page), "&Tracking")
        tabs.addTab(self.keys_page, "&Keys")
        tabs.setAccessibleName("Settings")
        tabs.setDocumentMode(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(tabs)
        layout.addWidget(buttons)


def _scrolled(page: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(page)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setAccessibleName("Page")
    return area
