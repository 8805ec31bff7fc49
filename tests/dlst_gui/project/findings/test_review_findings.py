"""Which frames a reviewer is shown first, and when there are none left."""

from __future__ import annotations

import math

import pytest

from dlst_gui.project.edits import (
    add_track,
    mark_all_reviewed,
    mark_reviewed,
    record_predictions,
    set_keyframe,
    set_visibility,
)
from dlst_gui.project.findings.finding import Finding, Reason, finding_at
from dlst_gui.project.findings.review_findings import (
    BRIDGED_FRAMES,
    DEFAULT_RULES,
    LONGEST_SPAN,
    FindingRules,
    in_order_of_frames,
    review_findings,
    unreviewed_frames,
    unreviewed_spans,
)
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import Keyframe, Prediction, Visibility
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


def found(made: Project, rules: FindingRules = DEFAULT_RULES) -> list[Finding]:
    findings = review_findings(made, 1, FRAMES, rules)
    return [finding_at(findings, position) for position in range(len(findings))]


def labelled(*keyframes: Keyframe) -> Project:
    """Manual boxes alone, with straight lines between them."""
    made = Project(VideoIdentity("clip.mp4", FRAMES, 640, 360, 1))
    made.apply(*add_track(made, label="dog", color="#5cc8ff", keyframe=keyframes[0]).changes)
    for keyframe in keyframes[1:]:
        made.apply(*set_keyframe(made, 1, keyframe).changes)
    return made


def test_findings_when_frames_between_are_marked_as_bad_then_no_two_share_a_frame() -> None:
    made = project(scores=dict.fromkeys(range(100, 110), 0.1))
    made.apply(*mark_all_reviewed(made, {1: ((104, 105),)}, ReviewMark.BAD).changes)
    spans = tuple((each.first, each.last) for each in found(made))
    assert sorted(spans) == [(100, 103), (104, 105), (106, 109)]
    made.apply(*mark_all_reviewed(made, {1: spans}, ReviewMark.ACCEPTED).changes)
    assert found(made) == []


def test_findings_when_all_is_calm_then_there_are_none() -> None:
    assert found(project()) == []


@pytest.mark.parametrize(
    ("made", "worst", "reason"),
    [
        (project(scores={80: -1.0}), 80, Reason.LOW_SCORE),
        (project(scores={80: 4.0}), 80, Reason.SCORE_DROP),
        (project(disagreement=0.9), 50, Reason.DISAGREEMENT),
        (project(boxes={120: BOX.shifted(60, 0)}), 120, Reason.JUMP),
        (project(boxes={i: Box(100, 100, 60, 40) for i in range(120, FRAMES)}), 120, Reason.JUMP),
    ],
    ids=["lost", "fall", "disagreement", "position", "size"],
)
def test_findings_when_something_is_odd_then_its_frame_comes_first_with_the_reason(
    made: Project, worst: int, reason: Reason
) -> None:
    first = found(made)[0]
    assert (first.worst, first.reason) == (worst, reason)
    assert first.first <= worst <= first.last


def test_findings_when_calm_frames_between_are_few_then_they_are_one_finding() -> None:
    def spans(gap: int) -> list[tuple[int, int]]:
        return [(each.first, each.last) for each in found(project(scores={80: -1.0, 80 + gap: -1.0}))]

    assert spans(BRIDGED_FRAMES) == [(80, 80 + BRIDGED_FRAMES)]
    assert spans(BRIDGED_FRAMES + 1) == [(80, 80), (81 + BRIDGED_FRAMES,) * 2]


def test_findings_when_no_frame_is_very_suspicious_then_only_passes_that_disagree_are_one() -> None:
    assert found(project(scores=dict.fromkeys(range(80, 100), 5.5))) == []
    (finding,) = found(project(disagreement=0.5))
    assert (finding.first, finding.last, finding.reason) == (50, 59, Reason.DISAGREEMENT)


def test_findings_then_the_more_suspicious_comes_before_the_earlier() -> None:
    made = project(scores={40: 4.5, 200: -3.0})
    assert [finding.worst for finding in found(made)] == [200, 40]
    by_frames = in_order_of_frames(review_findings(made, 1, FRAMES))
    assert by_frames["worst"].tolist() == [40, 200]


