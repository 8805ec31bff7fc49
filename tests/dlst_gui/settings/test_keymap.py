from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from dlst_gui.settings.key_names import MODIFIERS, NAMED_KEYS, canonical_key
from dlst_gui.settings.keymap import BASE_PRESET, KEY_PRESETS, KeyConflict, KeyMap, keymap_from
from dlst_gui.views.actions import COMMANDS, base_keys

BASE = {"track": ("T",), "next": ("F", "Right"), "previous": ("D", "Left"), "log": ()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shift+alt+right", "Alt+Shift+Right"),
        ("t", "T"),
        ("CTRL+pgdown", "Ctrl+PgDown"),
        ("Ctrl++", "Ctrl++"),
        ("+", "+"),
        ("Ctrl+", "Ctrl++"),
        ("`", "`"),
        ("", None),
        ("Hyper+T", None),
        ("Ctrl+Ctrl+T", None),
        ("Nonsense", None),
        ("\n", None),
    ],
)
def test_canonical_key_when_spelled_anyhow_then_is_one_or_none(text: str, expected: str | None) -> None:
    assert canonical_key(text) == expected


@pytest.mark.parametrize("name", sorted(NAMED_KEYS))
def test_named_key_when_given_to_qt_then_is_spelled_alike(name: str) -> None:
    for key in (name, f"Ctrl+Alt+Shift+{name}"):
        assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


def test_modifiers_when_given_to_qt_then_keep_their_order() -> None:
    key = "+".join((*MODIFIERS, "T"))
    assert QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText) == key


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_preset_when_listed_then_no_key_is_given_twice(preset: str) -> None:
    keymap = KeyMap(base_keys(), preset)
    given = Counter(key for command in keymap.base for key in keymap.keys(command))
    assert [key for key, count in given.items() if count > 1] == []


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_preset_when_listed_then_it_names_known_commands_and_keys(preset: str) -> None:
    assert set(KEY_PRESETS[preset]) <= set(base_keys())
    keymap = KeyMap(base_keys(), preset)
    keys = [key for command in keymap.base for key in keymap.keys(command)]
    assert [canonical_key(key) for key in keys] == keys


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_preset_when_a_menu_opens_by_alt_and_a_letter_then_no_command_has_that_key(preset: str) -> None:
    menus = {spec.menu for spec in COMMANDS}
    keymap = KeyMap(base_keys(), preset)
    opening = {f"Alt+{menu[menu.index('&') + 1].upper()}" for menu in menus}
    assert opening.isdisjoint(key for command in keymap.base for key in keymap.keys(command))


def test_conflicts_when_another_command_has_the_key_then_it_is_named() -> None:
    keymap = KeyMap(BASE)
    assert keymap.conflicts("track", ("F", "G", "T")) == (KeyConflict("F", "next"),)


def test_with_keys_when_another_command_has_one_then_it_loses_that_one() -> None:
    keymap = KeyMap(BASE).with_keys("track", ("F",))
    assert (keymap.keys("track"), keymap.keys("next")) == (("F",), ("Right",))
    again = keymap.with_keys("previous", ("F", "D"))
    assert (again.keys("track"), again.keys("previous")) == ((), ("F", "D"))


def test_with_keys_when_empty_then_nothing_gives_the_command() -> None:
    keymap = KeyMap(BASE).with_keys("track", ())
    assert keymap.keys("track") == ()
    assert keymap.owner("T") is None


def test_restored_when_its_key_was_taken_then_it_is_given_back() -> None:
    keymap = KeyMap(BASE).with_keys("track", ("F", "Ctrl+T")).restored("next")
    assert (keymap.keys("track"), keymap.keys("next")) == (("Ctrl+T",), ("F", "Right"))
    assert not keymap.is_changed("next")


def test_all_restored_when_much_was_changed_then_is_the_preset() -> None:
    keymap = KeyMap(BASE).with_keys("track", ("F",)).with_keys("log", ("L",)).all_restored()
    assert keymap == KeyMap(BASE)


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_with_preset_when_a_user_had_changed_keys_then_they_stay_and_nothing_clashes(preset: str) -> None:
    keymap = KeyMap(base_keys()).with_keys("play", ("A", "Ctrl+U")).with_preset(preset)
    assert keymap.keys("play") == ("A", "Ctrl+U")
    given = [key for command in keymap.base for key in keymap.keys(command)]
    assert len(given) == len(set(given))


def test_with_preset_when_unknown_then_it_says_which_there_are() -> None:
    with pytest.raises(ValueError, match=r"CVAT.*'vi'"):
        KeyMap(BASE).with_preset("vi")


def test_keymap_when_written_and_read_then_is_the_same() -> None:
    keymap = KeyMap(BASE).with_keys("track", ("F", "Ctrl+T")).with_keys("log", ()).with_preset("Label Studio")
    assert keymap_from(keymap.content(), BASE) == keymap


@pytest.mark.logs_warnings
@pytest.mark.parametrize(
    "content",
    [
        {"preset": 3},
        {"preset": "vi"},
        {"preset": ["CVAT"]},
        {"keys": ["T"]},
        {"keys": {"no-such-command": ["X"]}},
        {"keys": {"track": "T"}},
        {"keys": {"track": [None]}},
        {"keys": {"track": ["Hyper+Nonsense"]}},
        {"keys": {"track": ["X", "x"]}},
    ],
    ids=str,
)
def test_keymap_from_when_the_file_makes_no_sense_then_the_default_and_a_warning(
    content: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    assert keymap_from(content, BASE) == KeyMap(BASE, BASE_PRESET)
    assert "key map" in caplog.text


@pytest.mark.logs_warnings
def test_keymap_from_when_two_commands_have_one_key_then_the_first_keeps_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    keymap = keymap_from({"keys": {"track": ["X"], "log": ["X"]}}, BASE)
    assert (keymap.keys("track"), keymap.keys("log")) == (("X",), ())
    assert "log cannot have" in caplog.text
