from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.crowd.identity_dialog import IdentityDialog
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.crowds import BOXES, draw_crowd
from tests.dlst_gui.window_fakes import Workshop

pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def suspected(qtbot: QtBot, opened_window: MainWindow, workshop: Workshop) -> MainWindow:
    """Four objects are tracked, two of them on one target, and one of these was gone to."""
    session = opened_window.session
    draw_crowd(session)
    session.selection.begin_new_track()
    session.set_box(0, BOXES[1])
    workshop.frame_delay_s = 0.02
    session.tracking.track(all_tracks=True)
    qtbot.waitUntil(lambda: bool(session.run.targets.waiting), timeout=5000)
    QTest.keyClick(opened_window, Qt.Key.Key_U)
    return opened_window


def dialog_of(window: MainWindow) -> IdentityDialog:
    dialog = window.findChild(IdentityDialog)
    assert dialog is not None
    return dialog


def test_bar_when_two_are_on_one_target_then_it_asks_and_each_answer_is_a_key_away(
    qtbot: QtBot, suspected: MainWindow
) -> None:
    bar, session = suspected.crowd_bar, suspected.session
    assert bar.question == "One target since frame 0?"
    assert bar.texts[1:] == ("object 4 on object 1, frame 0",)
    answers = {each.text() for each in bar.findChildren(QPushButton) if each.isVisible()}
    assert {"Swap…", "Merge…", "Both Right"} <= answers
    needed = [bar._words, bar.chips[0], *bar._answers]
    bar.setMaximumWidth(sum(each.sizeHint().width() for each in needed) + 120)
    qtbot.waitUntil(lambda: not bar._question.isVisible(), timeout=5000)
    assert bar.chips[0].isVisible(), "who is meant goes before what is asked"
    bar.setMaximumWidth(2000)
    session.selection.select(2)
    assert bar.question == ""
    session.selection.select(1)
    assert bar.question
    QTest.keyClick(suspected, Qt.Key.Key_B, Qt.KeyboardModifier.AltModifier)
    assert bar.question == ""
    assert bar.texts[1:] == ()


def test_dialog_when_opened_while_tracking_then_both_wait_and_what_would_happen_is_told(
    qtbot: QtBot, suspected: MainWindow
) -> None:
    session = suspected.session
    QTest.keyClick(suspected, Qt.Key.Key_M)
    dialog = dialog_of(suspected)
    assert dialog.others.currentText() == "object 1"
    qtbot.waitUntil(dialog.take.isEnabled, timeout=5000)
    assert session.state is RunState.TRACKING
    assert "object 1 goes; object 4 takes" in dialog.words.text()
    dialog.others.setCurrentIndex(1)
    assert "object 2 goes" in dialog.words.text()
    qtbot.waitUntil(dialog.take.isEnabled, timeout=5000)
    assert {each.track_id for each in session.run.targets.waiting} == {4, 2}
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert [each.track_id for each in session.run.targets.waiting] == [4], "who was held goes on"
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED, timeout=5000)


def test_swap_when_accepted_then_boxes_are_exchanged_and_the_run_goes_on(
    qtbot: QtBot, suspected: MainWindow
) -> None:
    session = suspected.session
    suspected.action_set["swap"].trigger()
    dialog = dialog_of(suspected)
    assert dialog.windowTitle() == "Swap From Frame 0"
    qtbot.waitUntil(dialog.take.isEnabled, timeout=5000)
    assert "From frame 0 on, object 4 takes" in dialog.words.text()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED, timeout=5000)
    assert [each.track_id for each in session.run.targets.waiting] == [1]
    assert session.project is not None
    assert session.project.shown(4, 29) is not None
    assert session.project.shown(1, 29) is None
