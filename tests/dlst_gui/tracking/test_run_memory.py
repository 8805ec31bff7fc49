"""What the tracker of a run knows, by frames of the video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.run_memory import RunMemory, forget_in, memory_of, removal_effect_of
from dlst_gui.tracking.tracker_supply import LearnedTracker
from dlst_gui.tracking.tracking_run import SavedTracker, TrackingRun, TrackRequest
from tests.fakes import FakeTracker, SyntheticVideo
from tests.knowing_tracker import KnowingTracker
from tracker_core import Checkpoint, RemovalError, SampleSource, TrackResult

VIDEO = SyntheticVideo()


@dataclass
class LeavableTracker(KnowingTracker):
    """Its checkpoint is what it was asked."""

    def checkpoint(self) -> Checkpoint:
        return {"tracked": np.array(len(self.calls))}

    def resume(self, checkpoint: Checkpoint) -> None:
        self.calls += [("track", None)] * (int(checkpoint["tracked"]) - len(self.calls))


def run_of(*keyframes: int, start: int, stop: int, tracker: FakeTracker | None = None) -> TrackingRun:
    request = TrackRequest(1, {i: VIDEO.box(i) for i in keyframes}, start, stop, track_id=4)
    return TrackingRun(request, VIDEO, tracker or KnowingTracker())


def stepped(run: TrackingRun, times: int) -> TrackingRun:
    for _ in range(times):
        run.step()
    return run


def frames_by_source(memory: RunMemory | None) -> dict[SampleSource, list[int]]:
    assert memory is not None
    found: dict[SampleSource, list[int]] = {}
    for source in SampleSource:
        frames = memory.frame_indices[(memory.samples.sources == source) & memory.samples.is_positive]
        if len(frames):
            found[source] = sorted({int(each) for each in frames})
    return found


def test_memory_of_when_a_run_goes_forward_then_tells_frames_of_the_video() -> None:
    memory = memory_of(stepped(run_of(5, start=5, stop=20), 4))
    assert frames_by_source(memory) == {SampleSource.FIRST_FRAME: [5], SampleSource.TRACKED: [6, 7, 8]}
    assert memory is not None
    assert (memory.track_id, memory.last_frame) == (4, 8)


def test_memory_of_when_a_run_goes_backward_past_a_manual_box_then_tells_frames_of_the_video() -> None:
    run = stepped(run_of(20, 18, 3, start=20, stop=10), 5)
    assert frames_by_source(memory_of(run)) == {
        SampleSource.FIRST_FRAME: [20],
        SampleSource.EXAMPLE: [3, 18],
        SampleSource.CORRECTION: [18],
        SampleSource.TRACKED: [16, 17, 19],
    }


def test_memory_of_when_boxes_were_given_on_the_frame_just_tracked_then_later_frames_are_right() -> None:
    run = stepped(run_of(5, start=5, stop=20), 3)
    run.correct(7, VIDEO.box(7))
    run.correct(7, VIDEO.box(7))
    stepped(run, 2)
    found = frames_by_source(memory_of(run))
    assert found[SampleSource.CORRECTION] == [7]
    assert found[SampleSource.TRACKED] == [6, 7, 8, 9]


def test_memory_of_when_frames_are_taken_back_then_they_are_gone() -> None:
    run = stepped(run_of(5, start=5, stop=20), 4)
    run.take_back()
    assert frames_by_source(memory_of(run))[SampleSource.TRACKED] == [6, 7]
    stepped(run, 2)
    assert frames_by_source(memory_of(run))[SampleSource.TRACKED] == [6, 7, 8, 9]


def test_memory_of_when_a_run_is_resumed_then_tells_what_the_run_before_had_told() -> None:
    left = stepped(run_of(5, 25, start=5, stop=20, tracker=LeavableTracker()), 6)
    resumed = run_of(5, 25, start=5, stop=20, tracker=LeavableTracker())
    resumed.resume(SavedTracker(10, left.tracker.checkpoint()))  # type: ignore[attr-defined]
    assert frames_by_source(memory_of(resumed)) == frames_by_source(memory_of(left))
    stepped(resumed, 1)
    assert frames_by_source(memory_of(resumed))[SampleSource.TRACKED][-1] == 11


def test_memory_of_when_the_first_frame_was_learned_ahead_then_it_is_told() -> None:
    tracker = KnowingTracker()
    result: TrackResult = tracker.initialize(VIDEO.read(5), VIDEO.box(5))
    run = run_of(5, start=5, stop=20, tracker=LearnedTracker(tracker, [VIDEO.box(5)], result))  # type: ignore[arg-type]
    assert memory_of(run) is None  # it has not begun
    assert frames_by_source(memory_of(stepped(run, 2))) == {
        SampleSource.FIRST_FRAME: [5],
        SampleSource.TRACKED: [6],
    }


def test_memory_of_when_the_tracker_cannot_be_looked_into_then_there_is_none() -> None:
    assert memory_of(stepped(run_of(5, start=5, stop=20, tracker=FakeTracker()), 3)) is None


def test_removal_when_the_run_has_gone_on_since_then_is_refused() -> None:
    run = stepped(run_of(5, start=5, stop=20), 4)
    memory = memory_of(run)
    assert memory is not None
    rows = np.flatnonzero(memory.frame_indices == 7)
    assert removal_effect_of(run, memory, rows).score_without == -1
    forget_in(run, memory, rows)
    after = memory_of(run)
    assert frames_by_source(after)[SampleSource.TRACKED] == [6, 8]
    stepped(run, 1)
    for remove in (removal_effect_of, forget_in):
        with pytest.raises(RemovalError, match="gone on"):
            remove(run, after, rows)


@pytest.mark.parametrize("at_once", [1, 2])
def test_joint_run_when_targets_are_tracked_ahead_then_memory_is_that_of_the_frame_given_out(at_once: int) -> None:
    requests = [TrackRequest(1, {2: VIDEO.box(2)}, 2, 9, track_id=each) for each in (1, 2, 3)]
    run = JointRun(requests, VIDEO, KnowingTracker, at_once=at_once)
    run.keep_memory_of(2)
    last: dict[int, int] = {}
    while not run.is_finished:
        tracked = run.step()
        last[tracked.track_id] = tracked.frame_index
        for track_id, frame_index in last.items():
            memory = run.memory(track_id)
            if frame_index == 9 and track_id != 2:
                assert memory is None  # it has ended, and nobody wanted to know
                continue
            assert memory is not None
            assert memory.last_frame == frame_index
    ended = run.memory(2)
    assert ended is not None
    with pytest.raises(RemovalError, match="has ended"):
        run.removal_effect(ended, np.array([2]))
    run.close()
