from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.overlays.layers_item import Outline
from dlst_gui.overlays.palette import HUMAN, LOST
from dlst_gui.project.choices import unusable
from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.track_colors import TRACK_COLORS
from dlst_gui.project.tracks import FrameState, Visibility
from dlst_gui.session import long_change
from dlst_gui.session import session as sessions
from dlst_gui.session.kept_evidence import KEPT_IN_MEMORY_ALONE
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.actions import COMMANDS
from dlst_gui.views.crowd.identity_dialog import IdentityDialog
from dlst_gui.views.evidence.inspector import OUTSIDE_FRAME
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.message_strip import MessageStrip
from tests.dlst_gui.formats.made_labels import boxes_at, label_set
from tests.dlst_gui.reading import keyframe, keyframe_indices, predictions, shown_box
from tests.dlst_gui.views.conftest import drag_box, draw
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import DEFAULT_PRESET, Box, error_rates

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

FIRST_BOX = Box(20, 40, 24, 24)


def press(window: MainWindow, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window, key, modifier)


def wait_for(qtbot: QtBot, window: MainWindow, state: RunState) -> None:
    qtbot.waitUntil(lambda: window.session.state is state, timeout=5000)


def step_to(qtbot: QtBot, window: MainWindow, frame_index: int) -> None:
    while (window.session.run.latest_frame or 0) < frame_index:
        press(window, Qt.Key.Key_Period)
        wait_for(qtbot, window, RunState.PAUSED)
    qtbot.waitUntil(lambda: window.workspace.scene().frame_index == frame_index)
    qtbot.waitUntil(
        lambda: "continue" in window.workspace.frame_view.hint or "lost" in window.workspace.frame_view.hint
    )


def tolerance(window: MainWindow) -> float:
    """Image pixels that one screen pixel of the mouse covers."""
    view = window.workspace.frame_view
    return 1 / (view.widget_position(1, 0).x() - view.widget_position(0, 0).x())


def is_close(box: Box | None, expected: Box, within: float) -> bool:
    return box is not None and bool(np.abs(box.xywh - expected.xywh).max() <= within)


def test_window_when_no_video_is_open_then_it_says_what_to_do(window: MainWindow) -> None:
    assert window.findChild(QAction, "open-demo").isEnabled()
    assert not window.action_set["track"].isEnabled()
    assert "Open a video" in window._start_page.lead
    assert window.status.state_text == "no video"


def test_window_when_a_video_is_open_then_the_hints_lead_from_box_to_track(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    view = opened_window.workspace.frame_view
    assert view.hint == "Drag a box around the object"
    draw(opened_window, FIRST_BOX)
    qtbot.waitUntil(lambda: view.hint == "Press T to track")
    assert opened_window.action_set["track"].isEnabled()


def test_hint_when_another_object_is_begun_then_it_names_the_way_back(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: "new object, or press Esc" in opened_window.workspace.frame_view.hint)


def test_window_when_a_frame_cannot_be_read_then_it_says_so_instead_of_showing_another(
    qtbot: QtBot, window: MainWindow, workshop: Workshop
) -> None:
    workshop.broken_from = 12
    window.session.open(Path("clip.mp4"))
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    window.session.seek(20)
    qtbot.waitUntil(lambda: window.workspace.drawn_frame is None)
    assert "Frame 20 cannot be read" in window.workspace.frame_view.hint
    window.session.seek(3)
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 3)


