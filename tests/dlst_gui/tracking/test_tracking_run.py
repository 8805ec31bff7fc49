"""One target through a video, either way: what the tracker is told, and which boxes stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import permutations

import pytest

from dlst_gui.tracking.tracking_run import Direction, FrameTracked, SavedTracker, TrackingRun, TrackRequest
from tests.dlst_gui.commands.command_fakes import CommandTracker
from tests.fakes import FakeTracker, SyntheticVideo
from tests.tracker_core.conftest import ReducedConfig, random_weights, reduced
from tests.tracker_core.moving_squares import path, scene
from tracker_core import BackboneWeights, Box, CheckpointError, Frame, create_tracker

__all__ = ["random_weights", "reduced"]  # fixtures of the core's tests

VIDEO = SyntheticVideo()


def human(*frames: int) -> dict[int, Box]:
    """Boxes off the tracker's way, so that it is seen who gave a box."""
    return {i: Box(50 + i, 60, 20, 20) for i in frames}


def finished(run: TrackingRun) -> list[FrameTracked]:
    tracked = []
    while not run.is_finished:
        tracked.append(run.step())
    return tracked


def run_of(
    keyframes: Mapping[int, Box], start: int, stop: int, *, stops_at_keyframe: bool = False
) -> tuple[list[FrameTracked], FakeTracker]:
    tracker = FakeTracker()
    request = TrackRequest(3, keyframes, start, stop, track_id=8, stops_at_keyframe=stops_at_keyframe)
    return finished(TrackingRun(request, VIDEO, tracker)), tracker


@pytest.mark.parametrize(
    ("start", "stop", "direction"),
    [(2, 6, Direction.FORWARD), (6, 2, Direction.BACKWARD), (2, 2, Direction.FORWARD)],
    ids=["forward", "backward", "one frame"],
)
def test_run_when_the_stop_lies_either_way_then_goes_there_frame_by_frame(
    start: int, stop: int, direction: Direction
) -> None:
    tracked, _ = run_of(human(start), start, stop)
    assert [t.frame_index for t in tracked] == list(range(start, stop + direction, direction))
    assert {(t.run_id, t.track_id, t.direction) for t in tracked} == {(3, 8, direction)}


@pytest.mark.parametrize("backward", [False, True], ids=["forward", "backward"])
def test_run_when_it_comes_to_a_keyframe_then_its_box_stands_and_is_learned(backward: bool) -> None:
    boxes = human(2, 5, 8)
    tracked, tracker = run_of(boxes, 8, 2) if backward else run_of(boxes, 2, 8)
    assert {t.frame_index: t.result.box for t in tracked if t.is_human} == boxes
    names = [name for name, _ in tracker.calls]
    assert names == ["example", "example", "initialize", "track", "track", "correct", "track", "track", "correct"]


def test_run_when_it_starts_then_all_other_manual_boxes_are_learned_the_nearest_last() -> None:
    boxes = human(0, 9, 12, 20)
    _, tracker = run_of(boxes, 9, 10)
    assert tracker.calls[:4] == [
        ("example", boxes[20]),
        ("example", boxes[0]),
        ("example", boxes[12]),
        ("initialize", boxes[9]),
    ]


def test_run_when_the_manual_boxes_came_in_another_order_then_does_the_same() -> None:
    boxes = human(0, 4, 8, 12)
    calls = [run_of(dict(order), 4, 13)[1].calls for order in permutations(boxes.items())]
    assert calls.count(calls[0]) == len(calls)


@pytest.mark.parametrize(
    ("start", "stop", "last"),
    [(0, 20, 6), (14, 0, 8), (14, 20, 20), (7, 0, 7)],
    ids=["forward", "backward", "none on the way", "next door"],
)
def test_run_when_it_stops_at_keyframes_then_ends_just_before_the_first(start: int, stop: int, last: int) -> None:
    boxes = human(start, 7, 14) if start != 7 else human(7, 6)
    tracked, tracker = run_of(boxes, start, stop, stops_at_keyframe=True)
    assert tracked[-1].frame_index == last
    assert "correct" not in {name for name, _ in tracker.calls}


