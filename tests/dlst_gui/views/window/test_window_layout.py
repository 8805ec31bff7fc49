"""What a window looks like when it is opened again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import LAYOUT_FILE, UserSettings
from tests.dlst_gui.window_fakes import Workshop

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


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
