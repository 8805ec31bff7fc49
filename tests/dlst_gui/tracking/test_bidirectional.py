"""Bidirectional tracking between two manual boxes: the requests, and when they are fused."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dlst_gui.tracking.bidirectional import GapFused, GapFuser, bidirectional_requests
from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.tracking_run import Direction, TrackRequest
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, Tracker

VIDEO = SyntheticVideo()


def truth(*frames: int) -> dict[int, Box]:
    return {i: VIDEO.box(i) for i in frames}


def gaps_of(requests: Iterable[TrackRequest], *, backward_velocity: float = -2.0) -> list[GapFused]:
    """What a run gives whose backward trackers go left by so many pixels a frame; -2 is the truth."""
    requests = tuple(requests)
    velocities = [backward_velocity if r.direction is Direction.BACKWARD else 2.0 for r in requests]

    def make_tracker() -> Tracker:
        return FakeTracker(velocity=(velocities.pop(0), 0.0))

    run, fuser, gaps = JointRun(requests, VIDEO, make_tracker), GapFuser(requests), []
    while not run.is_finished:
        gap = fuser.add(run.step(with_diagnostics=True))
        if gap is not None:
            gaps.append(gap)
    return gaps


def test_requests_then_start_at_both_manual_boxes_and_leave_the_other_one_out() -> None:
    forward, backward = bidirectional_requests(3, truth(0, 4, 9, 20), left=4, right=9, track_id=7)
    assert (forward.start_frame, forward.stop_frame, forward.direction) == (4, 8, Direction.FORWARD)
    assert (backward.start_frame, backward.stop_frame, backward.direction) == (9, 5, Direction.BACKWARD)
    assert {(r.run_id, r.track_id, tuple(r.keyframes)) for r in (forward, backward)} == {(3, 7, (0, 4, 9, 20))}


@pytest.mark.parametrize(
    ("left", "right", "message"), [(4, 5, "no frame lies between"), (0, 9, "frame 4 .* manual box of its own")]
)
def test_requests_when_the_boxes_are_no_neighbours_with_a_gap_then_say_so(
    left: int, right: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        bidirectional_requests(0, truth(0, 4, 5, 9), left=left, right=right)


def test_run_when_both_passes_agree_then_the_gap_is_fused_without_its_ends() -> None:
    (gap,) = gaps_of(bidirectional_requests(3, truth(2, 8), left=2, right=8, track_id=7))
    assert (gap.run_id, gap.track_id, gap.left, gap.right) == (3, 7, 2, 8)
    assert [frame.frame_index for frame in gap.frames] == [3, 4, 5, 6, 7]
    for frame in gap.frames:
        assert frame.box.xywh == pytest.approx(VIDEO.box(frame.frame_index).xywh)


def test_run_when_only_one_frame_lies_between_then_it_is_fused() -> None:
    (gap,) = gaps_of(bidirectional_requests(3, truth(2, 4), left=2, right=4))
    assert [frame.frame_index for frame in gap.frames] == [3]


def test_run_when_the_backward_pass_goes_astray_then_the_forward_pass_is_believed() -> None:
    (gap,) = gaps_of(bidirectional_requests(3, truth(2, 12), left=2, right=12), backward_velocity=2.0)
    off = [abs(frame.box.x - VIDEO.box(frame.frame_index).x) for frame in gap.frames]
    assert max(off[:6]) < 1
    assert gap.frames[0].disagreement > gap.frames[-1].disagreement


def test_run_when_it_has_several_gaps_and_targets_then_each_is_fused_alone() -> None:
    requests = [
        *bidirectional_requests(3, truth(0, 4, 9), left=0, right=4, track_id=1),
        *bidirectional_requests(3, truth(0, 4, 9), left=4, right=9, track_id=1),
        *bidirectional_requests(3, truth(1, 6), left=1, right=6, track_id=2),
    ]
    gaps = gaps_of(requests)
    assert {(gap.track_id, gap.left, gap.right, len(gap.frames)) for gap in gaps} == {
        (1, 0, 4, 3),
        (1, 4, 9, 4),
        (2, 1, 6, 4),
    }


def test_run_when_it_goes_one_way_then_nothing_is_fused() -> None:
    assert gaps_of([TrackRequest(3, truth(2, 8), 2, 9), TrackRequest(3, truth(2, 8), 8, 0)]) == []
