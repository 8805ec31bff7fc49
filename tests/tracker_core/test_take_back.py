"""A frame that was taken back leaves nothing: what follows is the same, bit for bit."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Revocable,
    Tracker,
    TrackingCancelled,
    TrackResult,
    create_tracker,
    with_background_updates,
)
from tracker_core.dlst import DLSTTracker
from tracker_core.learning_steps import Moment
from tracker_core.studio.studio_tracker import StudioTracker

FRAMES = [scene(path(n)) for n in range(11)]
CORRECTED = 5
MakeTracker = Callable[[], DLSTTracker | StudioTracker]


@pytest.fixture(scope="module", params=["dlst exact", "dlst fast", "dlst-studio fast", "dlst-studio background"])
def make(
    random_weights: BackboneWeights,
    studio_weights: BackboneWeights,
    reduced: ReducedConfig,
    request: pytest.FixtureRequest,
) -> MakeTracker:
    preset, how = request.param.split()
    speed = "exact" if how == "exact" else "fast"
    config = reduced(preset, speed=speed, update_interval=3, iterations_first=3, iterations_online=2)
    # Short windows, so that frames leave both of them.
    config = replace(config, schedule=replace(config.schedule, short_term_frames=2, long_term_frames=3))
    if how == "background":
        config = with_background_updates(config)
    weights = studio_weights if preset == "dlst-studio" else random_weights

    def made() -> DLSTTracker | StudioTracker:
        tracker = create_tracker(config, weights, seed=3)
        assert isinstance(tracker, DLSTTracker | StudioTracker)
        return tracker

    return made


def stepped(tracker: Tracker, index: int) -> list[TrackResult]:
    """One frame; two results where a manual box comes after it."""
    found = [tracker.track(FRAMES[index])]
    if index == CORRECTED:
        found.append(tracker.correct(FRAMES[index], path(index)))
    return found


def test_take_back_when_every_frame_is_tracked_twice_then_finds_the_same_bit_for_bit(make: MakeTracker) -> None:
    undisturbed, disturbed = make(), make()
    for tracker in (undisturbed, disturbed):
        tracker.initialize(FRAMES[0], path(0))
    for index in range(1, len(FRAMES)):
        disturbed.track(FRAMES[-index])  # another frame than the one that comes
        disturbed.take_back()
        assert stepped(disturbed, index) == stepped(undisturbed, index)


def test_take_back_when_the_latest_was_a_correction_then_it_was_never_given(make: MakeTracker) -> None:
    undisturbed, disturbed = make(), make()
    for tracker in (undisturbed, disturbed):
        tracker.initialize(FRAMES[0], path(0))
        tracker.track(FRAMES[1])
    disturbed.correct(FRAMES[1], path(3))
    disturbed.take_back()
    for index in range(2, 8):
        assert stepped(disturbed, index) == stepped(undisturbed, index)


def test_take_back_when_nothing_was_tracked_then_says_so(make: MakeTracker) -> None:
    tracker = make()
    assert isinstance(tracker, Revocable)
    with pytest.raises(ValueError, match="no frame to take back"):
        tracker.take_back()
    tracker.initialize(FRAMES[0], path(0))
    with pytest.raises(ValueError, match="no frame to take back"):
        tracker.take_back()
    tracker.track(FRAMES[1])
    with pytest.raises(TrackingCancelled):
        tracker.track(FRAMES[2], should_cancel=lambda: True)
    with pytest.raises(ValueError, match="no frame to take back"):
        tracker.take_back()


def test_take_back_when_asked_twice_then_only_the_latest_frame_can_be_taken_back(make: MakeTracker) -> None:
    tracker = make()
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    tracker.track(FRAMES[2])
    tracker.take_back()
    with pytest.raises(ValueError, match="no frame to take back"):
        tracker.take_back()


@pytest.mark.parametrize("drags", [[3], [3, None], [None, 3, None], [5]])
def test_correct_when_the_box_is_dragged_again_then_learns_it_as_if_it_alone_had_been_given(
    make: MakeTracker, drags: list[int | None]
) -> None:
    undisturbed, disturbed = make(), make()
    for tracker in (undisturbed, disturbed):
        tracker.initialize(FRAMES[0], path(0))
        for index in range(1, CORRECTED + 1):
            tracker.track(FRAMES[index])
    for place in drags:
        if place is None:  # whether the learning was over when the next drag began, nobody can tell
            asked = iter([False, False, False, True])
            with pytest.raises(TrackingCancelled):
                disturbed.correct(FRAMES[CORRECTED], path(1), should_cancel=lambda asked=asked: next(asked))
        else:
            disturbed.correct(FRAMES[CORRECTED], path(place))
    for tracker in (undisturbed, disturbed):
        tracker.correct(FRAMES[CORRECTED], path(CORRECTED))
    for index in range(CORRECTED + 1, len(FRAMES)):
        assert disturbed.track(FRAMES[index]) == undisturbed.track(FRAMES[index])


def test_take_back_when_the_latest_was_a_second_correction_then_the_first_one_stands(make: MakeTracker) -> None:
    undisturbed, disturbed = make(), make()
    for tracker in (undisturbed, disturbed):
        tracker.initialize(FRAMES[0], path(0))
        tracker.track(FRAMES[1])
        tracker.correct(FRAMES[1], path(1))
    disturbed.correct(FRAMES[1], path(3))
    disturbed.take_back()
    for index in range(2, 8):
        assert stepped(disturbed, index) == stepped(undisturbed, index)


def test_correct_when_every_frame_has_a_manual_box_then_what_they_found_is_not_held(make: MakeTracker) -> None:
    tracker = make()
    tracker.initialize(FRAMES[0], path(0))
    held = []
    for index in range(1, 5):
        tracker.correct(FRAMES[index], path(index))
        gc.collect()
        held.append(sum(type(each) is Moment for each in gc.get_objects()))
    assert held[-1] <= held[1]
