"""One frame of every system, explained by its own diagnostics, and the order in which it learns."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker_core.conftest import TABLE_1, ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    FAST_STEPS,
    BackboneWeights,
    Box,
    CandidateConfig,
    CandidateOrigin,
    Diagnostics,
    DLSTConfig,
    DrawingConfig,
    Frame,
    TrackResult,
    UpdateKind,
    create_tracker,
)
from tracker_core.box_regressor import BoxRegressor
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import Details
from tracker_core.cropping import SearchRegion
from tracker_core.dlst import DLSTTracker
from tracker_core.features import FeatureExtractor
from tracker_core.learner import Learner

STAGES = {"localize", "crop", "convolve", "classify", "regress", "collect", "update"}


def explained(result: TrackResult) -> Diagnostics:
    assert result.diagnostics is not None
    return result.diagnostics


def run(tracker: DLSTTracker, frames: int) -> list[TrackResult]:
    tracker.initialize(scene(path(0)), path(0))
    return [tracker.track(scene(path(n)), with_diagnostics=True) for n in range(1, frames + 1)]


@pytest.mark.parametrize("details", ["code", "paper"])
@pytest.mark.parametrize("preset", TABLE_1)
def test_track_when_any_system_then_diagnostics_explain_the_result(
    random_weights: BackboneWeights, reduced: ReducedConfig, preset: str, details: Details
) -> None:
    config = reduced(preset, details, update_interval=3)
    tracker = DLSTTracker(config, random_weights, device=torch.device("cpu"), seed=0)
    previous = path(0)
    for result in run(tracker, 2):
        diagnostics = explained(result)
        assert diagnostics.previous_box == previous
        assert_candidates_are_consistent(config, result, diagnostics)
        assert_localization_is_consistent(config, diagnostics)
        assert_box_is_the_regressed_or_chosen_one(config, result, diagnostics)
        assert {stage for stage, _ in diagnostics.stage_ms} <= STAGES
        assert {"crop", "convolve", "classify"} <= {stage for stage, _ in diagnostics.stage_ms}
        assert all(elapsed >= 0 for _, elapsed in diagnostics.stage_ms)
        previous = diagnostics.chosen_box
    assert diagnostics.update.kind is result.update is not UpdateKind.NONE  # the second is frame 3, or lost


def rounded_like(config: DLSTConfig, box: Box) -> Box:
    return Box(*(math.floor(v + 0.5) for v in box.xywh)) if config.candidates.rounds_states else box


def assert_candidates_are_consistent(config: DLSTConfig, result: TrackResult, diagnostics: Diagnostics) -> None:
    candidates = diagnostics.candidates
    n = config.candidates.count
    localized = {"both": n // 2, "previous": 0, "localized": n}[config.candidates.mode]
    if diagnostics.localized_box is None:
        localized = 0
    assert candidates.boxes_xywh.shape == (n, 4)
    assert (
        candidates.origins.tolist()
        == [CandidateOrigin.PREVIOUS] * (n - localized) + [CandidateOrigin.LOCALIZED] * localized
    )
    assert candidates.scores.shape == (n,)
    assert np.isfinite(candidates.scores).all()
    best = np.sort(candidates.scores)[::-1][: config.candidates.top_k]
    np.testing.assert_array_equal(candidates.scores[candidates.best], best)
    mean = Box.from_xywh(candidates.boxes_xywh[candidates.best].mean(axis=0))
    np.testing.assert_allclose(diagnostics.chosen_box.xywh, rounded_like(config, mean).xywh)
    assert result.score == pytest.approx(float(best.mean()), rel=1e-5, abs=1e-6)
    assert result.is_found is (result.score > 0)


def assert_localization_is_consistent(config: DLSTConfig, diagnostics: Diagnostics) -> None:
    if config.localizer is None:
        assert diagnostics.search_region is diagnostics.response_map is diagnostics.localized_box is None
        return
    region = SearchRegion.around(diagnostics.previous_box, factor=4, size=107).area
    assert diagnostics.search_region == region
    assert diagnostics.response_map is not None
    assert diagnostics.response_map.values.shape == (102, 102)
    if diagnostics.localized_box is None:
        assert diagnostics.response_map.values.max() <= 0
    else:
        assert diagnostics.localized_box.center == pytest.approx(diagnostics.response_map.peak)


def assert_box_is_the_regressed_or_chosen_one(
    config: DLSTConfig, result: TrackResult, diagnostics: Diagnostics
) -> None:
    assert (diagnostics.regressed_box is not None) is result.is_found
    expected = rounded_like(config, diagnostics.regressed_box or diagnostics.chosen_box)
    assert result.box.xywh == pytest.approx(expected.xywh)
    if diagnostics.regressed_box is None:
        assert diagnostics.regressed_best is None
    else:
        assert diagnostics.regressed_best is not None
        assert diagnostics.regressed_best.shape == (len(diagnostics.candidates.best), 4)
        assert diagnostics.regressed_box == Box.from_xywh(diagnostics.regressed_best.mean(axis=0))
    losses = diagnostics.update.classifier_losses + diagnostics.update.localizer_losses
    assert all(map(math.isfinite, losses))
    assert (len(losses) > 0) is (result.update is not UpdateKind.NONE)


def test_track_when_a_textured_square_moves_then_follows_it(
    shipped_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    tracker = create_tracker(reduced(iterations_first=30), shipped_weights)
    tracker.initialize(scene(path(0)), path(0))
    for n in range(1, 11):
        result = tracker.track(scene(path(n)))
    assert result.is_found
    assert result.box.iou(path(10)) > 0.5


class Scripted:
    """A tracker whose scores are given and whose features cost nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, config: DLSTConfig, weights: BackboneWeights) -> None:
        self.score = 1.0
        self.learned_around: list[Box] = []
        self.frame = np.full((140, 200, 3), 90, np.uint8)
        monkeypatch.setattr(FeatureExtractor, "classifier_features", self._features)
        monkeypatch.setattr(Learner, "scores", lambda _, features: torch.full((len(features),), self.score))
        learn = Learner.learn_frame

        def noted(learner: Learner, frame: Frame, box: Box, watch: CallMonitor, *, call: int) -> None:
            self.learned_around.append(box)
            learn(learner, frame, box, watch, call=call)

        monkeypatch.setattr(Learner, "learn_frame", noted)
        self.tracker = create_tracker(config, weights)
        self.tracker.initialize(self.frame, Box(80, 50, 30, 24))

    @staticmethod
    def _features(
        _: FeatureExtractor, frame: Frame, boxes: NDArray[np.float64], watch: CallMonitor
    ) -> torch.Tensor:
        return torch.rand(len(boxes), 9, 512, generator=torch.Generator().manual_seed(len(boxes)))

    def track(self, score: float) -> TrackResult:
        self.score = score
        return self.tracker.track(self.frame, with_diagnostics=True)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights) -> Scripted:
    config = reduced(
        iterations_first=1, iterations_online=1,
        candidates=CandidateConfig(count=1000), drawing=DrawingConfig(rounds_boxes=False),
    )  # fmt: skip
    return Scripted(monkeypatch, config, random_weights)


