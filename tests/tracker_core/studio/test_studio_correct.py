"""A manual box while tracking or of another frame: what is forgotten, what is kept, who is followed then."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.moving_squares import HEIGHT, WIDTH, path, scene, square
from tests.tracker_core.studio.conftest import MakeStudio
from tracker_core import Box, Example, TrackerInputError, UpdateKind
from tracker_core.box import BoxArray
from tracker_core.config import MatchingConfig
from tracker_core.studio.matching_head import MatchingHead, MatchingTemplate, MatchMap
from tracker_core.studio.studio_tracker import StudioTracker
from tracker_core.studio.target_model import Knowledge
from tracker_core.studio.trunk import RegionView

FRAMES = [scene(path(n)) for n in range(8)]


def example(n: int) -> Example:
    return Example(path(n), lambda: FRAMES[n])


def knowledge_of(tracker: StudioTracker) -> Knowledge:
    assert tracker._target is not None
    return tracker._target.model.knowledge()


@pytest.fixture
def tracker(make_studio: MakeStudio) -> StudioTracker:
    """One that has learned a first frame and three more."""
    tracker = make_studio(iterations_first=4)
    tracker.initialize(FRAMES[0], path(0))
    for frame in FRAMES[1:4]:
        tracker.track(frame)
    return tracker


def test_correct_then_goes_on_from_the_manual_box_and_trains_at_once(tracker: StudioTracker) -> None:
    told: list[float] = []
    before, human = knowledge_of(tracker), Box(95, 70, 36, 24)
    result = tracker.correct(FRAMES[3], human, on_progress=told.append)
    assert (result.box, result.score, result.is_found) == (human, math.inf, True)
    assert result.update is UpdateKind.CORRECTION
    assert told == sorted(told)
    assert told[-1] == 1
    assert not any(map(torch.equal, before.heads, knowledge_of(tracker).heads))
    diagnostics = tracker.track(FRAMES[3], with_diagnostics=True).diagnostics
    assert diagnostics is not None
    assert diagnostics.previous_box == human


def test_correct_then_samples_since_the_last_manual_box_are_forgotten(tracker: StudioTracker) -> None:
    assert len(knowledge_of(tracker).memory.recent) == 3
    tracker.correct(FRAMES[3], path(3))
    memory = knowledge_of(tracker).memory
    assert memory.recent == ()
    assert len(memory.kept) == 2  # the first frame and the correction
    confirmed = memory.kept
    tracker.track(FRAMES[4])
    tracker.correct(FRAMES[4], path(4))
    memory = knowledge_of(tracker).memory
    assert memory.kept[:2] == confirmed
    assert len(memory.kept) == 3


def test_correct_then_the_trackers_own_template_is_forgotten(make_studio: MakeStudio) -> None:
    matching = MatchingConfig(far_looks=1, found_confidence=0.001, recent_interval=1, recent_confidence=0.0)
    tracker = make_studio(matching=matching)
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    assert knowledge_of(tracker).recent is not None
    tracker.correct(FRAMES[1], path(1))
    assert knowledge_of(tracker).recent is None


def test_correct_when_repeated_on_a_frame_then_takes_the_place_of_the_first(tracker: StudioTracker) -> None:
    tracker.correct(FRAMES[3], path(3).shifted(60, 40))
    tracker.correct(FRAMES[3], path(3))
    knowledge = knowledge_of(tracker)
    assert len(knowledge.memory.kept) == 2
    assert len(knowledge.shown) == 2
    assert tracker.track(FRAMES[4]).box.iou(path(4)) > 0.6


def test_correct_when_on_the_next_frame_then_both_are_kept(tracker: StudioTracker) -> None:
    tracker.correct(FRAMES[3], path(3))
    tracker.correct(FRAMES[4], path(4))
    assert len(knowledge_of(tracker).memory.kept) == 3


@pytest.mark.parametrize(("templates", "expected"), [(1, [0]), (2, [0, 3]), (3, [0, 2, 3])])
def test_match_then_asks_with_the_first_and_the_latest_manual_boxes(
    make_studio: MakeStudio, monkeypatch: pytest.MonkeyPatch, templates: int, expected: list[int]
) -> None:
    matching = MatchingConfig(far_looks=1, templates=templates)
    tracker = make_studio(matching=matching, iterations_first=1, correction_iterations=1)
    tracker.initialize(FRAMES[0], path(0))
    for n in range(1, 4):
        tracker.correct(FRAMES[n], path(n))
    came = [id(shown.template) for shown in knowledge_of(tracker).shown]
    assert len(came) == 4  # all are kept: a habit is learned from every one
    asked: list[int] = []
    real = MatchingHead.match

    def spied(self: MatchingHead, templates: Sequence[MatchingTemplate], *outputs: torch.Tensor) -> list[MatchMap]:
        asked.extend(came.index(id(template)) for template in templates)
        return real(self, templates, *outputs)

    monkeypatch.setattr(MatchingHead, "match", spied)
    tracker.track(FRAMES[4])
    assert asked[: len(expected)] == expected
    assert set(asked) == set(expected)


def test_correct_when_lost_then_follows_from_the_manual_box(make_studio: MakeStudio) -> None:
    """The target leaps away, farther than the search reaches, and is then seen where a human says."""
    tracker = make_studio(iterations_first=8)
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    away = [square(160 - 3 * n, 100 - n) for n in range(5)]
    assert not tracker.track(scene(away[0])).is_found
    tracker.correct(scene(away[0]), away[0])
    results = [tracker.track(scene(box)) for box in away[1:]]
    assert all(result.is_found for result in results)
    overlaps = [result.box.iou(box) for result, box in zip(results, away[1:], strict=True)]
    assert np.mean(overlaps) > 0.6  # above 0.85 was measured


def test_correct_when_fooled_by_a_twin_then_follows_the_right_one(make_studio: MakeStudio) -> None:
    """The target leaps away and a twin stays in its place: only a human can tell, and is then believed."""
    tracker = make_studio(iterations_first=8)
    tracker.initialize(FRAMES[0], path(0))
    twin, target = path(2), [square(140 - 3 * n, 85 - n) for n in range(5)]
    for frame in FRAMES[1:3]:
        tracker.track(frame)
    fooled = tracker.track(scene(twin, target[0]))
    assert fooled.box.iou(twin) > 0.5
    tracker.correct(scene(twin, target[0]), target[0])
    overlaps = [tracker.track(scene(twin, box)).box.iou(box) for box in target[1:]]
    assert np.mean(overlaps) > 0.6


# Examples


def test_initialize_when_given_examples_then_keeps_them_for_good_and_stays_on_its_own_box(
    make_studio: MakeStudio,
) -> None:
    tracker = make_studio(iterations_first=3)
    result = tracker.initialize(FRAMES[0], path(0), examples=(example(7), example(5)))
    assert result.box == path(0)
    learned = knowledge_of(tracker).memory.kept
    assert [kept.example_of is None for kept in learned] == [True, False, False]
    diagnostics = tracker.track(FRAMES[1], with_diagnostics=True).diagnostics
    assert diagnostics is not None
    assert diagnostics.previous_box == path(0)
    tracker.correct(FRAMES[2], path(2))
    assert knowledge_of(tracker).memory.kept[:3] == learned
    tracker.correct(FRAMES[5], path(5))
    kept = knowledge_of(tracker).memory.kept
    assert [samples.example_of is None for samples in kept] == [True, False, True, True]


def test_correct_when_on_the_frame_of_an_example_then_its_habit_is_forgotten(make_studio: MakeStudio) -> None:
    """The example was drawn loosely; the box that takes its place is not."""
    tracker = make_studio(iterations_first=1, correction_iterations=1)
    loose = path(5).resized(34, 34)
    looks = []
    for examples in ([], [Example(loose, lambda: FRAMES[5])]):
        tracker.initialize(FRAMES[0], path(0), examples=examples)
        tracker.correct(FRAMES[5], path(5))
        looks.append([len(shown.residuals) for shown in knowledge_of(tracker).shown])
    assert looks[0] == looks[1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (Example(Box(500, 40, 20, 20), lambda: FRAMES[3]), "lies outside"),
        (Example(path(3), lambda: np.zeros((20, 30, 3), np.uint8)), f"{WIDTH} x {HEIGHT}.*30 x 20"),
    ],
    ids=["box outside", "another size"],
)
def test_initialize_when_an_example_cannot_be_learned_then_says_why(
    make_studio: MakeStudio, wrong: Example, message: str
) -> None:
    with pytest.raises(TrackerInputError, match=message):
        make_studio(iterations_first=1).initialize(FRAMES[0], path(0), examples=[wrong])


def test_track_when_the_target_has_another_look_then_an_example_of_it_raises_the_score(
    make_studio: MakeStudio,
) -> None:
    """The target turns to its other side, which the first frame does not show."""
    box, front = square(90, 60), scene(square(90, 60), seed=1)
    back, scores = scene(box, seed=9), []
    for examples in ((), (Example(box, lambda: back),)):
        tracker = make_studio(iterations_first=15)
        tracker.initialize(front, box, examples=examples)
        scores.append(tracker.track(back).score)
    assert scores[1] > scores[0]


def test_correct_when_the_tracker_was_far_off_then_wrong_places_are_read_where_they_are(
    tracker: StudioTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[tuple[Box, BoxArray]] = []
    windows = RegionView.windows

    def noted(view: RegionView, boxes_xywh: BoxArray, *, reach: float) -> torch.Tensor:
        read.append((view.region.area, boxes_xywh))
        return windows(view, boxes_xywh, reach=reach)

    monkeypatch.setattr(RegionView, "windows", noted)
    tracker.correct(FRAMES[3], Box(5, 5, 10, 8))  # whose view does not reach to where the tracker looked
    for area, boxes in read:
        centers = boxes[:, :2] + boxes[:, 2:] / 2
        reach = 0.1 * area.width  # draws at the region's rim
        assert (centers >= (area.x - reach, area.y - reach)).all()
        assert (centers <= (area.right + reach, area.bottom + reach)).all()


def test_track_when_lost_for_hours_then_goes_on(tracker: StudioTracker) -> None:
    assert tracker._target is not None
    state = replace(tracker._target.state, lost=10**6)
    tracker._target = replace(tracker._target, state=state)
    assert tracker.track(FRAMES[4]).box.is_valid
