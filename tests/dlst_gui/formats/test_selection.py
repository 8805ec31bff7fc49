"""What of a project is exported."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import AnnotatedVideo, BoxColumns, BoxSource, Gaps, LabelledBox, LabelSet
from dlst_gui.formats.labels.tally import Tally, tallies
from dlst_gui.formats.own.project_jsonl import JSONL
from dlst_gui.formats.sequences.otb import OTB
from dlst_gui.formats.transfer.losses import losses
from dlst_gui.formats.transfer.selection import FrameChoice, Selection, selected_labels
from dlst_gui.project.changes import KeyframeChange, PredictionChange, ReviewChange, SupersedeChange, TrackChange
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, ReviewSpan
from dlst_gui.project.tracks import Keyframe, ShownKind, Visibility
from tests.dlst_gui.project.random_edits import (
    FRAME_COUNT,
    VIDEO,
    RandomEdits,
    block,
    box_at,
    keyframe,
    opened,
    prediction,
)
from tracker_core import Box

WHOLE = AnnotatedVideo.whole("clip", size=(640, 480), frame_count=FRAME_COUNT, fps=25.0)


@pytest.fixture
def project() -> Project:
    """Human on 10, 20 (occluded), 40 (outside), 60, 70; tracked 10-15 and 65, superseded 24-30, lost on 45."""
    made = Project(VIDEO)
    lost = PredictionBlock.of([prediction(45, is_found=False)])
    predictions = block(10, 15).joined(block(24, 30)).joined(lost).joined(block(65, 65))
    keyframes = [keyframe(10), keyframe(20, Visibility.OCCLUDED), keyframe(40, Visibility.OUTSIDE), keyframe(60)]
    made.apply(TrackChange(None, TrackInfo(1, "dog", "#00ff00")))
    made.apply(*(KeyframeChange(None, each, 1) for each in (*keyframes, keyframe(70))))
    made.apply(PredictionChange(None, predictions, 1), SupersedeChange(False, True, 1, ((24, 30),)))
    spans = (ReviewSpan(12, 18, ReviewMark.ACCEPTED), ReviewSpan(60, 62, ReviewMark.BAD))
    made.apply(ReviewChange((), spans, 1))
    return made


def frames(labels: LabelSet) -> list[int]:
    (track,) = labels.tracks
    return track.columns.frame_indices[track.columns.is_present].tolist()


def test_selection_when_everything_then_is_what_the_frames_show(project: Project) -> None:
    labels = selected_labels(project, WHOLE, Selection())
    assert frames(labels) == [*range(10, 40), 45, *range(60, 71)]
    assert len(labels.video.frames) == FRAME_COUNT
    assert labels.gaps is Gaps.ABSENT


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        pytest.param(Selection(frames=FrameChoice.HUMAN), [10, 20, 60, 70], id="human"),
        pytest.param(Selection(frames=FrameChoice.REVIEWED), [10, *range(12, 19), 20, 60, 70], id="reviewed"),
        pytest.param(Selection(every=7), [14, 21, 28, 35, 63, 70], id="every 7th"),
        pytest.param(
            Selection(tracked=False), [10, *range(16, 40), 60, *range(61, 65), *range(66, 71)], id="no tracked"
        ),
        pytest.param(Selection(lost=False), [*range(10, 40), *range(60, 71)], id="no lost"),
        pytest.param(Selection(interpolated=False), [*range(10, 16), 20, 45, 60, 65, 70], id="no interpolated"),
        pytest.param(Selection(occluded=False), [*range(10, 20), 45, *range(60, 71)], id="no occluded"),
        pytest.param(Selection(track_ids=frozenset({1}), frames=FrameChoice.HUMAN, every=20), [20, 60], id="both"),
    ],
)
def test_selection_when_narrowed_then_takes_these_frames(
    project: Project, selection: Selection, expected: list[int]
) -> None:
    assert frames(selected_labels(project, WHOLE, selection)) == expected


def test_selection_when_some_frames_are_chosen_then_the_video_has_those_of_any_track(project: Project) -> None:
    labels = selected_labels(project, WHOLE, Selection(frames=FrameChoice.REVIEWED, every=3))
    assert labels.video.frames.tolist() == [12, 15, 18, 60]


def test_selection_when_labelled_frames_are_chosen_then_those_before_the_first_box_and_after_the_last_are_not(
    project: Project,
) -> None:
    everything = selected_labels(project, WHOLE, Selection())
    labels = selected_labels(project, WHOLE, Selection(frames=FrameChoice.LABELLED))
    assert frames(labels) == frames(everything)
    assert labels.video.frames.tolist() == [*range(10, 71)]
    assert labels.gaps is Gaps.ABSENT


def test_selection_when_boxes_are_left_out_then_gaps_say_nothing(project: Project) -> None:
    assert selected_labels(project, WHOLE, Selection(interpolated=False)).gaps is Gaps.UNSAID


def test_selection_when_of_no_track_then_has_none(project: Project) -> None:
    assert selected_labels(project, WHOLE, Selection(track_ids=frozenset())).tracks == ()


def test_selection_when_clipped_then_no_box_leaves_the_image_and_those_inside_are_untouched() -> None:
    made = Project(VIDEO)
    made.apply(TrackChange(None, TrackInfo(1, "dog", "#00ff00")))
    boxes = [Box(-5, 470, 20, 30), Box(0.1, 0.2, 0.3, 0.4), Box(900, 0, 5, 5)]
    made.apply(*(KeyframeChange(None, Keyframe(index, box), 1) for index, box in enumerate(boxes)))
    (track,) = selected_labels(made, WHOLE, Selection(clip_to_image=True)).tracks
    assert [each.box for each in track.columns] == [Box(0, 470, 15, 10), Box(0.1, 0.2, 0.3, 0.4)]


@pytest.mark.parametrize("seed", range(4))
def test_selection_when_everything_of_a_random_project_then_every_frame_is_as_the_project_shows_it(
    seed: int,
) -> None:
    project, history = opened()
    edits = RandomEdits(project, history, seed)
    for _ in range(120):
        edits.step()
    sources = {True: ShownKind.HUMAN, False: ShownKind.TRACKED}
    for track in selected_labels(project, WHOLE, Selection()).tracks:
        found = {each.frame_index: each for each in track.columns}
        for index in range(FRAME_COUNT):
            shown = project.shown(track.track_id, index)
            each = found.get(index)
            assert (shown is None) == (each is None)
            if shown is not None and each is not None:
                assert each.box.xywh == pytest.approx(shown.box.xywh)
                assert each.visibility is shown.visibility
                is_interpolated = each.source is BoxSource.INTERPOLATED
                kind = ShownKind.INTERPOLATED if is_interpolated else sources[each.source.is_human]
                assert kind is shown.kind


def test_losses_when_a_format_holds_less_then_say_what_and_how_many(project: Project) -> None:
    labels = selected_labels(project, WHOLE, Selection())
    tally = Tally.of_all(tallies(labels).values())
    said = losses(labels, tally, OTB)
    assert "1 frame is marked as outside; OTB can only leave out the box." in said
    assert "20 boxes are marked as occluded; OTB does not store this." in said
    assert losses(labels, tally, JSONL) == ()


def test_columns_when_two_boxes_are_on_one_frame_then_are_refused() -> None:
    with pytest.raises(ValueError, match="ascend"):
        BoxColumns.of([LabelledBox(1, box_at(1)), LabelledBox(1, box_at(1))])


@pytest.mark.parametrize("seed", range(2))
def test_columns_when_asked_for_part_by_part_then_are_those_of_the_whole(seed: int) -> None:
    project, history = opened()
    edits = RandomEdits(project, history, seed)
    for _ in range(120):
        edits.step()
    for selection in (Selection(), Selection(every=3, lost=False, frames=FrameChoice.LABELLED)):
        for track in selected_labels(project, WHOLE, selection).tracks:
            parts = [track.boxes.between(first, first + 6) for first in range(0, FRAME_COUNT, 7)]
            assert [str(box) for part in parts for box in part] == [*map(str, track.columns)]
            noted = [str(box) for box in track.columns if box.attributes]
            assert [*map(str, track.boxes.noted())] == noted == [*map(str, track.columns.noted())]


@pytest.mark.parametrize(
    ("kept_boxes", "expected"), [(1100, [[], [1100], [1100]]), (1099, [[], [5], [5, 20]])], ids=("few", "many")
)
def test_selection_when_made_then_asks_the_project_for_boxes_only_when_they_are_used_and_once_where_they_are_few(
    project: Project, monkeypatch: pytest.MonkeyPatch, kept_boxes: int, expected: list[list[int]]
) -> None:
    asked: list[int] = []
    ask = project.predictions_at

    def counted(track_id: int, frames: NDArray[np.int32]) -> PredictionBlock:
        asked.append(len(frames))
        return ask(track_id, frames)

    monkeypatch.setattr(project, "predictions_at", counted)
    monkeypatch.setattr("dlst_gui.formats.transfer.selection._KEPT_BOXES", kept_boxes)
    (track,) = selected_labels(project, WHOLE, Selection()).tracks
    steps = [asked.copy()]
    for first, last in ((10, 14), (20, 39)):
        assert track.boxes.between(first, last).frame_indices.tolist() == [*range(first, last + 1)]
        steps.append(asked.copy())
    assert steps == expected
