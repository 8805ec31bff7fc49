"""What one sees by default, and what explains the tracker: with real keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import OVERLAYS
from dlst_gui.session.run_state import RunState
from dlst_gui.views.actions.peek_action import HELD_S
from dlst_gui.views.evidence.explain import EXPLAINING
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)
KEY = Qt.Key.Key_Z


def step(qtbot: QtBot, window: MainWindow) -> None:
    frame = (window.session.run.latest_frame or 0) + 1
    QTest.keyClick(window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: window.session.state is RunState.PAUSED and window.workspace.drawn_frame == frame)


def drawn(window: MainWindow) -> set[str]:
    """Names of overlays that draw something."""
    view = window.workspace.frame_view
    shown = [o for o in view.overlays if view.is_overlay_visible(o.info.name)]
    return {
        o.info.name
        for o in shown
        for item in (o.item, *o.item.childItems())
        if getattr(item, "layers", ()) or getattr(item, "image", None) is not None
    }


def test_window_when_tracking_then_shows_boxes_and_names_and_nothing_else(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    assert drawn(opened_window) == {"boxes"}
    (name,) = [
        layer for layer in opened_window.workspace.frame_view.overlays[0].item.layers if hasattr(layer, "text")
    ]
    assert name.text == "object 1"


def test_explain_when_tapped_then_stays_until_the_next_tap(qtbot: QtBot, opened_window: MainWindow) -> None:
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    QTest.keyClick(opened_window, KEY)
    assert opened_window.action_set["explain"].isChecked()
    qtbot.waitUntil(lambda: {"response-map", "candidates", "search-region"} <= drawn(opened_window))
    texts = [entry.text for entry in opened_window.workspace.inspector.legend.entries]
    assert "Response" in texts
    QTest.keyClick(opened_window, KEY)
    assert drawn(opened_window) == {"boxes"}


@pytest.mark.parametrize("was_on", [False, True])
def test_explain_when_its_key_is_held_then_letting_it_go_takes_it_back(
    qtbot: QtBot, opened_window: MainWindow, was_on: bool
) -> None:
    explain = opened_window.action_set["explain"]
    explain.setChecked(was_on)
    QTest.keyPress(opened_window, KEY)
    assert explain.isChecked() is not was_on
    QTest.qWait(round(1000 * HELD_S) + 50)
    assert explain.isChecked() is not was_on
    QTest.keyRelease(opened_window, KEY)
    assert explain.isChecked() is was_on


def test_explain_when_another_key_is_let_go_meanwhile_then_it_stays(opened_window: MainWindow) -> None:
    explain = opened_window.action_set["explain"]
    QTest.keyPress(opened_window, KEY)
    QTest.qWait(round(1000 * HELD_S) + 50)
    QTest.keyRelease(opened_window, Qt.Key.Key_Shift)
    assert explain.isChecked()
    QTest.keyRelease(opened_window, KEY)
    assert not explain.isChecked()


def test_explain_when_turned_off_then_the_panel_before_is_in_front_again(opened_window: MainWindow) -> None:
    explain, inspector = opened_window.action_set["explain"], opened_window.action_set["inspector"]
    opened_window._docks.bring_to_front("settings")
    inspector.setChecked(False)
    explain.setChecked(True)
    assert inspector.isChecked()
    assert opened_window._docks.in_front == "inspector"
    explain.setChecked(False)
    assert not inspector.isChecked()
    assert opened_window._docks.in_front == "settings"


def test_explain_when_a_part_of_it_was_hidden_then_it_comes_without_that_the_next_time(
    opened_window: MainWindow,
) -> None:
    actions = opened_window.action_set
    actions["explain"].setChecked(True)
    actions["candidates"].setChecked(False)
    actions["matched-box"].setChecked(True)
    actions["explain"].setChecked(False)
    assert not any(actions[name].isChecked() for name in EXPLAINING)
    actions["explain"].setChecked(True)
    assert not actions["candidates"].isChecked()
    assert actions["matched-box"].isChecked()


def test_picks_when_the_target_is_lost_then_are_numbered_without_being_asked_for(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset({2})
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    assert "picks" not in drawn(opened_window)
    step(qtbot, opened_window)
    qtbot.waitUntil(lambda: "picks" in drawn(opened_window))


def test_overlays_when_listed_then_those_at_the_start_draw_no_diagnostics() -> None:
    assert [made.info.name for made in OVERLAYS if made.info.is_on_at_start] == ["boxes"]
    assert not any(made.info.is_on_at_start or made.info.shows_itself for made in OVERLAYS if made.info.explains)
