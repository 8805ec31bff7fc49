from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.project.tracks import FrameState
from dlst_gui.views.timeline import Lane, Timeline
from dlst_gui.views.timeline.stack import SELECTED, SLIM
from tests.dlst_gui.views.timeline.conftest import OpenTimeline
from tests.dlst_gui.views.timeline.timeline_fakes import MadeUpProject, project_of

LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def project() -> MadeUpProject:
    return project_of(frame_count=1000, track_count=12)


@pytest.fixture
def timeline(open_timeline: OpenTimeline, project: MadeUpProject) -> Timeline:
    return open_timeline(project, 900, 220)


def point_of(timeline: Timeline, frame_index: int, *, row: int = 0) -> QPoint:
    return QPoint(int(timeline.lanes.x_of(frame_index + 0.5)), row * SLIM.height + SLIM.height // 2)


def turn_wheel(surface: QWidget, position: QPoint, notches: int, modifiers: Qt.KeyboardModifier = PLAIN) -> None:
    where, on_screen = QPointF(position), QPointF(surface.mapToGlobal(position))
    turn = QPoint(0, 120 * notches)
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(where, on_screen, QPoint(), turn, Qt.MouseButton.NoButton, modifiers, phase, False)
    QApplication.sendEvent(surface, event)


@pytest.mark.parametrize("name", ["ruler", "lanes"])
def test_seek_when_clicked_and_dragged_then_each_new_frame_is_asked_for_once(
    timeline: Timeline, name: str
) -> None:
    surface = {"ruler": timeline.ruler, "lanes": timeline.lanes}[name]
    sought: list[int] = []
    timeline.frame_sought.connect(sought.append)
    start, end = point_of(timeline, 200), point_of(timeline, 600)
    QTest.mousePress(surface, LEFT, PLAIN, start)
    QTest.mouseMove(surface, end)
    QTest.mouseMove(surface, QPoint(100_000, 5))
    QTest.mouseRelease(surface, LEFT, PLAIN, QPoint(100_000, 5))
    assert sought == [pytest.approx(200, abs=1), pytest.approx(600, abs=1), 999]
    assert timeline.ruler.cursor_frame == timeline.lanes.cursor_frame == 999


def test_wheel_when_turned_with_control_then_zooms_and_the_frame_under_it_stays(timeline: Timeline) -> None:
    where = point_of(timeline, 700)
    frame_index = timeline.lanes.frame_at(where.x())
    turn_wheel(timeline.lanes, where, 5, CONTROL)
    assert not timeline.axis.is_fitted
    assert timeline.lanes.frame_at(where.x()) == pytest.approx(frame_index, abs=1)
    turn_wheel(timeline.lanes, where, -50, CONTROL)
    assert timeline.axis.is_fitted


def test_wheel_when_turned_with_shift_then_pans_and_alone_it_scrolls_lanes_and_names(timeline: Timeline) -> None:
    turn_wheel(timeline.lanes, point_of(timeline, 500), 6, CONTROL)
    first = timeline.lanes.frame_at(0)
    turn_wheel(timeline.lanes, QPoint(50, 50), -1, SHIFT)
    assert timeline.lanes.frame_at(0) > first
    top = timeline.headers.rows[3].mapTo(timeline, QPoint()).y()
    turn_wheel(timeline.lanes, QPoint(50, 50), -1)
    assert timeline.headers.rows[3].mapTo(timeline, QPoint()).y() == top - 48


def test_double_click_when_zoomed_in_then_fits(timeline: Timeline) -> None:
    turn_wheel(timeline.lanes, QPoint(50, 50), 9, CONTROL)
    QTest.mouseDClick(timeline.lanes, LEFT, PLAIN, QPoint(50, 50))
    assert timeline.axis.is_fitted


def test_resize_when_fitted_then_the_whole_video_stays_in_view(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.resize(1500, 300)
    qtbot.waitUntil(lambda: timeline.axis.width > 1000)
    assert timeline.axis.is_fitted


def test_names_when_there_are_many_tracks_then_those_below_the_view_come_a_little_later(
    qtbot: QtBot, timeline: Timeline, project: MadeUpProject
) -> None:
    project.lane_list[:] = [Lane(n, f"track {n}", "#ffffff") for n in range(100)]
    project.__post_init__()  # what they show
    timeline.read_lanes()
    assert timeline.headers.height() / SLIM.height <= len(timeline.headers.rows) < 100
    timeline.select_track(60)
    assert timeline.headers.rows[60].isVisible()
    assert len(timeline.headers.rows) < 100
    qtbot.waitUntil(lambda: len(timeline.headers.rows) == 100)
    assert [row.track_id for row in timeline.headers.rows] == list(range(100))


def test_name_when_clicked_then_that_track_is_asked_for_and_nothing_is_selected_yet(
    qtbot: QtBot, timeline: Timeline
) -> None:
    row = timeline.headers.rows[2]
    with qtbot.waitSignal(timeline.track_selected) as caught:
        QTest.mouseClick(row.name_button, LEFT)
    assert caught.args == [2]
    assert row.height() == SLIM.height
    timeline.select_track(2)
    assert row.height() == SELECTED.height
    assert row.name_button.accessibleName() == "Select track 2, selected"


def test_lane_when_clicked_then_its_track_and_the_frame_are_asked_for(qtbot: QtBot, timeline: Timeline) -> None:
    timeline.select_track(1)
    second = timeline.headers.rows[2].geometry().center().y()
    where = QPoint(point_of(timeline, 200).x(), second)
    with qtbot.waitSignal(timeline.track_selected) as chosen, qtbot.waitSignal(timeline.frame_sought):
        QTest.mouseClick(timeline.lanes, LEFT, PLAIN, where)
    assert chosen.args == [2]


@pytest.mark.parametrize(
    ("position", "signal_name"), [(0, "hidden_toggled"), (1, "locked_toggled"), (2, "pinned_toggled")]
)
def test_switch_when_clicked_then_that_is_asked_for_and_the_lane_decides_how_it_looks(
    qtbot: QtBot, timeline: Timeline, project: MadeUpProject, position: int, signal_name: str
) -> None:
    switch = timeline.headers.rows[1].switches[position]
    with qtbot.waitSignal(getattr(timeline, signal_name)) as caught:
        QTest.mouseClick(switch, LEFT)
    assert caught.args == [1]
    timeline.read_lanes()
    assert not switch.isChecked()
    project.lane_list[1] = Lane(1, "dog", "#ffffff", is_hidden=True, is_locked=True, is_pinned=True)
    timeline.read_lanes()
    assert switch.isChecked()
    assert switch.accessibleName() in ("Show dog", "Unlock dog", "Unpin dog")


def test_select_track_when_out_of_view_then_it_is_scrolled_in(timeline: Timeline) -> None:
    timeline.select_track(11)
    row = timeline.headers.rows[11]
    assert row.mapTo(timeline.headers, QPoint(0, row.height())).y() <= timeline.headers.height()


def test_read_lanes_when_the_selected_track_is_gone_then_none_is_selected(
    timeline: Timeline, project: MadeUpProject
) -> None:
    timeline.select_track(11)
    del project.lane_list[11]
    timeline.read_lanes()
    assert [row.height() for row in timeline.headers.rows] == [SLIM.height] * 11


def test_show_frame_when_the_cursor_leaves_the_view_then_a_page_is_turned_unless_a_user_moved_away(
    timeline: Timeline,
) -> None:
    turn_wheel(timeline.lanes, QPoint(0, 50), 10, CONTROL)
    timeline.show_frame(timeline.lanes.frame_at(100_000) + 1)
    assert timeline.axis.is_visible(timeline.lanes.cursor_frame)
    timeline.lanes.pan_asked.emit(-100_000)
    left = timeline.axis.left
    timeline.show_frame(timeline.lanes.cursor_frame + 1)
    assert timeline.axis.left == left
    timeline.reveal_cursor()
    assert timeline.axis.is_visible(timeline.lanes.cursor_frame)
    timeline.lanes.pan_asked.emit(-100_000)
    timeline.show_frame(timeline.lanes.cursor_frame, is_sought=True)
    assert not timeline.axis.is_visible(timeline.lanes.cursor_frame), "nothing was sought: it is the same frame"
    timeline.show_frame(timeline.lanes.cursor_frame + 1, is_sought=True)
    assert timeline.axis.is_visible(timeline.lanes.cursor_frame)


def test_right_click_when_on_a_lane_then_a_menu_is_asked_for_there(qtbot: QtBot, timeline: Timeline) -> None:
    where = point_of(timeline, 300, row=2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, QPoint(7, 8))
    with qtbot.waitSignal(timeline.context_requested) as caught:
        QApplication.sendEvent(timeline.lanes, event)
    assert caught.args == [2, pytest.approx(300, abs=1), QPoint(7, 8)]


def test_menu_key_when_a_track_is_selected_then_its_menu_is_asked_for_on_the_shown_frame(
    qtbot: QtBot, timeline: Timeline
) -> None:
    timeline.select_track(1)
    timeline.show_frame(40)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(), QPoint())
    with qtbot.waitSignal(timeline.context_requested) as caught:
        QApplication.sendEvent(timeline.lanes, event)
    assert caught.args[:2] == [1, 40]


def test_keys_when_pressed_then_step_choose_tracks_and_zoom(timeline: Timeline) -> None:
    stepped: list[int] = []
    chosen: list[int] = []
    timeline.stepped.connect(stepped.append)
    timeline.track_selected.connect(chosen.append)
    timeline.select_track(3)
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down):
        QTest.keyClick(timeline.lanes, key)
    assert stepped == [-1, 1, 1]
    assert chosen == [2, 4]
    QTest.keyClick(timeline.lanes, Qt.Key.Key_Plus)
    assert not timeline.axis.is_fitted


