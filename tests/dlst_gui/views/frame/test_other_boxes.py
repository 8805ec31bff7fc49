"""The boxes of other tracks under the mouse: a press selects them, a drag moves them and nothing else."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.session.session import Session
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import drag_box
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

FIRST, SECOND = Box(20, 40, 40, 40), Box(100, 60, 30, 30)


@pytest.fixture
def two_tracks(qtbot: QtBot, opened_window: MainWindow) -> Session:
    """Track 1 with a box on frame 0, track 2 selected, with one there too."""
    session = opened_window.session
    session.set_box(0, FIRST)
    session.selection.begin_new_track()
    session.set_box(0, SECOND)
    wait_until_drawn(qtbot, opened_window)
    return session


def wait_until_drawn(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.workspace.redrawn):
        window.workspace.frame_view.editor.update()
        window.session.state_changed.emit()


def click(window: MainWindow, x: float, y: float) -> None:
    view = window.workspace.frame_view
    QTest.mouseClick(
        view.viewport,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPointF(view.widget_position(x, y)).toPoint(),
    )


def boxes_of(session: Session, track_id: int) -> list[Box]:
    assert session.project is not None
    return [each.box for each in session.project.keyframes(track_id)]


def test_click_when_on_another_tracks_box_then_it_is_selected_and_nothing_changed(
    opened_window: MainWindow, two_tracks: Session
) -> None:
    click(opened_window, *FIRST.center)
    assert two_tracks.selected_track == 1
    assert boxes_of(two_tracks, 1) == [FIRST]
    assert boxes_of(two_tracks, 2) == [SECOND]


def test_drag_when_on_another_tracks_box_then_that_box_moves(
    opened_window: MainWindow, two_tracks: Session
) -> None:
    x, y = FIRST.center
    drag_box(opened_window, (x, y), (x + 10, y + 5))
    assert two_tracks.selected_track == 1
    (moved,) = boxes_of(two_tracks, 1)
    assert (moved.x, moved.y) == pytest.approx((30, 45), abs=1.0)  # whole screen pixels
    assert (moved.width, moved.height) == (FIRST.width, FIRST.height)
    assert boxes_of(two_tracks, 2) == [SECOND]


def test_drag_when_on_a_locked_tracks_box_then_it_is_selected_and_stays(
    opened_window: MainWindow, two_tracks: Session
) -> None:
    opened_window.editing.toggle_locked(1)
    opened_window.workspace.frame_view.show_scene(
        opened_window.workspace.scene(), editable_box=SECOND, is_editable=True
    )
    x, y = FIRST.center
    drag_box(opened_window, (x, y), (x + 10, y + 5))
    assert two_tracks.selected_track == 1
    assert boxes_of(two_tracks, 1) == [FIRST]
    assert boxes_of(two_tracks, 2) == [SECOND]


def test_click_when_a_box_lies_under_the_selected_one_then_its_track_is_selected(
    qtbot: QtBot, opened_window: MainWindow, two_tracks: Session
) -> None:
    two_tracks.set_box(0, Box(10, 30, 70, 70))
    wait_until_drawn(qtbot, opened_window)
    click(opened_window, *FIRST.center)
    assert two_tracks.selected_track == 1
    assert boxes_of(two_tracks, 1) == [FIRST]


def test_drag_when_the_selected_track_is_locked_then_it_says_so(
    opened_window: MainWindow, two_tracks: Session
) -> None:
    notes: list[str] = []
    two_tracks.noted.connect(notes.append)
    opened_window.editing.toggle_locked(2)
    opened_window.workspace.frame_view.show_scene(
        opened_window.workspace.scene(), editable_box=SECOND, is_editable=False
    )
    x, y = SECOND.center
    drag_box(opened_window, (x, y), (x + 10, y + 5))
    assert notes == ["This object is locked: unlock it to change it."]
    assert boxes_of(two_tracks, 2) == [SECOND]
