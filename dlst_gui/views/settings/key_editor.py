"""The keys of one command: take one away, press a new one, and settle whose it is."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dlst_gui.settings.keymap import KeyMap
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.action_specs import ActionSpec, ToggleSpec
from dlst_gui.views.actions.command_words import key_text, plain_text
from dlst_gui.views.settings.key_catcher import KeyCatcher
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.status_level import StatusLevel, set_status

NO_COMMAND = "Choose a command to change its keys"


class KeyEditor(QWidget):
    """Changes the user's key map at once; a key that another command has is taken only after a question."""

    let_go = Signal()

    def __init__(self, user: UserSettings) -> None:
        super().__init__()
        self._user = user
        self._command: ActionSpec | ToggleSpec | None = None
        self._wanted = ""
        self._title = QLabel()
        self._tip = QLabel()
        self._tip.setProperty("quiet", True)
        self._chips = QHBoxLayout()
        self._shown_chips: list[QPushButton] = []
        self._catcher = KeyCatcher()
        self._restore = QPushButton("&Restore")
        self._restore.setToolTip("Restore this command's keys from the preset")
        self._question = QLabel()
        self._question.setObjectName("note")
        self._question.setWordWrap(True)
        self._take = QPushButton("Reassign")
        self._keep = QPushButton("Cancel")
        self._lay_out()
        self._catcher.key_caught.connect(self._on_key_caught)
        self._catcher.let_go.connect(self.let_go)
        self._restore.clicked.connect(self._on_restore)
        self._take.clicked.connect(self._on_take)
        self._keep.clicked.connect(self._settle)
        user.keymap_changed.connect(self._refresh)
        self.show_command(None)

    @property
    def question(self) -> str:
        """What is asked or told about the key last pressed; empty where it simply was taken."""
        return self._question.text()

    def show_command(self, command: ActionSpec | ToggleSpec | None) -> None:
        """Edit the keys of this one."""
        self._command = command
        self._settle()
        self._refresh()

    def wait_for_key(self) -> None:
        """The next key press is the new key."""
        self._catcher.setFocus()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addLayout(self._chips)
        row.addWidget(self._catcher, stretch=1)
        row.addWidget(self._restore)
        asked = QHBoxLayout()
        asked.addWidget(self._question, stretch=1)
        asked.addWidget(self._take)
        asked.addWidget(self._keep)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._title)
        column.addWidget(self._tip)
        column.addLayout(row)
        column.addLayout(asked)

    def _refresh(self) -> None:
        command, keymap = self._command, self._user.keymap
        self._title.setText(NO_COMMAND if command is None else f"<b>{plain_text(command.text)}</b>")
        self._tip.setText("" if command is None else command.tip)
        for chip in self._shown_chips:
            chip.hide()
            chip.deleteLater()
        keys = () if command is None else keymap.keys(command.name)
        self._shown_chips = [self._chip(key) for key in keys]
        for chip in self._shown_chips:
            self._chips.addWidget(chip)
        self._catcher.setEnabled(command is not None)
        self._restore.setEnabled(command is not None and keymap.is_changed(command.name))

    def _chip(self, key: str) -> QPushButton:
        chip = QPushButton(f"{key_text(key)}  ✕")
        chip.setObjectName("key")
        chip.setAutoDefault(False)
        chip.setAccessibleName(f"Remove key {key_text(key)}")
        chip.setToolTip("Remove this key")
        chip.clicked.connect(lambda: self._remove(key))
        return chip

    def _remove(self, key: str) -> None:
        if self._command is not None:
            name, keymap = self._command.name, self._user.keymap
            self._settle()
            self._user.set_keymap(keymap.with_keys(name, tuple(k for k in keymap.keys(name) if k != key)))
            # The button that was pressed is gone; the focus would leave the page.
            self._catcher.setFocus()

    def _on_key_caught(self, key: str) -> None:
        if self._command is None:
            return
        self._settle()
        keymap, name = self._user.keymap, self._command.name
        conflicts = keymap.conflicts(name, (key,))
        if menu := _menu_opened_by(key):
            self._tell(f"{key_text(key)} opens the menu {menu}. Press another key.", is_question=False)
        elif conflicts:
            self._wanted = key
            owner = _title_of(conflicts[0].owner)
            self._take.setText(f"Reassign from “{owner}”")
            self._tell(f"{key_text(key)} is already assigned to “{owner}”.", is_question=True)
        elif key in keymap.keys(name):
            self._tell(f"{key_text(key)} is already assigned to this command.", is_question=False)
        else:
            self._add(key)

    def _on_take(self) -> None:
        key = self._wanted
        self._settle()
        self._add(key)
        self._catcher.setFocus()

    def _on_restore(self) -> None:
        if self._command is not None:
            keymap = self._user.keymap
            given_back = keymap.conflicts(self._command.name, keymap.preset_keys(self._command.name))
            self._settle()
            self._user.set_keymap(keymap.restored(self._command.name))
            if given_back:
                words = ", ".join(f"{key_text(c.key)} from “{_title_of(c.owner)}”" for c in given_back)
                self._tell(f"Reassigned: {words}.", is_question=False)

    def _add(self, key: str) -> None:
        if self._command is not None:
            self._user.set_keymap(_with_key(self._user.keymap, self._command.name, key))

    def _tell(self, words: str, *, is_question: bool) -> None:
        set_status(self._question, words, StatusLevel.WARNING if is_question else StatusLevel.CALM)
        self._question.show()
        self._take.setVisible(is_question)
        self._keep.setVisible(is_question)
        if is_question:
            self._take.setFocus()

    def _settle(self) -> None:
        self._wanted = ""
        self._question.clear()
        for widget in (self._question, self._take, self._keep):
            widget.hide()


def _with_key(keymap: KeyMap, command: str, key: str) -> KeyMap:
    return keymap.with_keys(command, (*keymap.keys(command), key))


def _title_of(name: str) -> str:
    return next(plain_text(spec.text) for spec in COMMANDS if spec.name == name)


def _menu_opened_by(key: str) -> str:
    opened = {f"Alt+{spec.menu[spec.menu.index('&') + 1].upper()}": plain_text(spec.menu) for spec in COMMANDS}
    return opened.get(key, "")
