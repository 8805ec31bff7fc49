"""The settings of tracking, by clicks."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.settings.preferences import Preferences
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.tracking_page import TrackingPage
from dlst_gui.views.settings.user_settings import UserSettings

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def user(qtbot: QtBot, tmp_path: Path) -> UserSettings:
    return UserSettings(tmp_path)


@pytest.fixture
def page(qtbot: QtBot, user: UserSettings) -> TrackingPage:
    made = TrackingPage(user)
    qtbot.addWidget(made)
    return made


def test_page_when_everything_is_edited_then_it_is_kept_for_the_next_start(
    page: TrackingPage, user: UserSettings, tmp_path: Path
) -> None:
    page.lost_frames.setValue(7)
    page.evidence_mb.setValue(0)
    for choice, value in ((page.preset, "dlst-fc"), (page.speed, "exact")):
        choice.setCurrentIndex(choice.findData(value))
        choice.activated.emit(choice.currentIndex())
    for check in (page.pauses, page.stops, page.continues, page.keeps):
        check.click()
    expected = Preferences(
        preset="dlst-fc",
        speed="exact",
        pauses_when_lost=False,
        lost_frames=7,
        stops_at_keyframe=True,
        continues_after_correction=False,
        keeps_diagnostics=False,
        evidence_mb=0,
    )
    assert user.preferences == expected
    assert UserSettings(tmp_path).preferences == expected


def test_page_when_pausing_is_switched_off_then_the_number_of_frames_rests(page: TrackingPage) -> None:
    assert page.lost_frames.isEnabled()
    page.pauses.click()
    assert not page.lost_frames.isEnabled()


def test_stopping_when_switched_in_the_menu_then_settings_and_file_follow(
    window: MainWindow, tmp_path: Path
) -> None:
    window.action_set["stop-at-keyframe"].setChecked(True)
    assert window._settings_dialog.tracking_page.stops.isChecked()
    assert UserSettings(tmp_path / "settings").preferences.stops_at_keyframe
