from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from dlst_gui.project.changes import (
    Change,
    KeyframeChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
    TrackChange,
    VideoChange,
)
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.prediction_block import ROW, PredictionBlock, RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.track_content import StaleChangeError
from dlst_gui.project.tracks import FrameState, Keyframe, ShownKind, Visibility
from tests.dlst_gui.project.random_edits import (
    FRAME_COUNT,
    VIDEO,
    RandomEdits,
    block,
    box_at,
    contents,
    keyframe,
    opened,
    prediction,
)
from tracker_core import Box

OCCLUDED, OUTSIDE, VISIBLE = Visibility.OCCLUDED, Visibility.OUTSIDE, Visibility.VISIBLE


def project_with(
    keyframes: Iterable[Keyframe], predictions: PredictionBlock | None = None, *changes: Change
) -> Project:
    """One track, 1."""
    project = Project(VIDEO)
    project.apply(TrackChange(None, TrackInfo(1, "dog", "#00ff00")))
    project.apply(*(KeyframeChange(None, each, 1) for each in keyframes))
    if predictions is not None:
        project.apply(PredictionChange(None, predictions, 1))
    project.apply(*changes)
    return project


@pytest.fixture
def ruled() -> Project:
    """Human on 10, 20 (occluded), 40 (outside), 60, 70; predicted 10-15, superseded 24-30, predicted 45-46, 65."""
    predictions = block(10, 15).joined(block(24, 30)).joined(block(45, 46)).joined(block(65, 65))
    keyframes = [keyframe(10), keyframe(20, OCCLUDED), keyframe(40, OUTSIDE), keyframe(60), keyframe(70)]
    return project_with(keyframes, predictions, SupersedeChange(False, True, 1, ((24, 30),)))


@pytest.mark.parametrize(
    ("frame_index", "kind", "visibility", "state"),
    [
        pytest.param(9, None, None, FrameState.NOTHING, id="before the first"),
        pytest.param(10, ShownKind.HUMAN, VISIBLE, FrameState.HUMAN, id="human beats predicted"),
        pytest.param(12, ShownKind.TRACKED, VISIBLE, FrameState.TRACKED, id="predicted beats interpolated"),
        pytest.param(18, ShownKind.INTERPOLATED, VISIBLE, FrameState.INTERPOLATED, id="interpolated"),
        pytest.param(20, ShownKind.HUMAN, OCCLUDED, FrameState.OCCLUDED, id="human, occluded"),
        pytest.param(22, ShownKind.INTERPOLATED, OCCLUDED, FrameState.OCCLUDED, id="occluded holds on"),
        pytest.param(27, ShownKind.INTERPOLATED, OCCLUDED, FrameState.OCCLUDED, id="superseded does not count"),
        pytest.param(40, ShownKind.HUMAN, OUTSIDE, FrameState.OUTSIDE, id="human, outside"),
        pytest.param(43, None, None, FrameState.OUTSIDE, id="nothing after outside"),
        pytest.param(45, ShownKind.TRACKED, VISIBLE, FrameState.TRACKED, id="found again after outside"),
        pytest.param(59, None, None, FrameState.OUTSIDE, id="outside up to the next manual box"),
        pytest.param(65, ShownKind.TRACKED, VISIBLE, FrameState.TRACKED, id="predicted between two"),
        pytest.param(71, None, None, FrameState.NOTHING, id="after the last"),
    ],
)
def test_shown_when_asked_then_follows_the_rule(
    ruled: Project, frame_index: int, kind: ShownKind | None, visibility: Visibility | None, state: FrameState
) -> None:
    shown = ruled.shown(1, frame_index)
    assert (shown.kind if shown else None) == kind
    assert (shown.visibility if shown else None) == visibility
    assert ruled.state_codes(1, frame_index, frame_index).tolist() == [state]
    assert ruled.state_codes(1, 0, 80)[frame_index] == state


def test_shown_when_interpolated_then_lies_on_the_line_between_its_neighbours() -> None:
    corner = Keyframe(14, Box(100, 40, 10, 20))
    shown = project_with([Keyframe(10, Box(0, 0, 30, 60)), corner]).shown(1, 11)
    assert shown is not None
    assert shown.box == Box(25, 10, 25, 50)


