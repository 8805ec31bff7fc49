"""An object tracked again beside its real boxes: from where, with what, and what taking it changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlst_gui.project.changes import inverses
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import (
    add_track,
    change_track,
    mark_reviewed,
    record_predictions,
    remove_keyframe,
    remove_track,
    set_keyframe,
    set_visibility,
)
from dlst_gui.project.history import EditHistory
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import FrameState, Keyframe, Prediction, ShownKind, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.run_plans import PlanError
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.tracking.what_if import Ghost, first_frame_kept, plan_what_if, shown_boxes, take_ghost, track_ghost
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, TrackResult, UpdateKind
from tracker_core.evidence import compare

VIDEO = SyntheticVideo()
LAST = VIDEO.frame_count - 1
SETTINGS = TrackerSettings()


class Desk:
    """A project in memory: one track with manual boxes on frames 2 and 12, tracked in between and after."""

    def __init__(self) -> None:
        store = ProjectStore.in_memory(VideoIdentity("clip.mp4", VIDEO.frame_count, 160, 120, 1))
        self.project: Project = store.read_project()
        self.history = EditHistory(self.project, store)
        self.history.do(add_track(self.project, label="dog", color="#5cc8ff", keyframe=Keyframe(2, VIDEO.box(2))))
        self.history.do(set_keyframe(self.project, 1, Keyframe(12, VIDEO.box(12))))
        found = [
            Prediction(i, VIDEO.box(i), 3.0, True, 1, UpdateKind.NONE)
            for i in range(3, VIDEO.frame_count)
            if i != 12
        ]
        self.history.do(record_predictions(self.project, 1, PredictionBlock.of(found)))

    def ghost(self, *, velocity: float = 0.0, begins_here: bool = False, frame_index: int = 5) -> Ghost:
        """Tracked to the end by a tracker that moves at another velocity than the object."""
        plan = plan_what_if(self.project, 1, frame_index, last_frame=LAST, begins_here=begins_here)
        ghost = Ghost(plan, SETTINGS)
        ended = track_ghost(
            ghost,
            VIDEO,
            lambda _: FakeTracker(velocity=(velocity, 0.0), lost_frames=frozenset({7})),
            on_frame=ghost.add,
            should_cancel=lambda: False,
        )
        assert len(ended.frames) == len(ghost)
        return ghost


def test_plan_when_one_is_after_a_manual_box_then_it_begins_there_with_all_manual_boxes() -> None:
    plan = plan_what_if(Desk().project, 1, 9, last_frame=LAST)
    assert (plan.request.start_frame, plan.request.last_frame) == (2, LAST)
    assert set(plan.request.keyframes) == {2, 12}
    assert not plan.is_start_tracked


def test_plan_when_it_begins_here_then_the_tracked_box_counts_as_given() -> None:
    plan = plan_what_if(Desk().project, 1, 9, last_frame=20, begins_here=True)
    assert (plan.request.start_frame, plan.request.last_frame) == (9, 20)
    assert plan.request.keyframes[9] == VIDEO.box(9)
    assert set(plan.request.keyframes) == {2, 9, 12}
    assert plan.is_start_tracked


def test_plan_when_the_frame_has_no_box_to_begin_with_then_it_says_what_to_do() -> None:
    with pytest.raises(PlanError, match="go to a frame that has one"):
        plan_what_if(Desk().project, 1, 0, last_frame=LAST, begins_here=True)


def test_plan_when_it_would_end_before_it_begins_then_it_says_so() -> None:
    with pytest.raises(PlanError, match="begin at frame 12: choose a later frame"):
        plan_what_if(Desk().project, 1, 15, last_frame=6)


def test_plan_when_the_object_is_locked_then_it_is_refused_as_a_real_run_is() -> None:
    desk = Desk()
    desk.history.do(change_track(desk.project, replace(desk.project.track(1), is_locked=True)))
    with pytest.raises(PlanError, match="unlock"):
        plan_what_if(desk.project, 1, 5, last_frame=LAST)


def test_ghost_when_tracked_as_the_real_run_then_nothing_tells_them_apart() -> None:
    desk = Desk()
    ghost = desk.ghost(velocity=VIDEO.speed)
    same = compare(shown_boxes(desk.project, 1, 0, LAST), ghost.boxes)
    assert same.frames.tolist() == list(range(2, VIDEO.frame_count))
    assert same.parting_frame is None
    assert (same.iou == 1).all()


def test_ghost_when_it_stands_still_then_they_part_and_meet_again_at_the_next_manual_box() -> None:
    desk = Desk()
    ghost = desk.ghost()
    apart = compare(shown_boxes(desk.project, 1, 0, LAST), ghost.boxes)
    assert apart.parting_frame == 7
    assert apart.iou[apart.frames == 12] == 1
    assert ghost.boxes.lost_count == 1
    assert ghost.is_complete


def test_ghost_when_asked_frame_by_frame_then_it_has_boxes_where_it_has_been() -> None:
    desk = Desk()
    ghost = Ghost(plan_what_if(desk.project, 1, 5, last_frame=LAST), SETTINGS)
    ghost.add(FrameTracked(0, 2, TrackResult(VIDEO.box(2), np.inf, True), True, 0.5, 1))
    ghost.add(FrameTracked(0, 3, TrackResult(VIDEO.box(3), -1.0, False), False, 0.1, 1))
    assert ghost.box(3) == VIDEO.box(3)
    assert (ghost.box(1), ghost.box(4), ghost.score(4)) == (None, None, None)
    assert (ghost.score(3), ghost.is_found(3), ghost.is_found(2)) == (-1.0, False, True)
    expected = [FrameState.NOTHING, FrameState.HUMAN, FrameState.LOST, FrameState.NOTHING]
    assert ghost.state_codes(1, 4).tolist() == expected
    assert ghost.state_codes(20, 22).tolist() == [FrameState.NOTHING] * 3
    assert np.isnan(ghost.shown_scores(1, 4)).tolist() == [True, True, False, True]
    with pytest.raises(ValueError, match="expected frame 4"):
        ghost.add(FrameTracked(0, 9, TrackResult(VIDEO.box(9), 1.0, True), False, 0.1, 1))


def test_track_when_cancelled_then_what_was_found_is_kept() -> None:
    ghost = Ghost(plan_what_if(Desk().project, 1, 5, last_frame=LAST), SETTINGS)
    track_ghost(ghost, VIDEO, lambda _: FakeTracker(), on_frame=ghost.add, should_cancel=lambda: len(ghost) >= 5)
    assert len(ghost) == 5
    assert not ghost.is_complete


def test_take_when_complete_then_tracked_boxes_are_replaced_and_manual_ones_stay() -> None:
    desk = Desk()
    before, steps = desk.project.predictions(1).to_bytes(), len(desk.history.steps())
    ghost = desk.ghost()
    desk.history.do_long(take_ghost(desk.project, ghost, 9))
    taken = desk.project.predictions(1).to_bytes()
    assert len(desk.history.steps()) == steps + 1
    shown = [desk.project.shown(1, i) for i in (2, 5, 12, 20)]
    assert [each.kind for each in shown if each] == [
        ShownKind.HUMAN,
        ShownKind.TRACKED,
        ShownKind.HUMAN,
        ShownKind.TRACKED,
    ]
    assert [each.box for each in shown if each] == [VIDEO.box(2), VIDEO.box(2), VIDEO.box(12), VIDEO.box(12)]
    found = desk.project.prediction(1, 5)
    assert found is not None
    assert (found.run_id, found.is_found, found.score) == (9, True, 8.0)
    desk.history.undo()
    assert desk.project.predictions(1).to_bytes() == before
    desk.history.redo()
    assert desk.project.predictions(1).to_bytes() == taken


def test_take_when_frames_were_reviewed_then_the_marks_go_with_the_boxes() -> None:
    desk = Desk()
    ghost = desk.ghost()
    desk.history.do(mark_reviewed(desk.project, 1, first=4, last=6, mark=ReviewMark.ACCEPTED))
    desk.history.do_long(take_ghost(desk.project, ghost, 9))
    assert desk.project.review(1) == ()


def test_take_when_it_began_with_a_tracked_box_then_that_one_stays_tracked() -> None:
    desk = Desk()
    ghost = desk.ghost(begins_here=True, frame_index=6)
    desk.history.do_long(take_ghost(desk.project, ghost, 9))
    first, next_one = desk.project.prediction(1, 6), desk.project.prediction(1, 7)
    assert first is not None
    assert next_one is not None
    assert (first.run_id, next_one.run_id) == (1, 9)


def test_take_when_a_manual_box_was_drawn_since_then_the_boxes_before_it_are_taken() -> None:
    desk = Desk()
    ghost = desk.ghost()
    desk.history.do(set_keyframe(desk.project, 1, Keyframe(8, Box(1, 2, 30, 40))))
    desk.history.do_long(take_ghost(desk.project, ghost, 9))
    runs = {i: found.run_id for i in range(3, 30) if (found := desk.project.prediction(1, i)) is not None}
    assert {i for i, run in runs.items() if run == 9} == set(range(3, 8))


@pytest.mark.parametrize("change", ["moved", "removed", "outside", "new outside"])
def test_first_frame_kept_when_what_a_person_said_has_changed_then_that_frame_is_told(change: str) -> None:
    desk = Desk()
    ghost = desk.ghost()
    assert first_frame_kept(desk.project, ghost) == LAST + 1
    edits = {
        "moved": lambda p: set_keyframe(p, 1, Keyframe(12, Box(1, 2, 30, 40))),
        "removed": lambda p: remove_keyframe(p, 1, 12),
        "outside": lambda p: set_visibility(p, 1, 12, Visibility.OUTSIDE),
        "new outside": lambda p: set_visibility(p, 1, 15, Visibility.OUTSIDE),
    }
    desk.history.do(edits[change](desk.project))
    assert first_frame_kept(desk.project, ghost) == (15 if change == "new outside" else 12)


def test_take_when_the_first_box_has_changed_then_it_asks_to_begin_again() -> None:
    desk = Desk()
    ghost = desk.ghost()
    desk.history.do(set_keyframe(desk.project, 1, Keyframe(2, Box(1, 2, 30, 40))))
    with pytest.raises(EditError, match="ask what if again"):
        take_ghost(desk.project, ghost, 9)


def test_take_when_the_object_is_gone_or_locked_then_it_is_refused() -> None:
    desk = Desk()
    ghost = desk.ghost()
    lock = change_track(desk.project, replace(desk.project.track(1), is_locked=True))
    desk.history.do(lock)
    with pytest.raises(EditError, match="locked"):
        take_ghost(desk.project, ghost, 9)
    desk.project.apply(*inverses(lock.changes))
    desk.history.do(remove_track(desk.project, 1))
    with pytest.raises(EditError, match="gone"):
        take_ghost(desk.project, ghost, 9)


def test_shown_boxes_when_some_frames_have_none_then_only_shown_ones_are_there() -> None:
    desk = Desk()
    shown = shown_boxes(desk.project, 1, 0, LAST, np.full(LAST + 1, 0.05, np.float32))
    assert shown.frames.tolist() == list(range(2, VIDEO.frame_count))
    assert np.isposinf(shown.scores[shown.frames == 12])
    assert shown.frames_per_second == pytest.approx(20)
    assert shown_boxes(desk.project, 1, 0, LAST).frames_per_second is None
