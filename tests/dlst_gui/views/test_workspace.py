"""When the frame is drawn, and that nothing is drawn for nothing."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene
from dlst_gui.session.run_state import RunState
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.reading import keyframe
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

FIRST_BOX = Box(20, 40, 24, 24)


@pytest.fixture
def drawn(opened_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Indices of the frames whose scene is drawn, one after the other."""
    indices: list[int] = []
    view = opened_window.workspace.frame_view
    draw = view.show_scene

    def noted(scene: FrameScene, *, editable_box: Box | None, is_editable: bool) -> None:
        indices.append(scene.frame_index)
        draw(scene, editable_box=editable_box, is_editable=is_editable)

    monkeypatch.setattr(view, "show_scene", noted)
    return indices


def tracked(qtbot: QtBot, window: MainWindow) -> None:
    window.session.set_box(0, FIRST_BOX)
    window.session.tracking.track()
    qtbot.waitUntil(lambda: window.session.state is RunState.FINISHED)
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 29)
    qtbot.wait(150)  # numbers and curves are drawn later than the frame


def test_seek_when_a_frame_is_tracked_then_it_is_drawn_once_and_the_one_before_not_again(
    qtbot: QtBot, opened_window: MainWindow, drawn: list[int]
) -> None:
    tracked(qtbot, opened_window)
    drawn.clear()
    opened_window.session.seek(7)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 7)
    qtbot.wait(150)
    assert drawn == [7]


def test_redraw_when_nothing_has_changed_then_a_tracked_frame_is_not_drawn_again(
    qtbot: QtBot, opened_window: MainWindow, drawn: list[int]
) -> None:
    tracked(qtbot, opened_window)
    drawn.clear()
    with qtbot.waitSignal(opened_window.workspace.redrawn):
        opened_window.session.state_changed.emit()
    assert drawn == []


def test_seek_when_the_box_has_just_been_nudged_then_the_nudge_is_kept(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session, editor = opened_window.session, opened_window.workspace.frame_view.editor
    with qtbot.waitSignal(opened_window.workspace.redrawn):
        session.set_box(0, FIRST_BOX)
    editor.nudge(3, 0)
    session.seek(5)
    moved = keyframe(session, 0)
    assert moved is not None
    assert moved.box == FIRST_BOX.shifted(3, 0)


def test_picks_when_switched_on_then_are_shown_on_the_frame_at_hand(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    workspace, switch = opened_window.workspace, opened_window.action_set["picks"]
    tracked(qtbot, opened_window)
    assert workspace.scene().picks == ()
    drawn: list[FrameScene] = []
    workspace.redrawn.connect(lambda: drawn.append(workspace._scene))
    switch.setChecked(True)
    qtbot.waitUntil(lambda: bool(drawn) and len(drawn[-1].picks) > 0)
