"""Where something is written: a line with the path, and a button that asks for it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget


class TargetField(QWidget):
    """A file to be written; the words below say what is there already."""

    changed = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self._suffix = ""
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.browse = QPushButton("&Browse…")
        self._note = QLabel()
        self._note.setProperty("quiet", True)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, stretch=1)
        row.addWidget(self.browse)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self.line.textChanged.connect(self._on_text_changed)
        self.browse.clicked.connect(self._on_browse)

    @property
    def path(self) -> Path | None:
        """None where nothing is named, or not a whole path."""
        path = Path(self.line.text().strip()).expanduser()
        return path if path.is_absolute() and path.name else None

    def show_path(self, path: Path, suffix: str) -> None:
        """Offer a path; `suffix` is of the files that are written, "" for folders."""
        self._suffix = suffix
        self.line.setText(str(path))
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is there."""
        path = self.path
        if path is None:
            note = "Enter an absolute path, or one that begins with ~"
        elif path.exists():
            note = "Already exists; replaced once the new one is complete and verified"
        else:
            note = "A new folder" if not self._suffix else "A new file"
        self._note.setText(note)

    def _on_text_changed(self) -> None:
        self.refresh()
        self.changed.emit()

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Export To", self.line.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)  # said below the line, before anything is done
        if self._suffix:
            dialog.setNameFilters([f"*{self._suffix}", "All files (*)"])
            dialog.setDefaultSuffix(self._suffix.removeprefix("."))
        if self.path is not None:
            dialog.selectFile(str(self.path))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()
