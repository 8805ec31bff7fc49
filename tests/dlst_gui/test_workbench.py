"""From first box to finished tracks: what a session does to the project, and what is left after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.tracks import BoxOrigin, ShownKind, Visibility
from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import Direction
from tests.dlst_gui.conftest import WaitForState
from tests.dlst_gui.reading import keyframe, keyframe_indices, prediction, predictions, shown_box
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box

FIRST_BOX = Box(20, 40, 24, 24)
OTHER_BOX = Box(100, 80, 20, 20)


@pytest.fixture
def editing(opened: Session) -> Editing:
    return Editing(opened)


def track_to_the_end(session: Session, wait: WaitForState) -> None:
    session.set_box(0, FIRST_BOX)
    session.tracking.track()
    wait(RunState.FINISHED)


def test_undo_when_a_run_was_the_latest_step_then_it_goes_as_one_and_redo_brings_it_back(
    opened: Session, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    assert opened.current_project.history is not None
    assert opened.current_project.history.undo_title == "Track"
    opened.undo()
    assert predictions(opened) == {}
    assert keyframe_indices(opened) == (0,)
    opened.redo()
    assert sorted(predictions(opened)) == list(range(1, 30))
    opened.undo()
    opened.undo()
    assert opened.project is not None
    assert opened.project.tracks() == ()


def test_undo_when_a_correction_came_between_then_run_correction_and_run_are_three_steps(
    qtbot: QtBot, opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    opened.set_box(2, OTHER_BOX)
    wait_for_state(RunState.FINISHED)
    assert opened.current_project.history is not None
    titles = opened.current_project.history.titles()
    assert len(titles) == 4
    assert titles[1] == titles[3] == "Track"
    opened.undo()
    opened.undo()
    assert keyframe_indices(opened) == (0,)
    assert sorted(predictions(opened)) == [1, 2]


def test_track_backward_when_asked_then_frames_before_the_box_are_tracked(
    opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.seek(20)
    opened.set_box(20, workshop.video.box(20))
    opened.tracking.track(Direction.BACKWARD)
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened)) == list(range(20))


def test_track_between_when_two_boxes_enclose_the_frame_then_both_passes_are_fused(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.set_box(10, FIRST_BOX.shifted(2, 0))
    opened.seek(5)
    opened.tracking.track_between()
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened)) == list(range(1, 10))
    middle = prediction(opened, 5)
    assert middle is not None
    assert 0 <= middle.disagreement <= 1


def test_track_all_when_there_are_two_tracks_then_one_run_tracks_both(
    opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.selection.begin_new_track()
    opened.set_box(0, OTHER_BOX)
    assert opened.project is not None
    assert [track.track_id for track in opened.project.tracks()] == [1, 2]
    opened.tracking.track(all_tracks=True)
    wait_for_state(RunState.FINISHED)
    assert sum(tracker.tracked > 0 for tracker in workshop.trackers) == 2, "one may be there that was made ahead"
    for track_id, box in ((1, FIRST_BOX), (2, OTHER_BOX)):
        opened.selection.select(track_id)
        assert shown_box(opened, 29) == box.shifted(58, 0)
    opened.undo()
    assert all(len(opened.project.predictions(track_id)) == 0 for track_id in (1, 2))


def test_track_when_the_paused_run_is_another_tracks_then_the_selected_track_is_tracked(
    opened: Session, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.selection.begin_new_track()
    opened.set_box(0, OTHER_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    assert opened.selection.is_paused
    opened.selection.select(1)
    assert not opened.selection.is_paused
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert opened.selected_track == 1
    assert opened.project is not None
    assert len(opened.project.predictions(1)) == 29
    assert len(opened.project.predictions(2)) == 1


def test_run_when_the_target_stays_lost_then_it_pauses_and_track_goes_on(
    opened: Session, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    workshop.lost_frames = frozenset(range(8, 30))
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.PAUSED)
    assert opened.run.latest_frame == 12  # the fifth lost frame
    opened.tracking.set_lost_rule(None)
    opened.run.stop()
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)


@pytest.mark.parametrize(("reaction_s", "state"), [(1e6, RunState.PAUSED), (0.0, RunState.FINISHED)])
def test_toggle_tracking_when_a_run_has_just_paused_by_itself_then_the_pause_is_what_was_meant(
    opened: Session,
    workshop: Workshop,
    wait_for_state: WaitForState,
    monkeypatch: pytest.MonkeyPatch,
    reaction_s: float,
    state: RunState,
) -> None:
    monkeypatch.setattr("dlst_gui.session.tracking_commands.REACTION_S", reaction_s)
    workshop.lost_frames = frozenset(range(8, 13))
    opened.set_box(0, FIRST_BOX)
    opened.tracking.track()
    wait_for_state(RunState.PAUSED)
    opened.tracking.toggle()
    wait_for_state(state)
    assert opened.run.latest_frame == (12 if state is RunState.PAUSED else 29)


def test_outside_when_said_then_later_boxes_go_and_tracking_ends_there(
    qtbot: QtBot, opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    opened.seek(12)
    editing.toggle_visibility(Visibility.OUTSIDE)
    here = opened.selection.shown_here
    assert here is not None
    assert here.visibility is Visibility.OUTSIDE
    assert shown_box(opened, 13) is None
    opened.seek(0)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert sorted(predictions(opened)) == [*range(1, 12), 12]  # what was said about the last one stays on record
    opened.seek(12)
    editing.toggle_visibility(Visibility.OUTSIDE)
    here = opened.selection.shown_here
    assert here is not None
    assert here.visibility is Visibility.VISIBLE


def test_occluded_when_said_and_taken_back_on_a_later_frame_then_holds_between_and_no_box_is_lost(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    for frame_index in (10, 15):
        opened.seek(frame_index)
        editing.toggle_visibility(Visibility.OCCLUDED)
    assert keyframe_indices(opened) == (0, 10, 15)
    shown = [opened.selection.shown(1, index) for index in range(30)]
    assert [index for index, each in enumerate(shown) if each and each.visibility is Visibility.OCCLUDED] == [
        *range(10, 15)
    ]
    assert None not in shown


def test_pick_when_a_candidate_is_taken_then_it_is_learned_like_a_drawn_box(
    qtbot: QtBot, opened: Session, editing: Editing, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.run.set_diagnostics_wanted(True)
    opened.set_box(0, FIRST_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    picks = editing.picks
    assert picks
    editing.pick(len(picks))
    wait_for_state(RunState.FINISHED)
    taken = keyframe(opened, 1)
    assert taken is not None
    assert (taken.box, taken.origin) == (picks[-1], BoxOrigin.PICKED)
    assert ("correct", picks[-1]) in workshop.trackers[0].calls


def test_picks_when_the_run_is_undone_or_a_box_is_drawn_then_none_is_offered(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    opened.run.set_diagnostics_wanted(True)
    opened.tracking.set_continues_after_correction(False)
    opened.set_box(0, FIRST_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    opened.set_box(1, OTHER_BOX)
    wait_for_state(RunState.PAUSED)
    assert editing.picks == ()
    opened.undo()
    assert editing.picks
    opened.undo()
    assert editing.picks == ()


def test_undo_when_it_was_a_run_of_another_track_then_that_track_is_named_and_selected(
    qtbot: QtBot, opened: Session, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    opened.selection.begin_new_track()
    opened.set_box(0, OTHER_BOX)
    opened.undo()
    opened.selection.select(None)
    with qtbot.waitSignal(opened.noted) as noted:
        opened.undo()
    assert noted.args == ["Undone: Track (object 1, frame 1)"]
    assert opened.selected_track == 1


def test_split_then_the_later_part_is_selected_and_looks_different(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    opened.seek(10)
    editing.split()
    assert opened.selected_track == 2
    assert opened.project is not None
    assert opened.project.track(1).color != opened.project.track(2).color
    assert opened.selection.shown_here is not None


def test_merge_then_says_what_became_of_the_other_track(qtbot: QtBot, opened: Session) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.selection.begin_new_track()
    opened.set_box(0, OTHER_BOX)
    with qtbot.waitSignal(opened.noted) as noted:
        Identities(opened).merge(2, 1)
    assert noted.args == ["Merged object 1 into object 2. Where both had a box, the one of object 2 was kept."]


def test_correction_when_removed_then_the_next_run_is_as_if_it_had_never_been_made(
    opened: Session, editing: Editing, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    untouched = {index: each.box for index, each in predictions(opened).items()}
    opened.tracking.set_continues_after_correction(False)
    opened.set_box(15, OTHER_BOX)
    editing.remove_box(15)
    opened.seek(0)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert {index: each.box for index, each in predictions(opened).items()} == untouched


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        (DeleteScope.HERE, [i for i in range(1, 30) if i != 10]),
        (DeleteScope.FROM_HERE, list(range(1, 10))),
        (DeleteScope.WHOLE_TRACK, []),
    ],
    ids=["here", "from-here", "track"],
)
def test_delete_then_takes_as_much_as_was_said_and_undo_brings_it_back(
    opened: Session, editing: Editing, wait_for_state: WaitForState, scope: DeleteScope, left: list[int]
) -> None:
    track_to_the_end(opened, wait_for_state)
    opened.seek(10)
    editing.delete(scope)
    assert sorted(predictions(opened)) == left
    opened.undo()
    assert sorted(predictions(opened)) == list(range(1, 30))


def test_edit_when_the_track_is_locked_then_nothing_changes_and_it_says_so(
    qtbot: QtBot, opened: Session, editing: Editing
) -> None:
    opened.set_box(0, FIRST_BOX)
    editing.toggle_locked(1)
    with qtbot.waitSignal(opened.noted) as noted:
        editing.delete(DeleteScope.WHOLE_TRACK)
    assert noted.args is not None
    assert "locked" in noted.args[0]
    opened.set_box(0, OTHER_BOX)
    assert shown_box(opened, 0) == FIRST_BOX


def test_attributes_when_given_then_hold_for_the_track_or_the_frame_and_undo_takes_them_back(
    qtbot: QtBot, opened: Session, editing: Editing
) -> None:
    opened.set_box(0, FIRST_BOX)
    editing.set_attributes({"breed": "beagle"})
    editing.set_frame_attributes({"pose": "sits"})
    assert editing.attributes == ({"breed": "beagle"}, {"pose": "sits"})
    opened.seek(3)
    with qtbot.waitSignal(opened.noted):
        editing.set_frame_attributes({"pose": "runs"})
    assert editing.attributes == ({"breed": "beagle"}, {})
    opened.undo()
    assert editing.attributes == ({"breed": "beagle"}, {})
    editing.set_color("#102030")
    assert opened.project is not None
    assert opened.project.track(1).color == "#102030"


def test_set_box_when_the_box_was_given_before_then_what_was_said_about_the_frame_stays(
    opened: Session, editing: Editing
) -> None:
    opened.set_box(0, FIRST_BOX)
    editing.set_frame_attributes({"pose": "sits"})
    opened.set_box(0, OTHER_BOX)
    moved = keyframe(opened, 0)
    assert moved is not None
    assert (moved.box, moved.attributes) == (OTHER_BOX, {"pose": "sits"})


def test_spawn_when_tracks_begin_on_other_frames_then_each_is_found_and_selected(
    opened: Session, editing: Editing
) -> None:
    opened.set_box(5, FIRST_BOX)
    opened.selection.begin_new_track()
    opened.set_box(12, OTHER_BOX)
    opened.seek(0)
    found = []
    for forward in (True, True, False):
        editing.seek_spawn(forward=forward)
        found.append((opened.playhead.frame_index, opened.selected_track))
    assert found == [(5, 1), (12, 2), (5, 1)]


def test_labels_when_one_is_given_then_it_gets_a_key_and_can_be_given_to_another_track(
    opened: Session, editing: Editing
) -> None:
    opened.set_box(0, FIRST_BOX)
    editing.set_label("dog")
    opened.selection.begin_new_track()
    opened.set_box(0, OTHER_BOX)
    editing.set_label("cat")
    Labelling(opened, editing).give_label_number(1)
    assert opened.project is not None
    assert [track.label for track in opened.project.tracks()] == ["dog", "dog"]
    opened.undo()
    assert opened.project.track(2).label == "cat"


Opens = Callable[[], Session]


@pytest.fixture
def open_saved(qtbot: QtBot, workshop: Workshop, tmp_path: Path) -> Iterator[Opens]:
    """Opens the same video again and again, as after a restart."""
    sessions: list[Session] = []

    def open_it() -> Session:
        made = Session(
            workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path / "data")
        )
        sessions.append(made)
        with qtbot.waitSignals([made.project_opened, made.playhead.frame_decoded]):
            made.open(tmp_path / "clip.mp4")
        return made

    yield open_it
    for made in sessions:
        made.close()


def test_restart_when_work_was_done_then_boxes_and_undo_are_as_before(qtbot: QtBot, open_saved: Opens) -> None:
    first = open_saved()
    first.set_box(0, FIRST_BOX)
    first.tracking.track()
    qtbot.waitUntil(lambda: first.state is RunState.FINISHED)
    first.tracking.set_continues_after_correction(False)
    first.set_box(20, OTHER_BOX)
    first.close()
    second = open_saved()
    assert keyframe_indices(second) == (0, 20)
    assert sorted(predictions(second)) == list(range(1, 21))
    second.undo()
    assert sorted(predictions(second)) == list(range(1, 30))
    second.undo()
    assert predictions(second) == {}


def test_restart_then_frame_and_object_are_those_one_was_at(qtbot: QtBot, open_saved: Opens) -> None:
    session = open_saved()
    session.set_box(0, FIRST_BOX)
    session.selection.begin_new_track()
    session.set_box(3, OTHER_BOX)
    session.selection.select(1)
    session.seek(17)
    session.close()
    again = open_saved()
    qtbot.waitUntil(lambda: again.playhead.decoded is not None and again.playhead.decoded.frame_index == 17)
    assert (again.playhead.frame_index, again.selected_track) == (17, 1)


def test_open_when_another_video_follows_then_the_first_one_is_found_where_it_was_left(
    qtbot: QtBot, open_saved: Opens, tmp_path: Path
) -> None:
    session = open_saved()
    session.set_box(0, FIRST_BOX)
    session.seek(9)
    first = session.playhead.source
    assert first is not None
    (tmp_path / "other").mkdir()
    with qtbot.waitSignal(session.project_opened):
        session.open(tmp_path / "other" / "clip.mp4")
    session.seek(4)
    with qtbot.waitSignal(session.project_opened):
        session.open(first.path)
    assert session.playhead.frame_index == 9


def test_restart_when_the_window_was_closed_while_tracking_then_what_was_tracked_is_kept(
    qtbot: QtBot, open_saved: Opens, workshop: Workshop
) -> None:
    workshop.frame_delay_s = 0.02
    first = open_saved()
    first.set_box(0, FIRST_BOX)
    first.tracking.track()
    qtbot.waitUntil(lambda: (first.run.latest_frame or 0) >= 7)
    reached = first.run.latest_frame
    first.close()
    second = open_saved()
    assert reached is not None
    assert sorted(predictions(second)) == list(range(1, reached + 1))


def test_restart_when_tracked_on_then_all_manual_boxes_are_learned(
    qtbot: QtBot, open_saved: Opens, workshop: Workshop
) -> None:
    first = open_saved()
    first.set_box(0, FIRST_BOX)
    first.set_box(25, OTHER_BOX)
    first.close()
    second = open_saved()
    second.tracking.track()
    qtbot.waitUntil(lambda: second.state is RunState.FINISHED)
    assert workshop.trackers[-1].calls[:2] == [("example", OTHER_BOX), ("initialize", FIRST_BOX)]


def test_second_window_when_the_project_is_in_use_then_it_can_be_looked_at_but_not_changed(
    qtbot: QtBot, open_saved: Opens
) -> None:
    first = open_saved()
    first.set_box(0, FIRST_BOX)
    second = open_saved()
    assert "Another window" in second.current_project.notice
    assert shown_box(second, 0) == FIRST_BOX
    second.set_box(0, OTHER_BOX)
    second.undo()
    assert shown_box(second, 0) == FIRST_BOX
    assert not second.tracking.can_track


def test_other_video_when_it_took_the_place_of_the_known_one_then_it_asks_and_shifts_nothing(
    qtbot: QtBot, open_saved: Opens, workshop: Workshop
) -> None:
    first = open_saved()
    first.set_box(3, FIRST_BOX)
    first.close()
    workshop.video.frame_count = 29
    asked: list[UndecidedProjectError] = []
    second = Session(
        workshop.open_source,
        workshop.make_tracker,
        TrackerSettings(),
        ProjectOpener(first.current_project.opener.data_folder),
    )
    second.asked.connect(asked.append)
    source = workshop.sources[0].path
    with qtbot.waitSignal(second.asked):
        second.open(source)
    assert second.project is None
    assert "30 frames and has 29" in asked[0].message
    second.decide(asked[0], Choice.START_NEW)
    assert second.project is not None
    assert second.project.tracks() == ()
    second.close()


def test_open_when_it_is_a_project_then_its_video_is_opened_with_it(
    qtbot: QtBot, open_saved: Opens, workshop: Workshop, tmp_path: Path
) -> None:
    first = open_saved()
    first.set_box(3, FIRST_BOX)
    first.close()
    (tmp_path / "clip.mp4").touch()
    other = ProjectOpener(tmp_path / "elsewhere")
    second = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), other)
    with qtbot.waitSignal(second.project_opened):
        second.open(tmp_path / "clip.mp4.dlst")
    assert shown_box(second, 3) == FIRST_BOX
    second.close()


def test_open_when_the_projects_video_is_gone_then_it_asks_where_it_is_now(
    qtbot: QtBot, open_saved: Opens, workshop: Workshop, tmp_path: Path
) -> None:
    first = open_saved()
    first.set_box(3, FIRST_BOX)
    first.close()
    second = Session(workshop.open_source, workshop.make_tracker, TrackerSettings(), ProjectOpener(tmp_path))
    project = tmp_path / "clip.mp4.dlst"
    with qtbot.waitSignal(second.video_missing) as missing:
        second.open(project)
    assert missing.args == [project]
    with qtbot.waitSignal(second.project_opened):
        second.open_with(project, tmp_path / "moved.mp4")
    assert shown_box(second, 3) == FIRST_BOX
    assert second.current_project.path == project
    second.close()


def test_interpolation_when_nothing_was_tracked_between_two_boxes_then_it_is_shown(opened: Session) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.set_box(10, FIRST_BOX.shifted(20, 0))
    opened.seek(5)
    here = opened.selection.shown_here
    assert here is not None
    assert (here.kind, here.box) == (ShownKind.INTERPOLATED, FIRST_BOX.shifted(10, 0))


def test_propagate_when_a_run_rests_then_the_next_one_learns_the_new_boxes(
    opened: Session, editing: Editing, workshop: Workshop, wait_for_state: WaitForState
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.tracking.step()
    wait_for_state(RunState.PAUSED)
    editing.propagate(3)
    opened.seek(0)
    opened.tracking.track()
    wait_for_state(RunState.FINISHED)
    assert [call for call, _ in workshop.trackers[-1].calls].count("correct") == 3


@pytest.mark.parametrize(
    ("seek", "words"),
    [
        (Editing.seek_keyframe, "no keyframe"),
        (Editing.seek_gap, "no gap"),
        (Editing.seek_low_score, "no low score"),
    ],
    ids=["keyframe", "gap", "low-score"],
)
@pytest.mark.parametrize("forward", [True, False])
def test_jump_when_there_is_nothing_further_then_says_so(
    qtbot: QtBot, opened: Session, editing: Editing, seek: Callable[..., None], words: str, forward: bool
) -> None:
    opened.set_box(0, FIRST_BOX)
    opened.set_box(29, FIRST_BOX)
    opened.seek(29 if forward else 0)
    with qtbot.waitSignal(opened.noted) as noted:
        seek(editing, forward=forward)
    assert noted.args == [f"There is {words} {'after' if forward else 'before'} this frame."]


def test_wrong_share_when_two_passes_were_fused_or_the_run_is_unknown_then_is_not_known(
    opened: Session, wait_for_state: WaitForState
) -> None:
    track_to_the_end(opened, wait_for_state)
    found = predictions(opened)[5]
    assert opened.current_project.wrong_share(found) is not None
    assert opened.current_project.wrong_share(replace(found, disagreement=0.2)) is None
    assert opened.current_project.wrong_share(replace(found, run_id=99)) is None
