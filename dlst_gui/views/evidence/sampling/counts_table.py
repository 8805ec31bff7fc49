"""How many draws overlap the reference box by how much, in numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from dlst_gui.views.evidence.sampling.frame_sampling import SamplingRow

ROW_HEIGHT, COLUMN_WIDTH = 21, 50  # pixels
_COLUMNS = (
    ("", "Which boxes"),
    ("drawn", "How many boxes there are"),
    ("≥ 0.5", "How many overlap the reference box by an IoU of 0.5 or more: they are on the object"),
    ("≥ 0.7", "How many overlap it by 0.7 or more: the classifier would learn them as the object"),
    ("best", "The largest overlap (IoU, 0 to 1)"),
)


class CountsTable(QTableWidget):
    """One row per set of boxes."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        for column, (text, tip) in enumerate(_COLUMNS):
            item = QTableWidgetItem(text)
            item.setToolTip(tip)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, tip)
            self.setHorizontalHeaderItem(column, item)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(COLUMN_WIDTH)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column in range(1, len(_COLUMNS)):
            self.setColumnWidth(column, COLUMN_WIDTH)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.verticalHeader().hide()
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setShowGrid(False)
        for policy in (self.setVerticalScrollBarPolicy, self.setHorizontalScrollBarPolicy):
            policy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Draws by overlap, in numbers")

    def show_rows(self, rows: tuple[SamplingRow, ...]) -> None:
        """Show these, and no more."""
        if self.rowCount() != len(rows):
            self.setRowCount(len(rows))
            self.setFixedHeight(ROW_HEIGHT * len(rows) + 28)
        for number, row in enumerate(rows):
            cells = (row.name, f"{row.total}", f"{row.on_target}", f"{row.close}", f"{row.best:.2f}")
            for column, text in enumerate(cells):
                self._set_text(number, column, text)

    def _set_text(self, row: int, column: int, text: str) -> None:
        item = self.item(row, column)
        if item is None:
            item = QTableWidgetItem()
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.setItem(row, column, item)
        item.setText(text)
