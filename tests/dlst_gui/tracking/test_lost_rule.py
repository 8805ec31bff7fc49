"""When a target counts as lost, and since when."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from dlst_gui.tracking.lost_rule import LostRule, LostWatch, TargetLost
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import Box, TrackResult


def watched(rule: LostRule, scores: Sequence[float], *, first: int = 10, step: int = 1) -> TargetLost | None:
    """What is told after the last of frames with these scores; infinite ones are human."""
    watch, lost = LostWatch(rule), None
    for n, score in enumerate(scores):
        result = TrackResult(Box(0, 0, 9, 9), score, score > 0)
        lost = watch.add(FrameTracked(1, first + n * step, result, math.isinf(score), 0.0, 7, Direction(step)))
    return lost


@pytest.mark.parametrize(
    ("scores", "since"),
    [
        ([5, -1, -1, -1], 11),
        ([5, -1, -1, -1, -1], 11),
        ([5, -1, -1], None),
        ([-1, -1, 5, -1, -1], None),
        ([-1, -1, math.inf, -1, -1], None),
        ([0, 0, 0], 10),
        ([0.1, 0.1, 0.1], None),
    ],
    ids=["lost", "still lost", "not long enough", "found between", "human between", "just lost", "just found"],
)
def test_watch_when_three_frames_lose_a_target_then_tells_since_when(
    scores: list[float], since: int | None
) -> None:
    lost = watched(LostRule(frames=3), scores)
    assert (None if lost is None else lost.since_frame) == since


def test_watch_when_the_threshold_is_raised_then_weak_scores_are_lost() -> None:
    assert watched(LostRule(frames=2, threshold=1.0), [0.9, 0.9]) is not None


def test_watch_when_the_run_goes_backward_then_tells_who_and_where() -> None:
    lost = watched(LostRule(frames=2), [-1, -1, -1], step=-1)
    assert lost == TargetLost(1, 7, Direction.BACKWARD, since_frame=10, frame_index=8)


def test_watch_when_started_anew_then_counts_from_nothing() -> None:
    watch = LostWatch(LostRule(frames=2))
    lost_frame = FrameTracked(1, 3, TrackResult(Box(0, 0, 9, 9), -1.0, False), False, 0.0)
    watch.add(lost_frame)
    watch.reset()
    assert watch.add(lost_frame) is None


def test_rule_when_it_asks_for_no_frame_then_says_so() -> None:
    with pytest.raises(ValueError, match="got 0"):
        LostRule(frames=0)
