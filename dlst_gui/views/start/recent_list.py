"""What was opened last, on the start page: one click opens it again."""

from __future__ import annotations

import os.path
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from dlst_gui.session.disk_look import DiskLook

LIST_WIDTH = 520  # pixels


class RecentList(QWidget):
    """Files that are gone cannot be opened, only forgotten."""

    chosen = Signal(object)  # Path
    forgotten = Signal(object)  # Path

    def __init__(self) -> None:
        super().__init__()
        self.setFixedWidth(LIST_WIDTH)
        self._heading = QLabel("Recent")
        self._heading.setObjectName("heading")
        self._rows: dict[Path, _RecentRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 14)
        self._column.setSpacing(3)
        self._column.addWidget(self._heading)

    def show_paths(self, paths: tuple[Path, ...]) -> None:
        """Show these, the first one on top; looks for each of them on the disk, in the background."""
        for gone in self._rows.keys() - set(paths):
            row = self._rows.pop(gone)
            row.hide()
            row.deleteLater()
        for place, path in enumerate(paths, start=1):  # after the heading
            if path not in self._rows:
                self._rows[path] = row = _RecentRow(path)
                row.chosen.connect(self.chosen)
                row.forgotten.connect(self.forgotten)
            self._column.removeWidget(self._rows[path])
            self._column.insertWidget(place, self._rows[path])
            self._rows[path].look()
        self.setVisible(bool(paths))


class _RecentRow(QWidget):
    """One file. Until the disk has answered it counts as there; opening says so if it is not."""

    chosen = Signal(object)  # Path
    forgotten = Signal(object)  # Path

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        # One each: a network folder that does not answer holds up its own files alone.
        self._look = DiskLook("recent file look")
        self._look.answered.connect(self._show_presence)
        self._button = QPushButton()
        self._button.setObjectName("recent")
        self._button.setToolTip(str(path))
        self._button.clicked.connect(self._on_clicked)
        forget = QToolButton()
        forget.setText("✕")
        forget.setToolTip("Remove from this list; the file is kept")
        forget.setAccessibleName(f"Remove {path.name} from this list")
        forget.clicked.connect(self._on_forget_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._button, stretch=1)
        layout.addWidget(forget)
        self._show_presence(True)

    def look(self) -> None:
        """See whether the file is there."""
        self._look.request(partial(os.path.exists, self._path))

    @Slot(object)
    def _show_presence(self, is_there: bool) -> None:
        button, name = self._button, self._path.name
        button.setEnabled(is_there)
        button.setAccessibleName(f"Open {name}" if is_there else f"{name} not found")
        where = str(self._path.parent) if is_there else "not found"
        room = LIST_WIDTH - button.fontMetrics().horizontalAdvance(name) - 170
        shown = button.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, max(room, 60))
        # An ampersand would mark the letter after it.
        button.setText(f"{name}   –   {shown}".replace("&", "&&"))

    @Slot()
    def _on_clicked(self) -> None:
        self.chosen.emit(self._path)

    @Slot()
    def _on_forget_clicked(self) -> None:
        self.forgotten.emit(self._path)
