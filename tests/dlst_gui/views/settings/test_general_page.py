from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.settings.preferences import Preferences, ThemeChoice
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.general_page import GeneralPage
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.views.conftest import draw
from tracker_core import Box

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> UserSettings:
    return UserSettings(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, user: UserSettings) -> GeneralPage:
    made = GeneralPage(user)
    qtbot.addWidget(made)
    return made


def test_page_when_everything_is_edited_then_it_is_kept_for_the_next_start(
    page: GeneralPage, user: UserSettings, tmp_path: Path
) -> None:
    page.theme.setCurrentIndex(page.theme.findData("light"))
    page.theme.activated.emit(page.theme.currentIndex())
    page.long_step.setValue(25)
    page.decimals.setValue(3)
    page.asks.click()
    expected = Preferences(
        theme=ThemeChoice.LIGHT,
        long_step=25,
        decimals=3,
        asks_on_delete=False,
    )
    assert user.preferences == expected
    assert UserSettings(tmp_path).preferences == expected


def test_page_when_preferences_change_elsewhere_then_it_shows_them(page: GeneralPage, user: UserSettings) -> None:
    user.set_preferences(Preferences(theme=ThemeChoice.SYSTEM, long_step=99))
    assert (page.theme.currentText(), page.long_step.value()) == ("Same as system", 99)


def test_long_step_when_changed_then_keys_and_slider_go_that_far(opened_window: MainWindow) -> None:
    opened_window.user.set_preferences(Preferences(long_step=7))
    QTest.keyClick(opened_window, Qt.Key.Key_V)
    assert opened_window.session.playhead.frame_index == 7
    assert opened_window.workspace.frame_bar._slider.pageStep() == 7


def test_continuing_when_switched_in_the_menu_then_session_settings_and_file_follow(
    window: MainWindow, tmp_path: Path
) -> None:
    window.action_set["continue"].setChecked(False)
    assert not window.session.tracking.continues_after_correction
    assert not window._settings_dialog.tracking_page.continues.isChecked()
    assert not window.action_set["continue"].isChecked()
    assert not UserSettings(tmp_path / "settings").preferences.continues_after_correction


def test_decimals_when_changed_then_the_inspector_shows_as_many(qtbot: QtBot, opened_window: MainWindow) -> None:
    draw(opened_window, Box(20, 40, 24, 24))
    words = opened_window.workspace.inspector._box
    qtbot.waitUntil(lambda: "." in words.text())
    opened_window.user.set_preferences(replace(opened_window.user.preferences, decimals=0))
    assert "." not in words.text()
    opened_window.user.set_preferences(replace(opened_window.user.preferences, decimals=3))
    assert all(len(number.partition(".")[2]) == 3 for number in words.text().split() if "." in number)
