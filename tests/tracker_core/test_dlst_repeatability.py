"""The same seed and frames give the same boxes bit for bit, whatever was cancelled in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.frame_in_parts import NoisyParts
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Box,
    ShouldCancel,
    Tracker,
    TrackerInputError,
    TrackingCancelled,
    TrackResult,
    create_tracker,
)

FRAMES = [scene(path(n)) for n in range(6)]
MakeTracker = Callable[[int], Tracker]


@pytest.fixture(scope="module", params=["exact", "fast"])
def make(random_weights: BackboneWeights, reduced: ReducedConfig, request: pytest.FixtureRequest) -> MakeTracker:
    config = reduced(
        speed=request.param, update_delay=2 if request.param == "fast" else 0,
        update_interval=2, iterations_first=3, correction_iterations=3,
    )  # fmt: skip
    config = replace(
        config,
        candidates=replace(config.candidates, count=16),
        samples=replace(config.samples, first=replace(config.samples.first, negatives=20, positives=20)),
        regression=replace(config.regression, samples=10),
    )
    return lambda seed: create_tracker(config, random_weights, seed=seed)


@pytest.fixture(scope="module")
def expected(make: MakeTracker) -> list[Box]:
    """What an undisturbed tracker of seed 0 finds."""
    return boxes_of(make(0))


def boxes_of(tracker: Tracker) -> list[Box]:
    tracker.initialize(FRAMES[0], path(0))
    return [tracker.track(frame).box for frame in FRAMES[1:4]]


def test_boxes_when_frames_come_in_parts_then_are_equal_bit_for_bit(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker, frames = make(0), [NoisyParts(frame) for frame in FRAMES]
    tracker.initialize(frames[0], path(0))
    assert [tracker.track(frame).box for frame in frames[1:4]] == expected


def cancelled_again_and_again(call: Callable[[ShouldCancel], TrackResult]) -> tuple[TrackResult, int]:
    """Cancel at the first poll, then at the fourth, and so on until the call comes through."""
    allowed = 0
    while True:
        polls = iter([False] * allowed)
        try:
            return call(lambda polls=polls: next(polls, True)), allowed
        except TrackingCancelled:
            allowed += 3


def test_boxes_when_the_seed_is_the_same_then_are_equal_bit_for_bit(
    make: MakeTracker, expected: list[Box]
) -> None:
    """The same tracker initialized again included: nothing of the first time is left."""
    tracker = make(0)
    assert boxes_of(tracker) == expected
    assert boxes_of(tracker) == expected


def test_boxes_when_the_seed_differs_then_differ(make: MakeTracker, expected: list[Box]) -> None:
    assert boxes_of(make(4)) != expected


def test_initialize_when_cancelled_anywhere_then_learns_as_if_it_never_was(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker = make(0)
    for allowed in (0, 2, 5, 8):
        polls = iter([False] * allowed)
        with pytest.raises(TrackingCancelled):
            tracker.initialize(FRAMES[0], path(0), should_cancel=lambda: next(polls, True))  # noqa: B023
        with pytest.raises(TrackerInputError, match="no target yet"):
            tracker.track(FRAMES[1])
    assert boxes_of(tracker) == expected


def test_initialize_when_cancelled_while_tracking_then_the_old_target_is_followed_on(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker = make(0)
    tracker.initialize(FRAMES[0], path(0))
    first = tracker.track(FRAMES[1]).box
    polls = iter([False] * 8)
    with pytest.raises(TrackingCancelled):
        tracker.initialize(FRAMES[0], Box(90, 70, 20, 20), should_cancel=lambda: next(polls, True))
    assert [first, *(tracker.track(frame).box for frame in FRAMES[2:4])] == expected


def test_track_when_cancelled_again_and_again_then_gives_the_boxes_of_an_undisturbed_run(
    make: MakeTracker, expected: list[Box]
) -> None:
    """Once while judging candidates, once while collecting samples and once while updating, at least."""
    tracker = make(0)
    tracker.initialize(FRAMES[0], path(0))
    result, polls = cancelled_again_and_again(lambda stop: tracker.track(FRAMES[1], should_cancel=stop))
    assert polls >= 6
    assert [result.box, *(tracker.track(frame).box for frame in FRAMES[2:4])] == expected


def test_correct_when_cancelled_again_and_again_then_goes_on_as_if_it_never_was(make: MakeTracker) -> None:
    runs = []
    for is_disturbed in (False, True):
        tracker = make(0)
        tracker.initialize(FRAMES[0], path(0))
        tracker.track(FRAMES[1])
        if is_disturbed:
            cancelled_again_and_again(
                lambda stop, tracker=tracker: tracker.correct(FRAMES[1], path(1), should_cancel=stop)
            )
        else:
            tracker.correct(FRAMES[1], path(1))
        runs.append(tracker.track(FRAMES[2]).box)
    assert runs[0] == runs[1]