def test_main_job_when_done_by_mouse_and_keys_then_boxes_are_tracked_corrected_and_tracked_on(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    window, session = opened_window, opened_window.session
    within = tolerance(window)
    draw(window, FIRST_BOX)
    drawn = shown_box(session, 0)
    assert is_close(drawn, FIRST_BOX, within)
    step_to(qtbot, window, 6)
    tracked = shown_box(session, 6)
    assert tracked == drawn.shifted(12, 0)

    center_x, center_y = tracked.center
    drag_box(window, (center_x, center_y), (center_x + 20, center_y + 10))
    wait_for(qtbot, window, RunState.FINISHED)
    corrected = keyframe(session, 6)
    assert corrected is not None
    assert is_close(corrected.box, tracked.shifted(20, 10), 2 * within)
    assert ("correct", corrected.box) in workshop.trackers[0].calls
    assert shown_box(session, 29) == corrected.box.shifted(2 * 23, 0)


def test_track_key_when_pressed_while_tracking_then_the_run_rests(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: (opened_window.session.run.latest_frame or 0) > 2)
    assert opened_window.action_set["track"].text() == "&Pause"
    press(opened_window, Qt.Key.Key_T)
    wait_for(qtbot, opened_window, RunState.PAUSED)
    assert opened_window.action_set["track"].text() == "&Continue"


def test_press_on_the_frame_when_tracking_then_the_run_rests_and_no_box_is_drawn(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: (opened_window.session.run.latest_frame or 0) > 2)
    draw(opened_window, Box(80, 80, 30, 30))
    wait_for(qtbot, opened_window, RunState.PAUSED)
    assert keyframe_indices(opened_window.session) == (0,)


def test_resize_when_a_corner_is_dragged_then_the_opposite_corner_stays(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, FIRST_BOX)
    first = shown_box(opened_window.session, 0)
    qtbot.waitUntil(lambda: "T to track" in opened_window.workspace.frame_view.hint)
    drag_box(opened_window, (first.right, first.bottom), (first.right + 15, first.bottom + 5))
    resized = shown_box(opened_window.session, 0)
    assert (resized.x, resized.y) == (first.x, first.y)
    assert is_close(
        resized, Box(first.x, first.y, first.width + 15, first.height + 5), 2 * tolerance(opened_window)
    )


def test_escape_when_a_box_is_being_dragged_then_nothing_changes(opened_window: MainWindow) -> None:
    view = opened_window.workspace.frame_view
    start, end = view.widget_position(30, 30).toPoint(), view.widget_position(70, 70).toPoint()
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(view.viewport, left, plain, start)
    QTest.mouseMove(view.viewport, end)
    press(opened_window, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport, left, plain, end)
    assert keyframe_indices(opened_window.session) == ()


def test_new_box_key_when_pressed_then_the_next_drag_draws_also_on_the_old_box(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, Box(10, 10, 100, 90))
    qtbot.waitUntil(lambda: "T to track" in opened_window.workspace.frame_view.hint)
    press(opened_window, Qt.Key.Key_N)
    inner = Box(40, 40, 30, 30)
    draw(opened_window, inner)
    assert is_close(shown_box(opened_window.session, 0), inner, tolerance(opened_window))


def test_lost_frame_when_shown_then_box_status_timeline_and_hint_say_so(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset({3})
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 3)
    view = opened_window.workspace.frame_view
    boxes = next(overlay for overlay in view.overlays if overlay.info.name == "boxes")
    assert boxes.item.layers[0].stroke == replace(LOST, color=TRACK_COLORS[0])
    assert boxes.item.layers[-1].text == "object 1 lost"
    assert "lost" in opened_window.status.state_text
    assert "lost" in view.hint
    project, track_id = opened_window.session.project, opened_window.session.selected_track
    assert project is not None
    assert track_id is not None
    assert project.state_codes(track_id, 3, 3).tolist() == [FrameState.LOST]


def test_lost_run_when_it_pauses_then_the_note_says_why_and_the_hint_what_to_do(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset(range(3, 30))
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_T)
    wait_for(qtbot, opened_window, RunState.PAUSED)
    view = opened_window.workspace.frame_view
    qtbot.waitUntil(
        lambda: "drag a box around it, press O if it is not in the frame, or T to continue" in view.hint
    )
    assert "since frame 3" in view.note
    assert "drag" not in view.note
    keymap = opened_window.user.keymap.with_keys("outside", ("Ctrl+F7",)).with_keys("track", ())
    opened_window.user.set_keymap(keymap)
    qtbot.waitUntil(lambda: "press Ctrl+F7 if it is not in the frame, or Track to continue" in view.hint)


@pytest.mark.parametrize("scrubs", [False, True])
def test_boxes_overlay_when_the_box_is_human_or_tracked_then_it_looks_different(
    qtbot: QtBot, opened_window: MainWindow, scrubs: bool
) -> None:
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 2)
    boxes = opened_window.workspace.frame_view.overlays[0]
    if scrubs:
        press(opened_window, Qt.Key.Key_Home)
        qtbot.waitUntil(lambda: opened_window.workspace.scene().frame_index == 0)

    def colors() -> list[str]:
        return [layer.stroke.color for layer in boxes.item.layers if isinstance(layer, Outline)]

    expected = [TRACK_COLORS[0], HUMAN.color] if scrubs else [TRACK_COLORS[0]]
    qtbot.waitUntil(lambda: colors() == expected)


