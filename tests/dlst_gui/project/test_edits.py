from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dlst_gui.project import edits, identity_edits
from dlst_gui.project.changes import Edit, inverses
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.labels import Label
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import BoxOrigin, FrameState, Keyframe, ShownKind, Visibility
from tests.dlst_gui.project.random_edits import VIDEO, block, box_at, contents, keyframe, prediction
from tracker_core import Box

OUTSIDE, OCCLUDED = Visibility.OUTSIDE, Visibility.OCCLUDED
HUMAN, TRACKED, SUPERSEDED = FrameState.HUMAN, FrameState.TRACKED, FrameState.SUPERSEDED


def make(project: Project, edit: Edit) -> None:
    project.apply(*edit.changes)


@pytest.fixture
def project() -> Project:
    """Track 1: human on 0 and 20, predicted on all up to 29. Track 2: human on 5 and 40, predicted 6 to 35."""
    made = Project(VIDEO)
    for first, second, predictions in ((0, 20, block(0, 29)), (5, 40, block(6, 35, run_id=2))):
        make(made, edits.add_track(made, label="dog", color="#00ff00", keyframe=keyframe(first)))
        track_id = made.tracks()[-1].track_id
        make(made, edits.set_keyframe(made, track_id, keyframe(second)))
        make(made, edits.record_predictions(made, track_id, predictions))
    make(made, edits.set_label(made, Label("dog", "#00ff00", "1")))
    make(made, edits.mark_reviewed(made, 1, first=3, last=25, mark=ReviewMark.ACCEPTED))
    return made


def predicted(project: Project, track_id: int = 1) -> list[int]:
    return project.predictions(track_id).frame_indices.tolist()


def valid(project: Project, track_id: int = 1) -> tuple[tuple[int, int], ...]:
    return project.valid_predictions(track_id, 0)


MOVED = Keyframe(10, Box(1, 2, 3, 4))
INTENTIONS: dict[str, Callable[[Project], Edit]] = {
    "add_track": lambda p: edits.add_track(p, label="cat", color="#112233", keyframe=keyframe(3)),
    "change_track": lambda p: edits.change_track(p, replace(p.track(1), label="cat")),
    "remove_track": lambda p: edits.remove_track(p, 1),
    "set_keyframe": lambda p: edits.set_keyframe(p, 1, MOVED),
    "replace keyframe": lambda p: edits.set_keyframe(p, 1, keyframe(20, OUTSIDE)),
    "remove_keyframe": lambda p: edits.remove_keyframe(p, 1, 20),
    "set_visibility": lambda p: edits.set_visibility(p, 1, 12, OUTSIDE),
    "clear_here": lambda p: edits.clear_here(p, 1, 20),
    "end_track_here": lambda p: edits.end_track_here(p, 1, 15),
    "propagate": lambda p: edits.propagate(p, 1, from_frame=15, to_frame=24),
    "record_predictions": lambda p: edits.record_predictions(p, 1, block(10, 50, run_id=9)),
    "mark_reviewed": lambda p: edits.mark_reviewed(p, 1, first=10, last=30, mark=ReviewMark.BAD),
    "set_label": lambda p: edits.set_label(p, Label("cat", "#0000ff", "1")),
    "remove_label": lambda p: edits.remove_label(p, "dog"),
    "set_video": lambda p: edits.set_video(p, replace(VIDEO, path="/elsewhere.mp4")),
    "merge": lambda p: identity_edits.merge(p, 1, 2),
    "split": lambda p: identity_edits.split(p, 1, 12),
    "swap_from": lambda p: identity_edits.swap_from(p, 1, 2, 12),
    "duplicate_track": lambda p: identity_edits.duplicate_track(p, 1),
}


@pytest.mark.parametrize("intend", INTENTIONS.values(), ids=INTENTIONS.keys())
def test_edit_when_taken_back_then_everything_is_as_before(
    project: Project, intend: Callable[[Project], Edit]
) -> None:
    before = contents(project)
    edit = intend(project)
    assert contents(project) == before, "an intention alone changes nothing"
    make(project, edit)
    after = contents(project)
    assert after != before
    project.apply(*inverses(edit.changes))
    assert contents(project) == before
    make(project, edit)
    assert contents(project) == after


ENDING = {
    *("add_track", "remove_track", "remove_keyframe", "set_visibility", "clear_here", "end_track_here"),
    *("propagate", "merge", "split", "swap_from"),
}


@pytest.mark.parametrize("name", INTENTIONS)
def test_edit_when_a_run_at_rest_would_go_on_from_what_is_no_longer_so_then_says_that_it_ends_it(
    project: Project, name: str
) -> None:
    assert INTENTIONS[name](project).ends_run is (name in ENDING)


