from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.settings.keymap import KEY_PRESETS
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import KEYMAP_FILE, UserSettings
from tests.dlst_gui.reading import shown_box
from tests.dlst_gui.views.conftest import draw
from tracker_core import Box

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


def test_keymap_when_set_then_it_is_announced_and_there_at_the_next_start(qtbot: QtBot, tmp_path: Path) -> None:
    user = UserSettings(tmp_path)
    with qtbot.waitSignal(user.keymap_changed):
        user.set_keymap(user.keymap.with_keys("track", ("Ctrl+Return",)))
    assert UserSettings(tmp_path).keymap == user.keymap


def test_keymap_when_there_is_no_folder_then_it_holds_and_nothing_is_written(qtbot: QtBot) -> None:
    user = UserSettings(None)
    user.set_keymap(user.keymap.with_keys("track", ()))
    assert user.keymap.keys("track") == ()


@pytest.mark.logs_warnings
def test_keymap_when_the_folder_cannot_be_written_then_it_holds_and_says_so(qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "settings"
    user = UserSettings(folder)
    folder.write_text("a file is in the way")
    with qtbot.waitSignal(user.not_saved) as told:
        user.set_keymap(user.keymap.with_keys("track", ()))
    assert KEYMAP_FILE in told.args[0]
    assert user.keymap.keys("track") == ()


@pytest.mark.logs_warnings
def test_window_when_the_file_is_damaged_then_the_commands_have_their_defaults(
    qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / KEYMAP_FILE).write_text("{ not json")
    assert UserSettings(tmp_path).keymap.keys("track") == ("T",)


def test_window_when_a_key_is_changed_then_the_new_one_gives_the_command_and_the_old_one_no_more(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    user = opened_window.user
    user.set_keymap(user.keymap.with_keys("next", ("Ctrl+Y",)))
    QTest.keyClick(opened_window, Qt.Key.Key_F)
    assert opened_window.session.playhead.frame_index == 0
    QTest.keyClick(opened_window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert opened_window.session.playhead.frame_index == 1
    assert "(Ctrl+Y)" in opened_window.action_set["next"].toolTip()


@pytest.mark.parametrize("preset", KEY_PRESETS)
def test_window_when_a_preset_is_chosen_then_every_command_has_its_keys(window: MainWindow, preset: str) -> None:
    window.user.set_keymap(window.user.keymap.with_preset(preset))
    for spec in COMMANDS:
        shown = [
            key.toString(QKeySequence.SequenceFormat.PortableText)
            for key in window.action_set[spec.name].shortcuts()
        ]
        assert tuple(shown) == window.user.keymap.keys(spec.name)


@pytest.mark.parametrize("menu", sorted({spec.menu for spec in COMMANDS}))
def test_menu_when_opened_by_keyboard_then_each_entry_has_a_letter_of_its_own(menu: str) -> None:
    texts = [spec.text for spec in COMMANDS if spec.menu == menu]
    texts += {spec.menu.rpartition("/")[2] for spec in COMMANDS if spec.menu.rpartition("/")[0] == menu}
    letters = Counter(text[text.index("&") + 1].lower() for text in texts)
    assert [letter for letter, count in letters.items() if count > 1] == []


def test_hint_when_the_key_of_track_is_changed_then_names_the_new_one(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.user.set_keymap(opened_window.user.keymap.with_keys("track", ("Ctrl+F7",)))
    draw(opened_window, Box(20, 40, 24, 24))
    qtbot.waitUntil(lambda: opened_window.workspace.frame_view.hint == "Press Ctrl+F7 to track")


@pytest.mark.parametrize(
    ("key", "modifier", "moved"),
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier, (1, 0)),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier, (0, -1)),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier, (0, 10)),
    ],
)
def test_nudge_key_when_pressed_then_the_box_moves_by_pixels(
    qtbot: QtBot,
    opened_window: MainWindow,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier,
    moved: tuple[int, int],
) -> None:
    draw(opened_window, Box(40, 40, 24, 24))
    qtbot.waitUntil(lambda: "to track" in opened_window.workspace.frame_view.hint)
    before = shown_box(opened_window.session, 0)
    QTest.keyClick(opened_window, key, modifier)
    opened_window.workspace.frame_view.editor.finish_adjusting()
    assert shown_box(opened_window.session, 0) == before.shifted(*moved)
