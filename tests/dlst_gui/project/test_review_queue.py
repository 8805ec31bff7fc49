"""Which frames a reviewer is shown first."""

from __future__ import annotations

import math

import pytest

from dlst_gui.project.edits import add_track, mark_reviewed, record_predictions, set_keyframe
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.review_queue import LONGEST_SPAN, review_items, unreviewed_frames
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core import Box, UpdateKind

FRAMES = 300
BOX = Box(100, 100, 40, 40)


def project(
    *, scores: dict[int, float] | None = None, boxes: dict[int, Box] | None = None, disagreement: float = math.nan
) -> Project:
    """Tracked calmly over all frames, but for what is said."""
    made = Project(VideoIdentity("clip.mp4", FRAMES, 640, 360, 1))
    made.apply(*add_track(made, label="dog", color="#5cc8ff", keyframe=Keyframe(0, BOX)).changes)
    predictions = [
        Prediction(
            index,
            (boxes or {}).get(index, BOX),
            (scores or {}).get(index, 8.0),
            (scores or {}).get(index, 8.0) > 0,
            1,
            UpdateKind.NONE,
            disagreement if 50 <= index < 60 else math.nan,
        )
        for index in range(1, FRAMES)
    ]
    made.apply(*record_predictions(made, 1, PredictionBlock.of(predictions)).changes)
    return made


def test_review_items_when_all_is_calm_then_there_are_none() -> None:
    assert review_items(project(), 1, FRAMES) == ()


@pytest.mark.parametrize(
    ("made", "worst", "reason"),
    [
        (project(scores={80: -1.0}), 80, "low score"),
        (project(scores={80: 4.0}), 80, "score drop"),
        (project(disagreement=0.9), 50, "forward and backward disagree"),
        (project(boxes={120: BOX.shifted(60, 0)}), 120, "sudden jump"),
        (project(boxes={i: Box(100, 100, 60, 40) for i in range(120, FRAMES)}), 120, "sudden jump"),
    ],
    ids=["lost", "fall", "disagreement", "position", "size"],
)
def test_review_items_when_something_is_odd_then_its_frame_comes_first_with_the_reason(
    made: Project, worst: int, reason: str
) -> None:
    first = review_items(made, 1, FRAMES)[0]
    assert (first.worst, first.reason) == (worst, reason)
    assert first.first <= worst <= first.last


def test_review_items_then_the_riskier_comes_before_the_earlier() -> None:
    items = review_items(project(scores={40: 4.5, 200: -3.0}), 1, FRAMES)
    assert [item.worst for item in items] == [200, 40]


def test_review_items_when_judged_or_corrected_then_it_does_not_come_again() -> None:
    made = project(scores={80: -1.0, 150: -1.0})
    made.apply(*mark_reviewed(made, 1, first=78, last=82, mark=ReviewMark.ACCEPTED).changes)
    assert [item.worst for item in review_items(made, 1, FRAMES)] == [150]
    before = unreviewed_frames(made, 1, made.state_codes(1, 0, FRAMES - 1))
    assert before == FRAMES - 1 - 5
    made.apply(*set_keyframe(made, 1, Keyframe(150, BOX)).changes)
    assert 150 not in {item.worst for item in review_items(made, 1, FRAMES)}


def test_review_items_when_a_long_stretch_is_lost_then_it_is_cut_into_items() -> None:
    items = review_items(project(scores=dict.fromkeys(range(20, 250), -1.0)), 1, FRAMES)
    assert sum(item.last - item.first + 1 for item in items) == 230
    assert max(item.last - item.first + 1 for item in items) == LONGEST_SPAN


def test_review_items_when_frames_are_only_interpolated_over_long_then_they_are_to_be_seen() -> None:
    made = Project(VideoIdentity("clip.mp4", FRAMES, 640, 360, 1))
    made.apply(*add_track(made, label="dog", color="#5cc8ff", keyframe=Keyframe(0, BOX)).changes)
    made.apply(*set_keyframe(made, 1, Keyframe(60, BOX)).changes)
    (item,) = review_items(made, 1, FRAMES)
    assert item.reason == "only interpolated"