def test_set_keyframe_when_between_two_then_predictions_up_to_the_next_are_superseded(project: Project) -> None:
    make(project, edits.set_keyframe(project, 1, MOVED))
    assert valid(project) == ((1, 10), (21, 29))
    assert predicted(project) == [*range(1, 20), *range(21, 30)], "none is lost"
    assert project.review(1) == (ReviewSpan(3, 9, ReviewMark.ACCEPTED), ReviewSpan(20, 25, ReviewMark.ACCEPTED))


def test_set_keyframe_when_only_attributes_differ_then_no_prediction_is_superseded(project: Project) -> None:
    make(project, edits.set_keyframe(project, 1, replace(keyframe(0), attributes={"pose": "left"})))
    make(project, edits.set_visibility(project, 1, 0, OCCLUDED))
    assert valid(project) == ((1, 19), (21, 29))


@pytest.mark.parametrize(("origin", "title"), [(BoxOrigin.DRAWN, "Set box"), (BoxOrigin.PICKED, "Pick candidate")])
def test_set_keyframe_when_titled_then_says_how_the_box_came(
    project: Project, origin: BoxOrigin, title: str
) -> None:
    edit = edits.set_keyframe(project, 1, replace(MOVED, origin=origin))
    assert (edit.title, edit.frame_index, edit.track_id) == (title, 10, 1)


def test_remove_keyframe_when_predictions_followed_from_it_then_they_are_superseded(project: Project) -> None:
    make(project, edits.set_keyframe(project, 1, keyframe(10)))
    make(project, edits.record_predictions(project, 1, block(11, 19, run_id=2)))
    make(project, edits.remove_keyframe(project, 1, 10))
    assert valid(project) == ((1, 9), (21, 29))


def test_remove_keyframe_when_there_is_none_then_says_so(project: Project) -> None:
    with pytest.raises(EditError, match="no manual box on frame 7"):
        edits.remove_keyframe(project, 1, 7)


def test_set_visibility_when_the_box_is_tracked_then_a_person_has_confirmed_it(project: Project) -> None:
    make(project, edits.set_visibility(project, 1, 12, OCCLUDED))
    assert project.keyframe(1, 12) == Keyframe(12, box_at(12, 50), OCCLUDED, BoxOrigin.ACCEPTED)


def test_set_visibility_when_nothing_is_shown_then_the_box_is_where_the_object_was_last(project: Project) -> None:
    make(project, edits.set_visibility(project, 1, 50, OUTSIDE))
    assert project.keyframe(1, 50) == Keyframe(50, box_at(29, 50), OUTSIDE, BoxOrigin.ACCEPTED)


def test_set_visibility_when_no_box_is_known_then_says_so(project: Project) -> None:
    with pytest.raises(EditError, match="draw one first"):
        edits.set_visibility(project, 2, 4, OUTSIDE)


def test_clear_here_when_made_then_other_frames_stay(project: Project) -> None:
    make(project, edits.clear_here(project, 1, 20))
    make(project, edits.clear_here(project, 1, 21))
    assert project.shown(1, 20) is None
    assert predicted(project) == [*range(1, 20), *range(22, 30)]
    assert [each.frame_index for each in project.keyframes(1)] == [0]


def test_end_track_here_when_made_then_nothing_is_left_from_there_on(project: Project) -> None:
    make(project, edits.end_track_here(project, 1, 15))
    assert predicted(project) == list(range(1, 15))
    assert not project.state_codes(1, 15, 60).any()
    assert project.review(1) == (ReviewSpan(3, 14, ReviewMark.ACCEPTED),)


@pytest.mark.parametrize(("to_frame", "copied"), [(23, [16, 17, 18, 19, 21, 22, 23]), (12, [12, 13, 14])])
def test_propagate_when_made_then_copies_and_leaves_manual_boxes(
    project: Project, to_frame: int, copied: list[int]
) -> None:
    make(project, edits.propagate(project, 1, from_frame=15, to_frame=to_frame))
    added = [each for each in project.keyframes(1) if each.origin is BoxOrigin.COPIED]
    assert [each.frame_index for each in added] == copied
    assert {each.box for each in added} == {box_at(15, 50)}
    assert project.keyframe(1, 20) == keyframe(20)


def test_propagate_when_forward_then_predictions_after_the_last_copy_are_superseded(project: Project) -> None:
    make(project, edits.propagate(project, 1, from_frame=21, to_frame=24))
    assert project.state_codes(1, 21, 30).tolist() == [TRACKED, *[HUMAN] * 3, *[SUPERSEDED] * 5, 0]


def test_propagate_when_nothing_is_shown_then_says_so(project: Project) -> None:
    with pytest.raises(EditError, match="shows no box on frame 70"):
        edits.propagate(project, 1, from_frame=70, to_frame=80)


