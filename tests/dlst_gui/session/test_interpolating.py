"""Objects without a tracker: keyframes and straight lines between, and the ways there and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.keyframing.making import sparse_track
from dlst_gui.project.keyframing.thinning import Measure, Tolerance
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.tracks import BoxOrigin, ShownKind, Visibility
from dlst_gui.session.editing import Editing
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.tracking.tracker_factory import TrackerSettings
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.reading import keyframe_indices, predictions
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

BOX = Box(20, 40, 24, 24)


@pytest.fixture
def editing(opened: Session) -> Editing:
    return Editing(opened)


@pytest.fixture
def interpolated(opened: Session, editing: Editing) -> Session:
    """An object that is interpolated only, with one box."""
    opened.set_box(0, BOX)
    editing.set_interpolated(True)
    return opened


def shown_box(session: Session, frame_index: int) -> Box | None:
    shown = session.selection.shown(1, frame_index)
    return None if shown is None else shown.box


def track_to_the_end(session: Session, wait: WaitForState) -> None:
    session.set_box(0, BOX)
    session.tracking.track()
    wait(RunState.FINISHED)


def test_interpolated_when_boxes_are_drawn_then_lines_lie_between_and_no_tracker_is_asked(
    interpolated: Session, workshop: Workshop
) -> None:
    interpolated.set_box(20, BOX.shifted(40, 0))
    assert shown_box(interpolated, 10) == BOX.shifted(20, 0)
    interpolated.set_box(10, BOX.shifted(4, 0))
    assert shown_box(interpolated, 5) == BOX.shifted(2, 0)
    assert interpolated.state is RunState.READY
    learned = [call for tracker in workshop.trackers for call in tracker.calls]
    assert learned in ([], [("initialize", BOX)]), "at most the first box, drawn before it was interpolated"
    assert predictions(interpolated) == {}


@pytest.mark.parametrize("command", ["track", "step", "track_between", "track_to"])
def test_interpolated_when_tracking_is_asked_for_then_says_what_to_turn_off(
    qtbot: QtBot, interpolated: Session, command: str
) -> None:
    interpolated.set_box(20, BOX)
    interpolated.seek(5)
    ask = getattr(interpolated.tracking, command)
    with qtbot.waitSignal(
        interpolated.noted, check_params_cb=lambda note: "turn off Object > Interpolate Only" in note
    ):
        ask(9) if command == "track_to" else ask()
    assert interpolated.state is RunState.READY


def test_interpolated_when_all_objects_are_tracked_then_it_is_left_out(
    interpolated: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    interpolated.selection.begin_new_track()
    interpolated.set_box(0, BOX.shifted(60, 0))
    editing.set_interpolated(False)
    interpolated.tracking.track(all_tracks=True)
    wait_for_state(RunState.FINISHED)
    assert interpolated.project is not None
    assert [interpolated.project.has_valid_predictions(track) for track in (1, 2)] == [False, True]


def test_interpolated_when_another_object_is_begun_then_it_is_so_too(interpolated: Session) -> None:
    interpolated.selection.begin_new_track()
    interpolated.set_box(3, BOX.shifted(60, 0))
    assert interpolated.selection.is_interpolated


def test_interpolated_when_after_its_last_box_then_that_one_is_held_and_can_be_taken(
    interpolated: Session, editing: Editing
) -> None:
    interpolated.seek(8)
    assert interpolated.selection.held_here == BOX
    assert interpolated.selection.shown_here is None
    editing.accept_box()
    assert keyframe_indices(interpolated) == (0, 8)
    assert interpolated.selection.held_here is None
    editing.toggle_visibility(Visibility.OUTSIDE)
    interpolated.seek(12)
    assert interpolated.selection.held_here is None, "it is gone by then"


def test_interpolated_when_undone_and_after_a_restart_then_it_is_as_it_was(
    qtbot: QtBot, workshop: Workshop, tmp_path: Path
) -> None:
    def open_it() -> Session:
        made = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
        with qtbot.waitSignal(made.project_opened):
            made.open(Path("clip.mp4"))
        return made

    first = open_it()
    first.set_box(0, BOX)
    Editing(first).set_attributes({"colour": "red"})
    Editing(first).set_interpolated(True)
    first.undo()
    assert not first.selection.is_interpolated
    first.redo()
    first.close()
    second = open_it()
    assert second.selection.is_interpolated
    assert second.project is not None
    assert dict(second.project.track(1).attributes) == {"colour": "red"}, "what the file notes is no attribute"
    second.undo()
    assert not second.selection.is_interpolated
    second.close()


def test_make_keyframes_then_undo_brings_the_tracked_boxes_back(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    assert opened.project is not None
    before = {index: shown_box(opened, index) for index in range(30)}
    sparse = sparse_track(opened.project, 1, 0, 29, Tolerance(Measure.PIXELS, 1.0))
    assert editing.make_keyframes(sparse)
    made = [each for each in opened.project.keyframes(1) if each.origin is BoxOrigin.ACCEPTED]
    assert len(made) == sparse.made
    assert not opened.project.has_valid_predictions(1)
    opened.undo()
    assert {index: shown_box(opened, index) for index in range(30)} == before


def test_track_interpolated_when_one_gap_then_both_passes_are_fused(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, BOX)
    opened.set_box(10, BOX.shifted(2, 0))
    opened.seek(5)
    editing.track_interpolated()
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened)) == list(range(1, 10))
    assert opened.current_project.history is not None
    assert opened.current_project.history.undo_title == "Track between"


def test_track_interpolated_when_several_gaps_then_one_run_goes_through_the_boxes_which_stay(
    interpolated: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    for index in (6, 12):
        interpolated.set_box(index, BOX.shifted(index, 0))
    interpolated.seek(3)
    editing.track_interpolated()
    wait_for_state(RunState.FINISHED)
    assert keyframe_indices(interpolated) == (0, 6, 12)
    assert sorted(predictions(interpolated)) == [i for i in range(1, 12) if i != 6]
    assert not interpolated.selection.is_interpolated
    interpolated.undo()
    interpolated.undo()
    assert interpolated.selection.is_interpolated
    shown = interpolated.selection.shown(1, 3)
    assert shown is not None
    assert shown.kind is ShownKind.INTERPOLATED


def test_track_interpolated_when_nothing_is_interpolated_here_then_says_so(
    qtbot: QtBot, opened: Session, editing: Editing
) -> None:
    opened.set_box(0, BOX)
    opened.seek(5)
    with qtbot.waitSignal(opened.noted, check_params_cb=lambda note: "no interpolated boxes" in note):
        editing.track_interpolated()