@pytest.mark.parametrize(
    ("score", "on_tenth", "on_others"),
    [
        (1.0, UpdateKind.LONG_TERM, UpdateKind.NONE),
        (0.0, UpdateKind.LONG_TERM, UpdateKind.NONE),  # neither found nor failing
        (-0.1, UpdateKind.SHORT_TERM, UpdateKind.SHORT_TERM),
    ],
    ids=["found", "zero", "failing"],
)
def test_update_then_is_long_term_every_tenth_frame_and_short_term_on_each_failure(
    scripted: Scripted, score: float, on_tenth: UpdateKind, on_others: UpdateKind
) -> None:
    kinds = [scripted.track(score).update for _ in range(2, 22)]
    assert kinds == [on_tenth if number % 10 == 0 else on_others for number in range(2, 22)]


def test_learned_frames_then_are_the_found_ones_and_the_first_three(scripted: Scripted) -> None:
    learned = []
    for score in (-1.0, 0.0, -1.0, 0.0, 1.0, -1.0, 1.0):  # frames 2 to 8
        before = len(scripted.learned_around)
        scripted.track(score)
        learned.append(len(scripted.learned_around) - before)
    assert learned == [1, 1, 0, 0, 1, 0, 1]


def test_samples_then_are_drawn_around_the_reported_box(scripted: Scripted) -> None:
    found = scripted.track(1.0)
    assert explained(found).regressed_box == found.box == scripted.learned_around[-1]
    assert explained(found).chosen_box != found.box
    lost = scripted.track(-1.0)  # the third frame is learned all the same
    assert explained(lost).chosen_box == lost.box == scripted.learned_around[-1]
    assert explained(lost).previous_box == explained(found).chosen_box  # the search goes on from the chosen box