def test_record_predictions_when_manual_boxes_are_there_then_leaves_their_frames(project: Project) -> None:
    make(project, edits.set_keyframe(project, 1, MOVED))
    edit = edits.record_predictions(project, 1, block(10, 22, run_id=7))
    make(project, edit)
    runs = {index: project.prediction(1, index).run_id for index in (9, 10, 11, 19, 21, 22, 23)}
    assert runs == {9: 1, 10: 1, 11: 7, 19: 7, 21: 7, 22: 7, 23: 1}
    assert project.prediction(1, 20) is None
    assert valid(project) == ((1, 19), (21, 29)), "what was superseded counts again"
    assert project.keyframe(1, 10) == MOVED


def test_record_predictions_when_frames_were_reviewed_then_they_are_no_longer(project: Project) -> None:
    make(project, edits.record_predictions(project, 1, block(10, 12, run_id=7)))
    assert project.review(1) == (ReviewSpan(3, 9, ReviewMark.ACCEPTED), ReviewSpan(13, 25, ReviewMark.ACCEPTED))


def test_record_predictions_when_all_frames_are_human_then_changes_nothing(project: Project) -> None:
    assert edits.record_predictions(project, 1, block(20, 20)).changes == ()
    assert edits.record_predictions(project, 1, PredictionBlock.empty()).changes == ()


def test_set_keyframe_when_lines_are_moved_by_it_then_their_marks_go_and_those_of_tracked_boxes_stay(
    project: Project,
) -> None:
    make(project, edits.set_keyframe(project, 1, keyframe(50)))
    make(project, edits.mark_reviewed(project, 1, first=21, last=49, mark=ReviewMark.ACCEPTED))
    make(project, edits.set_keyframe(project, 1, replace(keyframe(40), box=MOVED.box)))
    assert project.review(1)[-1] == ReviewSpan(21, 29, ReviewMark.ACCEPTED), "30 to 39 were on a line to 50"
    make(project, edits.mark_reviewed(project, 1, first=30, last=49, mark=ReviewMark.ACCEPTED))
    make(project, edits.remove_keyframe(project, 1, 40))
    assert project.review(1)[-1].last == 29


def test_mark_all_reviewed_when_several_tracks_are_judged_then_one_undo_takes_all_of_it_back(
    project: Project,
) -> None:
    make(project, edits.add_track(project, label="cat", color="#ff8800", keyframe=keyframe(0)))
    before = [project.review(track) for track in (1, 2)]
    edit = edits.mark_all_reviewed(project, {1: ((5, 6), (28, 29)), 2: ((0, 0),)}, ReviewMark.BAD)
    make(project, edit)
    assert edit.title == "Mark 3 spans as bad"
    assert [span for span in project.review(1) if span.mark is ReviewMark.BAD] == [
        ReviewSpan(5, 6, ReviewMark.BAD),
        ReviewSpan(28, 29, ReviewMark.BAD),
    ]
    project.apply(*inverses(edit.changes))
    assert [project.review(track) for track in (1, 2)] == before


def test_mark_reviewed_when_overlapping_then_the_latest_counts(project: Project) -> None:
    make(project, edits.mark_reviewed(project, 1, first=10, last=12, mark=ReviewMark.BAD))
    make(project, edits.mark_reviewed(project, 1, first=20, last=40, mark=None))
    assert project.review(1) == (
        ReviewSpan(3, 9, ReviewMark.ACCEPTED),
        ReviewSpan(10, 12, ReviewMark.BAD),
        ReviewSpan(13, 19, ReviewMark.ACCEPTED),
    )


def test_set_label_when_the_hotkey_is_taken_then_the_latest_has_it(project: Project) -> None:
    make(project, edits.set_label(project, Label("cat", "#0000ff", "1")))
    assert project.labels() == (Label("cat", "#0000ff", "1"), Label("dog", "#00ff00", ""))


def test_remove_label_when_a_track_has_it_then_the_track_keeps_the_name(project: Project) -> None:
    make(project, edits.remove_label(project, "dog"))
    assert project.labels() == ()
    assert project.track(1).label == "dog"


@pytest.mark.parametrize(
    ("changed", "title"),
    [({"label": "cat"}, "Rename object"), ({"is_hidden": True}, "Hide object"), ({}, "Change object")],
)
def test_change_track_when_titled_then_says_what_differs(
    project: Project, changed: dict[str, str], title: str
) -> None:
    edit = edits.change_track(project, replace(project.track(1), **changed))
    assert edit.title == title
    assert bool(edit.changes) == bool(changed)


def shown_boxes(project: Project, track_id: int, first: int, last: int) -> list[tuple[Box, Visibility] | None]:
    shown = [project.shown(track_id, index) for index in range(first, last + 1)]
    return [None if each is None else (rounded(each.box), each.visibility) for each in shown]


def rounded(box: Box) -> Box:
    """Interpolating in two parts differs in the last bits."""
    return Box(*(round(value, 9) for value in box.xywh.tolist()))


