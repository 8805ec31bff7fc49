"""The table of candidates: keys and clicks select, Return shows the place large, Copy gives values for a sheet."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS
from dlst_gui.views.evidence.candidates.candidates_model import CandidatesModel
from dlst_gui.views.evidence.candidates.listed_candidates import COLUMNS, CandidateFilter, Column, ListedCandidates
from dlst_gui.views.evidence.mark_icons import SIDE

ROW_HEIGHT = 22  # screen pixels
_WIDEST = {
    Column.RANK: "✓ 200",
    Column.SCORE: "−10.00",
    Column.ORIGIN: max((look.name for look in ORIGIN_LOOKS.values()), key=len),
    Column.RATING: "−10.00",
    Column.IOU_CHOSEN: "IoU chosen",
    Column.IOU_REFERENCE: "IoU manual",
    Column.SOURCE: "own pixels",
    Column.CENTRE: "1920, 1080",
    Column.SIZE: "1920 × 1080",
}
"""What is in a column, at its widest; of usual videos where there is no limit."""
_SLACK = 8  # pixels: on dense screens letters are wider than they are measured
_MARGINS = 12  # screen pixels, of the words in a cell: 6 in the program's style, on either side
_WITH_ICON = (Column.SCORE, Column.ORIGIN)
_SORT_MARK = 8  # screen pixels: Qt reserves them in a header, though the mark lies above its words
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_FLAGS = QItemSelectionModel.SelectionFlag


class CandidatesTable(QTableView):
    """Speaks of candidates by their row numbers in `Candidates`, however it is sorted."""

    chosen_changed = Signal()
    hovered_changed = Signal()
    place_sought = Signal(int)  # row number

    def __init__(self) -> None:
        super().__init__()
        self._model = CandidatesModel()
        self._hovered: int | None = None
        self.setModel(self._model)
        self.setObjectName("findings")  # looks like the other tables of the side
        self.setAccessibleName("Candidates")
        self.setAccessibleDescription("Arrow keys select, Return shows the place large, Ctrl+C copies as CSV")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setIconSize(QSize(SIDE, SIDE))
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        lines, columns = self.verticalHeader(), self.horizontalHeader()
        lines.hide()
        lines.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        lines.setMinimumSectionSize(ROW_HEIGHT)
        lines.setDefaultSectionSize(ROW_HEIGHT)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(30)
        self.setSortingEnabled(True)
        self.sortByColumn(COLUMNS.index(Column.RANK), Qt.SortOrder.AscendingOrder)
        for widget in (self, columns):
            widget.ensurePolished()  # the font is the style's
        font = QFont(self.font())
        font.setBold(True)  # as the best are
        bold = QFontMetrics(font)
        for column, words in _WIDEST.items():
            beside = SIDE + 6 if column in _WITH_ICON else _SORT_MARK  # with Qt's gap before the words
            number = COLUMNS.index(column)
            width = bold.horizontalAdvance(words) + beside + _MARGINS + _SLACK
            self.setColumnWidth(number, max(width, columns.sectionSizeHint(number)))
        self.entered.connect(self._on_entered)
        self.doubleClicked.connect(self._on_double_clicked)

    @property
    def listed(self) -> ListedCandidates | None:
        """All candidates of the frame."""
        return self._model.listed

    @property
    def rows(self) -> NDArray[np.int64]:
        """Those that are listed, in their order."""
        return self._model.rows

    @property
    def chosen(self) -> tuple[int, ...]:
        """Those that a person has selected, in the order of the lines."""
        lines = sorted(index.row() for index in self.selectionModel().selectedRows())
        return tuple(int(self.rows[line]) for line in lines)

    @property
    def hovered(self) -> int | None:
        """The one under the mouse, here or in the picture."""
        return self._hovered

    def show_candidates(self, listed: ListedCandidates | None) -> None:
        """List those of another frame; nothing is selected."""
        self._hovered = None
        self._model.show_candidates(listed)
        self.setColumnHidden(COLUMNS.index(Column.IOU_REFERENCE), not self._model.has_reference)
        self.setColumnHidden(COLUMNS.index(Column.RATING), not self._model.has_ratings)

    def set_filter(self, wanted: CandidateFilter) -> None:
        """List only some; what is selected and still listed stays so."""
        chosen = self.chosen
        self._model.set_filter(wanted)
        self.choose([row for row in chosen if self._model.line_of(row) is not None])
        self.chosen_changed.emit()

    def choose(self, rows: list[int], *, adds: bool = False) -> None:
        """Select candidates, and bring the last one into view; `adds` gives up those that are selected already."""
        chosen = QItemSelection()
        for row in rows:
            line = self._model.line_of(row)
            if line is not None:
                chosen.select(self._model.index(line, 0), self._model.index(line, len(COLUMNS) - 1))
        how = _FLAGS.Toggle if adds else _FLAGS.ClearAndSelect
        self.selectionModel().select(chosen, how)
        line = self._model.line_of(rows[-1]) if rows else None
        if line is not None:
            index = self._model.index(line, 0)
            self.selectionModel().setCurrentIndex(index, _FLAGS.NoUpdate)
            self.scrollTo(index)

    def set_hovered(self, row: int | None) -> None:
        """Say which one is under the mouse in the picture; it is brought into view."""
        line = None if row is None else self._model.line_of(row)
        if line is not None:
            self.scrollTo(self._model.index(line, 0))
        self._hover(None if line is None else row)

    def copied(self) -> str:
        """The selected rows as CSV; all that are listed where none is selected."""
        chosen = self.chosen
        rows = np.array(chosen, np.int64) if chosen else self.rows
        return "" if self.listed is None else self.listed.csv(rows)

    @Slot()
    def copy(self) -> None:
        """Put them into the clipboard."""
        QGuiApplication.clipboard().setText(self.copied())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.chosen_changed.emit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(None)

    def event(self, event: QEvent) -> bool:
        # Else the window would take these keys: there they accept a box, and copy nothing.
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and self._is_own(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() in _ENTER and self.currentIndex().isValid():
            self.place_sought.emit(int(self.rows[self.currentIndex().row()]))
        elif event.key() == Qt.Key.Key_Escape and self.chosen:
            self.clearSelection()
        else:
            super().keyPressEvent(event)

    def _is_own(self, event: QKeyEvent) -> bool:
        is_escape = event.key() == Qt.Key.Key_Escape and bool(self.chosen)
        is_copy = event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll)
        return is_copy or event.key() in _ENTER or is_escape

    @Slot(QModelIndex)
    def _on_entered(self, index: QModelIndex) -> None:
        self._hover(int(self.rows[index.row()]))

    @Slot(QModelIndex)
    def _on_double_clicked(self, index: QModelIndex) -> None:
        self.place_sought.emit(int(self.rows[index.row()]))

    def _hover(self, row: int | None) -> None:
        if row != self._hovered:
            self._hovered = row
            self._model.set_hovered(row)
            self.hovered_changed.emit()
