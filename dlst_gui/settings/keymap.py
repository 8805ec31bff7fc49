"""Which keys give which command: a preset, and what a user changed of it.

A key belongs to one command at most. What a user gives to a command is thereby taken from the one that has it by
the preset, so a map never clashes, whichever preset is chosen afterwards.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from dlst_gui.settings.key_names import canonical_key

Keys = tuple[str, ...]
BASE_PRESET = "CVAT"

KEY_PRESETS: Mapping[str, Mapping[str, Keys]] = MappingProxyType(
    {
        # The keys of the commands' own table.
        BASE_PRESET: MappingProxyType({}),
        # Source: label-studio web/libs/editor/src/core/settings/keymap.json.
        "Label Studio": MappingProxyType(
            {
                "next": ("Alt+Right", "Right", "F"),
                "previous": ("Alt+Left", "Left", "D"),
                "forward": ("Alt+Shift+Right", "PgDown", "V"),
                "back": ("Alt+Shift+Left", "PgUp", "C"),
                "first": ("Ctrl+Alt+Shift+Left", "Home"),
                "last": ("Ctrl+Alt+Shift+Right", "End"),
                "play": ("Alt+Space", "Space"),
                "next-keyframe": ("Ctrl+Alt+Right", "R"),
                "previous-keyframe": ("Ctrl+Alt+Left", "E"),
                "delete": ("Backspace", "Del"),
            }
        ),
        # Source: X-AnyLabeling docs/en/user_guide.md. D is "next" there and "previous" in CVAT.
        "X-AnyLabeling (A/D)": MappingProxyType(
            {
                "next": ("D", "Right"),
                "previous": ("A", "Left"),
                "new-box": ("R", "N"),
                "accept-span": ("Ctrl+Shift+A",),
                "next-keyframe": ("Ctrl+Alt+Right",),
                "track": ("I", "T"),
                "inspector": ("Ctrl+I",),
                "open-folder": ("Ctrl+U", "Ctrl+Shift+O"),
            }
        ),
    }
)
"""By name of the preset and of the command; commands that are not named have the keys of their table."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyConflict:
    """A key that is wanted, and the command that has it."""

    key: str
    owner: str


@dataclass(frozen=True, slots=True)
class KeyMap:
    """Keys by command name, spelled as `canonical_key` does; changing it gives another map.

    Attributes:
        base: every command there is, with its keys in the preset "CVAT".
        preset: one of `KEY_PRESETS`.
        changes: commands whose keys a user set; empty keys for one that has none.
    """

    base: Mapping[str, Keys]
    preset: str = BASE_PRESET
    changes: Mapping[str, Keys] = field(default_factory=dict)

    def keys(self, command: str) -> Keys:
        """What gives this command now, the key to be shown first.

        Raises:
            KeyError: there is no such command.
        """
        if command in self.changes:
            return self.changes[command]
        claimed = {key for keys in self.changes.values() for key in keys}
        return tuple(key for key in self.preset_keys(command) if key not in claimed)

    def preset_keys(self, command: str) -> Keys:
        """What the preset gives this command."""
        return KEY_PRESETS[self.preset].get(command, self.base[command])

    def owner(self, key: str) -> str | None:
        """The command that a key gives."""
        return next((command for command in self.base if key in self.keys(command)), None)

    def conflicts(self, command: str, keys: Iterable[str]) -> tuple[KeyConflict, ...]:
        """Which of the keys other commands have."""
        found = ((key, self.owner(key)) for key in keys)
        return tuple(KeyConflict(key, owner) for key, owner in found if owner is not None and owner != command)

    def is_changed(self, command: str) -> bool:
        """Whether its keys are not those of the preset."""
        return self.keys(command) != self.preset_keys(command)

    def with_keys(self, command: str, keys: Keys) -> KeyMap:
        """Give keys to a command, and take them from whichever has them."""
        changes = self._without(command, keys)
        if keys != self.preset_keys(command):
            changes[command] = keys
        return replace(self, changes=changes)

    def restored(self, command: str) -> KeyMap:
        """Give a command the keys of the preset again, also where another one took them."""
        return self.with_keys(command, self.preset_keys(command))

    def all_restored(self) -> KeyMap:
        """The preset as it is."""
        return replace(self, changes={})

    def with_preset(self, preset: str) -> KeyMap:
        """Another preset under the same changes.

        Raises:
            ValueError: there is no such preset.
        """
        if preset not in KEY_PRESETS:
            raise ValueError(f"expected a preset of {', '.join(KEY_PRESETS)}, got {preset!r}")
        return replace(self, preset=preset)

    def content(self) -> Mapping[str, object]:
        """As it is kept in a file; read back by `keymap_from`."""
        return {"preset": self.preset, "keys": {command: list(keys) for command, keys in self.changes.items()}}

    def _without(self, command: str, keys: Keys) -> dict[str, Keys]:
        """The changes of all other commands, less these keys."""
        return {
            other: tuple(key for key in given if key not in keys)
            for other, given in self.changes.items()
            if other != command
        }


def keymap_from(content: Mapping[str, object], base: Mapping[str, Keys]) -> KeyMap:
    """The map that a file holds; whatever makes no sense in it is left at its default, with a warning."""
    preset = content.get("preset", BASE_PRESET)
    if not isinstance(preset, str) or preset not in KEY_PRESETS:
        _log.warning("key map: no preset is called %r; using %s", preset, BASE_PRESET)
        preset = BASE_PRESET
    given = content.get("keys", {})
    if not isinstance(given, dict):
        _log.warning("key map: expected an object of keys by command, got %r; using the preset's", given)
        given = {}
    changes: dict[str, Keys] = {}
    for command, listed in given.items():
        keys = _known_keys(listed)
        taken = {key for others in changes.values() for key in others}
        if command not in base:
            _log.warning("key map: there is no command %r; ignoring it", command)
        elif keys is None or len(set(keys)) != len(keys) or taken & set(keys):
            _log.warning("key map: %s cannot have the keys %r; using the preset's", command, listed)
        else:
            changes[command] = keys
    return KeyMap(base, preset, changes)


def _known_keys(listed: object) -> Keys | None:
    if not isinstance(listed, list):
        return None
    keys = tuple(canonical_key(key) if isinstance(key, str) else None for key in listed)
    known = tuple(key for key in keys if key is not None)
    return known if len(known) == len(keys) else None
