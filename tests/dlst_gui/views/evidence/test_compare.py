"""What-ifs in the window: asked for, drawn beside the real boxes, compared, taken and discarded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from dlst_gui.project.edits import change_track
from dlst_gui.session.run_state import RunState
from dlst_gui.session.what_ifs import GhostState, WhatIf
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.evidence.compare.compare_panel import NO_GHOST, NOT_OF_THIS, ComparePanel
from dlst_gui.views.evidence.compare.field_table import VALUE, FieldModel
from dlst_gui.views.evidence.compare.run_table import truth_of
from dlst_gui.views.evidence.compare.what_if_dialog import WhatIfDialog
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.docks import NARROWEST_SIDE
from tests.dlst_gui.reading import predictions
from tests.dlst_gui.views.conftest import draw
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import FakeTracker
from tracker_core import PRESETS, Box, config_fields
from tracker_core.evidence import RunBoxes

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)


@pytest.fixture
def tracked_window(qtbot: QtBot, opened_window: MainWindow) -> MainWindow:
    """One object, tracked to the end, with the panel in front."""
    session = opened_window.session
    session.set_box(0, BOX)
    session.tracking.track()
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    opened_window.action_set["compare-panel"].trigger()
    return opened_window


def panel_of(window: MainWindow) -> ComparePanel:
    panel = window.findChild(ComparePanel)
    assert isinstance(panel, ComparePanel)
    return panel


def ghost(
    qtbot: QtBot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, *, velocity: float = 0.0, seed: int = 1
) -> WhatIf:
    """Tracked by a tracker that moves otherwise than the object, which moves by 2."""
    monkeypatch.setattr(window.session, "make_tracker", lambda _: FakeTracker(velocity=(velocity, 0.0)))
    begun = window.what_ifs.begin(window.what_ifs.plan(), TrackerSettings(seed=seed))
    assert begun is not None
    qtbot.waitUntil(lambda: begun.state is GhostState.COMPLETE, timeout=5000)
    panel_of(window).refresh()
    return begun


def ask(qtbot: QtBot, window: MainWindow) -> WhatIfDialog:
    window.action_set["what-if"].trigger()
    dialog = window.findChild(WhatIfDialog)
    assert isinstance(dialog, WhatIfDialog)
    return dialog


def type_value(dialog: WhatIfDialog, name: str, text: str) -> None:
    """Search for a constant, and give what was typed into its value."""
    dialog.search.setText(name)
    dialog.filter.setData(dialog.filter.index(0, VALUE), text)


def test_panel_when_nothing_was_asked_then_it_says_what_it_is_for(tracked_window: MainWindow) -> None:
    panel = panel_of(tracked_window)
    assert panel._empty.text() == NO_GHOST
    assert not panel.curves.isVisible()
    assert panel.rows == ()


@pytest.mark.usefixtures("themed")
def test_panel_when_it_is_as_narrow_as_panels_get_then_nothing_is_cut_off(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    panel = panel_of(tracked_window)
    assert panel.widget().minimumSizeHint().width() <= NARROWEST_SIDE - 12  # of the scroll bar


def test_ghost_when_it_is_tracked_as_the_real_run_then_they_never_part(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch, velocity=2.0)
    panel = panel_of(tracked_window)
    assert panel.comparison is not None
    assert (panel.comparison.iou == 1).all()
    assert "they never part" in panel.summary.text()
    assert not panel.parting.isVisible()


def test_ghost_when_it_stays_behind_then_the_parting_frame_is_a_click_away(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    panel, session = panel_of(tracked_window), tracked_window.session
    assert panel.parting.text() == "They part at frame 5"
    QTest.mouseClick(panel.parting, Qt.MouseButton.LeftButton)
    assert session.playhead.frame_index == 5
    assert "Frame 5 · IoU 0.41 · scores +8.00 and +8.00" in panel.readout.text()
    texts = {head: (one, other) for head, one, other in panel.table.texts}
    assert texts["Lost"] == ("0", "0")
    assert texts["IoU truth"][0] == "1.000"
    assert texts["Right"] == ("100 %", "17 %")
    assert texts["Pace"][0].endswith("frames/s")


def test_curve_when_clicked_then_the_playhead_goes_there_and_its_line_follows(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    panel, session = panel_of(tracked_window), tracked_window.session
    qtbot.wait(50)
    at = panel.curves.position_of(12)
    assert at is not None
    QTest.mouseClick(
        panel.curves.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at.toPoint()
    )
    qtbot.waitUntil(lambda: session.playhead.frame_index == 12, timeout=2000)
    session.seek(20)
    assert [line.value() for line in panel.curves._playheads] == [20, 20]


def test_ghosts_when_there_are_two_then_they_can_be_compared_with_each_other(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    ghost(qtbot, tracked_window, monkeypatch, velocity=1.0, seed=2)
    panel = panel_of(tracked_window)
    assert (panel.first.currentText(), panel.second.currentText()) == ("Real boxes", "What-if 2")
    panel.first.setCurrentIndex(1)
    assert panel.comparison is not None
    assert panel.comparison.first.boxes_xywh[10, 0] == 20
    assert panel.comparison.second.boxes_xywh[10, 0] == 30
    panel.second.setCurrentIndex(1)  # the same one twice: the other choice makes room
    assert panel.first.currentText() != panel.second.currentText()


def test_ghost_when_it_is_there_then_it_is_drawn_dashed_and_has_a_lane_below_its_object(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    tracked_window.session.seek(8)
    qtbot.waitUntil(lambda: tracked_window.workspace.drawn_frame == 8)
    qtbot.wait(60)
    (drawn,) = tracked_window.workspace.scene().ghosts
    assert (drawn.box, drawn.name, drawn.is_found) == (BOX, "What-if 1", True)
    entry = next(each for each in tracked_window.workspace.frame_view.legend if each.text == "What-if 1")
    assert entry.stroke.style is Qt.PenStyle.DashLine
    lanes = tracked_window.workspace.timeline._stack.lanes
    assert [(lane.track_id, lane.is_ghost) for lane in lanes] == [(1, False), (-1, True)]
    header = tracked_window.workspace.timeline.headers.rows[1]
    assert not any(switch.isVisible() for switch in header.switches)
    assert header.name_button.text() == "What-if 1"


def test_ghost_when_its_object_is_hidden_then_it_is_not_drawn(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    session = tracked_window.session
    session.do(lambda project: change_track(project, replace(project.track(1), is_hidden=True)))
    assert tracked_window.workspace.scene().ghosts == ()


def test_lane_when_that_of_a_ghost_is_clicked_then_its_object_is_selected(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    session = tracked_window.session
    session.selection.begin_new_track()
    session.set_box(3, Box(90, 60, 20, 20))
    assert session.selected_track == 2
    tracked_window.workspace.timeline.headers.rows[1].name_button.click()
    assert session.selected_track == 1


def test_lanes_when_the_arrow_keys_go_through_objects_then_ghosts_are_skipped(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    session, lanes = tracked_window.session, tracked_window.workspace.timeline.lanes
    session.selection.begin_new_track()
    session.set_box(3, Box(90, 60, 20, 20))
    session.selection.select(1)
    QTest.keyClick(lanes, Qt.Key.Key_Down)
    assert session.selected_track == 2
    QTest.keyClick(lanes, Qt.Key.Key_Up)
    assert session.selected_track == 1


def test_lane_menu_when_asked_for_on_a_ghost_then_it_is_about_the_ghost(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    tracked_window._on_context_requested(-1, 4, QPoint(50, 50))
    menu = next(each for each in tracked_window.findChildren(QMenu) if each.isVisible())
    texts = {action.text().replace("&", ""): action for action in menu.actions()}
    assert texts.keys() == {"Take It", "Stop", "Discard"}
    assert texts["Take It"].isEnabled()
    assert not texts["Stop"].isEnabled()
    texts["Discard"].trigger()
    menu.close()
    assert tracked_window.what_ifs.ghosts == ()
    assert panel_of(tracked_window).rows == ()


def test_take_when_pressed_then_undo_and_redo_are_one_step(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    session, panel = tracked_window.session, panel_of(tracked_window)
    before = {i: each.box for i, each in predictions(session).items()}
    (row,) = panel.rows
    assert "seed 1" in row.settings.text()
    row.take.click()
    assert predictions(session)[20].box == BOX
    assert panel.rows == ()
    tracked_window.action_set["undo"].trigger()
    assert {i: each.box for i, each in predictions(session).items()} == before
    tracked_window.action_set["redo"].trigger()
    assert predictions(session)[20].box == BOX


def test_row_when_a_ghost_is_at_work_then_stop_is_offered_and_its_progress_shown(
    qtbot: QtBot, tracked_window: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.03
    tracked_window.what_ifs.begin(tracked_window.what_ifs.plan(), TrackerSettings(seed=4))
    (row,) = panel_of(tracked_window).rows
    qtbot.waitUntil(row.stop.isVisible)
    assert not row.discard.isVisible()
    qtbot.waitUntil(lambda: row.bar.value() > 100, timeout=5000)
    assert not row.take.isEnabled()
    row.stop.click()
    qtbot.waitUntil(lambda: "stopped at frame" in row.doing.text(), timeout=5000)
    assert row.take.isEnabled()
    assert row.discard.isVisible()
    assert not row.bar.isVisible()


def test_window_when_it_is_closed_with_a_ghost_at_work_then_its_thread_has_ended(
    qtbot: QtBot, tracked_window: MainWindow, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 20.0
    begun = tracked_window.what_ifs.begin(tracked_window.what_ifs.plan(), TrackerSettings(seed=4))
    assert begun is not None
    qtbot.waitUntil(lambda: begun.learned > 0, timeout=5000)
    tracked_window.close()
    assert workshop.sources[-1].is_closed


def test_panel_when_another_object_is_selected_then_it_says_whose_the_ghosts_are(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    ghost(qtbot, tracked_window, monkeypatch)
    session, panel = tracked_window.session, panel_of(tracked_window)
    session.selection.begin_new_track()
    session.set_box(3, Box(90, 60, 20, 20))
    panel.refresh()
    assert panel._empty.text() == NOT_OF_THIS
    assert panel.comparison is None
    assert len(panel.rows) == 1
    session.selection.select(1)
    panel.refresh()
    assert panel.comparison is not None


def test_dialog_when_it_tracks_then_the_ghost_has_what_was_chosen(
    qtbot: QtBot, tracked_window: MainWindow, workshop: Workshop
) -> None:
    tracked_window.session.seek(9)
    dialog = ask(qtbot, tracked_window)
    assert dialog.from_manual.text() == "the manual box of frame 0"
    assert dialog.from_here.text() == "the box of this frame, 9"
    dialog.from_here.click()
    dialog.to_frame.setValue(20)
    dialog.settings_panel._seed.setValue(5)
    type_value(dialog, "candidates.count", "64")
    assert not dialog.note.isVisible()
    QTest.mouseClick(dialog.track, Qt.MouseButton.LeftButton)
    (begun,) = tracked_window.what_ifs.ghosts
    assert (begun.ghost.first_frame, begun.ghost.last_frame) == (9, 20)
    assert begun.ghost.settings.seed == 5
    assert begun.ghost.settings.fields == (("candidates.count", 64),)
    assert tracked_window.session.tracking.settings.fields == ()
    qtbot.waitUntil(lambda: begun.state is GhostState.COMPLETE, timeout=5000)
    assert workshop.settings[-1] == begun.ghost.settings


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_dialog_when_return_ends_a_search_and_a_value_then_nothing_is_tracked_or_accepted(
    qtbot: QtBot, tracked_window: MainWindow, key: Qt.Key
) -> None:
    tracked_window.session.seek(3)
    dialog = ask(qtbot, tracked_window)
    qtbot.waitUntil(dialog.isActiveWindow)  # else keys are the main window's
    QTest.keyClicks(dialog.search, "candidates.count")
    QTest.keyClick(dialog.search, key)
    assert dialog.table.currentIndex() == dialog.filter.index(0, VALUE)
    dialog.table.edit(dialog.table.currentIndex())
    editor = dialog.table.findChild(QLineEdit)
    QTest.keyClicks(editor, "99")
    QTest.keyClick(editor, key)
    qtbot.waitUntil(lambda: dialog.settings.fields == (("candidates.count", 99),))
    assert dialog.isVisible()
    assert tracked_window.what_ifs.ghosts == ()
    assert tracked_window.session.project.keyframe(1, 3) is None


def test_dialog_when_a_value_makes_no_sense_then_it_says_so_and_keeps_the_old_one(
    qtbot: QtBot, tracked_window: MainWindow
) -> None:
    dialog = ask(qtbot, tracked_window)
    type_value(dialog, "candidates.count", "lots")
    assert "candidates.count takes a whole number from 2 to 4096; got 'lots'" in dialog.note.text()
    assert dialog.model.changes == {}
    type_value(dialog, "candidates.count", "3")
    assert "top_k" in dialog.note.text()  # which is 5
    assert not dialog.track.isEnabled()
    type_value(dialog, "candidates.count", "")
    assert dialog.track.isEnabled()
    dialog.close()


def test_dialog_when_the_frame_has_a_manual_box_then_it_begins_there(
    qtbot: QtBot, tracked_window: MainWindow
) -> None:
    tracked_window.session.seek(0)
    dialog = ask(qtbot, tracked_window)
    assert not dialog.from_here.isEnabled()
    tracked_window.session.seek(4)
    assert dialog.from_here.isEnabled()
    dialog.close()


def test_dialog_when_there_is_no_room_then_it_says_what_to_do(
    qtbot: QtBot, tracked_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(3):
        ghost(qtbot, tracked_window, monkeypatch, seed=seed)
    dialog = ask(qtbot, tracked_window)
    assert "take or discard" in dialog.note.text()
    assert not dialog.track.isEnabled()
    tracked_window.what_ifs.discard(tracked_window.what_ifs.ghosts[0])
    assert dialog.track.isEnabled()
    dialog.close()


def test_dialog_when_another_preset_is_chosen_then_its_constants_are_offered(
    qtbot: QtBot, tracked_window: MainWindow
) -> None:
    dialog = ask(qtbot, tracked_window)
    type_value(dialog, "matching.size_rate", "0.5")
    type_value(dialog, "candidates.count", "64")
    dialog.settings_panel._preset.setCurrentText("dlst")
    assert dialog.model.changes == {"candidates.count": 64}
    dialog.search.setText("localizer.hidden")
    assert dialog.filter.rowCount() == 1
    dialog.changed_only.click()
    assert dialog.filter.rowCount() == 0
    dialog.search.setText("")
    assert dialog.filter.rowCount() == 1
    dialog.reset.click()
    assert dialog.model.changes == {}
    dialog.close()


def test_command_when_there_is_no_object_then_it_says_what_is_missing(opened_window: MainWindow) -> None:
    assert not opened_window.action_set["what-if"].isEnabled()
    draw(opened_window, BOX)
    assert opened_window.action_set["what-if"].isEnabled()


def test_fields_when_a_choice_is_typed_in_any_case_then_it_is_taken() -> None:
    model = FieldModel()
    model.show_fields(config_fields(PRESETS["dlst-studio"]))
    row = next(i for i in range(model.rowCount()) if model.field_at(i).name == "samples.center")
    assert model.setData(model.index(row, VALUE), "CHOSEN")
    assert model.changes == {"samples.center": "chosen"}
    assert model.data(model.index(row, VALUE)) == "chosen"
    assert not model.setData(model.index(row, VALUE + 1), "chosen")


def test_truth_when_it_is_of_another_object_then_it_is_not_taken_for_this_one() -> None:
    nothing = np.full(1, np.nan)
    run = RunBoxes(np.array([2]), np.array([[10.0, 10, 20, 20]]), nothing, np.array([True]), nothing)
    assert truth_of((None, None, Box(100, 10, 20, 20)), run) is None
    assert truth_of((None, None, None), run) is None
    assert truth_of(None, run) is None
    truth = truth_of((None, None, Box(12, 10, 20, 20)), run)
    assert truth is not None
    assert truth.shape == (3, 4)
    assert np.isnan(truth[0]).all()
