"""The settings' page of keys: every command by menu, searchable, with the editor of the chosen one."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.settings.keymap import KEY_PRESETS
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.command_words import is_found, keys_text, plain_text
from dlst_gui.views.settings.key_editor import KeyEditor
from dlst_gui.views.settings.user_settings import UserSettings

_NAME_ROLE = Qt.ItemDataRole.UserRole
CHANGED_MARK = "changed"


class KeysPage(QWidget):
    """Reads and changes the user's key map."""

    def __init__(self, user: UserSettings) -> None:
        super().__init__()
        self._user = user
        self._search = QLineEdit()
        self._search.setPlaceholderText("Search commands and keys")
        self._search.setAccessibleName("Search commands and keys")
        self._search.setClearButtonEnabled(True)
        self._preset = QComboBox()
        self._preset.addItems(tuple(KEY_PRESETS))
        self._preset.setAccessibleName("Preset")
        self._restore_all = QPushButton("Restore &All")
        self._restore_all.setToolTip("Restore every command's keys from the preset")
        self._tree = _command_tree()
        self._menus = _fill(self._tree)
        self._items = {row.data(0, _NAME_ROLE): row for menu in self._menus for row in _rows(menu)}
        self.editor = KeyEditor(user)
        self._lay_out()
        self._search.textChanged.connect(self._on_search)
        self._preset.textActivated.connect(self._on_preset_chosen)
        self._restore_all.clicked.connect(self._on_restore_all)
        self._tree.currentItemChanged.connect(self._on_command_chosen)
        self._tree.itemActivated.connect(self.editor.wait_for_key)
        self.editor.let_go.connect(self._tree.setFocus)
        user.keymap_changed.connect(self._refresh)
        self._refresh()

    def choose(self, name: str) -> None:
        """Edit the keys of a command."""
        self._tree.setCurrentItem(self._items[name])

    def shown_keys(self, name: str) -> str:
        """What the table says of a command; empty where it is not among those found."""
        item = self._items[name]
        return "" if item.isHidden() else item.text(1)

    def _lay_out(self) -> None:
        label = QLabel("&Preset")
        label.setBuddy(self._preset)
        label.setProperty("quiet", True)
        top = QHBoxLayout()
        top.addWidget(self._search, stretch=1)
        top.addSpacing(8)
        top.addWidget(label)
        top.addWidget(self._preset)
        top.addWidget(self._restore_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self._tree, stretch=1)
        column.addWidget(self.editor)

    def _refresh(self) -> None:
        keymap = self._user.keymap
        for name, item in self._items.items():
            item.setText(1, keys_text(keymap.keys(name)))
            item.setText(2, CHANGED_MARK if keymap.is_changed(name) else "")
        with QSignalBlocker(self._preset):
            self._preset.setCurrentText(keymap.preset)
        self._restore_all.setEnabled(any(keymap.is_changed(name) for name in self._items))
        self._on_search(self._search.text())

    def _on_search(self, query: str) -> None:
        keymap = self._user.keymap
        for spec in COMMANDS:
            self._items[spec.name].setHidden(not is_found(spec, query, keymap.keys(spec.name)))
        for menu in self._menus:
            menu.setHidden(all(row.isHidden() for row in _rows(menu)))

    def _on_preset_chosen(self, preset: str) -> None:
        self._user.set_keymap(self._user.keymap.with_preset(preset))

    def _on_restore_all(self) -> None:
        self._user.set_keymap(self._user.keymap.all_restored())

    def _on_command_chosen(self, item: QTreeWidgetItem | None) -> None:
        name = None if item is None else item.data(0, _NAME_ROLE)
        self.editor.show_command(next((spec for spec in COMMANDS if spec.name == name), None))


def _command_tree() -> QTreeWidget:
    tree = QTreeWidget()
    tree.setColumnCount(3)
    tree.setHeaderLabels(["Command", "Keys", ""])
    tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
    tree.header().setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
    tree.header().setStretchLastSection(False)
    tree.setAccessibleName("Commands")
    tree.setUniformRowHeights(True)
    return tree


def _fill(tree: QTreeWidget) -> list[QTreeWidgetItem]:
    """A heading for each menu, with a row for each command; rows carry their command's name as `_NAME_ROLE`."""
    menus = []
    for title in dict.fromkeys(spec.menu for spec in COMMANDS):
        menu = QTreeWidgetItem(tree, [plain_text(title)])
        menu.setFlags(Qt.ItemFlag.ItemIsEnabled)
        font = menu.font(0)
        font.setBold(True)
        menu.setFont(0, font)
        for spec in COMMANDS:
            if spec.menu == title:
                row = QTreeWidgetItem(menu, [plain_text(spec.text)])
                row.setData(0, _NAME_ROLE, spec.name)
                row.setToolTip(0, spec.tip)
        menus.append(menu)
    tree.expandAll()
    return menus


def _rows(menu: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [row for i in range(menu.childCount()) if (row := menu.child(i)) is not None]
