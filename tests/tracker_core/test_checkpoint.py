"""Going on from a checkpoint gives what the tracker that it was taken of would have found, bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Checkpoint,
    CheckpointError,
    Resumable,
    Tracker,
    TrackResult,
    create_tracker,
    with_background_updates,
)
from tracker_core.dlst import DLSTTracker
from tracker_core.studio.studio_tracker import StudioTracker

FRAMES = [scene(path(n)) for n in range(11)]
LEFT_AFTER = 7
MakeTracker = Callable[[], DLSTTracker | StudioTracker]


@pytest.fixture(scope="module", params=["dlst exact", "dlst fast", "dlst-studio fast"])
def make(
    random_weights: BackboneWeights,
    studio_weights: BackboneWeights,
    reduced: ReducedConfig,
    request: pytest.FixtureRequest,
) -> MakeTracker:
    preset, speed = request.param.split()
    config = reduced(preset, speed=speed, update_interval=3, iterations_first=3, iterations_online=2)
    # Short windows, so that frames leave both of them before the checkpoint.
    config = replace(config, schedule=replace(config.schedule, short_term_frames=2, long_term_frames=3))
    weights = studio_weights if preset == "dlst-studio" else random_weights

    def made() -> DLSTTracker | StudioTracker:
        tracker = create_tracker(config, weights, seed=3)
        assert isinstance(tracker, DLSTTracker | StudioTracker)
        return tracker

    return made


def followed(tracker: Tracker, first: int, last: int) -> list[TrackResult]:
    return [tracker.track(FRAMES[index]) for index in range(first, last)]


def left(make: MakeTracker) -> Checkpoint:
    tracker = make()
    tracker.initialize(FRAMES[0], path(0))
    followed(tracker, 1, LEFT_AFTER)
    checkpoint = tracker.checkpoint()
    assert checkpoint is not None
    followed(tracker, LEFT_AFTER, LEFT_AFTER + 2)  # what is learned later must not get into it
    return checkpoint


def test_resume_when_a_checkpoint_was_taken_then_goes_on_bit_for_bit(make: MakeTracker) -> None:
    whole = make()
    whole.initialize(FRAMES[0], path(0))
    followed(whole, 1, LEFT_AFTER)
    expected = followed(whole, LEFT_AFTER, len(FRAMES))
    resumed = make()
    assert isinstance(resumed, Resumable)
    resumed.initialize(FRAMES[0], path(0))
    resumed.resume(left(make))
    assert followed(resumed, LEFT_AFTER, len(FRAMES)) == expected


def test_resume_when_something_is_missing_or_of_another_shape_then_initialize_starts_afresh(
    make: MakeTracker,
) -> None:
    checkpoint = left(make)
    tracker = make()
    tracker.initialize(FRAMES[0], path(0))
    expected = followed(tracker, 1, 4)
    # A tracker that has shown nothing yet has no "recent.0".
    lacking = [
        {each: checkpoint[each] for each in checkpoint if each != name} for name in {*checkpoint} - {"recent.0"}
    ]
    for changed in (*lacking, {**checkpoint, "heads.0": np.zeros((3, 3), dtype=np.float32)}):
        with pytest.raises(CheckpointError):
            tracker.resume(changed)
    tracker.initialize(FRAMES[0], path(0))
    assert followed(tracker, 1, 4) == expected


def test_resume_when_there_is_no_target_yet_then_refused(make: MakeTracker) -> None:
    assert make().checkpoint() is None
    with pytest.raises(CheckpointError, match="initialize comes first"):
        make().resume(left(make))


def test_checkpoint_when_an_update_trains_in_the_background_then_there_is_none(
    studio_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    config = with_background_updates(reduced("dlst-studio", speed="fast", update_interval=2, iterations_first=3))
    tracker = create_tracker(config, studio_weights, seed=0)
    assert isinstance(tracker, StudioTracker)
    tracker.initialize(FRAMES[0], path(0))
    assert tracker.checkpoint() is not None
    tracker.track(FRAMES[1])
    assert tracker.checkpoint() is None