@pytest.mark.parametrize(
    ("regressed_scale", "expected"),
    [
        ((1.1, 1.1), 1.1**0.3),
        ((1.2, 1.0), 1.2**0.15),
        ((0.9, 0.9), 0.9**0.3),
        ((3.0, 3.0), 1.05),
        ((0.1, 0.1), 1 / 1.05),
    ],
    ids=["larger", "wider", "smaller", "far-larger", "far-smaller"],
)
def test_search_when_size_is_fed_back_then_grows_by_a_part_of_what_regression_says(
    monkeypatch: pytest.MonkeyPatch,
    reduced: ReducedConfig,
    random_weights: BackboneWeights,
    regressed_scale: tuple[float, float],
    expected: float,
) -> None:
    """In its place and shape, and at most a scale step; a lost frame leaves it as chosen."""
    factors = np.array([1, 1, *regressed_scale])
    monkeypatch.setattr(BoxRegressor, "refine", lambda _, boxes, features: boxes * factors)
    config = FAST_STEPS["size-feedback"].apply(reduced(iterations_first=1, iterations_online=1))
    scripted = Scripted(monkeypatch, config, random_weights)
    chosen = explained(scripted.track(1.0)).chosen_box
    lost = explained(scripted.track(-1.0))
    assert lost.previous_box.center == pytest.approx(chosen.center)
    assert lost.previous_box.width == pytest.approx(chosen.width * expected)
    assert lost.previous_box.height == pytest.approx(chosen.height * expected)
    assert explained(scripted.track(1.0)).previous_box == lost.chosen_box


def test_regression_when_the_score_is_zero_then_does_not_run(scripted: Scripted) -> None:
    assert explained(scripted.track(0.0)).regressed_box is None


def reach(result: TrackResult, origin: CandidateOrigin) -> float:
    """The largest offset of the candidates of one origin along an axis, in mean sides of the centre's box."""
    diagnostics = explained(result)
    center = diagnostics.previous_box
    if origin is CandidateOrigin.LOCALIZED and diagnostics.localized_box is not None:
        center = diagnostics.localized_box
    boxes = diagnostics.candidates.boxes_xywh[diagnostics.candidates.origins == origin]
    offsets = np.abs(boxes[:, :2] + boxes[:, 2:] / 2 - center.center)
    mean_side = math.floor((center.width + center.height) / 2 + 0.5)
    return float(offsets.max() / mean_side)


def test_candidates_when_failing_then_spread_wider_around_the_previous_box_only(scripted: Scripted) -> None:
    """500 draws each, so some lie on the limit of two sigma; the frame's edges are out of reach."""
    expected = 0.6
    for _ in range(12):
        result = scripted.track(-1.0)
        assert reach(result, CandidateOrigin.PREVIOUS) == pytest.approx(min(1.5, expected), abs=1e-6)
        assert reach(result, CandidateOrigin.LOCALIZED) == pytest.approx(0.6, abs=1e-6)
        expected *= 1.1
    scripted.track(0.0)
    assert reach(scripted.track(1.0), CandidateOrigin.PREVIOUS) == pytest.approx(0.6, abs=1e-6)


def test_candidates_when_the_papers_scale_base_then_keep_the_first_size_within_a_step(
    monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights
) -> None:
    config = reduced(details="paper", iterations_first=1, drawing=DrawingConfig(rounds_boxes=False))
    scripted = Scripted(monkeypatch, config, random_weights)
    for _ in range(5):
        widths = explained(scripted.track(1.0)).candidates.boxes_xywh[:, 2]
        assert 30 / 1.05 - 1e-6 <= widths.min() <= widths.max() <= 30 * 1.05 + 1e-6


def test_result_when_diagnostics_are_not_asked_for_then_carries_none(scripted: Scripted) -> None:
    assert scripted.tracker.track(scripted.frame).diagnostics is None


def test_initialize_then_reports_the_manual_box_as_certain(scripted: Scripted) -> None:
    told: list[float] = []
    box = Box(60.25, 40.5, 30, 24)
    result = scripted.tracker.initialize(scripted.frame, box, on_progress=told.append)
    assert (result.box, result.score, result.is_found) == (box, math.inf, True)
    assert result.update is UpdateKind.FIRST_FRAME
    assert told == sorted(told)
    assert told[0] > 0
    assert told[-1] <= 1
