"""What was opened last, on the start page: one click opens it again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

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
        self._rows: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 14)
        self._column.setSpacing(3)
        self._column.addWidget(self._heading)

    def show_paths(self, paths: tuple[Path, ...]) -> None:
        """Show these, the first one on top; looks for each of them on the disk."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = [self._row(path) for path in paths]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(paths))

    def _row(self, path: Path) -> QWidget:
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._opening(path), stretch=1)
        forget = QToolButton()
        forget.setText("✕")
        forget.setToolTip("Remove from this list; the file is kept")
        forget.setAccessibleName(f"Remove {path.name} from this list")
        forget.clicked.connect(lambda: self.forgotten.emit(path))
        layout.addWidget(forget)
        return row

    def _opening(self, path: Path) -> QPushButton:
        is_there = path.exists()
        button = QPushButton()
        button.setObjectName("recent")
        button.setEnabled(is_there)
        button.setToolTip(str(path))
        button.setAccessibleName(f"Open {path.name}" if is_there else f"{path.name} not found")
        where = str(path.parent) if is_there else "not found"
        room = LIST_WIDTH - button.fontMetrics().horizontalAdvance(path.name) - 170
        shown = button.fontMetrics().elidedText(where, Qt.TextElideMode.ElideMiddle, max(room, 60))
        # An ampersand would mark the letter after it.
        button.setText(f"{path.name}   –   {shown}".replace("&", "&&"))
        button.clicked.connect(lambda: self.chosen.emit(path))
        return button
