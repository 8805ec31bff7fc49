"""Tracking to a chosen frame: by menu, key, palette and the timeline's right click."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.actions.command_palette import CommandPalette
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def drawn(opened_window: MainWindow) -> MainWindow:
    draw(opened_window, BOX)
    return opened_window


def asked(window: MainWindow) -> QInputDialog:
    """The dialog that the key opens; it waits for nobody."""
    QTest.keyClick(window, Qt.Key.Key_T, CONTROL | SHIFT)
    dialogs = [each for each in window.findChildren(QInputDialog) if each.isVisible()]
    assert len(dialogs) == 1
    return dialogs[0]


def answer(dialog: QInputDialog, number: str) -> None:
    QTest.keyClicks(dialog.focusWidget(), number)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Return)


def open_lane_menu(qtbot: QtBot, window: MainWindow, frame_index: int) -> QMenu:
    """Right click on the first lane at a frame."""
    lanes = window.workspace.timeline.lanes
    position = QPoint(round(lanes.x_of(frame_index + 0.5)), 5)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, position, lanes.mapToGlobal(position))
    QApplication.sendEvent(lanes, event)
    return next(menu for menu in window.findChildren(QMenu) if menu.isVisible())


def choose(menu: QMenu, begin: str) -> None:
    """Click the entry whose text begins so."""
    action = next(each for each in menu.actions() if each.text().replace("&", "").startswith(begin))
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())


def wait_for(qtbot: QtBot, window: MainWindow, state: RunState) -> None:
    qtbot.waitUntil(lambda: window.session.state is state, timeout=5000)


def test_key_when_a_later_frame_is_typed_then_the_run_ends_there_as_one_step_of_undo(
    qtbot: QtBot, drawn: MainWindow
) -> None:
    answer(asked(drawn), "12")
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(drawn.session)) == list(range(1, 13))
    assert drawn.session.playhead.frame_index == 12
    assert drawn.action_set["undo"].text().startswith("&Undo: Track to 12")


def test_key_when_an_earlier_frame_is_typed_then_the_run_goes_backward(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    session = opened_window.session
    session.seek(20)
    session.set_box(20, workshop.video.box(20))
    answer(asked(opened_window), "14")
    wait_for(qtbot, opened_window, RunState.FINISHED)
    assert sorted(predictions(session)) == list(range(14, 20))


def test_dialog_when_track_is_clicked_then_the_frame_it_offers_is_tracked_to(
    qtbot: QtBot, drawn: MainWindow
) -> None:
    button = next(each for each in asked(drawn).findChildren(QPushButton) if each.text() == "Track")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(drawn.session)) == list(range(1, 11))


def test_dialog_when_it_is_cancelled_then_nothing_is_tracked(drawn: MainWindow) -> None:
    QTest.keyClick(asked(drawn), Qt.Key.Key_Escape)
    assert drawn.session.state is RunState.READY


def test_dialog_when_open_then_it_says_from_where_and_does_not_take_frames_that_are_not_there(
    drawn: MainWindow,
) -> None:
    dialog = asked(drawn)
    assert "from frame 0" in dialog.labelText()
    assert (dialog.intMinimum(), dialog.intMaximum()) == (0, 29)


def test_palette_when_to_frame_is_typed_then_it_is_found_and_asks(qtbot: QtBot, drawn: MainWindow) -> None:
    drawn.show_command_palette()
    palette = drawn.findChild(CommandPalette)
    QTest.keyClicks(palette._query, "track to frame")
    assert palette.found[0] == "track-to-frame"
    QTest.keyClick(palette._query, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(each.isVisible() for each in drawn.findChildren(QInputDialog)))


def test_progress_when_tracking_to_a_frame_then_it_counts_to_that_frame(
    qtbot: QtBot, drawn: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    answer(asked(drawn), "9")
    qtbot.waitUntil(lambda: drawn.session.run.progress is not None and drawn.session.run.progress.done > 2)
    assert drawn.session.run.progress.total == 10


def test_paused_run_when_the_frame_is_ahead_then_it_goes_on_to_there_with_what_it_has_learned(
    qtbot: QtBot, drawn: MainWindow, workshop: Workshop
) -> None:
    QTest.keyClick(drawn, Qt.Key.Key_Period)
    wait_for(qtbot, drawn, RunState.PAUSED)
    answer(asked(drawn), "8")
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(drawn.session)) == list(range(1, 9))
    assert len(workshop.trackers) == 1


def test_correction_when_the_run_to_a_frame_is_over_then_tracking_goes_on_to_that_frame_only(
    qtbot: QtBot, drawn: MainWindow
) -> None:
    answer(asked(drawn), "10")
    wait_for(qtbot, drawn, RunState.FINISHED)
    drawn.session.seek(4)
    drawn.session.set_box(4, BOX)
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(drawn.session)) == list(range(1, 11))


@pytest.mark.parametrize(("stops", "last"), [(True, 5), (False, 12)])
def test_boxes_on_the_way_when_there_are_some_then_they_stand_and_end_the_run_as_the_user_set(
    qtbot: QtBot, drawn: MainWindow, stops: bool, last: int
) -> None:
    session = drawn.session
    session.set_box(6, BOX.shifted(30, 0))
    drawn.action_set["stop-at-keyframe"].setChecked(stops)
    answer(asked(drawn), "12")
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(session)) == [i for i in range(1, last + 1) if i != 6]
    assert session.project.keyframe(1, 6).box == BOX.shifted(30, 0)


def test_lane_menu_when_track_to_here_is_clicked_then_the_run_ends_on_that_frame(
    qtbot: QtBot, drawn: MainWindow
) -> None:
    menu = open_lane_menu(qtbot, drawn, 15)
    assert drawn.session.playhead.frame_index == 0, "looking at the menu goes nowhere"
    choose(menu, "Track to Here (Frame 15)")
    wait_for(qtbot, drawn, RunState.FINISHED)
    assert sorted(predictions(drawn.session)) == list(range(1, 16))


def test_lane_menu_when_go_here_is_clicked_then_that_frame_is_shown(qtbot: QtBot, drawn: MainWindow) -> None:
    choose(open_lane_menu(qtbot, drawn, 15), "Go Here")
    assert drawn.session.playhead.frame_index == 15


def test_lane_menu_when_split_is_clicked_then_it_is_at_the_frame_of_the_click(
    qtbot: QtBot, drawn: MainWindow
) -> None:
    session = drawn.session
    session.tracking.track()
    wait_for(qtbot, drawn, RunState.FINISHED)
    choose(open_lane_menu(qtbot, drawn, 10), "Split Here")
    assert session.project.valid_predictions(1, 0) == ((1, 9),)
