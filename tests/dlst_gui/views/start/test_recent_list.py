from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from dlst_gui.settings.preferences import Preferences
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.start.recent_list import RecentList
from tests.dlst_gui.dead_network import DeadNetwork

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def recent(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> RecentList:
    """The start page's list, of a file that is there and one that is gone."""
    there = tmp_path / "cats & dogs.mp4"
    there.touch()
    window.user.set_preferences(Preferences(recent=(there, tmp_path / "gone.mp4")))
    made = window._start_page.recent
    qtbot.waitUntil(lambda: not buttons(made, QPushButton)[1].isEnabled())
    return made


def buttons(recent: RecentList, kind: type[QPushButton | QToolButton]) -> list[QPushButton | QToolButton]:
    return [button for row in recent._rows.values() for button in row.findChildren(kind)]


def test_recent_when_nothing_was_opened_then_it_takes_no_room(window: MainWindow) -> None:
    assert not window._start_page.recent.isVisible()


def test_recent_when_a_file_is_gone_then_it_can_only_be_forgotten(window: MainWindow, recent: RecentList) -> None:
    there, gone = buttons(recent, QPushButton)
    assert there.isEnabled()
    assert "cats && dogs.mp4" in there.text()
    assert not gone.isEnabled()
    assert "not found" in gone.text()
    buttons(recent, QToolButton)[1].click()
    assert [path.name for path in window.user.preferences.recent] == ["cats & dogs.mp4"]
    assert len(recent._rows) == 1


def test_recent_when_a_network_does_not_answer_then_the_others_are_shown_all_the_same(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = DeadNetwork(tmp_path / "network")
    network.begin(monkeypatch)
    window.user.set_preferences(Preferences(recent=(network.folder / "clip.mp4", tmp_path / "gone.mp4")))
    list_ = window._start_page.recent
    qtbot.waitUntil(lambda: not buttons(list_, QPushButton)[1].isEnabled())
    assert network.asked == [network.folder / "clip.mp4"]
    assert buttons(list_, QPushButton)[0].isEnabled()
    assert network.frozen == []
    network.answers.set()
    qtbot.waitUntil(lambda: "not found" in buttons(list_, QPushButton)[0].text())


def test_recent_when_the_order_changes_then_the_rows_follow(window: MainWindow, recent: RecentList) -> None:
    window.user.set_preferences(Preferences(recent=window.user.preferences.recent[::-1]))
    rows = [recent._column.itemAt(place).widget() for place in range(1, recent._column.count())]
    assert rows == [recent._rows[path] for path in window.user.preferences.recent]


def test_recent_when_clicked_then_it_is_opened(qtbot: QtBot, window: MainWindow, recent: RecentList) -> None:
    with qtbot.waitSignal(window.session.playhead.source_changed):
        buttons(recent, QPushButton)[0].click()
    assert "cats & dogs" in window.windowTitle()


def test_recent_when_a_video_is_opened_then_it_comes_first_by_its_full_path(opened_window: MainWindow) -> None:
    assert opened_window.user.preferences.recent == (Path("clip.mp4").absolute(),)


def test_recent_when_the_demo_clip_is_opened_then_it_is_not_listed(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.session.playhead.source_changed):
        window.open_demo_clip()
    assert window.user.preferences.recent == ()
