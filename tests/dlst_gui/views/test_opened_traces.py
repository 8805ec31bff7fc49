"""A file of evidence in the window, without its video."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.evidence.shown_source import open_shown
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_frames import GROUND
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from tests.dlst_gui.evidence.made_frames import FACTS, kept
from tests.dlst_gui.evidence.test_trace import RUN
from tests.dlst_gui.evidence.test_trace_frames import made_trace, pictured
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    frames = (pictured(kept(i), Box(0, 0, 60, 60)) for i in (100, 101, 102, 200))
    return made_trace(tmp_path / "clip.dlsttrace", *frames)


@pytest.fixture
def window(qtbot: QtBot, workshop: Workshop, path: Path) -> Iterator[MainWindow]:
    """With the file dropped onto it."""
    folder = path.parent
    session = Session(open_shown, workshop.make_tracker, TrackerSettings(), ProjectOpener(folder / "projects"))
    user = UserSettings(folder / "settings")
    made = MainWindow(session, user, backbones=("default",), demo_clip=None, log_folder=folder)
    made.resize(1280, 800)
    made.show()
    qtbot.waitActive(made)
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    copy, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    made.dropEvent(QDropEvent(QPointF(200, 200), copy, files, button, keys))
    qtbot.waitUntil(lambda: made.workspace.drawn_frame == 100)
    yield made
    made.close()
    made.deleteLater()


def test_window_when_a_trace_is_dropped_then_it_says_what_is_open(window: MainWindow, path: Path) -> None:
    assert window.windowTitle().startswith("clip (evidence, read-only) – ")
    assert window.workspace.frame_view.hint == "View only: evidence of clip.mp4, without the video"
    assert window.user.preferences.recent[0] == path
    assert window.status.state_text == "read-only"
    assert not window.status.effort


def test_window_when_a_trace_is_open_then_what_was_seen_is_drawn_at_its_place(
    qtbot: QtBot, window: MainWindow
) -> None:
    qtbot.waitUntil(lambda: window.workspace.scene().diagnostics is not None)
    scene, pixels = window.workspace.shown_frame()
    assert scene.box == kept(100).evidence.box
    assert pixels is not None
    assert pixels.shape == (120, 160, 3)
    assert np.abs(pixels[:60, :60].astype(int) - 200).max() < 4
    assert (pixels[60:] == GROUND).all()


def test_timeline_when_a_trace_is_open_then_shows_its_frames_and_keys_go_over_them(
    qtbot: QtBot, window: MainWindow
) -> None:
    timeline = window.workspace.timeline
    assert timeline.axis.frame_count == 500
    assert timeline.axis.is_visible(100)
    assert timeline.axis.is_visible(200)
    assert not timeline.axis.is_visible(60)
    assert not timeline.axis.is_visible(240)
    timeline.lanes.setFocus()
    for _ in range(3):
        QTest.keyClick(timeline.lanes, Qt.Key.Key_Right)
    assert window.session.playhead.frame_index == 200
    QTest.keyClick(timeline.lanes, Qt.Key.Key_Left)
    assert window.session.playhead.frame_index == 102


@pytest.mark.parametrize(
    "name",
    ["track", "track-all", "what-if", "save", "save-copy", "export-labels", "export-video", "import-labels"],
)
def test_commands_when_a_trace_is_open_then_those_that_need_the_video_say_why_not(
    window: MainWindow, name: str
) -> None:
    window.action_set.refresh(window.session)
    assert not window.action_set[name].isEnabled()
    key = window.user.keymap.keys(name)[0]
    need = window.action_set.unmet_need(key, window.user.keymap)
    assert need is not None
    assert "without the video" in need.why_not(window.session)


def test_compare_panel_when_a_trace_is_open_then_its_button_says_why_not(qtbot: QtBot, window: MainWindow) -> None:
    window._on_what_if_asked()
    assert "nothing can be changed or tracked here" in window.workspace.frame_view.note


def test_export_when_a_trace_is_open_then_the_file_is_about_the_video_as_before(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    qtbot.waitUntil(lambda: window.workspace.scene().evidence is not None)
    export = window.evidence_export
    explained, about = export._explained(), export._about()
    assert explained is not None
    assert about is not None
    target = path.with_name("one.dlsttrace")
    export.write(target, explained, about)
    qtbot.waitUntil(lambda: "Written" in window.workspace.frame_view.note)
    with Trace(target) as written, Trace(path) as before:
        assert (written.facts.video_name, written.facts.fingerprints) == ("clip.mp4", FACTS.fingerprints)
        assert written.runs == {3: RUN}
        found, expected = written.evidence(100), before.evidence(100)
        assert found is not None
        assert expected is not None
        assert found.picture == expected.picture
        assert found.timestamp_s == expected.timestamp_s