def test_inspector_when_scrubbing_back_then_it_explains_the_past_frame(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 5)
    press(opened_window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: opened_window.workspace.scene().frame_index == 4)
    rates = error_rates(DEFAULT_PRESET)
    assert rates is not None
    risk = f"risk {rates.wrong_share(8.0) * 100:.0f} %"
    qtbot.waitUntil(lambda: opened_window.workspace.inspector._score.text() == risk)
    assert "score is +8.00" in opened_window.workspace.inspector._score.toolTip()
    assert opened_window.workspace.inspector.note == ""
    opened_window.session.evidence.recent.clear()
    press(opened_window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: opened_window.workspace.inspector.note == KEPT_IN_MEMORY_ALONE)


def test_diagnostics_when_a_user_wants_none_then_the_tracker_does_not_explain(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    user = opened_window.user
    user.set_preferences(replace(user.preferences, keeps_diagnostics=False))
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 2)
    assert len(opened_window.session.evidence.recent) == 0
    user.set_preferences(replace(user.preferences, keeps_diagnostics=True))
    step_to(qtbot, opened_window, 3)
    assert opened_window.session.selection.seen(3) is not None


def test_undo_in_the_menu_then_says_what_and_on_which_frame(opened_window: MainWindow) -> None:
    assert opened_window.action_set["undo"].text() == "&Undo"
    opened_window.session.seek(4)
    opened_window.session.set_box(4, FIRST_BOX)
    assert opened_window.action_set["undo"].text() == "&Undo: Add object (frame 4)"
    press(opened_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened_window.action_set["undo"].text() == "&Undo"
    assert opened_window.action_set["redo"].text() == "Re&do: Add object (frame 4)"


def test_timeline_when_clicked_then_that_frame_is_shown(qtbot: QtBot, opened_window: MainWindow) -> None:
    draw(opened_window, FIRST_BOX)
    timeline = opened_window.workspace.timeline
    column = timeline.axis.column_of(17) / timeline.devicePixelRatioF()
    QTest.mouseClick(timeline.lanes, Qt.MouseButton.LeftButton, pos=QPoint(round(column), 5))
    qtbot.waitUntil(lambda: abs(opened_window.session.playhead.frame_index - 17) <= 1)


def test_wheel_when_turned_then_it_zooms_at_the_cursor_and_fit_shows_everything_again(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    view = opened_window.workspace.frame_view
    before = view.widget_position(100, 60)
    fitted = tolerance(opened_window)
    _turn_wheel(opened_window, before)
    assert tolerance(opened_window) < 0.9 * fitted
    after = view.widget_position(100, 60)
    assert (after - before).manhattanLength() < 3
    press(opened_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert tolerance(opened_window) == pytest.approx(fitted, rel=1e-3)


def test_settings_when_a_preset_is_chosen_then_the_next_run_uses_it(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    opened_window._settings._preset.setCurrentText("mdnet-nl")
    opened_window._settings._backbone.setCurrentText("random")
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 1)
    assert workshop.settings[0].preset == "mdnet-nl"
    assert workshop.settings[0].backbone == "random"
    assert "mdnet-nl · exact · random" in opened_window.status.texts


def test_settings_when_the_other_speed_is_clicked_then_the_next_run_and_the_status_have_it(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    switch = opened_window._settings._speed
    for speed in ("fast", "exact", "fast"):
        QTest.mouseClick(switch._buttons[speed], Qt.MouseButton.LeftButton)
        assert (switch.speed, opened_window.session.tracking.settings.speed) == (speed, speed)
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 1)
    assert workshop.settings[0].speed == "fast"
    assert "dlst-studio · fast · studio" in opened_window.status.texts


def test_speed_switch_when_settings_are_shown_then_it_follows_and_reports_nothing(
    qtbot: QtBot, window: MainWindow
) -> None:
    edited = []
    window._settings.settings_edited.connect(edited.append)
    for speed in ("fast", "exact"):
        window._settings.show_settings(TrackerSettings(speed=speed))
        assert window._settings._speed.speed == speed
    assert edited == []


def test_status_when_tracking_then_it_says_speed_frame_tracker_and_device(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.01
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 2)
    speed, frame, tracker, device = opened_window.status.texts
    assert speed.endswith("frames/s")
    assert 0 < float(speed.split()[0]) < 101  # a frame takes at least 10 ms
    assert (frame, tracker, device) == ("frame 2 of 29", "dlst-studio · exact · studio", "cpu")


def test_status_when_learning_then_it_shows_how_far(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.learn_delay_s = 1.0
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: opened_window.status.state_text.startswith("learning "))
    assert opened_window.status._progress.isVisible()
    press(opened_window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert opened_window.status.state_text == "ready"


def test_drop_when_a_file_is_dropped_then_it_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "dropped.mp4"))])
    event = QDropEvent(
        QPointF(10, 10),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(window.session.playhead.source_changed):
        window.dropEvent(event)
    assert "dropped" in window.windowTitle()


def test_drop_when_over_the_frame_then_the_window_takes_it(opened_window: MainWindow, tmp_path: Path) -> None:
    view = opened_window.workspace.frame_view
    widget = view.viewport
    while widget is not opened_window:
        assert not widget.acceptDrops()
        widget = widget.parentWidget()
    assert opened_window.acceptDrops()


def test_note_when_it_is_long_then_it_leaves_the_frame_alone_and_the_window_keeps_its_size(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    before = opened_window.minimumSizeHint().width()
    room = opened_window.workspace.frame_view.viewport.size()
    opened_window.session.noted.emit("a very long note " * 40)
    QTest.qWait(5)
    view = opened_window.workspace.frame_view
    assert view.note == "a very long note " * 40
    assert opened_window.status.note == ""
    strip = view.findChild(MessageStrip)
    assert strip is not None
    assert strip.geometry().top() >= view.viewport.mapTo(view, view.viewport.rect().bottomLeft()).y()
    assert view.viewport.size() == room
    label = strip.findChild(QLabel, "passing_note")
    assert label.toolTip() == view.note
    assert strip.rect().contains(label.geometry())
    assert opened_window.status._chip.isVisible()
    assert opened_window.minimumSizeHint().width() == before


def test_play_when_tracking_then_the_view_plays_and_the_run_goes_on(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    session = opened_window.session
    draw(opened_window, FIRST_BOX)
    press(opened_window, Qt.Key.Key_T)
    qtbot.waitUntil(lambda: (session.run.latest_frame or 0) > 8)
    press(opened_window, Qt.Key.Key_Home)
    press(opened_window, Qt.Key.Key_Space)
    assert session.playhead.is_playing
    assert not opened_window.action_set["follow"].isChecked()
    wait_for(qtbot, opened_window, RunState.FINISHED)
    assert len(predictions(session)) == 29


def test_failure_when_a_file_does_not_open_then_a_dialog_names_it(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.session.failed):
        window.session.open(Path("notes.txt"))
    box = window.findChild(QMessageBox)
    assert "notes.txt" in box.informativeText()
    box.close()
    assert window.session.state is RunState.EMPTY


@pytest.mark.parametrize("menu", sorted({spec.menu for spec in COMMANDS}))
def test_actions_of_a_menu_when_triggered_then_nothing_breaks(
    qtbot: QtBot, opened_window: MainWindow, menu: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dlst_gui.views.main_window.QDesktopServices.openUrl", lambda url: True)
    draw(opened_window, FIRST_BOX)
    step_to(qtbot, opened_window, 1)
    for spec in COMMANDS:
        if spec.menu == menu and spec.name != "quit":
            action = opened_window.action_set[spec.name]
            action.trigger()
            QTest.qWait(2)
            for dialog in opened_window.findChildren(QDialog):
                dialog.reject()
            if action.isCheckable():
                action.trigger()
    assert opened_window.isVisible()


def test_quit_when_triggered_then_the_window_closes(opened_window: MainWindow) -> None:
    opened_window.action_set["quit"].trigger()
    assert not opened_window.isVisible()


def test_shortcuts_when_all_are_listed_then_none_is_given_twice(window: MainWindow) -> None:
    keys = [key.toString() for action in window.findChildren(QAction) for key in action.shortcuts()]
    assert len(keys) > 30
    assert sorted(keys) == sorted(set(keys))


def test_actions_when_listed_then_each_says_what_it_does_and_shows_its_key(window: MainWindow) -> None:
    for spec in COMMANDS:
        action = window.action_set[spec.name]
        assert spec.tip in action.toolTip()
        assert not spec.keys or action.shortcut().toString() in action.toolTip()


@pytest.mark.parametrize("moment", ["learning", "tracking", "idle"])
def test_close_when_the_tracker_is_at_work_then_it_does_not_wait_for_learning_to_end(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop, moment: str
) -> None:
    workshop.learn_delay_s = 10.0 if moment == "learning" else 0.0
    workshop.frame_delay_s = 0.1
    draw(opened_window, FIRST_BOX)
    if moment != "idle":
        press(opened_window, Qt.Key.Key_T)
        state = RunState.LEARNING if moment == "learning" else RunState.TRACKING
        wait_for(qtbot, opened_window, state)
    started = time.perf_counter()
    opened_window.close()
    assert time.perf_counter() - started < 5  # of the 10 that learning takes
    assert not opened_window.session.run._tracker._thread.is_running


def _turn_wheel(window: MainWindow, position: QPointF) -> None:
    viewport = window.workspace.frame_view.viewport
    event = QWheelEvent(
        position,
        QPointF(viewport.mapToGlobal(position.toPoint())),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def test_note_when_there_is_no_video_yet_then_it_is_in_the_status_bar(window: MainWindow) -> None:
    window.session.noted.emit("Settings could not be saved")
    assert window.status.note == "Settings could not be saved"


def test_panel_when_asked_for_behind_another_then_it_comes_to_the_front_and_goes_at_the_next_time(
    opened_window: MainWindow,
) -> None:
    docks, labels = opened_window._docks, opened_window.action_set["labels"]
    docks.bring_to_front("settings")
    labels.trigger()
    assert labels.isChecked()
    assert docks.in_front == "labels"
    labels.trigger()
    assert not labels.isChecked()
    assert docks.in_front == "settings"


def test_new_object_when_begun_beside_a_run_then_the_run_goes_on_and_the_frame_stays(
    qtbot: QtBot, workshop: Workshop, opened_window: MainWindow
) -> None:
    session, workshop.frame_delay_s = opened_window.session, 0.02
    session.set_box(0, Box(20, 40, 24, 24))
    session.tracking.track()
    qtbot.waitUntil(lambda: (session.run.latest_frame or 0) > 2, timeout=5000)
    opened_window.action_set["new-box"].trigger()
    assert session.selection.begins_new_track
    assert session.state.is_busy
    assert not session.tracking.follows_tracker


def test_hint_when_the_object_is_outside_then_it_says_to_draw_where_it_reappears(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session = opened_window.session
    session.set_box(0, Box(20, 40, 24, 24))
    session.seek(5)
    opened_window.action_set["outside"].trigger()
    session.seek(9)
    qtbot.waitUntil(lambda: "draw a box where it reappears" in opened_window.workspace.frame_view.hint)


def test_merge_when_there_is_one_other_track_then_it_asks_all_the_same(opened_window: MainWindow) -> None:
    session = opened_window.session
    session.set_box(0, Box(20, 40, 24, 24))
    session.selection.begin_new_track()
    session.set_box(0, Box(100, 80, 20, 20))
    opened_window.action_set["merge"].trigger()
    assert session.project is not None
    assert len(session.project.tracks()) == 2
    dialog = opened_window.findChild(IdentityDialog)
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert [track.track_id for track in session.project.tracks()] == [2]


def test_window_when_another_one_has_the_project_then_title_state_and_a_drag_say_so(
    qtbot: QtBot, workshop: Workshop, window: MainWindow, tmp_path: Path
) -> None:
    video = tmp_path / "clip.mp4"
    session = window.session
    first = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
    session.current_project.opener = ProjectOpener(tmp_path)
    for each in (first, session):
        with qtbot.waitSignal(each.project_opened):
            each.open(video)
    qtbot.waitUntil(lambda: window.workspace.drawn_frame == 0)
    assert window.windowTitle().startswith("clip (read-only)")
    qtbot.waitUntil(lambda: window.status.state_text == "read-only")
    draw(window, Box(20, 40, 24, 24))
    assert window.workspace.frame_view.note == session.current_project.notice != ""
    assert window.workspace.frame_view.hint == ""
    assert window._first_steps.current is None
    for key in (Qt.Key.Key_T, Qt.Key.Key_Delete, Qt.Key.Key_N):
        window.workspace.frame_view.show_note("")
        QTest.keyClick(window, key)
        assert window.workspace.frame_view.note == session.current_project.notice
    assert not window.action_set["undo"].isEnabled()
    first.close()


def test_key_when_its_command_cannot_be_given_then_says_why(opened_window: MainWindow) -> None:
    QTest.keyClick(opened_window, Qt.Key.Key_T)
    assert opened_window.workspace.frame_view.note == "Draw a box first"


def test_stop_key_when_labels_are_being_imported_then_gives_them_up_also_in_the_dialog(
    qtbot: QtBot, opened_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = opened_window.session
    source = session.playhead.source
    assert source is not None
    monkeypatch.setattr(sessions, "BOXES_AT_ONCE", 0)
    monkeypatch.setattr(long_change, "SLICE_S", 0.0)
    dialog = opened_window.dialogs.exchange.show_import()
    dialog.activateWindow()
    qtbot.waitActive(dialog)
    tracks = [boxes_at({3: Box(10, 20, 12, 14)})] * 200
    session.add_labels(label_set(*tracks, labels=("dog",) * 200, video=source.annotated), ImportAs.HUMAN)
    qtbot.waitUntil(opened_window.action_set["stop"].isEnabled)
    QTest.keyClick(dialog, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    assert not session.long_change.is_going
    assert session.project is not None
    assert session.project.tracks() == ()


def test_focus_when_a_dialog_closes_and_no_field_had_it_then_keys_are_for_the_video(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    QApplication.focusWidget().clearFocus()  # as a field does where Return ends it
    opened_window.show_settings()
    dialog = next(each for each in opened_window.findChildren(QDialog) if each.isVisible())
    dialog.activateWindow()
    qtbot.waitActive(dialog)
    dialog.reject()
    opened_window.activateWindow()
    qtbot.waitActive(opened_window)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is opened_window.workspace.frame_view)
    preset = opened_window.user.keymap.preset
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert opened_window.user.keymap.preset == preset


def test_problem_when_there_are_details_then_they_are_folded_in(opened_window: MainWindow) -> None:
    opened_window.session.asked.emit(unusable(DamagedProjectError("clip.dlst", "disk image is malformed"), Path()))
    box = next(each for each in opened_window.findChildren(QMessageBox) if each.isVisible())
    assert "malformed" not in box.text() + box.informativeText()
    assert box.detailedText() == "disk image is malformed"
    assert all(button.width() >= button.sizeHint().width() for button in box.buttons())
    box.close()


@pytest.mark.parametrize("visibility", [Visibility.OUTSIDE, Visibility.OCCLUDED])
def test_inspector_when_the_object_is_not_to_be_seen_then_it_says_so(
    qtbot: QtBot, opened_window: MainWindow, visibility: Visibility
) -> None:
    opened_window.session.set_box(0, Box(20, 40, 24, 24))
    opened_window.editing.toggle_visibility(visibility)
    verdict = opened_window.workspace.inspector._verdict
    qtbot.waitUntil(lambda: verdict.text() == visibility.value)


def test_inspector_when_the_frame_is_marked_outside_then_says_so_also_on_those_after(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session, inspector = opened_window.session, opened_window.workspace.inspector
    session.set_box(2, Box(20, 40, 24, 24))
    session.seek(3)
    opened_window.editing.toggle_visibility(Visibility.OUTSIDE)
    for frame_index, note in ((3, OUTSIDE_FRAME), (7, OUTSIDE_FRAME), (1, "No box on this frame yet.")):
        session.seek(frame_index)
        qtbot.waitUntil(lambda wanted=note: inspector.note == wanted)