@pytest.fixture
def gapped() -> Project:
    """Two tracks with interpolated stretches and gaps; track 1 is occluded from 10 on, track 2 ends outside."""
    made = Project(VIDEO)
    plans = (
        ([keyframe(0), keyframe(10, OCCLUDED), keyframe(50), keyframe(60)], block(15, 24).joined(block(30, 35))),
        ([keyframe(5), keyframe(33), keyframe(55, OUTSIDE)], block(12, 20).joined(block(40, 44))),
    )
    for keyframes, predictions in plans:
        make(made, edits.add_track(made, label="dog", color="#00ff00"))
        track_id = made.tracks()[-1].track_id
        for each in keyframes:
            make(made, edits.set_keyframe(made, track_id, each))
        make(made, edits.record_predictions(made, track_id, predictions))
    return made


@pytest.mark.parametrize("cut", [1, 10, 11, 14, 15, 18, 26, 30, 33, 36, 41, 50, 51])
def test_split_when_made_then_every_shown_box_stays(gapped: Project, cut: int) -> None:
    before = shown_boxes(gapped, 1, 0, 70)
    make(gapped, identity_edits.split(gapped, 1, cut))
    assert shown_boxes(gapped, 1, 0, cut - 1) == before[:cut]
    assert shown_boxes(gapped, 3, cut, 70) == before[cut:]
    assert shown_boxes(gapped, 1, cut, 70) == [None] * (71 - cut)
    assert shown_boxes(gapped, 3, 0, cut - 1) == [None] * cut


@pytest.mark.parametrize("cut", [11, 14, 15, 18, 26, 30, 33, 36, 41])
@pytest.mark.parametrize("pair", [(1, 2), (2, 1)])
def test_swap_from_when_made_then_every_shown_box_goes_over(
    gapped: Project, cut: int, pair: tuple[int, int]
) -> None:
    one, other = shown_boxes(gapped, 1, 0, 70), shown_boxes(gapped, 2, 0, 70)
    make(gapped, identity_edits.swap_from(gapped, *pair, cut))
    assert shown_boxes(gapped, 1, 0, 70) == one[:cut] + other[cut:]
    assert shown_boxes(gapped, 2, 0, 70) == other[:cut] + one[cut:]


def test_split_when_one_side_is_empty_then_says_so(gapped: Project) -> None:
    for cut in (0, 61):
        with pytest.raises(EditError, match="one side"):
            identity_edits.split(gapped, 1, cut)


def test_merge_when_both_have_boxes_then_human_beats_predicted_and_the_first_beats_the_second() -> None:
    made = Project(VIDEO)
    for keyframes, predictions in (([2, 8], block(1, 4)), ([3, 8], block(2, 7, run_id=2))):
        make(made, edits.add_track(made, label="dog", color="#00ff00"))
        track_id = made.tracks()[-1].track_id
        for index in keyframes:
            human = Keyframe(index, Box(track_id, 0, 5, 5))
            make(made, edits.set_keyframe(made, track_id, human))
        make(made, edits.record_predictions(made, track_id, predictions))
    make(made, identity_edits.merge(made, 1, 2))
    assert [info.track_id for info in made.tracks()] == [1]
    shown = {index: made.shown(1, index) for index in range(1, 9)}
    assert {index: each.box.x for index, each in shown.items() if each.kind is ShownKind.HUMAN} == {
        2: 1,
        3: 2,
        8: 1,
    }
    runs = {index: each.prediction.run_id for index, each in shown.items() if each.kind is ShownKind.TRACKED}
    assert runs == {1: 1, 4: 1, 5: 2, 6: 2, 7: 2}


def test_merge_when_one_track_is_named_twice_then_says_so(gapped: Project) -> None:
    with pytest.raises(EditError, match="two different tracks"):
        identity_edits.merge(gapped, 1, 1)


def test_merge_when_the_first_has_superseded_predictions_then_the_second_fills_in() -> None:
    made = Project(VIDEO)
    for predictions in (block(1, 9), PredictionBlock.of([prediction(7, run_id=2)])):
        make(made, edits.add_track(made, label="dog", color="#00ff00"))
        make(made, edits.record_predictions(made, made.tracks()[-1].track_id, predictions))
    make(made, edits.set_keyframe(made, 1, keyframe(5)))
    make(made, identity_edits.merge(made, 1, 2))
    assert valid(made) == ((1, 5), (7, 7))
    assert predicted(made) == list(range(1, 10))


def test_duplicate_track_when_made_then_the_copy_has_the_same_boxes(gapped: Project) -> None:
    make(gapped, identity_edits.duplicate_track(gapped, 1))
    assert gapped.keyframes(3) == gapped.keyframes(1)
    assert gapped.predictions(3) == gapped.predictions(1)
