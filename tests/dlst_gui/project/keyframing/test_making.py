"""Tracked boxes as few manual ones: what is shown stays within the tolerance, and nothing comes from nowhere."""

from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.project.changes import inverses
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import add_track, mark_reviewed, record_predictions, set_keyframe, set_visibility
from dlst_gui.project.keyframing.making import make_keyframes, sparse_track, stretch_around
from dlst_gui.project.keyframing.thinning import (
    Measure,
    Tolerance,
    needed_points,
    pixels_off,
)
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import FrameState, Keyframe, Prediction, ShownKind, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core import Box, UpdateKind, iou_in_rows

FRAMES = 200
WITHIN_2_PX = Tolerance(Measure.PIXELS, 2.0)


def box_at(index: int) -> Box:
    """On a path with bends."""
    return Box(50 + 40 * np.sin(index / 15), 60 + index / 2, 30 + 5 * np.cos(index / 20), 24)


def tracked(*frames: int, project: Project | None = None) -> Project:
    """A track whose first box is on frame 0, tracked on these frames."""
    made = project or Project(VideoIdentity("clip.mp4", FRAMES, 640, 360, 1))
    if project is None:
        made.apply(*add_track(made, label="dog", color="#5cc8ff", keyframe=Keyframe(0, box_at(0))).changes)
    found = PredictionBlock.of(Prediction(i, box_at(i), 5.0, True, 1, UpdateKind.NONE) for i in frames)
    made.apply(*record_predictions(made, 1, found).changes)
    return made


def shown_boxes(project: Project) -> dict[int, Box]:
    shown = {index: project.shown(1, index) for index in range(FRAMES)}
    return {
        index: each.box
        for index, each in shown.items()
        if each is not None and each.visibility is not Visibility.OUTSIDE
    }


def converted(project: Project, tolerance: Tolerance = WITHIN_2_PX) -> Project:
    sparse = sparse_track(project, 1, 0, FRAMES - 1, tolerance)
    project.apply(*make_keyframes(project, sparse).changes)
    return project


@pytest.mark.parametrize(
    "tolerance", [WITHIN_2_PX, Tolerance(Measure.PIXELS, 0.5), Tolerance(Measure.IOU, 0.9)], ids=str
)
def test_make_keyframes_then_every_box_stays_within_the_tolerance_and_few_are_left(tolerance: Tolerance) -> None:
    project = tracked(*range(1, FRAMES))
    before = shown_boxes(project)
    sparse = sparse_track(project, 1, 0, FRAMES - 1, tolerance)
    project.apply(*make_keyframes(project, sparse).changes)
    after = shown_boxes(project)
    assert after.keys() == before.keys()
    olds, news = (np.array([tuple(boxes[i]) for i in sorted(before)]) for boxes in (before, after))
    assert tolerance.errors(news, olds).max() <= tolerance.largest_error + 1e-9
    assert sparse.largest_px == pytest.approx(pixels_off(news, olds).max())
    assert sparse.least_iou == pytest.approx(iou_in_rows(news, olds).min())
    assert pixels_off(news, olds)[sparse.farthest] == pytest.approx(sparse.largest_px)
    assert 2 <= sparse.made < 50
    assert not project.has_valid_predictions(1)


def test_make_keyframes_when_undone_then_the_tracked_boxes_are_as_before() -> None:
    project = tracked(*range(1, FRAMES))
    before = shown_boxes(project)
    edit = make_keyframes(project, sparse_track(project, 1, 0, FRAMES - 1, WITHIN_2_PX))
    project.apply(*edit.changes)
    project.apply(*inverses(edit.changes))
    assert shown_boxes(project) == before
    assert project.valid_predictions(1, 0) == ((1, FRAMES - 1),)
    assert [each.frame_index for each in project.keyframes(1)] == [0]


def test_make_keyframes_when_tighter_then_more_are_needed() -> None:
    counts = [
        sparse_track(tracked(*range(1, FRAMES)), 1, 0, FRAMES - 1, Tolerance(Measure.PIXELS, px)).made
        for px in (4.0, 1.0, 0.25)
    ]
    assert counts[0] < counts[1] < counts[2]


def test_make_keyframes_when_a_gap_showed_nothing_then_no_line_is_drawn_through_it() -> None:
    project = tracked(*range(1, 50), *range(100, 150))
    assert project.shown(1, 70) is None
    converted(project)
    assert {index for index in range(50, 100) if project.shown(1, index) is not None} <= {50}
    assert project.state_codes(1, 50, 99).tolist() == [FrameState.OUTSIDE] * 50
    assert all(project.shown(1, index) is not None for index in (*range(50), *range(100, 150)))
    assert project.shown(1, 160) is None


def test_make_keyframes_when_a_gap_was_interpolated_then_it_stays_so() -> None:
    project = tracked(*range(1, 50), *range(100, 150))
    project.apply(*set_keyframe(project, 1, Keyframe(199, box_at(199))).changes)
    project.apply(*record_predictions(project, 1, tracked(*range(1, 150)).predictions(1, 1, 149)).changes)
    converted(project)
    shown = project.shown(1, 170)
    assert shown is not None
    assert shown.kind is ShownKind.INTERPOLATED