def test_shown_when_human_or_superseded_then_the_prediction_is_still_told(ruled: Project) -> None:
    for frame_index in (10, 27):
        shown = ruled.shown(1, frame_index)
        assert shown is not None
        assert shown.prediction is not None
        assert shown.prediction.box == box_at(frame_index, 50)


def test_state_codes_when_lost_or_left_over_then_say_so() -> None:
    lost = PredictionBlock.of([prediction(5, is_found=False), prediction(6)])
    project = project_with([keyframe(4, OCCLUDED)], lost, SupersedeChange(False, True, 1, ((6, 6),)))
    expected = [FrameState.OCCLUDED, FrameState.LOST, FrameState.SUPERSEDED, FrameState.NOTHING]
    assert project.state_codes(1, 4, 7).tolist() == expected


def test_state_codes_when_a_project_is_random_then_agree_with_shown_on_every_frame() -> None:
    project, history = opened()
    random_edits = RandomEdits(project, history, seed=11)
    seen: set[int] = set()
    for _ in range(12):
        for _ in range(40):
            random_edits.step()
        for info in project.tracks():
            track_id = info.track_id
            codes = project.state_codes(track_id, 0, FRAME_COUNT - 1)
            seen |= set(codes.tolist())
            for index, code in enumerate(codes.tolist()):
                assert code == expected_state(project, track_id, index), index
            start = random.Random(1).randrange(FRAME_COUNT - 300)
            assert (
                project.state_codes(track_id, start, start + 299).tolist() == codes[start : start + 300].tolist()
            )
    assert seen == set(FrameState)


def expected_state(project: Project, track_id: int, frame_index: int) -> FrameState:
    """The state in words of `shown`, frame by frame."""
    shown = project.shown(track_id, frame_index)
    said = project.keyframe_at_or_before(track_id, frame_index)
    if shown is None:
        if said is not None and said.visibility is OUTSIDE:
            return FrameState.OUTSIDE
        is_left = project.prediction(track_id, frame_index) is not None
        return FrameState.SUPERSEDED if is_left else FrameState.NOTHING
    if shown.kind is ShownKind.TRACKED and shown.prediction is not None and not shown.prediction.is_found:
        return FrameState.LOST
    if shown.visibility is not VISIBLE:
        return FrameState.OCCLUDED if shown.visibility is OCCLUDED else FrameState.OUTSIDE
    return FrameState[shown.kind.name]


def test_scores_when_superseded_or_absent_then_are_not_a_number(ruled: Project) -> None:
    scores = ruled.scores(1, 13, 25)
    assert scores[:3].tolist() == [2.5, 2.5, 2.5]
    assert np.isnan(scores[3:]).all()
    assert ruled.disagreements(1, 45, 46).tolist() == [0.25, 0.25]


def test_manual_boxes_when_one_is_outside_then_a_tracker_does_not_learn_from_it(ruled: Project) -> None:
    assert list(ruled.manual_boxes(1)) == [10, 20, 60, 70]


def test_keyframe_neighbours_when_asked_then_are_the_nearest(ruled: Project) -> None:
    def index(found: Keyframe | None) -> int | None:
        return found.frame_index if found else None

    assert index(ruled.keyframe_before(1, 20)) == 10
    assert index(ruled.keyframe_at_or_before(1, 20)) == 20
    assert index(ruled.keyframe_after(1, 20)) == 40
    assert index(ruled.keyframe_before(1, 10)) is None
    assert index(ruled.keyframe_after(1, 70)) is None


def test_last_box_before_when_asked_then_is_the_nearest_that_counts(ruled: Project) -> None:
    assert ruled.last_box_before(1, 18) == box_at(15, 50)
    assert ruled.last_box_before(1, 35) == box_at(20), "superseded predictions do not count"
    assert ruled.last_box_before(1, 10) is None


def test_next_track_id_when_tracks_are_there_then_is_above_them() -> None:
    assert Project(VIDEO).next_track_id() == 1
    assert project_with([]).next_track_id() == 2


def test_project_when_a_track_is_unknown_then_says_which_are_there() -> None:
    with pytest.raises(KeyError, match=r"no track 5; there are \[1\]"):
        project_with([]).shown(5, 0)


