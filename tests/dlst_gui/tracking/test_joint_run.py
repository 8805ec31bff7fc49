"""Several targets in one run: whose turn it is, what is decoded, and who goes on without whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from dlst_gui.tracking.bidirectional import bidirectional_requests
from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackRequest
from dlst_gui.video import ReadAhead
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import AnyFrame, Box, Frame, TrackingCancelled, TrackResult

MakeRun = Callable[..., JointRun]
VIDEO = SyntheticVideo()
BOX = Box(20, 40, 24, 24)


def boxes(*frames: int) -> dict[int, Box]:
    return {i: VIDEO.box(i) for i in frames}


class CountingVideo:
    frame_count = VIDEO.frame_count

    def __init__(self) -> None:
        self.reads: list[int] = []

    def read(self, frame_index: int) -> Frame:
        self.reads.append(frame_index)
        return VIDEO.read(frame_index)


class Trackers:
    """Makes trackers, that of track n lost on the n-th of `lost_frames`."""

    def __init__(self, *lost_frames: Iterable[int]) -> None:
        self._lost_frames = dict(enumerate(map(frozenset, lost_frames), start=1))
        self.made: list[FakeTracker] = []

    def __call__(self) -> FakeTracker:
        lost_of, made = self._lost_frames, self.made

        class Tracker(FakeTracker):
            def initialize(self, frame: AnyFrame, box: Box, **options: Any) -> TrackResult:
                self.lost_frames = lost_of.get(round(box.y - BOX.y), frozenset())
                return super().initialize(frame, box, **options)

        made.append(Tracker())
        return made[-1]

    def of(self, track_id: int) -> FakeTracker:
        return next(tracker for tracker in self.made if ("initialize", box_of(track_id)) in tracker.calls)


def box_of(track_id: int) -> Box:
    return BOX.shifted(0, track_id)


def request(track_id: int, start: int, stop: int, *others: int) -> TrackRequest:
    return TrackRequest(5, dict.fromkeys((start, *others), box_of(track_id)), start, stop, track_id)


def rest_of(run: JointRun) -> list[FrameTracked]:
    """All that can be tracked until the run ends or rests."""
    tracked = []
    while run.next_frame is not None:
        tracked.append(run.step())
    return tracked


@pytest.fixture(params=[1, 2], ids=["in turns", "at once"])
def joint(request: pytest.FixtureRequest) -> Iterator[MakeRun]:
    """Makes runs whose targets take turns, and runs that track two targets at the same time: results are alike."""
    made: list[JointRun] = []

    def make(*arguments: Any, **options: Any) -> JointRun:
        made.append(JointRun(*arguments, **options, at_once=request.param))
        return made[-1]

    yield make
    for run in made:
        run.close()


def visits(tracked: Iterable[FrameTracked]) -> list[tuple[int, int]]:
    return [(t.frame_index, t.track_id) for t in tracked]


def test_run_when_it_has_several_targets_then_all_see_a_frame_before_the_next_is_decoded(joint: MakeRun) -> None:
    source = CountingVideo()
    with ReadAhead(source) as frames:
        run = joint([request(1, 0, 3), request(2, 0, 3), request(3, 2, 3)], frames, Trackers())
        assert visits(rest_of(run)) == [
            (0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (3, 1), (3, 2), (3, 3),
        ]  # fmt: skip
    assert source.reads == [0, 1, 2, 3, 4]
    assert run.is_finished


def test_run_when_targets_go_backward_then_they_go_together_too(joint: MakeRun) -> None:
    run = joint([request(1, 5, 3), request(2, 4, 2)], VIDEO, Trackers())
    assert visits(rest_of(run)) == [(5, 1), (4, 1), (4, 2), (3, 1), (3, 2), (2, 2)]


def test_run_when_targets_go_both_ways_then_forward_comes_first(joint: MakeRun) -> None:
    run = joint([request(1, 4, 2), request(1, 0, 2)], VIDEO, Trackers())
    assert [(t.frame_index, t.direction) for t in rest_of(run)] == [
        *((i, Direction.FORWARD) for i in (0, 1, 2)),
        *((i, Direction.BACKWARD) for i in (4, 3, 2)),
    ]


def test_run_when_a_target_has_not_begun_then_its_tracker_is_not_made(joint: MakeRun) -> None:
    trackers = Trackers()
    run = joint([request(1, 0, 5), request(2, 4, 5)], VIDEO, trackers)
    for _ in range(4):
        run.step()
    assert len(trackers.made) == 1
    rest_of(run)
    assert len(trackers.made) == 2


def test_run_when_requests_are_of_several_runs_then_says_so(joint: MakeRun) -> None:
    with pytest.raises(ValueError, match=r"one run, got \[5, 6\]"):
        joint([request(1, 0, 3), TrackRequest(6, {0: BOX}, 0, 3)], VIDEO, Trackers())


def test_run_when_a_target_is_lost_then_it_rests_and_the_others_go_on(joint: MakeRun) -> None:
    run = joint([request(1, 0, 9), request(2, 0, 9)], VIDEO, Trackers(range(3, 20)), lost_rule=LostRule(frames=2))
    tracked = visits(rest_of(run))
    assert (4, 1) in tracked
    assert (5, 1) not in tracked
    assert (9, 2) in tracked
    assert not run.is_finished
    (lost,) = run.lost
    assert (lost.track_id, lost.since_frame, lost.frame_index) == (1, 3, 4)


def test_step_when_all_targets_rest_then_says_that_nobody_can_go_on(joint: MakeRun) -> None:
    run = joint([request(1, 0, 9)], VIDEO, Trackers(range(1, 20)), lost_rule=LostRule(frames=1))
    rest_of(run)
    with pytest.raises(ValueError, match="run 5 has ended or is paused"):
        run.step()


def test_wake_when_a_target_was_lost_then_it_goes_on_and_is_counted_anew(joint: MakeRun) -> None:
    run = joint([request(1, 0, 9)], VIDEO, Trackers(range(3, 20)), lost_rule=LostRule(frames=2))
    rest_of(run)
    run.wake()
    assert run.lost == ()
    assert visits(rest_of(run)) == [(5, 1), (6, 1)]


def test_wake_when_the_others_are_far_ahead_then_the_lost_target_catches_up_first(joint: MakeRun) -> None:
    run = joint([request(1, 0, 4), request(2, 0, 4)], VIDEO, Trackers(range(1, 4)), lost_rule=LostRule(frames=2))
    for _ in range(7):
        last = run.step()
    assert (last.frame_index, last.track_id) == (3, 2)
    run.wake()
    assert visits(rest_of(run)) == [(3, 1), (4, 1), (4, 2)]


def test_apply_correction_when_the_target_rests_there_then_it_learns_and_goes_on(joint: MakeRun) -> None:
    trackers = Trackers(range(3, 5))
    run = joint([request(1, 0, 6)], VIDEO, trackers, lost_rule=LostRule(frames=2))
    rest_of(run)
    corrected = run.apply_correction(1, 4, BOX.shifted(9, 0))
    assert corrected is not None
    assert (corrected.frame_index, corrected.is_human) == (4, True)
    assert trackers.made[0].calls[-1] == ("correct", BOX.shifted(9, 0))
    assert run.lost == ()
    assert visits(rest_of(run)) == [(5, 1), (6, 1)]


def test_apply_correction_when_its_frame_is_still_to_come_then_waits_for_it(joint: MakeRun) -> None:
    trackers = Trackers()
    run = joint([request(1, 0, 6), request(2, 0, 6)], VIDEO, trackers)
    for _ in range(4):
        run.step()
    assert run.apply_correction(2, 4, BOX) is None
    assert [t.is_human for t in rest_of(run) if t.frame_index == 4] == [False, True]
    assert ("correct", BOX) in trackers.of(2).calls


@pytest.mark.parametrize(("track_id", "frame_index"), [(1, 1), (7, 4), (2, 2)], ids=["past", "unknown", "ended"])
def test_apply_correction_when_no_target_can_learn_it_then_asks_for_another_run(
    joint: MakeRun, track_id: int, frame_index: int
) -> None:
    run = joint([request(1, 0, 6), request(2, 0, 2)], VIDEO, Trackers())
    for _ in range(7):
        run.step()
    with pytest.raises(ValueError, match=f"cannot learn frame {frame_index} of track {track_id}"):
        run.apply_correction(track_id, frame_index, BOX)


def test_step_when_cancelled_at_the_second_target_then_can_be_taken_again(joint: MakeRun) -> None:
    run = joint([request(1, 0, 2), request(2, 0, 2)], VIDEO, Trackers())
    run.step()
    with pytest.raises(TrackingCancelled):
        run.step(should_cancel=lambda: True)
    assert visits(rest_of(run))[:2] == [(0, 2), (1, 1)]


def test_frames_left_then_counts_those_with_manual_boxes_apart(joint: MakeRun) -> None:
    run = joint([request(1, 0, 4, 3, 9), request(2, 2, 0)], VIDEO, Trackers())
    assert (run.frames_left.total, run.frames_left.to_track, run.frames_left.to_learn) == (8, 5, 3)
    run.step()
    run.step()
    assert (run.frames_left.done, run.frames_left.to_track, run.frames_left.to_learn) == (2, 4, 2)
    rest_of(run)
    assert run.frames_left.done == 8


def test_is_to_learn_then_tells_frames_with_a_manual_box(joint: MakeRun) -> None:
    run = joint([request(1, 0, 3, 2)], VIDEO, Trackers())
    told = []
    while run.next_frame is not None:
        told.append(run.is_to_learn)
        run.step()
    assert told == [True, False, True, False]


def test_run_when_bidirectional_then_both_passes_find_every_frame_between(joint: MakeRun) -> None:
    requests = bidirectional_requests(5, boxes(2, 6), left=2, right=6)
    tracked = [t for t in rest_of(joint(requests, VIDEO, Trackers())) if not t.is_human]
    assert [(t.frame_index, t.direction) for t in tracked] == [
        *((i, Direction.FORWARD) for i in (3, 4, 5)),
        *((i, Direction.BACKWARD) for i in (5, 4, 3)),
    ]


def test_apply_correction_when_one_pass_is_there_and_one_is_to_come_then_both_learn_it(
    joint: MakeRun,
) -> None:
    trackers = Trackers()
    run = joint(bidirectional_requests(5, boxes(2, 8), left=2, right=8), VIDEO, trackers)
    for _ in range(4):
        run.step()
    assert run.has_just_tracked(0, 5)
    assert not run.has_just_tracked(0, 4)
    run.apply_correction(0, 5, BOX)
    rest_of(run)
    assert [("correct", BOX) in tracker.calls for tracker in trackers.made] == [True, True]