def test_make_keyframes_when_found_where_it_was_said_to_be_outside_then_it_is_outside_again_after() -> None:
    project = tracked()
    project.apply(*set_visibility(project, 1, 20, Visibility.OUTSIDE).changes)
    tracked(*range(30, 40), project=project)
    converted(project)
    assert project.state_codes(1, 21, 29).tolist() == [FrameState.OUTSIDE] * 9
    assert project.state_codes(1, 40, 60).tolist() == [FrameState.OUTSIDE] * 21
    assert all(project.shown(1, index) is not None for index in range(30, 40))


def test_make_keyframes_when_marked_occluded_then_the_new_ones_say_so_too() -> None:
    project = tracked()
    project.apply(*set_keyframe(project, 1, Keyframe(0, box_at(0), Visibility.OCCLUDED)).changes)
    tracked(*range(1, 100), project=project)
    converted(project)
    assert set(project.state_codes(1, 0, 99).tolist()) == {FrameState.OCCLUDED}


def test_make_keyframes_when_frames_were_accepted_then_they_stay_so() -> None:
    project = tracked(*range(1, FRAMES))
    project.apply(*mark_reviewed(project, 1, first=20, last=90, mark=ReviewMark.ACCEPTED).changes)
    converted(project)
    assert project.review(1) == (ReviewSpan(20, 90, ReviewMark.ACCEPTED),)


def test_make_keyframes_when_of_one_stretch_then_the_others_stay_tracked() -> None:
    project = tracked(*range(1, FRAMES))
    project.apply(*set_keyframe(project, 1, Keyframe(100, box_at(100).shifted(0, 1))).changes)
    tracked(*range(101, FRAMES), project=project)
    assert stretch_around(project, 1, 40, FRAMES - 1) == (0, 100)
    sparse = sparse_track(project, 1, 0, 100, WITHIN_2_PX)
    project.apply(*make_keyframes(project, sparse).changes)
    assert project.valid_predictions(1, 0) == ((101, FRAMES - 1),)


def test_make_keyframes_when_the_manual_boxes_are_enough_then_none_is_made() -> None:
    project = tracked()
    project.apply(*set_keyframe(project, 1, Keyframe(3, box_at(3))).changes)
    tracked(1, 2, project=project)
    sparse = sparse_track(project, 1, 0, FRAMES - 1, Tolerance(Measure.PIXELS, 20.0))
    assert (sparse.made, sparse.outside) == (0, 0)
    project.apply(*make_keyframes(project, sparse).changes)
    assert [each.frame_index for each in project.keyframes(1)] == [0, 3]
    assert project.are_interpolated(1, 0, 3).tolist() == [False, True, True, False]


def test_sparse_track_when_nothing_is_tracked_then_says_so() -> None:
    with pytest.raises(EditError, match="No tracked boxes"):
        sparse_track(tracked(), 1, 0, FRAMES - 1, WITHIN_2_PX)


def test_needed_points_when_boxes_lie_on_a_line_then_the_ends_are_enough() -> None:
    times = np.array([0.0, 1, 5, 9, 10])
    boxes = np.stack([times * 2, times, np.full(5, 10.0), np.full(5, 8.0)], axis=1)
    none = np.zeros(5, bool)
    assert needed_points(times, boxes, none, Tolerance(Measure.PIXELS, 0.0)).tolist() == [1, 0, 0, 0, 1]
    assert needed_points(times, boxes, times == 5, WITHIN_2_PX).tolist() == [1, 0, 1, 0, 1]
    assert needed_points(times[:0], boxes[:0], none[:0], WITHIN_2_PX).tolist() == []


@pytest.mark.parametrize(("measure", "limit"), [(Measure.PIXELS, -1.0), (Measure.IOU, 1.1), (Measure.IOU, -0.1)])
def test_tolerance_when_it_is_none_then_is_refused(measure: Measure, limit: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        Tolerance(measure, limit)


def test_make_keyframes_when_random_then_what_was_shown_stays_and_what_was_not_does_not_come() -> None:
    random = np.random.default_rng(5)
    for _ in range(60):
        project = tracked()
        for _ in range(random.integers(1, 6)):
            at = int(random.integers(0, FRAMES))
            said = list(Visibility)[random.integers(3)]
            project.apply(*set_keyframe(project, 1, Keyframe(at, box_at(at), said)).changes)
            first = int(random.integers(0, FRAMES - 1))
            last = int(random.integers(first + 1, FRAMES))
            tracked(*range(first, last), project=project)
        before, codes = shown_boxes(project), project.state_codes(1, 0, FRAMES - 1)
        is_line = project.are_interpolated(1, 0, FRAMES - 1)
        try:
            converted(project)
        except EditError:
            continue
        after = shown_boxes(project)
        for index in range(FRAMES):
            if not is_line[index]:
                assert (index in before) == (index in after), (index, codes[index])
            if index in before and not is_line[index]:
                olds, news = (np.array([tuple(boxes[index])]) for boxes in (before, after))
                assert pixels_off(news, olds)[0] <= 2.0 + 1e-9