def test_findings_when_accepted_or_corrected_then_they_are_closed() -> None:
    made = project(scores={80: -1.0, 150: -1.0})
    made.apply(*mark_reviewed(made, 1, first=78, last=82, mark=ReviewMark.ACCEPTED).changes)
    assert [finding.worst for finding in found(made)] == [150]
    before = unreviewed_frames(made, 1, made.state_codes(1, 0, FRAMES - 1))
    assert before == FRAMES - 1 - 5
    made.apply(*set_keyframe(made, 1, Keyframe(150, BOX)).changes)
    assert 150 not in {finding.worst for finding in found(made)}


def test_findings_when_frames_are_marked_as_bad_then_they_stay_until_corrected_and_come_last() -> None:
    made = project(scores={80: -1.0, 150: 2.0})
    made.apply(*mark_reviewed(made, 1, first=78, last=82, mark=ReviewMark.BAD).changes)
    assert [(f.first, f.reason) for f in found(made)] == [(150, Reason.SCORE_DROP), (78, Reason.MARKED_BAD)]
    made.apply(*set_keyframe(made, 1, Keyframe(78, BOX.shifted(9, 0))).changes)
    assert Reason.MARKED_BAD not in {finding.reason for finding in found(made)}


def test_findings_when_a_long_stretch_is_lost_on_the_move_then_it_is_cut() -> None:
    lost = range(20, 250)
    boxes = {index: BOX.shifted(2 * (index % 20), 0) for index in lost}
    findings = found(project(scores=dict.fromkeys(lost, -1.0), boxes=boxes))
    assert sum(finding.last - finding.first + 1 for finding in findings) == 230
    assert max(finding.last - finding.first + 1 for finding in findings) == LONGEST_SPAN


@pytest.mark.parametrize(
    "boxes",
    [
        {},
        {index: Box(598 + index % 2, 60 + 2 * (index % 20), 41, 40) for index in range(100, 220)},
    ],
    ids=["stands-still", "at-the-edge"],
)
def test_findings_when_the_object_may_have_left_then_one_says_so_of_all_its_frames(boxes: dict[int, Box]) -> None:
    made = project(scores=dict.fromkeys(range(100, 220), 0.5), boxes=boxes)
    finding = next(each for each in found(made) if each.reason is Reason.MAY_HAVE_LEFT)
    assert (finding.first, finding.last) == (100, 219)


def test_findings_when_the_box_touches_the_edge_with_a_good_score_then_there_are_none() -> None:
    at_edge = Box(600, 100, 40, 40)
    assert found(project(boxes=dict.fromkeys(range(1, FRAMES), at_edge))) == []


def test_findings_when_frames_are_interpolated_over_more_than_is_allowed_then_one_is_of_all_of_them() -> None:
    made = labelled(Keyframe(0, BOX), Keyframe(200, BOX))
    (finding,) = found(made)
    assert (finding.first, finding.last, finding.worst) == (1, 199, 100)
    assert finding.reason is Reason.INTERPOLATED
    assert found(made, FindingRules(interpolated_frames=199)) == []
    assert len(found(made, FindingRules(interpolated_frames=198))) == 1


def test_findings_when_a_longer_stretch_is_interpolated_then_it_is_more_suspicious() -> None:
    near, far = (found(labelled(Keyframe(0, BOX), Keyframe(end, BOX)))[0].suspicion for end in (60, 150))
    assert near < far


def test_findings_when_what_is_interpolated_is_marked_occluded_then_it_is_found_all_the_same() -> None:
    made = labelled(Keyframe(0, BOX, Visibility.OCCLUDED), Keyframe(200, BOX))
    assert [finding.reason for finding in found(made)] == [Reason.INTERPOLATED]


def test_findings_when_the_object_is_outside_between_two_boxes_then_there_are_none() -> None:
    made = labelled(Keyframe(0, BOX), Keyframe(200, BOX))
    made.apply(*set_visibility(made, 1, 1, Visibility.OUTSIDE).changes)
    assert found(made) == []


def test_unreviewed_spans_when_all_are_accepted_then_only_what_is_bad_is_left() -> None:
    made = project(scores={80: -1.0})
    made.apply(*mark_reviewed(made, 1, first=200, last=210, mark=ReviewMark.BAD).changes)
    spans = unreviewed_spans(made, 1, FRAMES)
    assert spans == ((0, 199), (211, FRAMES - 1))
    made.apply(*mark_all_reviewed(made, {1: spans}, ReviewMark.ACCEPTED).changes)
    assert [finding.reason for finding in found(made)] == [Reason.MARKED_BAD]
    assert unreviewed_frames(made, 1, made.state_codes(1, 0, FRAMES - 1)) == 0
    assert unreviewed_spans(made, 1, FRAMES) == ()
