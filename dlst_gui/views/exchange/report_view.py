"""What a reader has to tell of a file of labels: a list to scroll through, copy and save."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from dlst_gui.files import replaced_whole
from dlst_gui.views.style.status_level import StatusLevel, set_status

_LINES = 6
"""That are seen without scrolling."""


class ReportView(QWidget):
    """Hidden where there is nothing to tell."""

    def __init__(self) -> None:
        super().__init__()
        self._head = ""
        self._beside = Path()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName("What became of the file's boxes")
        self.text.setTabChangesFocus(True)
        self.text.document().setDocumentMargin(8)
        lines = self.text.fontMetrics().lineSpacing() * _LINES
        self.text.setMinimumHeight(lines // 2)
        self.text.setMaximumHeight(lines + 2 * self.text.frameWidth() + 16)
        self.note = QLabel()
        self.copy = QPushButton("Co&py Report")
        self.save = QPushButton("&Save Report…")
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.note, stretch=1)
        for button in (self.copy, self.save):
            button.setAutoDefault(False)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.text)
        column.addLayout(row)
        self.copy.clicked.connect(self._on_copy)
        self.save.clicked.connect(self._on_save)
        self.hide()

    def show_sentences(self, sentences: Sequence[str], *, head: str, beside: Path) -> None:
        """List these.

        Args:
            sentences: each becomes a line.
            head: what stands above them in a copy: which file, and how many boxes.
            beside: the file, beside which the report is offered to be saved.
        """
        self._head, self._beside = head, beside
        self.text.setPlainText("\n".join(f"• {sentence}" for sentence in sentences))
        self.note.clear()
        self.setVisible(bool(sentences))

    @property
    def whole(self) -> str:
        """The report as it is copied and saved."""
        return f"{self._head}\n{self.text.toPlainText()}\n"

    def write(self, path: Path) -> None:
        """Save it, and say so."""
        try:
            with replaced_whole(path) as new:
                new.write_text(self.whole, encoding="utf-8")
        except OSError as error:
            set_status(self.note, f"Not saved: {error.strerror or error}", StatusLevel.WARNING)
        else:
            set_status(self.note, f"Saved as {path.name}.", StatusLevel.GOOD)

    @Slot()
    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self.whole)
        set_status(self.note, "Copied.", StatusLevel.GOOD)

    @Slot()
    def _on_save(self) -> None:
        name = self._beside.with_name(f"{self._beside.name} import report.txt")
        dialog = QFileDialog(self, "Save Report", str(name), "Text (*.txt)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.selectFile(str(name))
        dialog.fileSelected.connect(lambda chosen: self.write(Path(chosen)))
        dialog.open()
