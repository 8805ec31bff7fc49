"""The table of candidates: real keys and a real mouse, in the table and in the picture."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.evidence.tables import candidate_columns
from dlst_gui.overlays import FrameScene, ReferenceBox
from dlst_gui.overlays.layers_item import Dots, Outline
from dlst_gui.views.evidence.candidates.candidates_panel import NO_CANDIDATES, CandidatesPanel
from dlst_gui.views.evidence.candidates.candidates_table import CandidatesTable
from dlst_gui.views.evidence.candidates.listed_candidates import COLUMNS, Column, ListedCandidates
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import show_evidence
from tests.fakes import FakeTracker
from tracker_core import Box, CandidateOrigin, Candidates, Diagnostics, RatedProposals, TrackResult, iou_with_box
from tracker_core.evidence import FrameEvidence

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

MANUAL = ReferenceBox(Box(75, 50, 24, 20), "manual")


def some_candidates(n: int) -> Candidates:
    """Boxes on a row, 10 pixels apart from middle to middle where they are few; the scores fall from +3."""
    boxes = np.column_stack([10.0 * np.arange(n), np.full(n, 50.0), np.full(n, 8.0), np.full(n, 8.0)])
    scores = np.linspace(3, -4, n).astype(np.float32)
    origins = (np.arange(n) % len(CandidateOrigin)).astype(np.uint8)
    return Candidates(boxes, origins, scores, np.arange(min(5, n)), np.arange(n) < n // 2)


def seen_with(candidates: Candidates) -> Diagnostics:
    return replace(FakeTracker._explain(Box(70, 50, 24, 20), Box(73, 52, 24, 20), 5.0), candidates=candidates)


def evidence_of(seen: Diagnostics, frame_index: int = 0) -> FrameEvidence:
    return FrameEvidence(frame_index, 1, TrackResult(seen.chosen_box, 5.0, True, seen))


def scene_with(frame_index: int, seen: Diagnostics, **more: Any) -> FrameScene:
    return FrameScene(frame_index, diagnostics=seen, evidence=evidence_of(seen, frame_index), **more)


@pytest.fixture
def panel(opened_window: MainWindow) -> CandidatesPanel:
    """With twelve candidates on the made-up clip's first frame."""
    opened_window.action_set["candidates-panel"].trigger()
    made = opened_window.findChild(CandidatesPanel)
    show(opened_window, scene_with(0, seen_with(some_candidates(12))))
    assert made.isVisible()
    return made


def show(window: MainWindow, scene: FrameScene) -> None:
    """Let the window know nothing but a scene of the frame it shows, now and when it is redrawn."""
    window.workspace.scene = lambda: replace(scene, marks=window.workspace.evidence.marks)
    show_evidence(window.workspace.evidence, scene, None)
    window.workspace._scene = scene


def texts(table: CandidatesTable, column: Column) -> list[str]:
    model = table.model()
    return [model.index(line, COLUMNS.index(column)).data() for line in range(model.rowCount())]


def scores(table: CandidatesTable) -> list[float]:
    """As they are written, with a minus as wide as a plus."""
    return [float(text.replace("−", "-")) for text in texts(table, Column.SCORE)]


def marked(window: MainWindow) -> tuple[int, int]:
    """How many outlines and how many dots the panel draws in the picture."""
    layers = [layer for marks in window.workspace.evidence.marks for layer in marks.layers]
    return sum(isinstance(each, Outline) for each in layers), sum(isinstance(each, Dots) for each in layers)


