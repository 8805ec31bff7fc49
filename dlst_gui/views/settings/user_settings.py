"""What a user has set, for the whole window: kept in files, announced when it changes."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dlst_gui.settings.keymap import KeyMap, keymap_from
from dlst_gui.settings.preferences import Preferences, preferences_from
from dlst_gui.settings.user_file import read_object, write_object
from dlst_gui.views.actions import base_keys

KEYMAP_FILE = "keymap.json"
PREFERENCES_FILE = "preferences.json"
LAYOUT_FILE = "window.json"

_log = logging.getLogger(__name__)


class UserSettings(QObject):
    """The only writer of the files in `folder`; without a folder the defaults, and nothing is kept."""

    keymap_changed = Signal()
    preferences_changed = Signal()
    not_saved = Signal(str)  # what went wrong and what to do

    def __init__(self, folder: Path | None) -> None:
        super().__init__()
        self._folder = folder
        self._keymap = keymap_from(self._load(KEYMAP_FILE), base_keys())
        self._preferences = preferences_from(self._load(PREFERENCES_FILE))

    @property
    def folder(self) -> Path | None:
        """Where all of it is kept."""
        return self._folder

    @property
    def keymap(self) -> KeyMap:
        return self._keymap

    def set_keymap(self, keymap: KeyMap) -> None:
        """Use other keys from now on."""
        if keymap != self._keymap:
            self._keymap = keymap
            self._save(KEYMAP_FILE, keymap.content())
            self.keymap_changed.emit()

    @property
    def preferences(self) -> Preferences:
        return self._preferences

    def set_preferences(self, preferences: Preferences) -> None:
        """Go by other preferences from now on."""
        if preferences != self._preferences:
            self._preferences = preferences
            self._save(PREFERENCES_FILE, preferences.content())
            self.preferences_changed.emit()

    def window_layout(self) -> Mapping[str, object]:
        """What `keep_window_layout` was given last, or anything a user has made of it."""
        return self._load(LAYOUT_FILE)

    def keep_window_layout(self, layout: Mapping[str, object]) -> None:
        """Keep it for the next start."""
        self._save(LAYOUT_FILE, layout)

    def _load(self, name: str) -> Mapping[str, object]:
        return {} if self._folder is None else read_object(self._folder / name)

    def _save(self, name: str, content: Mapping[str, object]) -> None:
        if self._folder is None:
            return
        path = self._folder / name
        try:
            write_object(path, content)
        except OSError as error:
            _log.warning("%s cannot be written: %s", path, error)
            self.not_saved.emit(f"This setting lasts until you quit: {path} cannot be written ({error.strerror})")
