"""A correction by the mouse: when it is learned, and what a second drag does to the first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.run_status import state_text
from tests.dlst_gui.reading import keyframe, predictions, shown_box
from tests.dlst_gui.views.conftest import drag_box
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)
LONG_S = 5.0  # longer than anything here may take
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def session(opened_window: MainWindow) -> Session:
    return opened_window.session


@pytest.fixture
def tracked(session: Session) -> list[FrameTracked]:
    """All that the window is told from here on."""
    told: list[FrameTracked] = []
    session.frame_tracked.connect(told.append)
    return told


def pause_after(qtbot: QtBot, window: MainWindow, frames: int) -> int:
    """Track so far, with the box ready to be grabbed; the frame that was reached."""
    session = window.session
    session.set_box(0, BOX)
    for _ in range(frames):
        session.tracking.step()
        qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    until_shown(qtbot, window, frames)
    return frames


def until_shown(qtbot: QtBot, window: MainWindow, frame_index: int) -> None:
    editor = window.workspace.frame_view.editor
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == frame_index and editor._is_editable)


def place(window: MainWindow, x: float, y: float) -> QPoint:
    return window.workspace.frame_view.widget_position(x, y).toPoint()


def move_to(window: MainWindow, x: float, y: float) -> None:
    QTest.mouseMove(window.workspace.frame_view.viewport, place(window, x, y))
    QTest.qWait(12)  # pyqtgraph lets a hundred moves a second through


def press(window: MainWindow, x: float, y: float) -> None:
    QTest.mousePress(window.workspace.frame_view.viewport, LEFT, PLAIN, place(window, x, y))


def release(window: MainWindow, x: float, y: float) -> None:
    QTest.mouseRelease(window.workspace.frame_view.viewport, LEFT, PLAIN, place(window, x, y))


def drag_shown_box(window: MainWindow, dx: float, dy: float) -> None:
    """Grab the box that is shown in its middle."""
    x, y = middle(window)
    drag_box(window, (x, y), (x + dx, y + dy))


def middle(window: MainWindow) -> tuple[float, float]:
    box = window.workspace.scene().box
    assert box is not None
    return box.center


@pytest.fixture
def being_learned(qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop) -> Box:
    """A box that was dragged on frame 5 of a paused run, and takes long to learn."""
    pause_after(qtbot, opened_window, 5)
    workshop.learn_delay_s = LONG_S
    drag_shown_box(opened_window, 6, 4)
    qtbot.waitUntil(lambda: session.run.learning_fraction > 0)
    given = keyframe(session, 5)
    assert given is not None
    return given.box


def corrections(workshop: Workshop) -> list[Box]:
    return [box for call, box in workshop.trackers[0].calls if call == "correct" and box is not None]


def until_finished(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED)


def test_correction_when_let_go_then_the_tracker_is_told_before_the_disk(
    qtbot: QtBot, opened_window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause_after(qtbot, opened_window, 5)
    order: list[str] = []
    emit, save = session.run._tracker.apply_correction, session.current_project.do
    monkeypatch.setattr(
        session.run._tracker, "apply_correction", lambda *a, **k: (order.append("tracker"), emit(*a, **k))
    )
    monkeypatch.setattr(session.current_project, "do", lambda edit: (order.append("disk"), save(edit))[1])
    drag_shown_box(opened_window, 6, 4)
    assert order == ["tracker", "disk"], "both before the release is over, with no timer in between"
    assert keyframe(session, 5) is not None
    until_finished(qtbot, session)


def test_correction_when_it_is_learned_then_the_next_frame_starts_from_it(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, tracked: list[FrameTracked]
) -> None:
    pause_after(qtbot, opened_window, 5)
    tracked.clear()
    drag_shown_box(opened_window, 6, 4)
    until_finished(qtbot, session)
    (corrected,) = corrections(workshop)
    assert [(t.frame_index, t.is_human) for t in tracked][:2] == [(5, True), (6, False)]
    assert predictions(session)[6].box == corrected.shifted(2, 0)


def test_correction_when_learning_takes_long_then_it_is_seen_and_the_box_can_be_dragged_again(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop
) -> None:
    pause_after(qtbot, opened_window, 5)
    workshop.learn_delay_s = LONG_S
    drag_shown_box(opened_window, 6, 4)
    qtbot.waitUntil(lambda: state_text(session)[0].startswith("learning "))
    qtbot.waitUntil(lambda: "drag it again" in opened_window.workspace.frame_view.hint)
    assert opened_window.workspace.frame_view.editor._is_editable


def test_second_drag_when_it_begins_then_the_first_ones_learning_is_left_at_once(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, tracked: list[FrameTracked]
) -> None:
    pause_after(qtbot, opened_window, 5)
    tracked.clear()
    workshop.learn_delay_s = LONG_S
    drag_shown_box(opened_window, 6, 4)
    qtbot.waitUntil(lambda: session.run.learning_fraction > 0)
    x, y = middle(opened_window)
    press(opened_window, x, y)
    assert session.state is RunState.PAUSED
    workshop.learn_delay_s = 0.0
    move_to(opened_window, x + 3, y + 8)
    QTest.qWait(30)
    assert tracked == [], "while it is dragged, nothing is learned and no frame follows"
    release(opened_window, x + 3, y + 8)
    until_finished(qtbot, session)
    latest = keyframe(session, 5)
    assert latest is not None
    assert corrections(workshop) == [latest.box]
    assert [t.frame_index for t in tracked if t.is_human] == [5]


def test_second_press_when_nothing_is_dragged_then_the_first_box_is_learned_after_all(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, being_learned: Box
) -> None:
    x, y = middle(opened_window)
    press(opened_window, x, y)
    workshop.learn_delay_s = 0.0
    release(opened_window, x, y)
    until_finished(qtbot, session)
    assert corrections(workshop) == [being_learned]


def test_second_press_when_tracking_is_asked_for_meanwhile_then_the_first_box_is_learned_before_it_goes_on(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, being_learned: Box
) -> None:
    x, y = middle(opened_window)
    press(opened_window, x, y)
    workshop.learn_delay_s = 0.0
    session.tracking.track()
    release(opened_window, x, y)
    until_finished(qtbot, session)
    assert corrections(workshop) == [being_learned]


def test_second_drag_when_it_cannot_be_taken_then_the_first_box_is_learned_after_all(
    qtbot: QtBot,
    opened_window: MainWindow,
    session: Session,
    workshop: Workshop,
    being_learned: Box,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    x, y = middle(opened_window)
    press(opened_window, x, y)
    workshop.learn_delay_s = 0.0
    monkeypatch.setattr(session, "_may_change", lambda: False)
    move_to(opened_window, x + 3, y + 8)
    release(opened_window, x + 3, y + 8)
    until_finished(qtbot, session)
    assert corrections(workshop) == [being_learned]


def test_second_drag_when_it_ends_where_it_began_then_the_box_is_learned_and_the_run_goes_on(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, being_learned: Box
) -> None:
    opened_window.workspace.frame_view.editor.nudge(1, 0)
    opened_window.workspace.frame_view.editor.nudge(-1, 0)
    workshop.learn_delay_s = 0.0
    until_finished(qtbot, session)
    assert corrections(workshop) == [being_learned]


def test_nudge_when_a_box_is_being_learned_then_it_is_learned_as_it_is_in_the_end(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop, being_learned: Box
) -> None:
    for _ in range(3):
        opened_window.workspace.frame_view.editor.nudge(1, 0)
    workshop.learn_delay_s = 0.0
    until_finished(qtbot, session)
    assert corrections(workshop) == [being_learned.shifted(3, 0)]


def test_press_when_tracking_then_it_pauses_and_is_a_drag_of_the_box_from_there(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.05
    session.set_box(0, BOX)
    session.tracking.track()
    qtbot.waitUntil(lambda: (opened_window.workspace.drawn_frame or 0) >= 3)
    x, y = middle(opened_window)
    press(opened_window, x, y)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    frame = session.run.latest_frame
    assert frame is not None
    until_shown(qtbot, opened_window, frame)
    before = shown_box(session, frame)
    assert before is not None
    move_to(opened_window, x + 5, y + 7)
    release(opened_window, x + 5, y + 7)
    until_finished(qtbot, session)
    (corrected,) = corrections(workshop)
    assert keyframe(session, frame) is not None
    moved = (corrected.x - before.x, corrected.y - before.y)
    assert moved == pytest.approx((5, 7), abs=1.0)


def test_press_when_tracking_and_nothing_is_dragged_then_the_run_only_pauses(
    qtbot: QtBot, opened_window: MainWindow, session: Session, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.05
    session.set_box(0, BOX)
    session.tracking.track()
    qtbot.waitUntil(lambda: (opened_window.workspace.drawn_frame or 0) >= 3)
    x, y = middle(opened_window)
    press(opened_window, x, y)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    until_shown(qtbot, opened_window, session.run.latest_frame or 0)
    release(opened_window, x, y)
    QTest.qWait(100)
    assert session.state is RunState.PAUSED
    assert corrections(workshop) == []


@pytest.mark.parametrize("goes_on", [True, False])
def test_correction_when_it_cannot_be_saved_then_the_run_does_not_go_on_with_it(
    qtbot: QtBot, opened_window: MainWindow, session: Session, monkeypatch: pytest.MonkeyPatch, goes_on: bool
) -> None:
    pause_after(qtbot, opened_window, 5)
    session.tracking.set_continues_after_correction(goes_on)
    monkeypatch.setattr(session, "_done", lambda _: None)
    drag_shown_box(opened_window, 6, 4)
    assert session.state is RunState.READY
    QTest.qWait(50)
    assert max(predictions(session)) == 5
