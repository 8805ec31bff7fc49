"""The review panel, by mouse and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.project.edits import add_track, change_track, record_predictions, set_keyframe
from dlst_gui.project.findings.finding import Reason
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.session.reviewing import FindingOrder
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.review.findings_model import Column
from dlst_gui.views.review.review_panel import ReviewPanel
from tracker_core import Box, UpdateKind

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)
LOST = {4: -1.0, 5: -1.0, 24: 4.0}


@pytest.fixture
def panel(qtbot: QtBot, opened_window: MainWindow) -> ReviewPanel:
    """Of a window with two objects: 1 lost twice, 2 with a line between two boxes."""
    session = opened_window.session
    session.do(lambda p: add_track(p, label="dog", color="#5cc8ff", keyframe=Keyframe(0, BOX)))
    found = [Prediction(i, BOX, LOST.get(i, 8.0), LOST.get(i, 8.0) > 0, 1, UpdateKind.NONE) for i in range(1, 30)]
    session.do(lambda p: record_predictions(p, 1, PredictionBlock.of(found)))
    session.do(lambda p: add_track(p, label="cat", color="#ffaa33", keyframe=Keyframe(0, BOX.shifted(60, 0))))
    session.do(lambda p: set_keyframe(p, 2, Keyframe(29, BOX.shifted(60, 0))))
    session.selection.select(1)
    preferences = replace(opened_window.user.preferences, interpolated_frames=5)
    opened_window.user.set_preferences(preferences)
    opened_window.action_set["findings"].trigger()
    qtbot.waitUntil(lambda: len(opened_window.review.table.findings) == 3)
    return opened_window.review


def lines(panel: ReviewPanel) -> list[tuple[str, ...]]:
    """Object, frames and reason of each row."""
    model = panel.table.model()
    words = [model.index(row, Column.FINDING).data() for row in range(model.rowCount())]
    return [(*upper.split(" · "), lower) for upper, lower in (each.split("\n") for each in words)]


def place(panel: ReviewPanel, row: int, column: Column) -> QPoint:
    return panel.table.visualRect(panel.table.model().index(row, column)).center()


def click(panel: ReviewPanel, row: int, column: Column = Column.FINDING) -> None:
    QTest.mouseClick(
        panel.table.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        place(panel, row, column),
    )


def shown(window: MainWindow) -> tuple[int | None, int]:
    return window.session.selected_track, window.session.playhead.frame_index


def test_panel_when_opened_then_lists_object_frames_and_reason_by_suspicion(panel: ReviewPanel) -> None:
    assert lines(panel) == [
        ("dog 1", "4–5", "low score"),
        ("cat 2", "1–28", "only interpolated"),
        ("dog 1", "24", "score drop"),
    ]
    assert panel.summary.text() == "3 open"


def test_panel_when_a_row_is_clicked_or_stepped_to_then_goes_there_with_the_object_selected(
    opened_window: MainWindow, panel: ReviewPanel
) -> None:
    click(panel, 1)
    assert shown(opened_window) == (2, 14)
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert shown(opened_window) == (1, 24)
    opened_window.session.seek(0)
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert shown(opened_window) == (1, 24)


def test_panel_when_a_row_is_ticked_then_it_is_accepted_where_one_is_and_undo_brings_it_back(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    before = shown(opened_window)
    box = place(panel, 1, Column.TICK) - QPoint(4, 0)
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, box)
    qtbot.waitUntil(lambda: len(panel.table.findings) == 2)
    assert shown(opened_window) == before
    assert [line[0] for line in lines(panel)] == ["dog 1", "dog 1"]
    opened_window.action_set["undo"].trigger()
    qtbot.waitUntil(lambda: len(panel.table.findings) == 3)


def test_panel_when_keys_accept_and_lead_on_then_the_current_row_follows(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    QTest.keyClick(opened_window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: panel.table.currentIndex().row() == 0)
    QTest.keyClick(opened_window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: len(panel.table.findings) == 2)
    assert shown(opened_window) == (2, 14)
    assert panel.table.currentIndex().row() == 0


def test_panel_when_all_are_accepted_then_says_that_the_review_is_finished(
    qtbot: QtBot, panel: ReviewPanel
) -> None:
    panel.table.selectAll()
    assert panel.accept.text() == "&Accept 3"
    panel.accept.click()
    qtbot.waitUntil(panel.title.isVisible)
    assert panel.title.text() == "Review finished"
    assert panel.summary.text() == ""


def test_panel_when_a_finding_is_marked_bad_then_it_stays_last_until_it_is_corrected(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    click(panel, 0)
    panel.bad.click()
    qtbot.waitUntil(lambda: lines(panel)[-1] == ("dog 1", "4–5", "marked as bad"))
    assert panel.summary.text() == "3 open, 1 bad"
    opened_window.session.do(lambda p: set_keyframe(p, 1, Keyframe(4, BOX.shifted(5, 5))))
    qtbot.waitUntil(lambda: lines(panel) == [("cat 2", "1–28", "only interpolated")])


def test_panel_when_an_object_is_accepted_as_a_whole_then_its_findings_go(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    assert "dog 1" in panel.accept_object.toolTip()
    panel.accept_object.click()
    qtbot.waitUntil(lambda: [line[0] for line in lines(panel)] == ["cat 2"])
    assert opened_window.status.effort.endswith("28 unreviewed")


def test_panel_when_filtered_then_lists_those_alone_and_says_so_where_none_is_left(
    qtbot: QtBot, panel: ReviewPanel
) -> None:
    filters = panel.filters
    assert [filters.objects.itemText(at) for at in range(3)] == ["All objects", "dog 1 (2)", "cat 2 (1)"]
    filters.objects.setCurrentIndex(1)
    filters.objects.activated.emit(1)
    qtbot.waitUntil(lambda: len(panel.table.findings) == 2)
    filters.order.setCurrentIndex(filters.order.findData(FindingOrder.FRAMES))
    filters.reasons.setCurrentIndex(filters.reasons.findData(Reason.SCORE_DROP))
    filters.reasons.activated.emit(filters.reasons.currentIndex())
    qtbot.waitUntil(lambda: lines(panel) == [("dog 1", "24", "score drop")])
    click(panel, 0)
    panel.accept.click()
    qtbot.waitUntil(panel.title.isVisible)
    assert panel.title.text() == "None of these"


def test_panel_when_the_object_is_locked_then_nothing_is_accepted(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    opened_window.session.do(lambda p: change_track(p, replace(p.track(1), is_locked=True)))
    click(panel, 0)
    panel.accept.click()
    assert len(panel.table.findings) == 3
    assert opened_window.session.project is not None
    assert opened_window.session.project.review(1) == ()


def test_panel_when_the_setting_allows_longer_lines_then_they_are_no_findings_any_more(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    opened_window.user.set_preferences(replace(opened_window.user.preferences, interpolated_frames=28))
    qtbot.waitUntil(lambda: [line[0] for line in lines(panel)] == ["dog 1", "dog 1"])


def test_panel_when_there_is_no_object_yet_then_says_what_it_is_for(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.action_set["findings"].trigger()
    qtbot.waitUntil(lambda: opened_window.review.title.text() == "Nothing to review yet")


def test_panel_when_the_video_changes_then_lists_nothing_of_the_one_before(
    qtbot: QtBot, opened_window: MainWindow, panel: ReviewPanel
) -> None:
    opened_window.session.open(Path("other.mp4"))
    qtbot.waitUntil(lambda: panel.title.text() == "Nothing to review yet")
    assert len(panel.table.findings) == 0
