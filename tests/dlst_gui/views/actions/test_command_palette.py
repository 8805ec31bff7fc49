from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.actions.command_palette import NOTHING_FOUND, CommandPalette
from dlst_gui.views.main_window import MainWindow
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


def opened_palette(window: MainWindow) -> CommandPalette:
    QTest.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    return window.findChild(CommandPalette)


def test_palette_when_nothing_is_typed_then_every_command_that_can_be_seen_is_listed(
    opened_window: MainWindow,
) -> None:
    palette = opened_palette(opened_window)
    assert set(palette.found) == {spec.name for spec in COMMANDS}
    palette.close()


@pytest.mark.parametrize(
    ("query", "best"),
    [("frame next", "next"), ("ctrl+shift+o", "open-folder"), ("GO FIRST", "first")],
)
def test_palette_when_words_are_typed_then_what_has_them_in_any_order_comes_first(
    opened_window: MainWindow, query: str, best: str
) -> None:
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, query)
    assert palette.found[0] == best
    assert "quit" not in palette.found
    palette.close()


def test_palette_when_a_command_is_called_just_what_is_typed_then_it_comes_first(
    opened_window: MainWindow,
) -> None:
    opened_window.session.set_box(0, Box(20, 40, 24, 24))
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, "track")
    assert palette.found[0] == "track"
    palette.close()


def test_palette_when_enter_is_pressed_then_it_is_closed_and_the_command_is_given(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, "last frame")
    QTest.keyClick(palette._query, Qt.Key.Key_Return)
    assert opened_window.session.playhead.frame_index == 29
    qtbot.waitUntil(lambda: opened_window.findChild(CommandPalette) is None)


def test_palette_when_arrows_are_pressed_then_another_command_is_chosen(opened_window: MainWindow) -> None:
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, "frame")
    second = palette.found[1]
    QTest.keyClick(palette._query, Qt.Key.Key_Down)
    assert palette.note == next(spec.tip for spec in COMMANDS if spec.name == second)
    QTest.keyClick(palette._query, Qt.Key.Key_Up)
    assert palette.note == next(spec.tip for spec in COMMANDS if spec.name == palette.found[0])
    palette.close()


def test_palette_when_a_command_cannot_be_given_then_it_comes_last_says_why_and_enter_does_nothing(
    window: MainWindow,
) -> None:
    palette = opened_palette(window)
    assert palette.found.index("open-file") < palette.found.index("next")
    QTest.keyClicks(palette._query, "next frame")
    assert palette.note == "Unavailable: Open a video first"
    QTest.keyClick(palette._query, Qt.Key.Key_Return)
    assert palette.isVisible()
    palette.close()


def test_palette_when_nothing_has_the_words_then_it_says_so(window: MainWindow) -> None:
    palette = opened_palette(window)
    QTest.keyClicks(palette._query, "zebra")
    assert palette.found == ()
    assert palette.note == NOTHING_FOUND
    QTest.keyClick(palette._query, Qt.Key.Key_Return)
    palette.close()


def test_palette_when_escape_is_pressed_then_it_is_gone_and_nothing_was_done(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, "last frame")
    QTest.keyClick(palette._query, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: opened_window.findChild(CommandPalette) is None)
    assert opened_window.session.playhead.frame_index == 0


def test_palette_when_a_key_was_changed_then_it_is_found_by_the_new_one(opened_window: MainWindow) -> None:
    opened_window.user.set_keymap(opened_window.user.keymap.with_keys("fit", ("Ctrl+F12",)))
    palette = opened_palette(opened_window)
    QTest.keyClicks(palette._query, "f12")
    assert palette.found == ("fit",)
    palette.close()
