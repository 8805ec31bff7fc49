from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.keys_page import KeysPage
from dlst_gui.views.settings.user_settings import UserSettings

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> UserSettings:
    return UserSettings(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, user: UserSettings) -> KeysPage:
    made = KeysPage(user)
    qtbot.addWidget(made)
    made.show()
    made.choose("track")
    return made


def press(page: KeysPage, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    page.editor.wait_for_key()
    QTest.keyClick(page.editor._catcher, key, modifier)


@pytest.mark.parametrize(
    ("key", "modifier", "name"),
    [
        (Qt.Key.Key_Backspace, CTRL, "Ctrl+Backspace"),
        (Qt.Key.Key_PageDown, ALT | SHIFT, "Alt+Shift+PgDown"),
        (Qt.Key.Key_A, CTRL, "Ctrl+A"),
        (Qt.Key.Key_0, Qt.KeyboardModifier.KeypadModifier, "0"),
        (Qt.Key.Key_F11, Qt.KeyboardModifier.NoModifier, "F11"),
    ],
)
def test_key_when_pressed_and_free_then_the_command_has_it_too(
    page: KeysPage, user: UserSettings, key: Qt.Key, modifier: Qt.KeyboardModifier, name: str
) -> None:
    press(page, key, modifier)
    assert user.keymap.keys("track") == ("T", name)
    assert page.editor.question == ""
    assert "T" in page.shown_keys("track")


def test_key_when_another_command_has_it_then_it_is_asked_for_in_words_and_nothing_changes(
    page: KeysPage, user: UserSettings
) -> None:
    before = user.keymap
    press(page, Qt.Key.Key_F)
    assert page.editor.question == "F is already assigned to “Next Frame”."
    assert page.editor._take.text() == "Reassign from “Next Frame”"
    page.editor._keep.click()
    assert user.keymap == before
    assert page.editor._take.isHidden()


def test_key_when_taken_from_another_command_then_that_one_loses_it(page: KeysPage, user: UserSettings) -> None:
    press(page, Qt.Key.Key_F)
    page.editor._take.click()
    assert user.keymap.keys("track") == ("T", "F")
    assert "F" not in user.keymap.keys("next")
    assert page.shown_keys("next").startswith("Right")


def test_key_when_it_opens_a_menu_then_it_is_refused(page: KeysPage, user: UserSettings) -> None:
    press(page, Qt.Key.Key_F, ALT)
    assert "opens the menu File" in page.editor.question
    assert user.keymap.keys("track") == ("T",)


def test_modifier_when_pressed_alone_then_nothing_is_caught(page: KeysPage, user: UserSettings) -> None:
    press(page, Qt.Key.Key_Shift, SHIFT)
    assert user.keymap.keys("track") == ("T",)


def test_key_when_its_button_is_clicked_then_it_is_taken_away_and_restore_brings_it_back(
    page: KeysPage, user: UserSettings
) -> None:
    page.editor._shown_chips[0].click()
    assert user.keymap.keys("track") == ()
    page.editor._restore.click()
    assert user.keymap.keys("track") == ("T",)


def test_restore_when_another_command_took_the_key_then_it_says_from_which_it_came_back(
    page: KeysPage, user: UserSettings
) -> None:
    press(page, Qt.Key.Key_F)
    page.editor._take.click()
    page.choose("next")
    page.editor._restore.click()
    assert page.editor.question == "Reassigned: F from “Track”."
    assert user.keymap.keys("track") == ("T",)


def test_restore_all_when_clicked_then_every_command_has_the_presets_keys(
    page: KeysPage, user: UserSettings
) -> None:
    press(page, Qt.Key.Key_F11)
    page.choose("step")
    press(page, Qt.Key.Key_F12)
    page._restore_all.click()
    assert user.keymap.changes == {}
    assert not page._restore_all.isEnabled()


def test_search_when_words_are_typed_in_any_order_then_only_what_has_them_all_is_shown(page: KeysPage) -> None:
    page._search.setText("frame next")
    assert page.shown_keys("next")
    assert page.shown_keys("track") == ""
    page._search.setText("ctrl+shift+o")
    assert page.shown_keys("open-folder")
    assert page.shown_keys("next") == ""


def test_preset_when_chosen_then_the_table_shows_its_keys(page: KeysPage) -> None:
    page._preset.textActivated.emit("X-AnyLabeling (A/D)")
    assert page.shown_keys("next").split() == ["D", "Right"]


def test_settings_when_asked_for_by_key_then_they_open_and_a_new_key_works_at_once(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    QTest.keyClick(opened_window, Qt.Key.Key_Comma, CTRL)
    dialog = opened_window._settings_dialog
    assert dialog.isVisible()
    dialog.keys_page.choose("next")
    press(dialog.keys_page, Qt.Key.Key_F12)
    dialog.close()
    QTest.keyClick(opened_window, Qt.Key.Key_F12)
    assert opened_window.session.playhead.frame_index == 1
