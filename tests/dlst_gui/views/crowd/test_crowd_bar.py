from __future__ import annotations

import re
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.actions.hints import hint_for
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.crowds import BOXES, Lose, draw_crowd, letting_lose
from tests.dlst_gui.views.conftest import drag_box
from tests.dlst_gui.window_fakes import Workshop

pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def lose(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> Lose:
    return letting_lose(workshop, monkeypatch)


def wait_for_chips(qtbot: QtBot, window: MainWindow, count: int) -> None:
    qtbot.waitUntil(lambda: len(window.crowd_bar.chips) == count, timeout=5000)


def test_bar_when_one_object_is_tracked_then_it_is_hidden(qtbot: QtBot, opened_window: MainWindow) -> None:
    session = opened_window.session
    session.set_box(0, BOXES[1])
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    assert not opened_window.crowd_bar.isVisible()


def test_bar_when_two_are_lost_then_each_has_a_chip_and_a_key_goes_from_one_to_the_next(
    qtbot: QtBot, opened_window: MainWindow, lose: Lose
) -> None:
    session, bar = opened_window.session, opened_window.crowd_bar
    draw_crowd(session)
    lose(2, *range(5, 10))
    lose(3, *range(8, 13))
    session.selection.select(1)
    QTest.keyClick(
        opened_window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    )
    wait_for_chips(qtbot, opened_window, 2)
    assert bar.isVisible()
    words, *chips = bar.texts
    assert re.fullmatch("3 objects( · 1 done)? · 2 waiting:", words)
    assert chips == ["object 2, frame 5", "object 3, frame 8"]
    QTest.keyClick(opened_window, Qt.Key.Key_U)
    assert (session.selected_track, session.playhead.frame_index) == (2, 5)
    QTest.keyClick(opened_window, Qt.Key.Key_U)
    assert (session.selected_track, session.playhead.frame_index) == (3, 8)
    QTest.mouseClick(bar.chips[0], Qt.MouseButton.LeftButton)
    assert (session.selected_track, session.playhead.frame_index) == (2, 5)
    hint = partial(hint_for, session, track_key="T", outside_key="O")
    assert hint() == "object 2 waits: drag a box around it, or press O if it is not in the frame"
    session.seek(2)
    assert hint() == "object 2 waits on frame 5: click it in the row below to go there"


def test_drag_when_an_object_waits_and_others_go_on_then_it_is_corrected_and_the_chip_goes(
    qtbot: QtBot, opened_window: MainWindow, lose: Lose, workshop: Workshop
) -> None:
    window, session = opened_window, opened_window.session
    draw_crowd(session)
    lose(2, *range(5, 10))
    workshop.frame_delay_s = 0.02
    session.selection.select(1)
    session.tracking.track(all_tracks=True)
    wait_for_chips(qtbot, window, 1)
    QTest.keyClick(window, Qt.Key.Key_U)
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 5, timeout=5000)
    qtbot.waitUntil(lambda: window.workspace.frame_view.editor._is_editable, timeout=5000)
    assert session.state.is_busy
    shown = session.selection.shown_here
    assert shown is not None
    x, y = shown.box.center
    drag_box(window, (x, y), (x + 30, y))
    assert session.state.is_busy
    wait_for_chips(qtbot, window, 0)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    assert session.project is not None
    assert session.project.keyframe(2, 5) is not None
    assert not window.crowd_bar.isVisible()


def test_bar_when_many_wait_in_a_narrow_window_then_those_without_room_are_in_a_menu(
    qtbot: QtBot, opened_window: MainWindow, lose: Lose
) -> None:
    session, bar = opened_window.session, opened_window.crowd_bar
    draw_crowd(session)
    for track_id in BOXES:
        lose(track_id, *range(5, 10))
    session.tracking.track(all_tracks=True)
    wait_for_chips(qtbot, opened_window, 3)
    narrow = bar._words.sizeHint().width() + sum(chip.sizeHint().width() for chip in bar.chips)  # margins not
    bar.setMaximumWidth(narrow)
    qtbot.waitUntil(lambda: bar.width() == narrow, timeout=5000)
    shown = [chip for chip in bar.chips if chip.isVisible()]
    entries = bar._more.menu().actions()
    assert 0 < len(entries) < 3
    assert len(shown) + len(entries) == 3
    entries[-1].trigger()
    assert session.selected_track == 3
    bar.setMaximumWidth(2000)
    qtbot.waitUntil(lambda: all(chip.isVisible() for chip in bar.chips), timeout=5000)
    assert not bar._more.isVisible()
