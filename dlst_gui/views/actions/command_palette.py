"""The command palette: a line to type in, and the commands that have those words."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QLabel,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.session.session import Session
from dlst_gui.settings.keymap import KeyMap, Keys
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.command_words import has_words, is_found, keys_text, plain_text

PALETTE_WIDTH, PALETTE_HEIGHT, PALETTE_TOP = 620, 420, 70  # pixels
NOTHING_FOUND = "No matching command"

_COLUMNS = 3
_NAME_ROLE = Qt.ItemDataRole.UserRole
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class CommandPalette(QDialog):
    """Created each time it is opened; runs the chosen command once it is closed."""

    def __init__(self, action_set: ActionSet, keymap: KeyMap, session: Session, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._action_set = action_set
        self._keymap = keymap
        self._session = session
        self.setObjectName("palette")
        self.setWindowTitle("Commands")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._query = QLineEdit()
        self._query.setPlaceholderText("Type to search commands")
        self._query.setAccessibleName("Find a command")
        self._query.installEventFilter(self)
        self._list = _command_list()
        self._note = QLabel()
        self._note.setProperty("quiet", True)
        self._note.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        for widget in (self._query, self._list, self._note):
            layout.addWidget(widget)
        self.resize(PALETTE_WIDTH, PALETTE_HEIGHT)
        self.move(parent.mapToGlobal(QPoint((parent.width() - PALETTE_WIDTH) // 2, PALETTE_TOP)))
        self._query.textChanged.connect(self._show_found)
        self._query.returnPressed.connect(self._on_chosen)
        self._list.itemClicked.connect(self._on_chosen)
        self._list.currentItemChanged.connect(self._show_note)
        self._show_found("")
        self._query.setFocus()

    @property
    def found(self) -> tuple[str, ...]:
        """Names of the commands that are listed, those that can be given first."""
        rows = (self._list.topLevelItem(i) for i in range(self._list.topLevelItemCount()))
        return tuple(row.data(0, _NAME_ROLE) for row in rows if row is not None)

    @property
    def note(self) -> str:
        """What the chosen command does, or why it cannot be done now."""
        return self._note.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() in _LIST_KEYS:
            # One types and chooses without leaving the line.
            self._list.event(event)
            return True
        return super().eventFilter(watched, event)

    def _show_found(self, query: str) -> None:
        self._list.clear()
        specs = [spec for spec in COMMANDS if self._action_set[spec.name].isVisible()]
        # What can be done goes first, and of that what is called so.
        specs.sort(key=lambda spec: (not self._is_enabled(spec.name), _distance(query, self._title(spec))))
        for spec in specs:
            keys = self._keymap.keys(spec.name)
            if is_found(spec, query, keys) or has_words(query, (self._title(spec),)):
                self._list.addTopLevelItem(self._row(spec, keys))
        first = self._list.topLevelItem(0)
        if first is not None:
            self._list.setCurrentItem(first)
        self._show_note(self._list.currentItem())

    def _row(self, spec: ActionSpec | ToggleSpec, keys: Keys) -> QTreeWidgetItem:
        row = QTreeWidgetItem([self._title(spec), plain_text(spec.menu), keys_text(keys[:2])])
        row.setData(0, _NAME_ROLE, spec.name)
        row.setToolTip(0, spec.tip)
        if not self._is_enabled(spec.name):
            row.setData(
                0, Qt.ItemDataRole.AccessibleDescriptionRole, f"unavailable: {spec.need.why_not(self._session)}"
            )
            for column in range(_COLUMNS):
                row.setForeground(column, self.palette().placeholderText())
        return row

    def _title(self, spec: ActionSpec | ToggleSpec) -> str:
        """As in the menu now: the key that tracks also pauses."""
        return plain_text(self._action_set[spec.name].text())

    def _is_enabled(self, name: str) -> bool:
        return self._action_set[name].isEnabled()

    def _show_note(self, row: QTreeWidgetItem | None) -> None:
        if row is None:
            self._note.setText(NOTHING_FOUND)
            return
        spec = next(spec for spec in COMMANDS if spec.name == row.data(0, _NAME_ROLE))
        self._note.setText(
            spec.tip if self._is_enabled(spec.name) else f"Unavailable: {spec.need.why_not(self._session)}"
        )

    def _on_chosen(self) -> None:
        row = self._list.currentItem()
        if row is None or not self._is_enabled(row.data(0, _NAME_ROLE)):
            return
        action = self._action_set[row.data(0, _NAME_ROLE)]
        self.accept()
        action.trigger()


def _distance(query: str, title: str) -> int:
    """How far a title is from what was typed: the same, begins with it, has its words, has not."""
    typed, named = query.strip().casefold(), title.casefold()
    if typed and named.startswith(typed):
        return 0 if typed == named else 1
    return 2 if has_words(query, (title,)) else 3


def _command_list() -> QTreeWidget:
    """Title, menu and keys; the focus stays in the line above."""
    made = QTreeWidget()
    made.setColumnCount(_COLUMNS)
    made.setHeaderHidden(True)
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setAccessibleName("Commands")
    made.header().setStretchLastSection(False)
    made.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in range(1, _COLUMNS):
        made.header().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return made
