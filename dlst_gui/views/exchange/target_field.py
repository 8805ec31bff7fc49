"""Where something is written: a line with the path, and a button that asks for it."""

from __future__ import annotations

import os.path
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from dlst_gui.session.disk_look import DiskLook

REPLACED = "Already exists; replaced once the new one is complete and verified"
PATIENCE_MS = 500  # ours: a disk answers before one has read the path


class TargetField(QWidget):
    """A file to be written; the words below say what is there already, `there` where something is."""

    changed = Signal()

    def __init__(self, name: str, there: str = REPLACED) -> None:
        super().__init__()
        self._there = there
        self._suffix = ""
        self._look = DiskLook("export target look")
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE_MS)
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
        self._look.answered.connect(self._on_looked)
        self._patience.timeout.connect(self._on_unanswered)

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
        """Look again at what is there, in the background."""
        path = self.path
        if path is None:
            self._look.drop()
            self._patience.stop()
            self._note.setText("Enter an absolute path, or one that begins with ~")
        else:
            self._look.request(partial(os.path.exists, path))
            self._patience.start()

    @Slot(object)
    def _on_looked(self, is_there: bool) -> None:
        self._patience.stop()
        if is_there:
            self._note.setText(self._there)
        else:
            self._note.setText("A new folder" if not self._suffix else "A new file")

    @Slot()
    def _on_unanswered(self) -> None:
        self._look.hurry()  # what holds it up may lie on another disk
        self._note.setText("This folder has not answered yet")

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
