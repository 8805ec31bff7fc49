"""Odd frames and boxes: the default system takes them, or says what was expected and what came."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.tracker_core.moving_squares import path, scene
from tests.tracker_core.studio.conftest import MakeStudio
from tests.tracker_core.test_dlst_input import BAD_BOXES, BAD_FRAMES, ODD_TARGETS
from tracker_core import Box, BoxLike, Frame, TrackerInputError
from tracker_core.studio.studio_tracker import StudioTracker

FRAMES = [scene(path(n)) for n in range(3)]


@pytest.fixture
def tracker(make_studio: MakeStudio) -> StudioTracker:
    return make_studio(iterations_first=2, iterations_online=1, correction_iterations=1)


@pytest.mark.parametrize(("box", "message"), BAD_BOXES.values(), ids=BAD_BOXES)
def test_initialize_when_the_box_is_bad_then_says_so(tracker: StudioTracker, box: Box, message: str) -> None:
    with pytest.raises(TrackerInputError, match=message):
        tracker.initialize(FRAMES[0], box)


def test_a_box_when_given_as_four_numbers_then_is_that_box(tracker: StudioTracker) -> None:
    def boxes(first: BoxLike, second: BoxLike) -> list[Box]:
        tracker.initialize(FRAMES[0], first)
        return [tracker.track(FRAMES[1]).box, tracker.correct(FRAMES[1], second).box]

    assert boxes(path(0), path(1)) == boxes(tuple(path(0)), path(1).xywh)


def test_track_and_correct_when_there_is_no_target_then_say_so(tracker: StudioTracker) -> None:
    with pytest.raises(TrackerInputError, match="call initialize"):
        tracker.track(FRAMES[0])
    with pytest.raises(TrackerInputError, match="call initialize"):
        tracker.correct(FRAMES[0], path(0))


def test_later_calls_when_given_bad_input_then_say_so_and_change_nothing(tracker: StudioTracker) -> None:
    boxes = []
    for is_disturbed in (False, True):
        tracker.initialize(FRAMES[0], path(0))
        if is_disturbed:
            for frame, message in BAD_FRAMES.values():
                with pytest.raises(TrackerInputError, match=message):
                    tracker.track(frame)
                with pytest.raises(TrackerInputError, match=message):
                    tracker.correct(frame, path(1))
            for box, message in BAD_BOXES.values():
                with pytest.raises(TrackerInputError, match=message):
                    tracker.correct(FRAMES[1], box)
                with pytest.raises(TrackerInputError, match=message):
                    tracker.initialize(FRAMES[1], box)
        boxes.append(tracker.track(FRAMES[1]).box)
    assert boxes[0] == boxes[1]


def test_frames_when_grey_or_with_alpha_then_are_tracked_like_their_rgb(tracker: StudioTracker) -> None:
    def boxes(frames: list[Frame]) -> list[Box]:
        tracker.initialize(frames[0], path(0))
        return [
            tracker.track(frames[1]).box,
            tracker.correct(frames[1], path(1)).box,
            tracker.track(frames[2]).box,
        ]

    rgba = [np.dstack([frame, np.full(frame.shape[:2], 128, np.uint8)]) for frame in FRAMES]
    grey = [frame[:, :, 1] for frame in FRAMES]
    assert boxes(rgba) == boxes(FRAMES)
    assert boxes(grey) == boxes([np.repeat(frame[:, :, None], 3, axis=2) for frame in grey])


STUDIO_TARGETS = {
    **ODD_TARGETS,
    "three-pixels": ((140, 200), Box(60, 40, 3, 3)),
    "three-pixels-at-the-border": ((140, 200), Box(198, 138, 3, 3)),
    "left-border": ((140, 200), Box(0, 50, 30, 40)),
    "tall-frame": ((300, 20), Box(2, 100, 15, 30)),
}


ODD_CASES = {name: ("exact", *target) for name, target in STUDIO_TARGETS.items()} | {
    f"{name}-fast": ("fast", *STUDIO_TARGETS[name]) for name in ("tiny", "small-frame-covered", "over-the-corner")
}


@pytest.mark.parametrize(("speed", "size", "box"), ODD_CASES.values(), ids=ODD_CASES)
def test_target_when_odd_then_is_tracked_and_corrected_or_named(
    make_studio: MakeStudio, speed: str, size: tuple[int, int], box: Box
) -> None:
    tracker = make_studio(
        speed=speed, update_interval=2, iterations_first=1, iterations_online=1, correction_iterations=1
    )
    frame = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    try:
        tracker.initialize(frame, box)
    except TrackerInputError as error:
        assert "leaves no background to learn from" in str(error)  # noqa: PT017
        return
    for result in (tracker.track(frame), tracker.correct(frame, box), tracker.track(frame)):
        assert result.box.is_valid
    last = tracker.track(frame, with_diagnostics=True)
    assert math.isfinite(last.score)
    assert last.diagnostics is not None
    assert np.isfinite(last.diagnostics.candidates.boxes_xywh).all()
    assert np.isfinite(last.diagnostics.candidates.scores).all()


@pytest.mark.parametrize("box", [Box(60, 40, 3, 3), Box(198, 60, 3, 3)], ids=["inside", "border"])
def test_target_when_three_pixels_large_then_stays_about_as_large(make_studio: MakeStudio, box: Box) -> None:
    frame = scene()
    frame[int(box.y) : int(box.y) + 3, int(box.x) : int(box.x) + 3] = (250, 240, 20)
    tracker = make_studio()
    tracker.initialize(frame, box)
    for _ in range(5):
        result = tracker.track(frame)
    assert 1.5 <= math.sqrt(result.box.area) <= 6
    assert math.dist(result.box.center, box.center) < 3


def test_box_when_the_target_leaves_the_frame_then_its_middle_stays_inside(make_studio: MakeStudio) -> None:
    tracker = make_studio()
    tracker.initialize(scene(), Box(-10, 100, 28, 28))
    for _ in range(4):
        x, y = tracker.track(scene()).box.center
        assert 0 <= x <= 200
        assert 0 <= y <= 140
