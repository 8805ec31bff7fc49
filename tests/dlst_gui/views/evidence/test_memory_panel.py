"""The panel of the tracker's memory, with a tracker that remembers every call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.evidence.memory.memory_panel import NOTHING, WAITING, MemoryPanel
from dlst_gui.views.evidence.memory.tiles import Kind, Order
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.docks import NARROWEST_SIDE
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.views.evidence.test_explain import BOX, step
from tests.dlst_gui.window_fakes import Workshop
from tests.knowing_tracker import KnowingTracker

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def panel(qtbot: QtBot, workshop: Workshop, window: MainWindow) -> MemoryPanel:
    """Shown, of a run that rests on frame 6."""
    workshop.tracker_type = KnowingTracker
    window.session.open(Path("clip.mp4"))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    draw(window, BOX)
    window.action_set["memory-panel"].trigger()
    found = window.findChild(MemoryPanel)
    assert isinstance(found, MemoryPanel)
    for _ in range(6):
        step(qtbot, window)
    qtbot.waitUntil(lambda: found.watch.memory is not None and found.watch.memory.last_frame == 6)
    return found


def frames(panel: MemoryPanel) -> list[int]:
    return [tile.frame_index for tile in panel.rows.tiles]


def choose(panel: MemoryPanel, *frame_indices: int) -> None:
    model = panel.list.selectionModel()
    model.clearSelection()
    for row, tile in enumerate(panel.rows.tiles):
        if tile.frame_index in frame_indices:
            model.select(panel.rows.index(row), QItemSelectionModel.SelectionFlag.Select)


def test_panel_when_a_run_rests_then_shows_what_it_learned_by_frame(panel: MemoryPanel) -> None:
    assert frames(panel) == [0, 1, 2, 3, 4, 5, 6]
    assert panel.summary.text().startswith(
        "After frame 6: 14 samples on the target from 7 frames, 21 off it from 7"
    )
    # Tracked frames whose samples score below 0 stand out; the first one, which a person drew, does not.
    assert [tile.stands_out for tile in panel.rows.tiles] == [False] * 4 + [True] * 3
    assert "3 frames may have been learned in a wrong place" in panel.summary.text()


def test_panel_when_sorted_then_by_score_and_another_part(panel: MemoryPanel) -> None:
    panel.order.setCurrentIndex(panel.order.findData(Order.LOWEST))
    assert frames(panel) == [6, 5, 4, 3, 2, 1, 0]
    panel.order.setCurrentIndex(panel.order.findData(Order.SOURCE))
    assert frames(panel)[0] == 0
    panel.kind.setCurrentIndex(panel.kind.findData(Kind.NEGATIVE))
    assert [len(tile.rows) for tile in panel.rows.tiles] == [3] * 7
    panel.kind.setCurrentIndex(panel.kind.findData(Kind.TEMPLATE))
    assert frames(panel) == []


@pytest.mark.usefixtures("themed")
@pytest.mark.parametrize("frame_index", [0, 3])  # of a manual box, which says why it stays, and a tracked one
def test_panel_when_a_picture_is_chosen_then_the_list_stays_where_it_is(
    panel: MemoryPanel, frame_index: int
) -> None:
    QApplication.processEvents()
    before = panel.list.geometry()
    choose(panel, frame_index)
    QApplication.processEvents()
    assert panel.list.geometry() == before


def test_panel_when_a_picture_is_clicked_then_its_frame_is_shown_and_its_boxes_light_up(
    qtbot: QtBot, panel: MemoryPanel
) -> None:
    session = panel._session
    index = panel.rows.index(3)
    panel.list.scrollTo(index)
    QTest.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=panel.list.visualRect(index).center())
    qtbot.waitUntil(lambda: session.playhead.frame_index == 3)
    qtbot.waitUntil(lambda: len(panel._shown.marks) == 1)
    (marks,) = panel._shown.marks
    assert [entry.text for entry in marks.legend] == ["learned here: 2 samples"]
    session.seek(1)
    qtbot.waitUntil(lambda: panel._shown.marks == ())


def test_panel_when_a_frame_is_expanded_then_its_samples_are_listed_and_stay_chosen(panel: MemoryPanel) -> None:
    choose(panel, 2)
    panel.list.setCurrentIndex(panel.rows.index(2))
    QTest.keyClick(panel.list, Qt.Key.Key_Return)
    assert frames(panel) == [0, 1, 2, 2, 2, 3, 4, 5, 6]
    assert [tile.is_single for tile in panel.rows.tiles][2:5] == [False, True, True]
    assert panel.chosen_tiles[0].frame_index == 2
    panel.samples_button.click()
    assert frames(panel) == [0, 1, 2, 3, 4, 5, 6]


def test_panel_when_pictures_are_cut_then_they_are_drawn(qtbot: QtBot, panel: MemoryPanel) -> None:
    tile = panel.rows.tiles[1]
    qtbot.waitUntil(lambda: panel.rows.pixmap(tile) is not None)
    qtbot.waitUntil(lambda: panel.list.grab().toImage().pixelColor(40, 30).lightness() > 0)


def test_effect_when_asked_then_says_what_would_change_and_shows_it(qtbot: QtBot, panel: MemoryPanel) -> None:
    choose(panel, 4, 5)
    panel.effect_button.click()
    qtbot.waitUntil(lambda: panel.watch.effect is not None)
    text = panel.result.text()
    assert "Frame 6 without 4 samples: <b>the box would be elsewhere</b>" in text
    assert "Score +2.0 → <b>−1.0</b>" in text
    qtbot.waitUntil(
        lambda: [each.text for marks in panel._shown.marks for each in marks.legend] == ["without the samples"]
    )
    assert len(panel.rows.tiles) == 7  # the tracker is as it was


def test_buttons_when_a_sample_is_of_a_manual_box_then_say_that_it_stays(panel: MemoryPanel) -> None:
    choose(panel, 0)
    assert not panel.effect_button.isEnabled()
    assert not panel.forget_button.isEnabled()
    assert "Samples of manual boxes stay" in panel.result.text()


def test_buttons_when_the_run_goes_on_then_say_to_pause(
    qtbot: QtBot, workshop: Workshop, panel: MemoryPanel
) -> None:
    workshop.frame_delay_s = 0.2
    choose(panel, 4)
    assert panel.effect_button.isEnabled()
    panel._session.tracking.toggle()
    qtbot.waitUntil(lambda: panel._session.state is RunState.TRACKING)
    assert not panel.effect_button.isEnabled()
    assert "Pause" in panel.result.text()


@pytest.mark.parametrize("answer", ["Forget", "Cancel"])
def test_forget_when_confirmed_then_the_tracker_goes_on_without(
    qtbot: QtBot, panel: MemoryPanel, answer: str
) -> None:
    choose(panel, 4)

    def press() -> None:
        question = QApplication.activeModalWidget()
        assert isinstance(question, QMessageBox)
        (button,) = [each for each in question.buttons() if each.text().replace("&", "") == answer]
        button.click()

    QTimer.singleShot(50, press)
    panel.forget_button.click()
    if answer == "Cancel":
        assert frames(panel) == [0, 1, 2, 3, 4, 5, 6]
        return
    qtbot.waitUntil(lambda: frames(panel) == [0, 1, 2, 3, 5, 6])
    assert not panel.watch.is_removing


def test_memory_when_the_run_is_over_then_what_it_knew_last_stays(
    qtbot: QtBot, workshop: Workshop, panel: MemoryPanel
) -> None:
    session = panel._session
    last = workshop.video.frame_count - 1
    session.tracking.toggle()
    qtbot.waitUntil(
        lambda: session.run.latest_frame == last and session.state is RunState.FINISHED, timeout=20_000
    )
    assert panel.watch.memory is not None
    assert panel.watch.memory.last_frame == last
    choose(panel, 4)
    assert not panel.effect_button.isEnabled()
    assert "no run of this object" in panel.result.text()


@pytest.mark.parametrize("is_reopened", [False, True])
def test_memory_when_the_panel_is_first_opened_after_the_run_then_shows_what_it_knew_last(
    qtbot: QtBot, workshop: Workshop, window: MainWindow, is_reopened: bool
) -> None:
    workshop.tracker_type = KnowingTracker
    session, last = window.session, workshop.video.frame_count - 1
    session.open(Path("clip.mp4"))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    draw(window, BOX)
    if is_reopened:  # then the object is selected without a signal
        session.selection.select(None)
        session.selection.reset()
    session.tracking.toggle()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=20_000)
    window.action_set["memory-panel"].trigger()
    panel = window.findChild(MemoryPanel)
    assert panel.summary.text().startswith(f"After frame {last}: ")
    assert frames(panel)
    session.open(Path("other.mp4"))
    qtbot.waitUntil(lambda: panel.watch.memory is None)


def test_memory_when_the_panel_is_hidden_then_nothing_is_asked(
    qtbot: QtBot, window: MainWindow, panel: MemoryPanel
) -> None:
    window.action_set["memory-panel"].trigger()
    assert not panel.isVisible()
    step(qtbot, window)
    qtbot.wait(100)
    assert panel.watch.memory is not None
    assert panel.watch.memory.last_frame == 6


def test_memory_when_another_object_is_begun_then_it_is_not_the_first_one_s(
    qtbot: QtBot, window: MainWindow, panel: MemoryPanel
) -> None:
    window.session.selection.begin_new_track()
    draw(window, BOX.shifted(60, 20))
    qtbot.waitUntil(lambda: panel.watch.memory is None)
    assert panel.rows.tiles == ()
    assert np.array_equal(panel.chosen_rows, [])


def test_panel_when_the_tracker_was_asked_and_has_not_answered_then_says_so(panel: MemoryPanel) -> None:
    panel.watch.clear()
    assert panel._empty.text() == NOTHING
    panel.watch.set_looked_at(False)
    panel.watch.set_looked_at(True)
    assert panel._empty.text() == WAITING


@pytest.mark.usefixtures("themed")
def test_panel_when_it_is_as_narrow_as_it_can_be_then_no_word_is_cut_off(panel: MemoryPanel) -> None:
    buttons = (panel.samples_button, panel.effect_button, panel.forget_button)
    for widget in (*buttons, panel.kind, panel.order):
        widget.ensurePolished()
    layout = panel.widget().layout()
    margins = layout.contentsMargins()
    inside = NARROWEST_SIDE - margins.left() - margins.right() - layout.spacing()
    assert panel.effect_button.sizeHint().width() + panel.forget_button.sizeHint().width() <= inside
    assert max(panel.kind.sizeHint().width(), panel.order.sizeHint().width()) <= inside / 2


@pytest.mark.usefixtures("themed")
def test_panel_when_it_is_low_then_it_scrolls_and_no_line_is_cut_off(
    qtbot: QtBot, window: MainWindow, panel: MemoryPanel
) -> None:
    window.action_set["response-panel"].trigger()
    window.resize(1024, 700)
    qtbot.waitUntil(lambda: panel.verticalScrollBar().maximum() > 0)
    assert panel.summary.height() >= panel.summary.heightForWidth(panel.summary.width())
    assert panel.list.height() >= panel.list.minimumSizeHint().height()
