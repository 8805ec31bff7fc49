"""Restore an Earlier State: which states there are, what would be different, and bringing one back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.project.backups import EarlierState, StateCounts
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH, HEIGHT = 640, 400  # pixels
STATES = "The project as it was in earlier sessions."
ONE_STEP = "Restoring is one step, which Undo takes back."
NO_STATES = (
    "There are no earlier states of this project yet.\n\nOne is kept of each session: a little after a project is "
    "opened, every ten minutes while it changes, and when it is closed."
)
SAME_COUNTS = "It holds as many objects and boxes as the project does now."
_HEADS = ("When", "Objects", "Manual boxes", "Tracked boxes", "Size")
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WORDS = (("object", "objects"), ("manual box", "manual boxes"), ("tracked box", "tracked boxes"))

Take = Callable[[EarlierState], None]


class RestoreDialog(QDialog):
    """Lists earlier states, the latest first. Nothing changes before *Restore*."""

    def __init__(
        self,
        states: Sequence[EarlierState],
        present: StateCounts | None,
        take: Take,
        parent: QWidget | None = None,
        *,
        now: datetime | None = None,
    ) -> None:
        """Show these states.

        Args:
            states: the latest first.
            present: what the project holds now; None where it is damaged.
            take: is told which one to restore.
            parent: of the dialog.
            now: what "today" is.
        """
        super().__init__(parent)
        self._states = tuple(states)
        self._present = present
        self._take = take
        self._now = now or datetime.now().astimezone()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Restore an Earlier State")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.table = _table()
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.restore = QPushButton("&Restore")
        self.restore.setObjectName("primary")
        self.restore.setDefault(True)
        self._lay_out()
        self._show_states()
        self.table.itemSelectionChanged.connect(self._refresh)
        self.table.itemDoubleClicked.connect(self._on_restore)
        self.restore.clicked.connect(self._on_restore)
        self._refresh()

    def _lay_out(self) -> None:
        button = QDialogButtonBox.StandardButton
        leave = button.Cancel if self._states else button.Close
        buttons = QDialogButtonBox(leave)
        buttons.addButton(self.restore, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(leave).setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(11)
        layout.addWidget(self.words)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self.note)
        layout.addWidget(buttons)

    def _show_states(self) -> None:
        self.table.setVisible(bool(self._states))
        self.restore.setVisible(bool(self._states))
        if not self._states:
            self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self.words.setText(NO_STATES)
            return
        self.words.setText(STATES if self._present is None else f"{STATES} {ONE_STEP}")
        for state in self._states:
            cells = [f"{count:,}" for count in _numbers(state.counts)]
            row = QTreeWidgetItem([when(state.made_at, self._now), *cells, size_in_words(state.byte_count)])
            row.setToolTip(0, f"{state.made_at:%A, %d %B %Y, %H:%M:%S}\n{state.path}")
            for column in range(1, len(_HEADS)):
                row.setTextAlignment(column, _RIGHT)
            self.table.addTopLevelItem(row)
        first = self.table.topLevelItem(0)
        if first is not None:
            self.table.setCurrentItem(first)

    @property
    def chosen(self) -> EarlierState | None:
        """The selected state."""
        rows = [self.table.indexOfTopLevelItem(item) for item in self.table.selectedItems()]
        return self._states[rows[0]] if rows else None

    @Slot()
    def _refresh(self) -> None:
        chosen = self.chosen
        self.restore.setEnabled(chosen is not None)
        self.note.setVisible(chosen is not None)
        if chosen is None:
            return
        if self._present is None:
            set_status(self.note, "The damaged file is kept beside it, under another name.", StatusLevel.CALM)
        else:
            set_status(self.note, difference_in_words(self._present, chosen.counts), StatusLevel.CALM)

    @Slot()
    def _on_restore(self) -> None:
        chosen = self.chosen
        if chosen is not None:
            self.accept()
            self._take(chosen)


def when(made_at: datetime, now: datetime) -> str:
    """A time as people say it: the day by name where it is near."""
    day = made_at.date()
    if day == now.date():
        return f"Today, {made_at:%H:%M}"
    if day == now.date() - timedelta(days=1):
        return f"Yesterday, {made_at:%H:%M}"
    return f"{made_at.day} {made_at:%B %Y, %H:%M}"


def size_in_words(byte_count: int) -> str:
    """Such as 1.4 MB."""
    if byte_count < 1_000_000:
        return f"{max(byte_count / 1000, 1):.0f} kB"
    return f"{byte_count / 1e6:.1f} MB" if byte_count < 1e9 else f"{byte_count / 1e9:.1f} GB"


def difference_in_words(present: StateCounts, earlier: StateCounts) -> str:
    """What would be more or fewer than now."""
    parts = []
    for (one, many), now, then in zip(_WORDS, _numbers(present), _numbers(earlier), strict=True):
        if now != then:
            count = abs(then - now)
            parts.append(f"{count:,} {'more' if then > now else 'fewer'} {one if count == 1 else many}")
    return f"Compared with now: {', '.join(parts)}." if parts else SAME_COUNTS


def _numbers(counts: StateCounts) -> tuple[int, int, int]:
    return counts.tracks, counts.manual_boxes, counts.tracked_boxes


def _table() -> QTreeWidget:
    table = QTreeWidget()
    table.setHeaderLabels(_HEADS)
    table.setRootIsDecorated(False)
    table.setUniformRowHeights(True)
    table.setAllColumnsShowFocus(True)
    table.setAccessibleName("Earlier states")
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    header = table.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, len(_HEADS)):
        table.headerItem().setTextAlignment(column, _RIGHT)
    return table
