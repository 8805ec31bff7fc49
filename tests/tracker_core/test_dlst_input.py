"""Odd frames and boxes: they work, or the message says what was expected and what came."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Box,
    BoxLike,
    DLSTConfig,
    Frame,
    Speed,
    Tracker,
    TrackerInputError,
    create_tracker,
)
from tracker_core.config import Details

BAD_BOXES = {
    "nan": (Box(math.nan, 10, 20, 20), "finite numbers and positive size, got Box.*nan"),
    "infinite": (Box(10, 10, math.inf, 20), "finite numbers and positive size"),
    "zero-width": (Box(10, 10, 0, 20), "positive size, got Box"),
    "negative-height": (Box(10, 10, 20, -5), "positive size, got Box"),
    "below-a-pixel": (Box(60.3, 40.7, 20, 0.2), "at least 1 x 1 pixel, got Box.*height=0.2"),
    "right-of-frame": (Box(200, 10, 20, 20), "outside the frame of 200 x 140"),
    "three-numbers": ((10, 10, 20), "expected a Box or four numbers"),
    "above-frame": (Box(10, -30, 20, 20), "outside the frame of 200 x 140"),
}
BAD_FRAMES = {
    "none": (None, "expected a uint8 frame, got NoneType"),
    "float": (np.zeros((140, 200, 3), np.float32), "uint8 frame, got float32"),
    "two-channels": (np.zeros((140, 200, 2), np.uint8), r"got \(140, 200, 2\)"),
    "other-size": (np.zeros((141, 200, 3), np.uint8), "200 x 140 like the first one, got 200 x 141"),
}


def with_counts(config: DLSTConfig, *, candidates: int, first: int, regression: int) -> DLSTConfig:
    """Even fewer samples: `first` of each class in the first frame."""
    samples = config.samples
    return replace(
        config,
        candidates=replace(config.candidates, count=candidates),
        samples=replace(
            samples,
            first=replace(samples.first, positives=first, negatives=first),
            online=replace(samples.online, positives=4, negatives=6),
        ),
        regression=replace(config.regression, samples=regression),
        correction=replace(config.correction, positives=4),
        speed=replace(config.speed, first_far_tiles=2),
    )


@pytest.fixture
def tracker(random_weights: BackboneWeights, reduced: ReducedConfig) -> Tracker:
    config = reduced(iterations_first=2, iterations_online=1, correction_iterations=2)
    return create_tracker(with_counts(config, candidates=12, first=12, regression=6), random_weights)


@pytest.mark.parametrize(("box", "message"), BAD_BOXES.values(), ids=BAD_BOXES)
def test_initialize_when_the_box_is_bad_then_says_so(tracker: Tracker, box: Box, message: str) -> None:
    with pytest.raises(TrackerInputError, match=message):
        tracker.initialize(scene(), box)


def test_a_box_when_given_as_four_numbers_then_is_that_box(tracker: Tracker) -> None:
    def boxes(first: BoxLike, second: BoxLike) -> list[Box]:
        tracker.initialize(scene(path(0)), first)
        return [tracker.track(scene(path(1))).box, tracker.correct(scene(path(1)), second).box]

    assert boxes(path(0), path(1)) == boxes(tuple(path(0)), path(1).xywh)


def test_track_and_correct_when_there_is_no_target_then_say_so(tracker: Tracker) -> None:
    with pytest.raises(TrackerInputError, match="call initialize"):
        tracker.track(scene())
    with pytest.raises(TrackerInputError, match="call initialize"):
        tracker.correct(scene(), path(0))


def test_later_calls_when_given_bad_input_then_say_so_and_change_nothing(tracker: Tracker) -> None:
    boxes = []
    for is_disturbed in (False, True):
        tracker.initialize(scene(path(0)), path(0))
        if is_disturbed:
            for frame, message in BAD_FRAMES.values():
                with pytest.raises(TrackerInputError, match=message):
                    tracker.track(frame)
                with pytest.raises(TrackerInputError, match=message):
                    tracker.correct(frame, path(1))
            for box, message in BAD_BOXES.values():
                with pytest.raises(TrackerInputError, match=message):
                    tracker.correct(scene(path(1)), box)
        boxes.append(tracker.track(scene(path(1))).box)
    assert boxes[0] == boxes[1]


def test_frames_when_grey_or_with_alpha_then_are_tracked_like_their_rgb(tracker: Tracker) -> None:
    def boxes(frames: list[Frame]) -> list[Box]:
        tracker.initialize(frames[0], path(0))
        return [tracker.track(frame).box for frame in frames[1:]]

    rgb = [scene(path(n)) for n in range(3)]
    rgba = [np.dstack([frame, np.full(frame.shape[:2], 128, np.uint8)]) for frame in rgb]
    grey = [frame[:, :, 1] for frame in rgb]
    assert boxes(rgba) == boxes(rgb)
    assert boxes(grey) == boxes([np.repeat(frame[:, :, None], 3, axis=2) for frame in grey])


ODD_TARGETS = {
    "covers-frame": ((140, 200), Box(0, 0, 200, 140)),
    "larger-than-frame": ((140, 200), Box(-60, -60, 400, 300)),
    "over-the-corner": ((140, 200), Box(-15, -15, 20, 20)),
    "center-outside": ((140, 200), Box(190, 130, 40, 40)),
    "sub-pixel-inside": ((140, 200), Box(199.5, 70, 60, 20)),
    "thin": ((140, 200), Box(20, 60, 150, 3)),
    "tiny": ((140, 200), Box(60.3, 40.7, 2.5, 3.5)),
    "one-pixel": ((140, 200), Box(60.3, 40.7, 1, 1)),
    "small-frame": ((12, 12), Box(3, 3, 6, 5)),
    "small-frame-covered": ((12, 12), Box(0, 0, 12, 12)),
    "small-frame-one-pixel": ((12, 12), Box(5, 5, 1, 1)),
    "one-row": ((1, 40), Box(10, 0, 8, 1)),
    "one-pixel-frame": ((1, 1), Box(0, 0, 1, 1)),
}


@pytest.mark.parametrize(
    ("details", "speed"), [("code", "exact"), ("paper", "exact"), ("code", "fast")], ids=["code", "paper", "fast"]
)
@pytest.mark.parametrize(("size", "box"), ODD_TARGETS.values(), ids=ODD_TARGETS)
def test_target_when_odd_then_is_tracked_and_corrected_or_named(
    random_weights: BackboneWeights,
    reduced: ReducedConfig,
    size: tuple[int, int],
    box: Box,
    details: Details,
    speed: Speed,
) -> None:
    config = reduced(
        details=details, speed=speed, update_interval=2,
        iterations_first=1, iterations_online=1, correction_iterations=1,
    )  # fmt: skip
    tracker = create_tracker(with_counts(config, candidates=8, first=8, regression=4), random_weights)
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    try:
        tracker.initialize(frame, box)
    except TrackerInputError as error:
        assert "leaves no background to learn from" in str(error)  # noqa: PT017
        return
    for result in (tracker.track(frame), tracker.correct(frame, box), tracker.track(frame)):
        assert result.box.is_valid
    assert math.isfinite(tracker.track(frame).score)
