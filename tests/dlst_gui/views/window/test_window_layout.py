"""What a window looks like when it is opened again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import LAYOUT_FILE, UserSettings
from tests.dlst_gui.window_fakes import Workshop

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


WIDER = 330  # pixels of the column of panels: the screenless platform's screen has 800


def opened_again(qtbot: QtBot, workshop: Workshop, folder: Path) -> MainWindow:
    session = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(None))
    window = MainWindow(session, UserSettings(folder), backbones=("default",), demo_clip=None, log_folder=folder)
    qtbot.addWidget(window)
    return window


def test_window_when_closed_then_the_next_has_its_size_and_shows_and_hides_the_same(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    first = opened_again(qtbot, workshop, tmp_path)
    first.resize(1100, 700)
    first.action_set["explain"].setChecked(True)
    first.action_set["candidates"].setChecked(False)
    first.action_set["trail"].setChecked(True)
    first.close()
    second = opened_again(qtbot, workshop, tmp_path)
    assert second.height() == 700  # the screenless platform's screen has 800 x 800 points
    assert not second.action_set["explain"].isChecked()
    assert not second.workspace.frame_view.is_overlay_visible("response-map")
    second.action_set["explain"].setChecked(True)
    assert second.workspace.frame_view.is_overlay_visible("response-map")
    assert not second.workspace.frame_view.is_overlay_visible("candidates")
    assert second.workspace.frame_view.is_overlay_visible("trail")
    assert second.action_set["boxes"].isChecked()
    second.close()


@pytest.mark.parametrize(
    "content",
    [
        {"geometry": 5, "shown": 5},
        {"geometry": "$$", "shown": {"candidates": "no", "quit": True}},
        {"shown": None},
        {"explained": [3, "boxes"], "shown": {"explain": True}},
    ],
)
def test_window_when_what_was_kept_makes_no_sense_then_looks_as_ever(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path, content: object
) -> None:
    (tmp_path / LAYOUT_FILE).write_text(json.dumps(content), encoding="utf-8")
    window = opened_again(qtbot, workshop, tmp_path)
    assert window.action_set["boxes"].isChecked()
    assert not window.action_set["candidates"].isChecked()
    window.action_set["explain"].setChecked(True)
    assert window.action_set["candidates"].isChecked()
    window.close()


def with_video(qtbot: QtBot, window: MainWindow) -> MainWindow:
    window.show()
    window.session.open(Path("clip.mp4"))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    return window


def dock_of(window: MainWindow, name: str) -> QDockWidget:
    found = window.findChild(QDockWidget, name)
    assert isinstance(found, QDockWidget)
    return found


def arranged_otherwise(qtbot: QtBot, window: MainWindow) -> None:
    """The response map below the video, a wider column of panels, another tab in front."""
    window.action_set["response-panel"].setChecked(True)
    window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock_of(window, "response-panel"))
    window.resizeDocks([dock_of(window, "panels")], [WIDER], Qt.Orientation.Horizontal)
    window.action_set["candidates-panel"].setChecked(True)
    qtbot.waitUntil(lambda: dock_of(window, "panels").width() == WIDER)


def test_panels_when_moved_then_the_next_start_has_them_there_with_the_first_video(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    first = with_video(qtbot, opened_again(qtbot, workshop, tmp_path))
    arranged_otherwise(qtbot, first)
    first.close()
    without_video = opened_again(qtbot, workshop, tmp_path)  # which has no panels to keep
    without_video.show()
    assert dock_of(without_video, "panels").isHidden()
    without_video.close()
    second = with_video(qtbot, opened_again(qtbot, workshop, tmp_path))
    assert second.dockWidgetArea(dock_of(second, "response-panel")) is Qt.DockWidgetArea.BottomDockWidgetArea
    assert dock_of(second, "response-panel").isVisible()
    qtbot.waitUntil(lambda: dock_of(second, "panels").width() == WIDER)
    assert second._docks.in_front == "candidates-panel"
    assert dock_of(second, "videos").isHidden()
    second.close()


def test_reset_panels_when_they_were_moved_then_they_are_as_at_the_first_start(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    window = with_video(qtbot, opened_again(qtbot, workshop, tmp_path))
    width = dock_of(window, "panels").width()
    arranged_otherwise(qtbot, window)
    dock_of(window, "response-panel").setFloating(True)
    window.action_set["reset-panels"].trigger()
    assert window.dockWidgetArea(dock_of(window, "response-panel")) is Qt.DockWidgetArea.RightDockWidgetArea
    assert not dock_of(window, "response-panel").isFloating()
    assert dock_of(window, "response-panel").isVisible()
    qtbot.waitUntil(lambda: dock_of(window, "panels").width() == width)
    assert dock_of(window, "response-panel").y() > dock_of(window, "panels").y()
    window.close()


@pytest.mark.parametrize("state", ["", "$$", "AAAA/wAAAAD9", 7])
def test_panels_when_what_was_kept_of_them_makes_no_sense_then_they_are_as_ever(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path, state: object
) -> None:
    layout = {"panels": state, "in_front": "quit"}
    (tmp_path / LAYOUT_FILE).write_text(json.dumps(layout), encoding="utf-8")
    window = with_video(qtbot, opened_again(qtbot, workshop, tmp_path))
    assert dock_of(window, "panels").isVisible()
    assert dock_of(window, "timeline").isVisible()
    assert window._docks.in_front == "inspector"
    window.close()
