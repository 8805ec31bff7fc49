"""Make Keyframes, and boxes that are drawn without a tracker, by mouse and keys."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.project.edits import add_track, record_predictions, set_keyframe
from dlst_gui.project.keyframing.thinning import Measure
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.views.keyframes.keyframes_dialog import KeyframesDialog
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import drag_box
from tracker_core import Box, UpdateKind

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


def box_at(index: int) -> Box:
    return Box(30 + 20 * np.sin(index / 5), 40 + index, 24, 24)


@pytest.fixture
def tracked_window(opened_window: MainWindow) -> MainWindow:
    """A window with an object tracked to the end, with a manual box in the middle."""
    session = opened_window.session
    session.do(lambda p: add_track(p, label="dog", color="#5cc8ff", keyframe=Keyframe(0, box_at(0))))
    session.do(lambda p: set_keyframe(p, 1, Keyframe(15, box_at(15))))
    found = [Prediction(i, box_at(i), 8.0, True, 1, UpdateKind.NONE) for i in range(1, 30) if i != 15]
    session.do(lambda p: record_predictions(p, 1, PredictionBlock.of(found)))
    session.selection.select(1)
    return opened_window


@pytest.fixture
def dialog(qtbot: QtBot, tracked_window: MainWindow) -> KeyframesDialog:
    QTest.keyClick(tracked_window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    made = tracked_window.findChild(KeyframesDialog)
    qtbot.waitUntil(made.make.isEnabled)
    return made


def manual(window: MainWindow) -> list[int]:
    assert window.session.project is not None
    return [each.frame_index for each in window.session.project.keyframes(1)]


def test_dialog_when_opened_then_tells_how_many_and_how_far_off_before_anything_changes(
    tracked_window: MainWindow, dialog: KeyframesDialog
) -> None:
    assert dialog.here.text().endswith("(frames 0 to 15)")
    assert dialog.sparse is not None
    words = dialog.preview.text()
    assert words.startswith(f"14 tracked boxes become {dialog.sparse.made} keyframe")
    assert f"Largest deviation: {dialog.sparse.largest_px:.1f} px on frame {dialog.sparse.farthest}" in words
    assert manual(tracked_window) == [0, 15]


def test_dialog_when_the_tolerance_changes_then_counts_again(qtbot: QtBot, dialog: KeyframesDialog) -> None:
    assert dialog.sparse is not None
    few = dialog.sparse.made
    dialog.pixels.setValue(0.1)
    assert not dialog.make.isEnabled()
    qtbot.waitUntil(dialog.make.isEnabled)
    assert dialog.sparse is not None
    assert dialog.sparse.made > few
    dialog.measure.setCurrentIndex(dialog.measure.findData(Measure.IOU))
    assert dialog.iou.isVisible()
    assert not dialog.pixels.isVisible()
    qtbot.waitUntil(dialog.make.isEnabled)
    assert dialog.sparse.least_iou >= dialog.iou.value()


def test_dialog_when_confirmed_then_the_stretch_becomes_keyframes_and_undo_takes_them_back(
    qtbot: QtBot, tracked_window: MainWindow, dialog: KeyframesDialog
) -> None:
    assert dialog.sparse is not None
    expected = sorted({0, 15, *dialog.sparse.keyframes.frame_indices.tolist()})
    QTest.mouseClick(dialog.make, Qt.MouseButton.LeftButton)
    assert manual(tracked_window) == expected
    assert not dialog.isVisible()
    tracked_window.action_set["undo"].trigger()
    assert manual(tracked_window) == [0, 15]


def test_dialog_when_the_whole_object_is_meant_then_all_its_tracked_boxes_go(
    qtbot: QtBot, tracked_window: MainWindow, dialog: KeyframesDialog
) -> None:
    dialog.whole.click()
    qtbot.waitUntil(lambda: dialog.make.isEnabled() and "28 tracked boxes" in dialog.preview.text())
    dialog.make.click()
    assert tracked_window.session.project is not None
    assert not tracked_window.session.project.has_valid_predictions(1)


def test_dialog_when_nothing_is_tracked_then_says_so_and_makes_nothing(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.session.do(lambda p: add_track(p, label="dog", color="#5cc8ff", keyframe=Keyframe(0, box_at(0))))
    opened_window.session.selection.select(1)
    opened_window.action_set["make-keyframes"].trigger()
    dialog = opened_window.findChild(KeyframesDialog)
    qtbot.waitUntil(lambda: "No tracked boxes" in dialog.preview.text())
    assert not dialog.make.isEnabled()
    dialog.reject()


def test_dialog_when_the_video_changes_then_it_closes(
    qtbot: QtBot, tracked_window: MainWindow, dialog: KeyframesDialog
) -> None:
    tracked_window.session.project_closing.emit()
    assert not dialog.isVisible()


def test_interpolate_only_when_chosen_then_the_menu_shows_it_for_this_object(tracked_window: MainWindow) -> None:
    action = tracked_window.action_set["interpolate-only"]
    assert not action.isChecked()
    action.trigger()
    assert tracked_window.session.selection.is_interpolated
    assert action.isChecked()
    tracked_window.action_set["undo"].trigger()
    assert not action.isChecked()


def test_interpolate_only_when_the_held_box_is_dragged_then_a_keyframe_is_there_and_a_line_leads_to_it(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session = opened_window.session
    session.do(lambda p: add_track(p, label="dog", color="#5cc8ff", keyframe=Keyframe(0, Box(20, 30, 40, 40))))
    session.selection.select(1)
    opened_window.action_set["interpolate-only"].trigger()
    session.seek(10)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 10)
    qtbot.waitUntil(lambda: opened_window.workspace.frame_view.hint == "Drag the box to where the object is now")
    drag_box(opened_window, (40, 50), (60, 50))
    qtbot.waitUntil(lambda: manual(opened_window) == [0, 10])
    shown = session.selection.shown(1, 5)
    assert shown is not None
    assert shown.box.x == pytest.approx(30, abs=1)
