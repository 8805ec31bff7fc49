"""All candidates of the shown frame as rows of a table; words are made for rows that come into view."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QIcon

from dlst_gui.counting import place_text, signed
from dlst_gui.overlays.candidate_looks import ORIGIN_LOOKS, ScoreScale, score_mark
from dlst_gui.overlays.palette import SCORE_RAMP
from dlst_gui.views.evidence.candidates.listed_candidates import COLUMNS, CandidateFilter, Column, ListedCandidates
from dlst_gui.views.evidence.explanations import EXPLANATIONS
from dlst_gui.views.evidence.mark_icons import mark_icon
from tracker_core import CandidateOrigin

Index = QModelIndex | QPersistentModelIndex
_TOP = QModelIndex()
_HEADERS = {
    Column.RANK: "#",
    Column.SCORE: "score",
    Column.ORIGIN: "origin",
    Column.RATING: "rating",
    Column.IOU_CHOSEN: "IoU chosen",
    Column.SOURCE: "from",
    Column.CENTRE: "centre",
    Column.SIZE: "size",
}
_REFERENCE_HEADERS = {"manual": "manual", "true": "truth"}
BOLD = " The chosen box is the mean of those in bold, the best."
CHOSEN = " The one with ✓ became the chosen box, as its rating is the largest."
HOVERED_GROUND = QColor(128, 150, 180, 70)  # over the ground of either theme
_ON_THE_RIGHT = (Column.RANK, Column.SCORE, Column.RATING, Column.IOU_CHOSEN, Column.IOU_REFERENCE)


class CandidatesModel(QAbstractTableModel):
    """Sorts and filters by itself: a proxy would ask for every row several times."""

    def __init__(self) -> None:
        super().__init__()
        self._listed: ListedCandidates | None = None
        self._rows: NDArray[np.int64] = np.empty(0, np.int64)
        self._filter = CandidateFilter()
        self._sorting = (Column.RANK, False)
        self._scale = ScoreScale(0.0, 0.0)
        self._hovered: int | None = None
        self._bold = QFont()
        self._bold.setBold(True)

    @property
    def listed(self) -> ListedCandidates | None:
        """All of the frame, also those that the filter leaves out."""
        return self._listed

    @property
    def rows(self) -> NDArray[np.int64]:
        """Row numbers of `Candidates` by line of the table."""
        return self._rows

    @property
    def has_reference(self) -> bool:
        return self._listed is not None and self._listed.reference is not None

    @property
    def has_ratings(self) -> bool:
        return self._listed is not None and self._listed.ratings is not None

    def show_candidates(self, listed: ListedCandidates | None) -> None:
        """List those of another frame."""
        self.beginResetModel()
        self._listed = listed
        if listed is not None:
            self._scale = ScoreScale.of(listed.candidates.scores)
        self._arrange()
        self.endResetModel()

    def set_filter(self, wanted: CandidateFilter) -> None:
        """List only some."""
        if wanted != self._filter:
            self.beginResetModel()
            self._filter = wanted
            self._arrange()
            self.endResetModel()

    def set_hovered(self, row: int | None) -> None:
        """The candidate under the mouse, whose line is shaded."""
        lines = [self.line_of(each) for each in (self._hovered, row) if each is not None]
        self._hovered = row
        for line in lines:
            if line is not None:
                self.dataChanged.emit(
                    self.index(line, 0), self.index(line, len(COLUMNS) - 1), [Qt.ItemDataRole.BackgroundRole]
                )

    def line_of(self, row: int) -> int | None:
        """The line of a candidate; None where it is not listed."""
        at = np.flatnonzero(self._rows == row)
        return int(at[0]) if len(at) else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        sorting = (COLUMNS[column], order is Qt.SortOrder.DescendingOrder)
        if sorting == self._sorting or column < 0:
            return
        self.layoutAboutToBeChanged.emit()
        kept = [(index, self._rows[index.row()]) for index in self.persistentIndexList()]
        self._sorting = sorting
        self._arrange()
        lines = {int(row): line for line, row in enumerate(self._rows)}
        for index, row in kept:
            self.changePersistentIndex(index, self.index(lines[int(row)], index.column()))
        self.layoutChanged.emit()

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is Qt.Orientation.Vertical:
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._header(column)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return self._explanation(column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        listed = self._listed
        if listed is None or not 0 <= index.row() < len(self._rows):
            return None
        row, column = int(self._rows[index.row()]), COLUMNS[index.column()]
        if role == Qt.ItemDataRole.FontRole:
            return self._bold if row in listed.answers else None
        if role == Qt.ItemDataRole.BackgroundRole:
            return HOVERED_GROUND if row == self._hovered else None
        made: Mapping[Qt.ItemDataRole, Callable[[], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda: _text(listed, row, column),
            Qt.ItemDataRole.DecorationRole: lambda: self._icon(listed, row, column),
            Qt.ItemDataRole.TextAlignmentRole: lambda: _alignment(column),
            Qt.ItemDataRole.ToolTipRole: lambda: self._explanation(column),
            Qt.ItemDataRole.AccessibleTextRole: lambda: f"{self._header(column)} {_text(listed, row, column)}",
        }
        make = made.get(Qt.ItemDataRole(role))
        return None if make is None else make()

    def _header(self, column: Column) -> str:
        return _HEADERS.get(column) or f"IoU {_REFERENCE_HEADERS[self._reference_name]}"

    @property
    def _reference_name(self) -> str:
        reference = None if self._listed is None else self._listed.reference
        return "manual" if reference is None else reference.name

    def _explanation(self, column: Column) -> str:
        if column is Column.IOU_REFERENCE:
            return EXPLANATIONS[f"iou-{self._reference_name}"]
        more = CHOSEN if self.has_ratings else BOLD
        return EXPLANATIONS[column.value] + (more if column is Column.RANK else "")

    def _icon(self, listed: ListedCandidates, row: int, column: Column) -> QIcon | None:
        if column is Column.ORIGIN:
            look = ORIGIN_LOOKS[CandidateOrigin(int(listed.candidates.origins[row]))]
            return mark_icon(look.mark, look.color)
        if column is Column.SCORE:
            scores = listed.candidates.scores[row : row + 1]
            return mark_icon(score_mark(float(scores[0])), SCORE_RAMP[int(self._scale.steps(scores)[0])])
        return None

    def _arrange(self) -> None:
        column, is_descending = self._sorting
        empty = np.empty(0, np.int64)
        listed = self._listed
        self._rows = empty if listed is None else listed.rows(self._filter, column, is_descending=is_descending)


def _alignment(column: Column) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in _ON_THE_RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _text(listed: ListedCandidates, row: int, column: Column) -> str:
    candidates = listed.candidates
    if column is Column.ORIGIN:
        return ORIGIN_LOOKS[CandidateOrigin(int(candidates.origins[row]))].name
    if column is Column.SOURCE:
        return "own pixels" if candidates.is_exact[row] else "map"
    if column is Column.IOU_REFERENCE:
        return "" if listed.iou_reference is None else f"{listed.iou_reference[row]:.2f}"
    if column is Column.RATING:
        rating = np.nan if listed.ratings is None else float(listed.ratings[row])
        return "" if np.isnan(rating) else signed(rating)
    x, y, width, height = candidates.boxes_xywh[row].tolist()
    return {
        Column.RANK: f"✓ {listed.ranks[row]}" if row == listed.chosen_row else str(listed.ranks[row]),
        Column.SCORE: signed(float(candidates.scores[row])),
        Column.IOU_CHOSEN: f"{listed.iou_chosen[row]:.2f}",
        Column.CENTRE: place_text(x + width / 2, y + height / 2),
        Column.SIZE: f"{width:.0f} × {height:.0f}",
    }[column]
