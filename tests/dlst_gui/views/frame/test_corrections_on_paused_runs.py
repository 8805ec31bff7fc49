"""What a manual box does to a run that is paused, wherever the box lies."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.project import edits
from dlst_gui.project.tracks import Visibility
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracking_run import Direction
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.reading import keyframe
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)


@pytest.fixture
def session(opened_window: MainWindow) -> Session:
    return opened_window.session


def pause_after(qtbot: QtBot, session: Session, frames: int, direction: Direction = Direction.FORWARD) -> None:
    for _ in range(frames):
        session.tracking.step(direction)
        qtbot.waitUntil(lambda: session.state is RunState.PAUSED)


def until_it_ends(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.state in (RunState.FINISHED, RunState.READY, RunState.FAILED))


def test_nudge_when_tracking_begins_before_it_settles_then_it_is_in_the_project_and_learned(
    qtbot: QtBot, opened_window: MainWindow, session: Session
) -> None:
    session.set_box(0, BOX)
    pause_after(qtbot, session, 5)
    frame = session.playhead.frame_index
    editor = opened_window.workspace.frame_view.editor
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == frame and editor._is_editable)
    editor.nudge(6, 0)
    QTest.keyClick(opened_window, Qt.Key.Key_T)
    until_it_ends(qtbot, session)
    assert keyframe(session, frame) is not None


def test_box_when_it_lies_ahead_of_the_paused_run_then_a_note_says_when_it_is_learned(
    qtbot: QtBot, session: Session
) -> None:
    session.set_box(0, BOX)
    pause_after(qtbot, session, 5)
    session.seek(20)
    with qtbot.waitSignal(session.noted) as noted:
        session.set_box(20, BOX.shifted(30, 0))
    assert noted.args == ["The run will learn this box when it reaches frame 20."]


def test_box_when_a_paused_backward_run_is_past_it_then_the_new_run_goes_backward_too(
    qtbot: QtBot, session: Session
) -> None:
    session.seek(25)
    session.set_box(25, BOX)
    pause_after(qtbot, session, 15, Direction.BACKWARD)
    tracked: list[int] = []
    session.frame_tracked.connect(lambda each: tracked.append(each.frame_index))
    session.seek(18)
    session.set_box(18, BOX.shifted(9, 0))
    until_it_ends(qtbot, session)
    assert tracked == list(range(18, -1, -1))


def test_box_when_track_between_is_paused_past_it_then_nothing_is_tracked_over_the_next_keyframe(
    qtbot: QtBot, session: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    session.set_box(0, BOX)
    session.set_box(20, BOX.shifted(40, 0))
    session.seek(5)
    session.tracking.track_between()
    qtbot.waitUntil(lambda: (session.run.latest_frame or 0) >= 6)
    session.run.pause()
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    tracked: list[int] = []
    session.frame_tracked.connect(lambda each: tracked.append(each.frame_index))
    session.seek(3)
    session.set_box(3, BOX.shifted(9, 0))
    qtbot.wait(100)
    assert not session.state.is_busy
    assert tracked == []


def test_track_when_a_keyframe_at_which_it_stops_was_given_right_ahead_then_the_run_ends(
    qtbot: QtBot, session: Session
) -> None:
    session.tracking.set_stops_at_keyframe(True)
    session.set_box(0, BOX)
    pause_after(qtbot, session, 5)
    here = session.run.latest_frame or 0
    session.seek(here + 1)
    session.set_box(here + 1, BOX.shifted(9, 0))
    session.tracking.toggle()
    qtbot.waitUntil(lambda: not session.state.is_busy)


def test_box_when_its_target_has_ended_and_others_are_paused_then_the_run_does_not_fail(
    qtbot: QtBot, session: Session
) -> None:
    session.set_box(0, BOX)
    first = session.selected_track
    assert first is not None
    session.set_box(8, BOX)
    session.do(lambda project: edits.set_visibility(project, first, 8, Visibility.OUTSIDE))
    session.seek(0)
    session.selection.begin_new_track()
    session.set_box(0, Box(90, 40, 20, 20))
    failures: list[str] = []
    session.failed.connect(lambda title, _text: failures.append(title))
    session.tracking._advance(Direction.FORWARD, frame_budget=12, all_tracks=True)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    session.selection.select(first)
    session.seek(7)
    session.set_box(7, BOX.shifted(5, 0))
    qtbot.waitUntil(lambda: not session.state.is_busy)
    assert failures == []