def test_show_span_when_the_timeline_gets_wider_then_the_span_still_fills_it(timeline: Timeline) -> None:
    timeline.show_span(100, 199)
    for width in (timeline.width(), timeline.width() + 300):
        timeline.resize(width, timeline.height())
        axis = timeline.axis
        assert axis.column_of(100) == pytest.approx(axis.margin, abs=1)
        assert axis.column_of(200) == pytest.approx(axis.width - axis.margin, abs=1)
    turn_wheel(timeline.lanes, QPoint(200, 10), 1, CONTROL)
    zoomed = timeline.axis.frames_per_column
    timeline.resize(timeline.width() + 100, timeline.height())
    assert timeline.axis.frames_per_column == zoomed


def test_hover_text_when_over_a_lane_then_says_frames_state_and_scores(
    timeline: Timeline, project: MadeUpProject
) -> None:
    project.codes[2, 300:310] = FrameState.LOST
    project.score_table[2, 300:310] = -1.25
    project.disagreement_table[2, 300:310] = 1
    timeline.show_change(2, 300, 309)
    turn_wheel(timeline.lanes, point_of(timeline, 300), 99, CONTROL)
    text = timeline.lanes.hover_text(QPointF(point_of(timeline, 301, row=2)))
    assert text == "track 2 · Frame 301\nlost, score -1.25, forward and backward disagree"
    assert timeline.lanes.hover_text(QPointF(5, 10_000)) == ""


