"""Manual boxes of other frames, learned before tracking starts: what is kept, what stands, what is repeated."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import HEIGHT, WIDTH, path, scene, square
from tracker_core import (
    BackboneWeights,
    Box,
    DLSTConfig,
    Example,
    Frame,
    TrackerInputError,
    TrackingCancelled,
    create_tracker,
)
from tracker_core.dlst import DLSTTracker
from tracker_core.learner import Knowledge

FRAMES = [scene(path(n)) for n in range(8)]


def example(n: int) -> Example:
    return Example(path(n), lambda: FRAMES[n])


EXAMPLES = (example(7), example(5))


@pytest.fixture(params=["exact", "fast"])
def config(reduced: ReducedConfig, request: pytest.FixtureRequest) -> DLSTConfig:
    return reduced(speed=request.param, iterations_first=3, correction_iterations=3, update_interval=2)


@pytest.fixture
def tracker(config: DLSTConfig, random_weights: BackboneWeights) -> DLSTTracker:
    return DLSTTracker(config, random_weights, device=torch.device("cpu"), seed=0)


def knowledge_of(tracker: DLSTTracker) -> Knowledge:
    assert tracker._target is not None
    return tracker._target.learner.knowledge()


def boxes_of(tracker: DLSTTracker, examples: Sequence[Example]) -> list[Box]:
    tracker.initialize(FRAMES[0], path(0), examples=examples)
    return [tracker.track(frame).box for frame in FRAMES[1:4]]


def test_initialize_when_given_examples_then_keeps_them_for_good_and_stays_on_its_own_box(
    tracker: DLSTTracker,
) -> None:
    result = tracker.initialize(FRAMES[0], path(0), examples=EXAMPLES)
    assert result.box == path(0)
    assert [kept.example_of for kept in knowledge_of(tracker).memory.kept].count(None) == 0
    diagnostics = tracker.track(FRAMES[1], with_diagnostics=True).diagnostics
    assert diagnostics is not None
    assert diagnostics.previous_box == path(0)
    for frame in FRAMES[2:6]:
        tracker.track(frame)
    tracker.correct(FRAMES[6], path(6))
    assert len(knowledge_of(tracker).memory.kept) == 2 + 1


def test_initialize_when_given_examples_then_the_heads_have_learned_from_them(tracker: DLSTTracker) -> None:
    tracker.initialize(FRAMES[0], path(0))
    without = knowledge_of(tracker)
    tracker.initialize(FRAMES[0], path(0), examples=EXAMPLES)
    assert not any(map(torch.equal, without.heads, knowledge_of(tracker).heads))


def test_initialize_when_given_the_same_examples_again_then_gives_the_same_boxes(tracker: DLSTTracker) -> None:
    first = boxes_of(tracker, EXAMPLES)
    assert boxes_of(tracker, EXAMPLES) == first


def test_initialize_when_an_example_is_taken_away_then_is_as_if_it_had_never_been(tracker: DLSTTracker) -> None:
    never = boxes_of(tracker, EXAMPLES[1:])
    assert boxes_of(tracker, EXAMPLES) != never
    assert boxes_of(tracker, EXAMPLES[1:]) == never


def test_correct_when_on_the_frame_of_an_example_then_takes_its_place(tracker: DLSTTracker) -> None:
    tracker.initialize(FRAMES[0], path(0), examples=EXAMPLES)
    for frame in FRAMES[1:5]:
        tracker.track(frame)
    tracker.correct(FRAMES[5], path(5))
    kept = knowledge_of(tracker).memory.kept
    assert len(kept) == 2
    assert kept[1].example_of is None


def test_correct_when_later_than_the_examples_then_they_are_not_forgotten(tracker: DLSTTracker) -> None:
    tracker.initialize(FRAMES[0], path(0), examples=EXAMPLES)
    learned = knowledge_of(tracker).memory.kept
    tracker.track(FRAMES[1])
    tracker.correct(FRAMES[1], path(1))
    assert knowledge_of(tracker).memory.kept[:2] == learned


def test_initialize_when_cancelled_among_its_examples_then_the_old_target_is_followed_on(
    tracker: DLSTTracker,
) -> None:
    expected = boxes_of(tracker, ())
    tracker.initialize(FRAMES[0], path(0))
    read: list[int] = []

    def noted() -> Frame:
        read.append(7)
        return FRAMES[7]

    with pytest.raises(TrackingCancelled):
        tracker.initialize(
            FRAMES[0], path(0), examples=[Example(path(7), noted)], should_cancel=lambda: bool(read)
        )
    assert [tracker.track(frame).box for frame in FRAMES[1:4]] == expected


def test_initialize_when_it_has_examples_then_progress_rises_to_the_end(tracker: DLSTTracker) -> None:
    told: list[float] = []
    tracker.initialize(FRAMES[0], path(0), examples=EXAMPLES, on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Example(Box(500, 40, 20, 20), lambda: FRAMES[3]), "lies outside"),
        (Example(path(3), lambda: np.zeros((20, 30, 3), np.uint8)), f"{WIDTH} x {HEIGHT}.*30 x 20"),
    ],
    ids=["box outside", "another size"],
)
def test_initialize_when_an_example_cannot_be_learned_then_says_why(
    tracker: DLSTTracker, wrong: Example, message: str
) -> None:
    with pytest.raises(TrackerInputError, match=message):
        tracker.initialize(FRAMES[0], path(0), examples=[wrong])


def test_track_when_the_target_has_another_look_then_an_example_of_it_raises_the_score(
    shipped_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    """The target turns to its other side, which the first frame does not show."""
    box, front = square(90, 60), scene(square(90, 60), seed=1)
    back = scene(box, seed=9)
    scores = []
    for examples in ((), (Example(box, lambda: back),)):
        tracker = create_tracker(reduced(iterations_first=30), shipped_weights)
        tracker.initialize(front, box, examples=examples)
        scores.append(tracker.track(back).score)
    assert scores[1] > scores[0]