def test_table_when_a_header_is_clicked_then_all_rows_are_sorted_by_value_and_not_by_word(
    panel: CandidatesPanel,
) -> None:
    table = panel.table
    assert texts(table, Column.RANK) == [str(rank) for rank in range(1, 13)]
    header, column = table.horizontalHeader(), COLUMNS.index(Column.SCORE)
    at = QPoint(header.sectionViewportPosition(column) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    rising = scores(table)
    assert rising == sorted(rising)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert scores(table) == rising[::-1]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("is_descending", [False, True])
def test_rows_when_sorted_by_any_column_then_are_all_there_and_equal_ones_by_rank(
    qtbot: QtBot, column: Column, is_descending: bool
) -> None:
    candidates = some_candidates(40)
    seen = seen_with(candidates)
    listed = ListedCandidates.of(evidence_of(seen), seen, MANUAL)
    table = CandidatesTable()
    qtbot.addWidget(table)
    table.show_candidates(listed)
    order = Qt.SortOrder.DescendingOrder if is_descending else Qt.SortOrder.AscendingOrder
    table.sortByColumn(COLUMNS.index(column), order)
    assert sorted(table.rows.tolist()) == list(range(40))
    if column is Column.ORIGIN:
        keys = [
            (int(candidates.origins[row]) * (-1 if is_descending else 1), listed.ranks[row]) for row in table.rows
        ]
        assert keys == sorted(keys)


def test_table_when_sorted_then_the_selected_candidates_stay_selected(panel: CandidatesPanel) -> None:
    panel.table.choose([2, 7])
    panel.table.sortByColumn(COLUMNS.index(Column.SCORE), Qt.SortOrder.AscendingOrder)
    assert set(panel.table.chosen) == {2, 7}
    assert panel.table.chosen == (7, 2)


def test_filters_when_set_then_only_such_are_listed_and_the_count_says_of_how_many(panel: CandidatesPanel) -> None:
    panel.above_zero.setChecked(True)
    assert all(score > 0 for score in scores(panel.table))
    assert panel.count.text() == f"{len(panel.table.rows)} of 12"
    panel.above_zero.setChecked(False)
    panel.origin.setCurrentText("Matched")
    assert set(texts(panel.table, Column.ORIGIN)) == {"matched"}
    panel.table.choose(panel.table.rows.tolist())
    panel.origin.setCurrentText("Guided")
    assert panel.table.chosen == ()


def test_panel_when_there_is_a_manual_box_then_says_how_much_each_overlaps_it(
    opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    column = COLUMNS.index(Column.IOU_REFERENCE)
    assert panel.table.isColumnHidden(column)
    candidates = some_candidates(12)
    scene = scene_with(0, seen_with(candidates), reference=MANUAL)
    show(opened_window, scene)
    assert not panel.table.isColumnHidden(column)
    assert panel.table.model().headerData(column, Qt.Orientation.Horizontal) == "IoU manual"
    expected = iou_with_box(candidates.boxes_xywh, MANUAL.box)[candidates.ranked()]
    assert texts(panel.table, Column.IOU_REFERENCE) == [f"{each:.2f}" for each in expected]


def test_rows_when_selected_by_keys_then_light_up_in_the_picture_until_escape(
    qtbot: QtBot, opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    panel.table.setFocus()
    panel.table.setCurrentIndex(panel.table.model().index(0, 0))
    QTest.keyClick(panel.table, Qt.Key.Key_Down)
    assert panel.table.chosen == (1,)
    assert marked(opened_window) == (1, 1)
    QTest.keyClick(panel.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert panel.table.chosen == (1, 2)
    assert marked(opened_window) == (2, 2)
    (overlay,) = [o for o in opened_window.workspace.frame_view.overlays if o.info.name == "marks"]
    qtbot.waitUntil(lambda: len(overlay.item.layers) == 4)
    QTest.keyClick(panel.table, Qt.Key.Key_Escape)
    assert panel.table.chosen == ()
    assert marked(opened_window) == (0, 0)


def test_rows_when_all_are_selected_then_only_dots_light_up(
    opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    show(opened_window, scene_with(0, seen_with(some_candidates(256))))
    panel.table.setFocus()
    QTest.keyClick(panel.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(panel.table.chosen) == 256
    assert marked(opened_window) == (0, 256)


def test_return_when_a_row_is_current_then_its_place_is_shown_large(
    qtbot: QtBot, opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    view = opened_window.workspace.frame_view
    before = view.widget_position(10, 0).x() - view.widget_position(0, 0).x()
    panel.table.setFocus()
    panel.table.choose([4])
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert view.widget_position(10, 0).x() - view.widget_position(0, 0).x() > 1.3 * before
    middle = view.image_position(view.viewport.rect().center().toPointF())
    assert (middle.x(), middle.y()) == pytest.approx((44, 54), abs=1)


def test_candidate_when_the_mouse_is_on_it_in_the_picture_then_its_row_is_meant(
    qtbot: QtBot, opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    view = opened_window.workspace.frame_view
    place = view.widget_position(64, 54).toPoint()
    QTest.mouseMove(view.viewport, place + QPoint(9, 9))
    QTest.mouseMove(view.viewport, place)
    qtbot.waitUntil(lambda: panel.table.hovered == 6)
    grounds = [panel.table.model().index(line, 0).data(Qt.ItemDataRole.BackgroundRole) for line in range(12)]
    assert [ground is not None for ground in grounds] == [line == 6 for line in range(12)]
    assert marked(opened_window) == (1, 1)
    QTest.mouseClick(view.viewport, Qt.MouseButton.LeftButton, pos=place)
    assert panel.table.chosen == (6,)
    other = view.widget_position(34, 54).toPoint()
    QTest.mouseClick(view.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, other)
    assert set(panel.table.chosen) == {3, 6}
    QTest.mouseClick(view.viewport, Qt.MouseButton.LeftButton, pos=view.widget_position(34, 100).toPoint())
    assert set(panel.table.chosen) == {3, 6}, "nothing is there"


def test_copy_when_rows_are_selected_then_gives_these_as_csv_and_else_all_that_are_listed(
    panel: CandidatesPanel,
) -> None:
    panel.table.setFocus()
    panel.table.choose([1])
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    header, line, end = QGuiApplication.clipboard().text().split("\n")
    assert header == ",".join(column.name for column in candidate_columns.COLUMNS)
    assert line.startswith("0,,1,forward,1,localized,10.0,50.0,8.0,8.0,2.3636")
    assert end == ""
    panel.table.clearSelection()
    panel.above_zero.setChecked(True)
    panel.copy_button.click()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 1 + len(panel.table.rows)


def test_panel_when_nothing_is_known_of_a_frame_then_says_so(
    opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    show(opened_window, FrameScene(1))
    assert not panel.table.isVisible()
    assert "No candidates are known here" in panel._empty.text()
    assert marked(opened_window) == (0, 0)


def test_panel_when_the_same_frame_is_told_again_then_the_selection_stays(
    opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    seen = seen_with(some_candidates(12))
    show(opened_window, scene_with(0, seen))
    panel.table.choose([3])
    show(opened_window, scene_with(0, seen, is_explained=True))
    assert panel.table.chosen == (3,)
    show(opened_window, scene_with(1, seen_with(some_candidates(12))))
    assert panel.table.chosen == ()


def test_table_when_there_are_thousands_then_listing_and_sorting_take_no_time_one_sees(
    opened_window: MainWindow, panel: CandidatesPanel
) -> None:
    seen = seen_with(some_candidates(5000))
    start = time.process_time()
    show(opened_window, scene_with(2, seen))
    panel.table.sortByColumn(COLUMNS.index(Column.SCORE), Qt.SortOrder.AscendingOrder)
    panel.table.grab()
    assert time.process_time() - start < 1.0  # a widget for each cell would take many


@pytest.mark.usefixtures("themed")
def test_table_when_the_best_are_bold_then_no_word_of_theirs_is_cut_off(
    panel: CandidatesPanel, opened_window: MainWindow
) -> None:
    show(opened_window, FrameScene(0, diagnostics=seen_with(some_candidates(12)), reference=MANUAL))
    table, header = panel.table, panel.table.horizontalHeader()
    needed = [max(table.sizeHintForColumn(i), header.sectionSizeHint(i)) for i in range(len(COLUMNS))]
    assert {
        column: (table.columnWidth(i), needed[i])
        for i, column in enumerate(COLUMNS)
        if table.columnWidth(i) < needed[i]
    } == {}


def test_table_when_the_answer_is_one_of_several_proposals_then_ticks_it_and_says_how_each_is_rated(
    panel: CandidatesPanel, opened_window: MainWindow
) -> None:
    table, rating = panel.table, COLUMNS.index(Column.RATING)
    bold = [table.model().index(line, 0).data(Qt.ItemDataRole.FontRole) is not None for line in range(12)]
    assert table.isColumnHidden(rating), "the best are averaged"
    assert bold == [True] * 5 + [False] * 7
    confidences, ratings = np.array([0.5, 0.25], np.float32), np.array([-0.5, 1.25], np.float32)
    rated = RatedProposals(np.array([3, 8]), confidences, ratings)
    show(opened_window, scene_with(1, replace(seen_with(some_candidates(12)), proposals=rated)))
    bold = [table.model().index(line, 0).data(Qt.ItemDataRole.FontRole) is not None for line in range(12)]
    assert not table.isColumnHidden(rating)
    assert [line for line in range(12) if bold[line]] == [8]
    assert texts(table, Column.RANK)[7:10] == ["8", "✓ 9", "10"]
    assert [(line, text) for line, text in enumerate(texts(table, Column.RATING)) if text] == [
        (3, "−0.50"),
        (8, "+1.25"),
    ]
    table.sortByColumn(rating, Qt.SortOrder.DescendingOrder)
    assert table.rows[:3].tolist() == [8, 3, 0]


def test_panel_when_evidence_is_being_looked_for_then_says_so_instead_of_that_it_is_lost(
    panel: CandidatesPanel, opened_window: MainWindow
) -> None:
    show(opened_window, FrameScene(0, why_missing="Looking for it …"))
    assert panel._empty.text() == "Looking for it …"
    show(opened_window, FrameScene(0))
    assert panel._empty.text() == NO_CANDIDATES
