"""A manual box while tracking: what is forgotten, what is kept, and who is followed afterwards."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import path, scene, square
from tracker_core import BackboneWeights, Box, Frame, ScheduleConfig, UpdateKind, create_tracker
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Details
from tracker_core.dlst import DLSTTracker
from tracker_core.feature_map import MapWindows
from tracker_core.features import FeatureExtractor, Places
from tracker_core.learner import Knowledge, Learner
from tracker_core.row_store import Rows

FIRST, HUMAN = Box(60, 40, 30, 24), Box(130, 90, 24, 30)
FRAME = np.random.default_rng(0).integers(0, 256, (140, 200, 3), dtype=np.uint8)


def features_that_tell_their_boxes(
    _: FeatureExtractor, frame: Frame, places: Places, watch: CallMonitor
) -> torch.Tensor:
    features = torch.zeros(len(places), 9, 512)
    boxes = places.boxes if isinstance(places, MapWindows) else places
    features[:, :, :4] = torch.from_numpy(boxes).float()[:, None] / 100
    return features


def told_boxes(samples: Rows) -> list[Box]:
    features = samples.take(torch.arange(len(samples)))
    return [Box.from_xywh(np.round(row)) for row in features[:, 0, :4].double().numpy() * 100]


class Corrected:
    """A tracker that has learned `FIRST` and then five frames more; every score is 1."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        reduced: ReducedConfig,
        weights: BackboneWeights,
        details: Details = "code",
        first: Box = FIRST,
    ) -> None:
        monkeypatch.setattr(FeatureExtractor, "classifier_features", features_that_tell_their_boxes)
        monkeypatch.setattr(Learner, "scores", lambda _, features: torch.ones(len(features)))
        config = reduced(
            details=details, iterations_first=2, iterations_online=1, correction_iterations=2,
            schedule=ScheduleConfig(long_term_frames=6, short_term_frames=3),
        )  # fmt: skip
        config = replace(config, candidates=replace(config.candidates, count=200))
        self.tracker = DLSTTracker(config, weights, device=torch.device("cpu"), seed=0)
        self.tracker.initialize(FRAME, first)
        self.after_first = self.knowledge
        self.track(5)

    @property
    def knowledge(self) -> Knowledge:
        assert self.tracker._target is not None
        return self.tracker._target.learner.knowledge()

    def track(self, n: int) -> None:
        for _ in range(n):
            self.tracker.track(FRAME)


@pytest.fixture
def corrected(
    monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights
) -> Corrected:
    return Corrected(monkeypatch, reduced, random_weights)


def test_correct_then_samples_since_the_last_manual_box_are_forgotten(corrected: Corrected) -> None:
    assert len(corrected.knowledge.memory.recent) == 6
    corrected.tracker.correct(FRAME, HUMAN)
    memory = corrected.knowledge.memory
    assert memory.recent == corrected.after_first.memory.recent
    assert len(memory.kept) == 1


def test_correct_when_corrected_before_then_goes_back_to_that_correction(corrected: Corrected) -> None:
    corrected.tracker.correct(FRAME, HUMAN)
    confirmed = corrected.knowledge
    corrected.track(4)
    corrected.tracker.correct(FRAME, HUMAN)
    memory = corrected.knowledge.memory
    assert memory.recent == confirmed.memory.recent
    assert memory.kept[:1] == confirmed.memory.kept
    assert len(memory.kept) == 2


def test_correct_when_repeated_on_a_frame_then_takes_the_place_of_the_first(corrected: Corrected) -> None:
    corrected.tracker.correct(FRAME, HUMAN.shifted(-60, -40))
    corrected.tracker.correct(FRAME, HUMAN)
    (kept,) = corrected.knowledge.memory.kept
    assert min(box.iou(HUMAN) for box in told_boxes(kept.positives)) > 0.7


def test_correct_when_on_the_next_frame_then_both_are_kept(corrected: Corrected) -> None:
    corrected.tracker.correct(FRAME, HUMAN)
    corrected.tracker.correct(FRAME[::-1].copy(), HUMAN)
    assert len(corrected.knowledge.memory.kept) == 2