def test_hover_text_when_a_column_holds_many_frames_then_the_most_important_one_is_named(
    timeline: Timeline,
) -> None:
    project = project_of(frame_count=5000, track_count=1)
    project.codes[0, :] = FrameState.TRACKED
    timeline.set_data(project)
    frames = timeline.axis.frames_of(range(300, 301))
    assert frames is not None
    project.codes[0, frames.last_frame] = FrameState.LOST
    text = timeline.lanes.hover_text(QPointF(300, 12))
    assert text == f"track 0 · Frames {frames.first_frame} to {frames.last_frame}\nlost"


@pytest.mark.parametrize("frame_count", [0, 1])
def test_timeline_when_there_is_hardly_a_video_then_it_draws_and_asks_for_nothing_wrong(
    qtbot: QtBot, timeline: Timeline, frame_count: int
) -> None:
    sought: list[int] = []
    timeline.frame_sought.connect(sought.append)
    timeline.set_data(project_of(frame_count=frame_count, track_count=frame_count))
    turn_wheel(timeline.lanes, QPoint(50, 50), 3, CONTROL)
    QTest.mouseClick(timeline.lanes, LEFT, PLAIN, QPoint(60, 10))
    timeline.grab()
    assert sought == []


def test_timeline_when_the_video_is_closed_then_it_is_empty(timeline: Timeline) -> None:
    timeline.set_data(None)
    timeline.grab()
    assert timeline.headers.rows == ()
