"""The open findings as rows of a table, made when they come into view: there may be a hundred thousand."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from dlst_gui.project.findings.finding import NO_FINDINGS, Finding, Findings, finding_at
from dlst_gui.project.project import Project
from dlst_gui.project.review import span_words

Index = QModelIndex | QPersistentModelIndex
SUSPICION_ROLE, COLOR_ROLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_TOP = QModelIndex()


class Column(IntEnum):
    """From left to right."""

    TICK = 0
    FINDING = 1
    SUSPICION = 2


class FindingsModel(QAbstractTableModel):
    """A row for each; ticking one asks for it to be accepted, upon which it is gone."""

    ticked = Signal(object)  # Findings: that one

    def __init__(self) -> None:
        super().__init__()
        self.findings = NO_FINDINGS
        self._project: Project | None = None

    def show_findings(self, findings: Findings, project: Project | None) -> None:
        """List these; names and colours of objects are read from the project as they are drawn."""
        self._project = project
        if findings is self.findings:
            return
        self.beginResetModel()
        self.findings = findings
        self.endResetModel()

    def finding(self, row: int) -> Finding:
        """That of a row."""
        return finding_at(self.findings, row)

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self.findings)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == Column.TICK else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not 0 <= index.row() < len(self.findings):
            return None
        finding, column = self.finding(index.row()), Column(index.column())
        return self._tick_data(finding, role) if column is Column.TICK else self._cell_data(finding, column, role)

    def _cell_data(self, finding: Finding, column: Column, role: int) -> object:
        is_words = column is Column.FINDING
        match role:
            case Qt.ItemDataRole.DisplayRole if is_words:
                return f"{self._name(finding)} · {_frames(finding)}\n{finding.reason.value}"
            case Qt.ItemDataRole.ToolTipRole:
                return _words(finding)
            case Qt.ItemDataRole.AccessibleTextRole if column is Column.SUSPICION:
                return f"{finding.suspicion:.0%}"
        if role == COLOR_ROLE and is_words:
            return self._color(finding)
        return finding.suspicion if role == SUSPICION_ROLE and not is_words else None

    def _tick_data(self, finding: Finding, role: int) -> object:
        match role:
            case Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return "Tick off: accept the boxes of these frames"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"Accept {self._name(finding)}, {span_words(finding.first, finding.last)}"
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not 0 <= index.row() < len(self.findings):
            return False
        self.ticked.emit(self.findings[[index.row()]])
        return True

    def _name(self, finding: Finding) -> str:
        project = self._project
        if project is None or not project.has_track(finding.track_id):
            return ""
        return f"{project.track(finding.track_id).label} {finding.track_id}"

    def _color(self, finding: Finding) -> QColor | None:
        project = self._project
        is_there = project is not None and project.has_track(finding.track_id)
        return QColor(project.track(finding.track_id).color) if project is not None and is_there else None


def _frames(finding: Finding) -> str:
    return str(finding.first) if finding.first == finding.last else f"{finding.first}–{finding.last}"


def _words(finding: Finding) -> str:
    count = finding.last - finding.first + 1
    frames = "1 frame" if count == 1 else f"{count:,} frames"
    return f"{finding.reason.value}: {frames}, first look at frame {finding.worst}"
