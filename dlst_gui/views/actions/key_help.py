"""The help's window of keys: searchable, always as the keys are now, to be copied or printed."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLineEdit,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.views.settings.key_table import key_rows, rows_as_html, rows_as_text
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.window.fitting_size import fitting_size


class KeyHelp(QDialog):
    """Stays beside the window, so that one can read and try."""

    def __init__(self, user: UserSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self._user = user
        self.setWindowTitle("Keyboard and Mouse")
        self.resize(fitting_size(self, 760, 640))
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search keys and commands")
        self._search.setAccessibleName("Search keys and commands")
        self._search.setClearButtonEnabled(True)
        self._table = QTextBrowser()
        self._table.setAccessibleName("Keyboard and Mouse")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("&Copy", QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip("Copy the table as tab-separated text")
        printing = buttons.addButton("&Print…", QDialogButtonBox.ButtonRole.ActionRole)
        layout = QVBoxLayout(self)
        for widget in (self._search, self._table, buttons):
            layout.addWidget(widget)
        self._search.textChanged.connect(self._refresh)
        copy.clicked.connect(self._on_copy)
        printing.clicked.connect(self._on_print)
        buttons.rejected.connect(self.reject)
        user.keymap_changed.connect(self._refresh)
        self._refresh()

    @property
    def text(self) -> str:
        """What is to be read."""
        return self._table.toPlainText()

    def print_to(self, printer: QPrinter) -> None:
        """Print what is shown."""
        self._table.document().print_(printer)

    def _refresh(self) -> None:
        self._table.setHtml(rows_as_html(key_rows(self._user.keymap, self._search.text())))

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(rows_as_text(key_rows(self._user.keymap, self._search.text())))

    def _on_print(self) -> None:
        dialog = QPrintDialog(QPrinter(), self)
        dialog.accepted.connect(lambda: self.print_to(dialog.printer()))
        dialog.show()