def test_correct_then_positives_around_the_manual_box_stay_for_good(corrected: Corrected) -> None:
    corrected.tracker.correct(FRAME, HUMAN)
    corrected.track(8)  # more than the long window
    memory = corrected.knowledge.memory
    assert len(memory.recent) == 6
    (kept,) = memory.kept
    assert len(kept.positives) == 20
    assert min(box.iou(HUMAN) for box in told_boxes(kept.positives)) > 0.7
    assert kept.regions is not None
    assert len(kept.regions.pixels) == 2


def test_correct_then_the_places_the_tracker_believed_in_become_negatives(corrected: Corrected) -> None:
    assert corrected.tracker._target is not None
    believed = corrected.tracker._target.state.box
    corrected.tracker.correct(FRAME, HUMAN)
    (kept,) = corrected.knowledge.memory.kept
    negatives = told_boxes(kept.negatives)
    assert len(negatives) == 15 + 8
    assert max(box.iou(HUMAN) for box in negatives) < 0.3
    for box in negatives[15:]:  # candidates of the last state: within 0.6 mean sides, and rounding
        assert max(abs(a - b) for a, b in zip(box.center, believed.center, strict=True)) <= 0.6 * 28 + 1


def test_correct_then_heads_are_trained_at_once_and_the_result_is_the_manual_box(corrected: Corrected) -> None:
    told: list[float] = []
    result = corrected.tracker.correct(FRAME, HUMAN, on_progress=told.append)
    assert (result.box, result.score, result.is_found) == (HUMAN, math.inf, True)
    assert result.update is UpdateKind.CORRECTION
    assert told == sorted(told)
    assert not any(map(torch.equal, corrected.after_first.heads, corrected.knowledge.heads))
    assert corrected.knowledge.regressor is not corrected.after_first.regressor


@pytest.mark.parametrize("details", ["code", "paper"])
def test_correct_then_goes_on_from_the_manual_box_and_its_size(
    monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights, details: Details
) -> None:
    """The paper keeps the first frame's size within a step; what a human says later counts as a first frame."""
    tracker = Corrected(monkeypatch, reduced, random_weights, details).tracker
    tracker.correct(FRAME, HUMAN)
    diagnostics = tracker.track(FRAME, with_diagnostics=True).diagnostics
    assert diagnostics is not None
    assert diagnostics.previous_box == HUMAN
    _, _, widths, heights = diagnostics.candidates.boxes_xywh.T
    assert abs(np.median(widths) - HUMAN.width) <= 2
    assert abs(np.median(heights) - HUMAN.height) <= 2


def test_correct_when_the_target_has_become_smaller_than_the_smallest_side_then_boxes_follow(
    monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights
) -> None:
    small = Box(130, 90, 6, 7)
    corrected = Corrected(monkeypatch, reduced, random_weights)
    corrected.tracker.correct(FRAME, small)
    (kept,) = corrected.knowledge.memory.kept
    assert len(kept.positives) > 1
    diagnostics = corrected.tracker.track(FRAME, with_diagnostics=True).diagnostics
    assert diagnostics is not None
    assert np.median(diagnostics.candidates.boxes_xywh[:, 2]) == 6


def test_correct_when_fooled_by_a_twin_then_follows_the_right_one(
    shipped_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    """The target leaps away and a twin stays in its place: only a human can tell, and is then believed."""
    tracker = create_tracker(reduced(iterations_first=30, correction_iterations=30), shipped_weights)
    tracker.initialize(scene(path(0)), path(0))
    twin = path(2)
    for n in range(1, 3):
        tracker.track(scene(path(n)))
    target = [square(140 - 3 * n, 85 - n) for n in range(6)]
    fooled = tracker.track(scene(twin, target[0]))
    assert fooled.box.iou(twin) > 0.5
    tracker.correct(scene(twin, target[0]), target[0])
    overlaps = [tracker.track(scene(twin, box)).box.iou(box) for box in target[1:]]
    assert np.mean(overlaps) > 0.6  # 0.77 to 0.83 over five seeds
