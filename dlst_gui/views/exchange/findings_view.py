"""The list of what to look at before an export: by kind, each one a way to its object and frame."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QListView

from dlst_gui.exchange.preflight import Finding

Index = QModelIndex | QPersistentModelIndex


class FindingsView(QListView):
    """A click or Enter on a finding asks for its frames."""

    sought = Signal(object)  # Finding

    def __init__(self) -> None:
        super().__init__()
        self._model = _FindingsModel()
        self.setModel(self._model)
        self.setUniformItemSizes(True)
        self.setAccessibleName("What to check before exporting")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.clicked.connect(self._on_chosen)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order of the list."""
        return tuple(row for row in self._model.rows if isinstance(row, Finding))

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """List these, which come ordered by kind."""
        if tuple(findings) != self.findings:
            self._model.show_findings(findings)

    def index_of(self, finding: Finding) -> QModelIndex:
        """Where a finding is in the list."""
        return self._model.index(self._model.rows.index(finding))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            # It ends here: the dialog would press its main button.
            self._on_chosen(self.currentIndex())
            return
        super().keyPressEvent(event)

    @Slot(QModelIndex)
    def _on_chosen(self, index: QModelIndex) -> None:
        row = self._model.rows[index.row()]
        if isinstance(row, Finding):
            self.sought.emit(row)


class _FindingsModel(QAbstractListModel):
    """Findings below headings, which are plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Finding | str] = []

    def show_findings(self, findings: Sequence[Finding]) -> None:
        self.beginResetModel()
        self.rows = []
        for kind, group in groupby(findings, key=lambda each: each.kind):
            members = list(group)
            self.rows += [f"{kind.value} · {len(members):,}", *members]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        chosen = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        is_heading = isinstance(self.rows[index.row()], str)
        return chosen if is_heading else chosen | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.FontRole and isinstance(row, str):
            font = QFont()
            font.setWeight(QFont.Weight.DemiBold)
            return font
        if role == Qt.ItemDataRole.DisplayRole:
            return row if isinstance(row, str) else f"    {row.words}"
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(row, Finding):
            return row.words
        return None
