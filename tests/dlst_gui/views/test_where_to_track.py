"""Where Track begins in a video that is tracked in part: with real keys in a real window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)
LAST = 29


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)


def track_to(qtbot: QtBot, window: MainWindow, frame_index: int) -> None:
    """Boxes up to a frame, and no run any more."""
    draw(window, BOX)
    window.session.tracking.track_to(frame_index)
    qtbot.waitUntil(lambda: len(predictions(window.session)) == frame_index, timeout=5000)
    window.session.run.stop()


def wait_until_tracked(qtbot: QtBot, window: MainWindow, last: int = LAST) -> None:
    qtbot.waitUntil(lambda: not window.session.state.is_busy and last in predictions(window.session), timeout=5000)


def question(window: MainWindow) -> dict[str, QPushButton]:
    """The buttons of what is asked, by their words; empty where nothing is."""
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    return {button.text(): button for box in boxes for button in box.findChildren(QPushButton)}


@pytest.mark.parametrize("here", [12, 20], ids=["on-the-last-tracked-frame", "beyond-it"])
def test_track_when_the_boxes_end_here_or_before_then_it_goes_on_there_and_keeps_them(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop, here: int
) -> None:
    track_to(qtbot, opened_window, 12)
    before = {index: each for index, each in predictions(opened_window.session).items() if index <= 12}
    opened_window.session.seek(here)
    press(opened_window, Qt.Key.Key_T)
    wait_until_tracked(qtbot, opened_window)
    found = predictions(opened_window.session)
    assert {index: each for index, each in found.items() if index <= 12} == before
    assert sorted(found) == list(range(1, LAST + 1))
    calls = [name for name, _ in workshop.trackers[-1].calls]
    assert calls.count("track") == LAST - 12
    assert calls.count("example") == 1  # the manual box is learned as well
    assert not question(opened_window)


def test_step_when_on_the_last_tracked_frame_then_the_next_one_is_tracked(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    track_to(qtbot, opened_window, 12)
    opened_window.session.seek(12)
    press(opened_window, Qt.Key.Key_Period)
    wait_until_tracked(qtbot, opened_window, 13)
    assert opened_window.session.state is RunState.PAUSED
    assert opened_window.session.playhead.frame_index == 13


@pytest.mark.parametrize(
    ("here", "end", "words"),
    [
        (5, 12, {"Go On from Frame 12", "Track Again from Frame 0", "Cancel"}),
        (LAST, LAST, {"Track Again from Frame 0", "Cancel"}),
    ],
    ids=["boxes-ahead", "all-tracked"],
)
def test_track_when_it_is_not_clear_from_where_then_it_asks_and_tracks_nothing_meanwhile(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop, here: int, end: int, words: set[str]
) -> None:
    track_to(qtbot, opened_window, end)
    opened_window.session.seek(here)
    trackers = len(workshop.trackers)
    press(opened_window, Qt.Key.Key_T)
    assert set(question(opened_window)) == words
    question(opened_window)["Cancel"].click()
    assert len(workshop.trackers) == trackers
    assert opened_window.session.playhead.frame_index == here


def test_track_when_asked_to_go_on_or_again_then_it_does(qtbot: QtBot, opened_window: MainWindow) -> None:
    track_to(qtbot, opened_window, 12)
    opened_window.session.seek(5)
    press(opened_window, Qt.Key.Key_T)
    question(opened_window)["Go On from Frame 12"].click()
    wait_until_tracked(qtbot, opened_window)
    first_run = predictions(opened_window.session)[5].run_id
    opened_window.session.seek(5)
    opened_window.action_set["track"].trigger()  # without a screen, a window that was asked over gets no keys
    question(opened_window)["Track Again from Frame 0"].click()
    qtbot.waitUntil(lambda: predictions(opened_window.session)[LAST].run_id > first_run + 1, timeout=5000)
    assert predictions(opened_window.session)[5].run_id > first_run


def test_track_when_the_object_is_lost_where_its_boxes_end_then_it_asks(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset({12})
    track_to(qtbot, opened_window, 12)
    opened_window.session.seek(12)
    press(opened_window, Qt.Key.Key_T)
    box = next(box for box in opened_window.findChildren(QMessageBox) if box.isVisible())
    assert "has lost the object on frame 12" in box.informativeText()
    assert box.defaultButton().text() == "Cancel"
    box.close()


def test_track_backward_when_the_boxes_begin_here_then_it_goes_on_from_there(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session = opened_window.session
    session.seek(20)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 20)
    draw(opened_window, Box(60, 40, 24, 24))
    session.tracking.track_to(10)
    qtbot.waitUntil(lambda: len(predictions(session)) == 10, timeout=5000)
    session.run.stop()
    kept = predictions(session)
    session.seek(10)
    press(opened_window, Qt.Key.Key_T, Qt.KeyboardModifier.ShiftModifier)
    wait_until_tracked(qtbot, opened_window, 0)
    assert {index: each for index, each in predictions(session).items() if index >= 10} == kept


def test_track_all_when_some_objects_are_complete_then_only_the_others_go_on_where_their_boxes_end(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    session = opened_window.session
    track_to(qtbot, opened_window, LAST)
    complete = predictions(session)
    session.seek(0)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 0)
    session.selection.begin_new_track()
    session.set_box(0, Box(60, 80, 24, 24))
    session.tracking.track_to(10)
    qtbot.waitUntil(lambda: len(predictions(session)) == 10, timeout=5000)
    session.run.stop()
    first_part = predictions(session)
    press(opened_window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    wait_until_tracked(qtbot, opened_window)
    assert {index: each for index, each in predictions(session).items() if index <= 10} == first_part
    session.selection.select(1)
    assert predictions(session) == complete
    with qtbot.waitSignal(session.noted, check_params_cb=lambda note: note.startswith("All objects are tracked")):
        press(opened_window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
