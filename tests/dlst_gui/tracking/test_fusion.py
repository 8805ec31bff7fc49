"""Two passes between manual boxes on frames 10 and 20: whom to believe."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

import pytest

from dlst_gui.tracking.fusion import AGREEMENT_IOU, FusedFrame, FusedFrom, fuse
from tracker_core import Box, TrackResult

LEFT, RIGHT = 10, 20
BETWEEN = range(LEFT + 1, RIGHT)
FAR = 200.0


def truth(frame_index: int) -> Box:
    return Box(3.0 * frame_index, 40, 30, 30)


def passed(
    *, off: Collection[int] = (), lost: Collection[int] = (), shift: float = 0.0, score: float = 8.0
) -> dict[int, TrackResult]:
    """A pass that is right but for the frames `off`, where it is somewhere else, and unsure on those `lost`."""
    results = {}
    for i in BETWEEN:
        s = -2.0 if i in lost else score
        results[i] = TrackResult(truth(i).shifted(FAR if i in off else shift, 0), s, s > 0)
    return results


def fused_by_frame(
    forward: Mapping[int, TrackResult], backward: Mapping[int, TrackResult]
) -> dict[int, FusedFrame]:
    return {frame.frame_index: frame for frame in fuse(forward, backward, left=LEFT, right=RIGHT)}


def sources(forward: Mapping[int, TrackResult], backward: Mapping[int, TrackResult]) -> dict[int, FusedFrom]:
    return {i: frame.source for i, frame in fused_by_frame(forward, backward).items()}


def test_fuse_when_both_are_the_same_then_gives_it_without_disagreement() -> None:
    fused = fused_by_frame(passed(), passed())
    assert list(fused) == list(BETWEEN)
    for i, frame in fused.items():
        assert frame.box.xywh == pytest.approx(truth(i).xywh)
        assert frame.disagreement == pytest.approx(0)
        assert (frame.source, frame.score, frame.is_found) == (FusedFrom.BOTH, 8.0, True)


def test_fuse_when_both_agree_then_goes_over_from_one_manual_box_to_the_other() -> None:
    fused = fused_by_frame(passed(), passed(shift=5))
    shifts = [frame.box.x - truth(i).x for i, frame in fused.items()]
    assert shifts == pytest.approx([0.5 * n for n in range(1, 10)])
    assert all(0 < frame.disagreement < 1 - AGREEMENT_IOU for frame in fused.values())


def test_fuse_when_both_agree_and_one_is_unsure_then_the_sure_one_weighs_more() -> None:
    frame = fused_by_frame(passed(lost=BETWEEN), passed(shift=5))[15]
    assert 4 < frame.box.x - truth(15).x < 5
    assert (frame.score, frame.is_found) == (8.0, True)


@pytest.mark.parametrize("score", [8.0, 0.5], ids=["sure", "unsure"])
def test_fuse_when_the_forward_pass_drifts_off_for_good_then_the_backward_pass_is_right(score: float) -> None:
    """Also near the start, where the forward pass is closer to its manual box: it misses the other one."""
    fused = fused_by_frame(passed(off=range(12, RIGHT)), passed(score=score))
    assert all(frame.box.iou(truth(i)) > 0.99 for i, frame in fused.items())
    assert [frame.disagreement for frame in fused.values()][1:] == [1.0] * 8


def test_fuse_when_the_backward_pass_drifts_off_for_good_then_the_forward_pass_is_right() -> None:
    fused = fused_by_frame(passed(score=0.5), passed(off=range(LEFT, 19)))
    assert all(frame.box.iou(truth(i)) > 0.99 for i, frame in fused.items())


def test_fuse_when_both_drift_off_then_each_is_believed_near_its_manual_box() -> None:
    told = sources(passed(off=range(15, RIGHT)), passed(off=range(LEFT, 15)))
    assert list(told.values()) == [FusedFrom.FORWARD] * 4 + [FusedFrom.BACKWARD] * 5


def test_fuse_when_both_disagree_everywhere_and_one_is_lost_then_the_other_is_believed_longer() -> None:
    told = sources(passed(shift=FAR), passed(lost=range(LEFT, 19)))
    assert [source is FusedFrom.FORWARD for source in told.values()] == [True] * 8 + [False]


def test_fuse_when_both_are_lost_then_says_so_and_averages_nothing() -> None:
    fused = fused_by_frame(passed(lost=BETWEEN), passed(lost=BETWEEN, shift=FAR))
    assert not any(frame.is_found for frame in fused.values())
    assert {frame.box.x - truth(i).x for i, frame in fused.items()} == {0.0, FAR}


def test_fuse_when_they_part_in_the_middle_then_the_more_trusted_is_taken_and_the_other_not_mixed_in() -> None:
    told = sources(passed(off=(14, 15, 16), lost=(14, 15, 16)), passed())
    assert {i for i, source in told.items() if source is FusedFrom.BACKWARD} == {14, 15, 16}
    assert {i for i, source in told.items() if source is FusedFrom.BOTH} == set(BETWEEN) - {14, 15, 16}


def test_fuse_when_scores_flicker_then_it_changes_sides_once() -> None:
    flickering = passed(lost=range(LEFT, RIGHT, 2), shift=FAR)
    told = list(sources(passed(lost=range(LEFT + 1, RIGHT, 2)), flickering).values())
    assert sum(a is not b for a, b in pairwise(told)) <= 1


@pytest.mark.parametrize(
    ("forward_score", "expected"), [(4.0, FusedFrom.FORWARD), (-4.0, FusedFrom.BACKWARD)], ids=["sure", "unsure"]
)
def test_fuse_when_one_frame_lies_between_then_the_score_decides(
    forward_score: float, expected: FusedFrom
) -> None:
    forward = {11: TrackResult(truth(11), forward_score, forward_score > 0)}
    backward = {11: TrackResult(truth(11).shifted(FAR, 0), 1.0, True)}
    (frame,) = fuse(forward, backward, left=10, right=12)
    assert (frame.frame_index, frame.source) == (11, expected)


def test_fuse_when_nothing_lies_between_then_gives_nothing() -> None:
    assert fuse({}, {}, left=10, right=11) == ()


def test_fuse_when_a_pass_is_incomplete_then_names_what_is_missing() -> None:
    backward = passed()
    del backward[13], backward[14]
    with pytest.raises(ValueError, match=r"backward pass .* is missing frame 13 and 1 more"):
        fuse(passed(), backward, left=LEFT, right=RIGHT)
