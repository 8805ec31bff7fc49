"""Tells what went wrong: in a sentence where it is the user's to mend, with a report to copy where it is ours."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.views.window.fitting_size import fitting_size

WORK_IS_SAVED = "Your work is saved"


def show_problem(parent: QWidget, title: str, message: str, details: str = "") -> QMessageBox:
    """A non-blocking message box; `details` are folded in."""
    box = QMessageBox(QMessageBox.Icon.Warning, title, title, QMessageBox.StandardButton.Ok, parent)
    box.setInformativeText(message)
    box.setDetailedText(details)
    box.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


class CrashDialog(QDialog):
    """An internal error, with everything a report needs; says that work is saved where it is."""

    def __init__(
        self, report: str, log_file: Path, parent: QWidget | None = None, *, is_work_saved: bool = False
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(fitting_size(self, 680, 420))
        self._report = report
        text = QPlainTextEdit(report)
        text.setReadOnly(True)
        text.setAccessibleName("Report")
        saved = QLabel(WORK_IS_SAVED)
        saved.setObjectName("title")
        saved.setVisible(is_work_saved)
        words = QLabel(
            "An internal error occurred. You can continue; if it happens again, restart the program. "
            f"Please send us the report below. It is also in {log_file}"
        )
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self._copy = buttons.addButton("&Copy Report", QDialogButtonBox.ButtonRole.ActionRole)
        self._copy.clicked.connect(self._on_copy)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (saved, words, text, buttons):
            layout.addWidget(widget)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.setText("Copied")