def test_request_when_its_start_has_no_manual_box_then_says_so() -> None:
    with pytest.raises(ValueError, match="frame 4 has no manual box"):
        TrackRequest(0, human(3), 4, 9)


def test_step_when_the_run_has_ended_then_says_where() -> None:
    run = TrackingRun(TrackRequest(3, human(2, 5), 2, 9, stops_at_keyframe=True), VIDEO, FakeTracker())
    finished(run)
    with pytest.raises(ValueError, match="ended at frame 4"):
        run.step()


@pytest.mark.parametrize(("start", "stop"), [(2, 9), (9, 2)], ids=["forward", "backward"])
def test_correct_when_on_the_frame_just_tracked_then_is_learned(start: int, stop: int) -> None:
    tracker = FakeTracker()
    run = TrackingRun(TrackRequest(0, human(start), start, stop), VIDEO, tracker)
    last = [run.step() for _ in range(3)][-1].frame_index
    for other in (last - 1, last + 1):
        with pytest.raises(ValueError, match=f"only frame {last}"):
            run.correct(other, VIDEO.box(other))
    corrected = run.correct(last, VIDEO.box(last))
    assert (corrected.frame_index, corrected.is_human) == (last, True)
    assert tracker.calls[-1] == ("correct", VIDEO.box(last))


class Scenes:
    """A textured square on its way, for the real tracker."""

    def read(self, frame_index: int) -> Frame:
        return scene(path(frame_index))


def real_boxes(
    keyframes: Iterable[int], config: ReducedConfig, weights: BackboneWeights, start: int, stop: int
) -> list[Box]:
    tracker = create_tracker(
        config(iterations_first=3, correction_iterations=3, update_interval=2), weights, seed=1
    )
    request = TrackRequest(0, {i: path(i) for i in keyframes}, start, stop)
    return [tracked.result.box for tracked in finished(TrackingRun(request, Scenes(), tracker))]


@pytest.mark.parametrize(("start", "stop"), [(2, 6), (6, 2)], ids=["forward", "backward"])
def test_real_tracker_when_manual_boxes_came_in_another_order_then_gives_the_same_boxes(
    start: int, stop: int, reduced: ReducedConfig, random_weights: BackboneWeights
) -> None:
    keyframes = (start, 0, 4, 7)
    expected = real_boxes(keyframes, reduced, random_weights, start, stop)
    assert real_boxes(reversed(keyframes), reduced, random_weights, start, stop) == expected


def test_real_tracker_when_a_manual_box_was_taken_back_then_is_as_if_it_had_never_been(
    reduced: ReducedConfig, random_weights: BackboneWeights
) -> None:
    never = real_boxes((2, 0), reduced, random_weights, 2, 6)
    assert real_boxes((2, 0, 7), reduced, random_weights, 2, 6) != never
    given = {2: path(2), 0: path(0), 7: path(7)}
    del given[7]
    assert real_boxes(given, reduced, random_weights, 2, 6) == never


# Going on from where an earlier run has ended


def test_resume_when_the_tracker_was_saved_then_goes_on_after_that_frame() -> None:
    request, tracker = TrackRequest(3, human(4), 4, 9), CommandTracker()
    earlier = TrackingRun(request, VIDEO, tracker)
    for _ in range(3):
        earlier.step()
    checkpoint = tracker.checkpoint()
    assert checkpoint is not None
    expected = finished(earlier)
    later = TrackingRun(request, VIDEO, CommandTracker())
    later.resume(SavedTracker(6, checkpoint))
    found = finished(later)
    assert [each.frame_index for each in found] == [7, 8, 9]
    assert [each.result for each in found] == [each.result for each in expected]


@pytest.mark.parametrize("tracker", [FakeTracker(), CommandTracker()], ids=["not resumable", "other checkpoint"])
def test_resume_when_it_cannot_be_done_then_the_run_is_at_its_start(tracker: FakeTracker) -> None:
    run = TrackingRun(TrackRequest(3, human(4), 4, 9), VIDEO, tracker)
    with pytest.raises(CheckpointError):
        run.resume(SavedTracker(6, {}))
    assert [each.frame_index for each in finished(run)] == list(range(4, 10))
