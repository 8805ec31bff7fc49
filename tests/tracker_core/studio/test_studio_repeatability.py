"""The same seed and frames give the same boxes bit for bit, whatever was cancelled or refused in between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.tracker_core.frame_in_parts import NoisyParts
from tests.tracker_core.moving_squares import path, scene
from tests.tracker_core.studio.conftest import CPU, StudioConfig
from tests.tracker_core.test_dlst_repeatability import cancelled_again_and_again
from tracker_core import BackboneWeights, Box, Example, TrackerInputError, TrackingCancelled
from tracker_core.speed import with_background_updates
from tracker_core.studio.studio_tracker import StudioTracker

FRAMES = [scene(path(n)) for n in range(8)]
MakeTracker = Callable[[int], StudioTracker]


@pytest.fixture(scope="module", params=["exact", "background"])
def make(
    studio_weights: BackboneWeights, studio_config: StudioConfig, request: pytest.FixtureRequest
) -> MakeTracker:
    speed = "exact" if request.param == "exact" else "fast"
    config = studio_config(speed=speed, update_interval=2, iterations_first=3, iterations_online=3)
    if request.param == "background":
        config = with_background_updates(config)
    return lambda seed: StudioTracker(config, studio_weights, device=CPU, seed=seed)


@pytest.fixture(scope="module")
def expected(make: MakeTracker) -> list[Box]:
    """What an undisturbed tracker of seed 0 finds."""
    return boxes_of(make(0))


def boxes_of(tracker: StudioTracker) -> list[Box]:
    tracker.initialize(FRAMES[0], path(0))
    return [tracker.track(frame).box for frame in FRAMES[1:5]]


def test_boxes_when_frames_come_in_parts_then_are_equal_bit_for_bit(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker, frames = make(0), [NoisyParts(frame) for frame in FRAMES]
    tracker.initialize(frames[0], path(0))
    assert [tracker.track(frame).box for frame in frames[1:5]] == expected


def test_boxes_when_the_seed_is_the_same_then_are_equal_bit_for_bit(
    make: MakeTracker, expected: list[Box]
) -> None:
    """The same tracker initialized again included: nothing of the first time is left."""
    tracker = make(0)
    assert boxes_of(tracker) == expected
    assert boxes_of(tracker) == expected


def test_scores_when_the_seed_differs_then_differ(make: MakeTracker) -> None:
    """Boxes may be alike: they come from the matching head, which draws nothing."""
    scores = []
    for seed in (0, 4):
        tracker = make(seed)
        tracker.initialize(FRAMES[0], path(0))
        scores.append(tracker.track(FRAMES[1]).score)
    assert scores[0] != scores[1]


def test_initialize_when_cancelled_anywhere_then_learns_as_if_it_never_was(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker = make(0)
    for allowed in (2, 10):
        polls = iter([False] * allowed)
        with pytest.raises(TrackingCancelled):
            tracker.initialize(FRAMES[0], path(0), should_cancel=lambda: next(polls, True))  # noqa: B023
        with pytest.raises(TrackerInputError, match="no target yet"):
            tracker.track(FRAMES[1])
    assert boxes_of(tracker) == expected


def test_track_when_cancelled_again_and_again_then_gives_the_boxes_of_an_undisturbed_run(
    make: MakeTracker, expected: list[Box]
) -> None:
    """Frame 2 trains or begins to; frame 5 takes over."""
    tracker = make(0)
    tracker.initialize(FRAMES[0], path(0))
    boxes = []
    for frame in FRAMES[1:5]:
        result, _ = cancelled_again_and_again(lambda stop, frame=frame: tracker.track(frame, should_cancel=stop))
        boxes.append(result.box)
    assert boxes == expected


def test_correct_when_cancelled_again_and_again_then_goes_on_as_if_it_never_was(make: MakeTracker) -> None:
    runs = []
    for is_disturbed in (False, True):
        tracker = make(0)
        tracker.initialize(FRAMES[0], path(0))
        tracker.track(FRAMES[1])
        if is_disturbed:
            _, polls = cancelled_again_and_again(
                lambda stop, tracker=tracker: tracker.correct(FRAMES[1], path(1), should_cancel=stop)
            )
            assert polls >= 6
        else:
            tracker.correct(FRAMES[1], path(1))
        result = tracker.track(FRAMES[2])
        runs.append((result.box, result.score))
    assert runs[0] == runs[1]


def test_correct_when_cancelled_then_the_target_is_followed_on_without_it(
    make: MakeTracker, expected: list[Box]
) -> None:
    tracker = make(0)
    tracker.initialize(FRAMES[0], path(0))
    boxes = [tracker.track(frame).box for frame in FRAMES[1:3]]
    for allowed in (0, 6):
        polls = iter([False] * allowed)
        with pytest.raises(TrackingCancelled):
            tracker.correct(FRAMES[2], Box(100, 60, 20, 20), should_cancel=lambda: next(polls, True))  # noqa: B023
    assert [*boxes, *(tracker.track(frame).box for frame in FRAMES[3:5])] == expected


# Another first frame that comes to nothing leaves the target as it was


OTHER = np.random.default_rng(3).integers(0, 256, FRAMES[0].shape, dtype=np.uint8)


def cancelled(tracker: StudioTracker) -> None:
    polls = iter([False] * 4)
    with pytest.raises(TrackingCancelled):
        tracker.initialize(OTHER, Box(20, 20, 90, 80), should_cancel=lambda: next(polls, True))


def with_a_bad_example(tracker: StudioTracker) -> None:
    with pytest.raises(TrackerInputError, match="outside"):
        tracker.initialize(OTHER, Box(20, 20, 90, 80), examples=[Example(Box(500, 0, 9, 9), lambda: OTHER)])


@pytest.mark.parametrize("fail", [cancelled, with_a_bad_example])
@pytest.mark.parametrize("speed", ["exact", "fast"])
def test_initialize_when_it_comes_to_nothing_then_the_old_target_is_followed_on(
    studio_weights: BackboneWeights,
    studio_config: StudioConfig,
    speed: str,
    fail: Callable[[StudioTracker], None],
) -> None:
    runs = []
    for is_disturbed in (False, True):
        tracker = StudioTracker(studio_config(speed=speed), studio_weights, device=CPU, seed=0)
        tracker.initialize(FRAMES[0], path(0))
        if is_disturbed:
            fail(tracker)
        result = tracker.track(FRAMES[1])
        runs.append((result.box, result.score))
    assert runs[0] == runs[1]