def test_has_valid_predictions_when_they_are_superseded_or_taken_back_then_follows() -> None:
    found, superseded = block(500, 600), SupersedeChange(False, True, 1, ((500, 600),))  # on two pages
    project = project_with([], found)
    assert project.has_valid_predictions(1)
    project.apply(superseded)
    assert not project.has_valid_predictions(1)
    project.apply(superseded.inverse())
    assert project.has_valid_predictions(1)
    project.apply(PredictionChange(found, None, 1))
    assert not project.has_valid_predictions(1)


STALE = {
    "keyframe that is not there": KeyframeChange(keyframe(11), None, 1),
    "keyframe over another": KeyframeChange(None, keyframe(10, OCCLUDED), 1),
    "predictions over others": PredictionChange(None, block(15, 16), 1),
    "predictions that are not there": PredictionChange(block(15, 17), None, 1),
    "superseded already": SupersedeChange(False, True, 1, ((24, 24),)),
    "not predicted throughout": SupersedeChange(False, True, 1, ((10, 600),)),
    "track that is there": TrackChange(None, TrackInfo(1, "cat", "#00ff00")),
    "track with boxes": TrackChange(TrackInfo(1, "dog", "#00ff00"), None),
    "unknown track": KeyframeChange(None, keyframe(3), 9),
    "unknown label": LabelChange(Label("x", "#000000"), None),
    "review mark that is not there": ReviewChange((ReviewSpan(0, 5, ReviewMark.BAD),), (), 1),
    "other video": VideoChange(VIDEO.__class__("", 1, 1, 1, 1), VIDEO),
}


@pytest.mark.parametrize("change", STALE.values(), ids=STALE.keys())
def test_apply_when_a_change_does_not_fit_then_nothing_changes(ruled: Project, change: Change) -> None:
    before = contents(ruled)
    with pytest.raises(StaleChangeError):
        ruled.apply(KeyframeChange(None, keyframe(33), 1), change)
    assert contents(ruled) == before


def test_copied_when_the_project_goes_on_then_the_copy_stays_as_it_was() -> None:
    project, history = opened()
    random_edits = RandomEdits(project, history, seed=5)
    for _ in range(60):
        random_edits.step()
    copy, before = project.copied(), contents(project)
    codes = [project.state_codes(info.track_id, 0, FRAME_COUNT - 1).tolist() for info in project.tracks()]
    for _ in range(60):
        random_edits.step()
    assert contents(project) != before
    assert contents(copy) == before
    assert [copy.state_codes(info.track_id, 0, FRAME_COUNT - 1).tolist() for info in copy.tracks()] == codes


def test_apply_when_review_marks_overlap_then_refuses() -> None:
    one, other = ReviewSpan(0, 5, ReviewMark.BAD), ReviewSpan(5, 9, ReviewMark.ACCEPTED)
    with pytest.raises(StaleChangeError):
        project_with([], None, ReviewChange((), (one,), 1), ReviewChange((), (other,), 1))


def long_project(frame_count: int, track_count: int) -> Project:
    """Every frame predicted on every track, every thousandth human."""
    rows = np.zeros(frame_count, dtype=ROW)
    rows["box"], rows["flags"], rows["run_id"] = (1, 2, 30, 40), RowFlag.PRESENT | RowFlag.FOUND, 1
    predictions = PredictionBlock(np.arange(frame_count, dtype=np.int32), rows)
    project = Project(VIDEO)
    for track_id in range(1, track_count + 1):
        project.apply(
            TrackChange(None, TrackInfo(track_id, "dog", "#00ff00")),
            PredictionChange(None, predictions, track_id),
            *(KeyframeChange(None, keyframe(index), track_id) for index in range(0, frame_count, 1000)),
        )
    return project


def calls_in(work: Callable[[], object]) -> int:
    """How many functions, of Python or C, the work calls."""
    count = 0

    def count_call(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count_call)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_project_when_100000_frames_long_with_50_tracks_then_no_work_is_done_per_box() -> None:
    short, long = long_project(3000, 50), long_project(100_000, 50)

    def show_all(project: Project) -> None:
        for info in project.tracks():
            project.shown(info.track_id, 777)

    assert calls_in(lambda: show_all(long)) == calls_in(lambda: show_all(short))
    pages = 100_000 // 512 + 1
    assert calls_in(lambda: long.state_codes(1, 0, 99_999)) < 20 * pages
    assert calls_in(lambda: long.scores(1, 0, 99_999)) < 20 * pages
    assert calls_in(lambda: long.state_codes(1, 50_000, 50_999)) < 500, "what is not looked at costs nothing"
