"""The table of open findings: a click or a key leads to one, a tick accepts it."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from dlst_gui.project.findings.finding import Findings
from dlst_gui.project.project import Project
from dlst_gui.views.review.finding_cell import FindingCell
from dlst_gui.views.review.findings_model import Column, FindingsModel
from dlst_gui.views.review.suspicion_bar import SuspicionBar

ROW_HEIGHT = 44  # pixels: two lines
_WIDTHS = {Column.TICK: 26, Column.SUSPICION: 44}
_STEPS = (Qt.Key.Key_Up, Qt.Key.Key_Down)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FindingsTable(QTableView):
    """Several rows can be selected; the current one follows where the review has led to."""

    sought = Signal(object)  # Finding
    ticked = Signal(object)  # Findings: that one
    selection_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._model = FindingsModel()
        self.setModel(self._model)
        self.setObjectName("findings")
        self.setAccessibleName("Open findings")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegateForColumn(Column.SUSPICION, SuspicionBar(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setItemDelegateForColumn(Column.FINDING, FindingCell(self))
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_HEIGHT)
        rows.setDefaultSectionSize(ROW_HEIGHT)
        columns.hide()
        columns.setSectionResizeMode(Column.FINDING, QHeaderView.ResizeMode.Stretch)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        self.clicked.connect(self._on_clicked)
        # The row is gone as soon as it is accepted: not while Qt is still at it.
        self._model.ticked.connect(self.ticked, Qt.ConnectionType.QueuedConnection)
        self.selectionModel().selectionChanged.connect(self.selection_changed)

    @property
    def findings(self) -> Findings:
        """Those that are listed."""
        return self._model.findings

    @property
    def first_selected(self) -> int | None:
        """The topmost row of the selected ones."""
        return min((index.row() for index in self.selectionModel().selectedRows()), default=None)

    @property
    def selected(self) -> Findings:
        """Those that are selected."""
        return self.findings[sorted(index.row() for index in self.selectionModel().selectedRows())]

    def show_findings(self, findings: Findings, project: Project | None, current: int | None) -> None:
        """List these; where `current` is None, the row that was current stays so, or the one in its place."""
        if findings is not self.findings:
            row = self.currentIndex().row()
            key = self.findings[["track_id", "first"]][row].item() if row >= 0 else None
            self._model.show_findings(findings, project)
            if current is None and key is not None:
                current = _row_of(findings, key)
                if current is None and len(findings):
                    current = min(row, len(findings) - 1)
        else:
            self._model.show_findings(findings, project)
            self.viewport().update()
        if current is not None and current != self.currentIndex().row():
            flags = QItemSelectionModel.SelectionFlag
            index = self._model.index(current, Column.FINDING)
            self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.scrollTo(index)

    def event(self, event: QEvent) -> bool:
        # Else the window would take the key: there it accepts a box.
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.ShortcutOverride and event.key() in _ENTER:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if event.key() in _ENTER and self.currentIndex().isValid():
            self.sought.emit(self._model.finding(self.currentIndex().row()))
            return
        before = self.currentIndex().row()
        super().keyPressEvent(event)
        if event.key() in _STEPS and is_plain and self.currentIndex().row() not in (before, -1):
            self.sought.emit(self._model.finding(self.currentIndex().row()))

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if index.column() != Column.TICK and len(self.selectionModel().selectedRows()) == 1:
            self.sought.emit(self._model.finding(index.row()))


def _row_of(findings: Findings, key: tuple[int, int]) -> int | None:
    at = np.flatnonzero((findings["track_id"] == key[0]) & (findings["first"] == key[1]))
    return int(at[0]) if len(at) else None
