"""The fast tracker: it follows, looks twice at the best, learns as rarely as it says, and needs no more memory."""

from __future__ import annotations

import math
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker_core.conftest import TABLE_1, ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Box,
    CandidateConfig,
    CandidateOrigin,
    Candidates,
    Diagnostics,
    DLSTConfig,
    Frame,
    ScheduleConfig,
    TrackingCancelled,
    TrackResult,
    UpdateKind,
    UpdateReport,
    create_tracker,
)
from tracker_core.call_monitor import CallMonitor
from tracker_core.dlst import DLSTTracker
from tracker_core.feature_map import MapRegion
from tracker_core.features import FeatureExtractor, Places
from tracker_core.heads import Heads
from tracker_core.learner import Learner
from tracker_core.localizer import Localizer
from tracker_core.row_store import RowStore

CPU = torch.device("cpu")


def explained(result: TrackResult) -> Diagnostics:
    assert result.diagnostics is not None
    return result.diagnostics


@pytest.mark.parametrize("preset", TABLE_1)
def test_track_when_fast_then_follows_a_textured_square(
    shipped_weights: BackboneWeights, reduced: ReducedConfig, preset: str
) -> None:
    rate = 0.003  # the smaller ones of some systems need more than 30 steps
    config = reduced(preset, speed="fast", iterations_first=30)
    config = replace(config, training=replace(config.training, rate_first=rate, rate_online=rate))
    tracker = create_tracker(config, shipped_weights)
    tracker.initialize(scene(path(0)), path(0))
    for n in range(1, 7):
        result = tracker.track(scene(path(n)), with_diagnostics=True)
        assert_candidates_are_consistent(config, result)
    assert result.is_found
    assert result.box.iou(path(6)) > 0.5


def assert_candidates_are_consistent(config: DLSTConfig, result: TrackResult) -> None:
    candidates = explained(result).candidates
    count, top_k, second_look = config.candidates.count, config.candidates.top_k, config.speed.second_look
    scores, is_exact = candidates.scores, candidates.is_exact
    assert scores.shape == is_exact.shape == (count,)
    assert np.isfinite(scores).all()
    assert is_exact.sum() == second_look
    assert is_exact[candidates.best].all()
    assert len(set(candidates.best.tolist())) == top_k
    np.testing.assert_array_equal(scores[candidates.best], np.sort(scores[is_exact])[::-1][:top_k])
    ranked = candidates.ranked()
    np.testing.assert_array_equal(scores[ranked[:top_k]], scores[candidates.best])
    assert sorted(ranked) == list(range(count))
    for group in (ranked[:second_look], ranked[second_look:]):
        assert (np.diff(scores[group]) <= 0).all()
    assert is_exact[ranked[:second_look]].all()
    assert result.score == pytest.approx(float(scores[candidates.best].mean()), rel=1e-5, abs=1e-6)


def test_track_when_fast_then_exact_scores_are_those_of_the_candidates_cut_alone(
    shipped_weights: BackboneWeights, reduced: ReducedConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those read from the map rank the candidates much as the exact ones do."""
    config = reduced(speed="fast", iterations_first=30, precision="float32", candidates=CandidateConfig(count=64))
    tracker = DLSTTracker(config, shipped_weights, device=CPU, seed=0)
    tracker.initialize(scene(path(0)), path(0))
    frame = scene(path(1))
    monkeypatch.setattr(Learner, "learn_frame", lambda *_, call: None)
    monkeypatch.setattr(Learner, "update", lambda *_: pytest.fail("nothing was to be learned"))
    candidates = explained(tracker.track(frame, with_diagnostics=True)).candidates
    assert tracker._target is not None
    learner = tracker._target.learner
    exact = learner.scores(learner.features_of(frame, candidates.boxes_xywh, CallMonitor())).numpy()
    is_exact = candidates.is_exact
    np.testing.assert_allclose(candidates.scores[is_exact], exact[is_exact], rtol=1e-4, atol=1e-4)
    assert np.corrcoef(candidates.scores[~is_exact], exact[~is_exact])[0, 1] > 0.8
    assert set(np.argsort(-exact)[:3]) <= set(np.flatnonzero(is_exact))


@pytest.mark.parametrize("step", ["score-map", "negative-maps", "half-precision"])
def test_track_when_a_step_is_left_out_then_the_others_still_run(
    random_weights: BackboneWeights, reduced: ReducedConfig, step: str
) -> None:
    """Those that change what is computed, not only how often."""
    config = reduced(speed="fast", without=[step], iterations_first=2, iterations_online=1, update_interval=2)
    tracker = create_tracker(config, random_weights)
    tracker.initialize(scene(path(0)), path(0))
    tracker.track(scene(path(1)))
    tracker.correct(scene(path(1)), path(1))
    result = tracker.track(scene(path(2)))
    assert math.isfinite(result.score)
    assert result.box.is_valid


class Scripted:
    """A fast tracker whose scores are given and whose features cost nothing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, config: DLSTConfig, weights: BackboneWeights) -> None:
        self.score = 1.0
        self.learned_around: list[Box] = []
        self.frame = np.random.default_rng(0).integers(0, 256, (140, 200, 3), dtype=np.uint8)
        features = torch.rand(4096, 9, 512, generator=torch.Generator().manual_seed(0))

        def cheap_features(_: FeatureExtractor, frame: Frame, places: Places, watch: CallMonitor) -> torch.Tensor:
            return features[: len(places)]

        def cheap_map(_: Learner, frame: Frame, region: MapRegion, watch: CallMonitor) -> NDArray[np.float32]:
            return np.full((region.rows, region.columns), self.score, dtype=np.float32)

        def cheap_response(_: Localizer, pixels: torch.Tensor) -> torch.Tensor:
            return torch.zeros(len(pixels), 51, 51, 96)

        learn = Learner.learn_frame

        def noted(learner: Learner, frame: Frame, box: Box, watch: CallMonitor, *, call: int) -> None:
            self.learned_around.append(box)
            learn(learner, frame, box, watch, call=call)

        monkeypatch.setattr(FeatureExtractor, "classifier_features", cheap_features)
        monkeypatch.setattr(Localizer, "features", cheap_response)
        monkeypatch.setattr(Learner, "score_map", cheap_map)
        monkeypatch.setattr(Learner, "scores", lambda _, features: torch.full((len(features),), self.score))
        monkeypatch.setattr(Learner, "learn_frame", noted)
        self.tracker = DLSTTracker(config, weights, device=CPU, seed=0)
        self.tracker.initialize(self.frame, Box(80, 50, 30, 24))

    def track(self, score: float) -> TrackResult:
        self.score = score
        return self.tracker.track(self.frame)

    @property
    def learner(self) -> Learner:
        assert self.tracker._target is not None
        return self.tracker._target.learner

    def stores(self) -> list[RowStore]:
        first = self.learner.knowledge().memory.recent[-1]
        assert first.regions is not None
        return [first.positives.store, first.regions.pixels.store]


@pytest.fixture(params=[0])
def scripted(
    monkeypatch: pytest.MonkeyPatch,
    reduced: ReducedConfig,
    random_weights: BackboneWeights,
    request: pytest.FixtureRequest,
) -> Scripted:
    """Its parameter is the delay of updates."""
    config = reduced(
        speed="fast", iterations_first=1, iterations_online=1, regression=None,
        schedule=ScheduleConfig(long_term_frames=12, short_term_frames=4), update_delay=request.param,
    )  # fmt: skip
    samples = replace(config.samples, online=replace(config.samples.online, negatives=20))
    speed = replace(config.speed, collection_interval=5, collection_start=0, lost_update_interval=5)
    config = replace(config, samples=samples, speed=speed)
    return Scripted(monkeypatch, config, random_weights)


delayed = pytest.mark.parametrize("scripted", [3], indirect=True, ids=["three-frames-later"])


def test_learned_frames_when_fast_then_are_the_first_three_and_every_fifth_found(scripted: Scripted) -> None:
    learned = []
    for number in range(2, 21):
        before = len(scripted.learned_around)
        scripted.track(-1.0 if number in (8, 9, 10) else 1.0)
        if len(scripted.learned_around) > before:
            learned.append(number)
    assert learned == [2, 3, 11, 16]  # 8 was due and lost, and so were those after it


def test_learned_frames_when_the_start_is_dense_then_each_found_one_up_to_it_is_learned(
    monkeypatch: pytest.MonkeyPatch, reduced: ReducedConfig, random_weights: BackboneWeights
) -> None:
    config = reduced(speed="fast", iterations_first=1, iterations_online=1, regression=None)
    config = replace(config, speed=replace(config.speed, collection_interval=5, collection_start=6))
    scripted = Scripted(monkeypatch, config, random_weights)
    learned = []
    for number in range(2, 17):
        before = len(scripted.learned_around)
        scripted.track(-1.0 if number == 5 else 1.0)
        if len(scripted.learned_around) > before:
            learned.append(number)
    assert learned == [2, 3, 4, 6, 11, 16]


def test_update_when_fast_and_lost_then_trains_on_every_fifth_frame(scripted: Scripted) -> None:
    kinds = {number: scripted.track(-1.0).update for number in range(2, 22)}
    trained = [number for number, kind in kinds.items() if kind is UpdateKind.SHORT_TERM]
    assert trained == [5, 10, 15, 20]


def test_candidates_when_not_seen_then_a_quarter_lies_where_it_was_seen_last(scripted: Scripted) -> None:
    seen = candidates_of(scripted, 1.0)
    assert CandidateOrigin.LAST_SEEN not in seen.origins
    unsure = candidates_of(scripted, -0.5)  # found no longer, and yet mostly on the target
    last_place = unsure.boxes_xywh[unsure.best].mean(axis=0)
    for _ in range(6):
        astray = candidates_of(scripted, -2.0)
    boxes = astray.boxes_xywh[astray.origins == CandidateOrigin.LAST_SEEN]
    assert len(boxes) == len(astray.boxes_xywh) // 4
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    side = last_place[2:].mean()
    assert np.abs(middles - (last_place[:2] + last_place[2:] / 2)).max() <= 1.5 * side + 1  # whole pixels
    candidates_of(scripted, 1.0)
    assert CandidateOrigin.LAST_SEEN not in candidates_of(scripted, 1.0).origins


def test_candidates_when_corrected_while_not_seen_then_all_lie_around_the_manual_box(scripted: Scripted) -> None:
    scripted.track(1.0)
    for _ in range(3):
        scripted.track(-2.0)
    scripted.tracker.correct(scripted.frame, Box(20, 20, 30, 24))
    assert CandidateOrigin.LAST_SEEN not in candidates_of(scripted, 1.0).origins


def candidates_of(scripted: Scripted, score: float) -> Candidates:
    scripted.score = score
    return explained(scripted.tracker.track(scripted.frame, with_diagnostics=True)).candidates


@delayed
def test_update_when_in_the_background_then_its_weights_are_used_from_the_due_frame_on(scripted: Scripted) -> None:
    """Begun on frame 10, taken over on 13; what is measured in between is measured with the old weights."""
    before = scripted.learner.knowledge().heads
    for number in range(2, 16):
        result = scripted.track(1.0)
        assert result.update is (UpdateKind.LONG_TERM if number == 13 else UpdateKind.NONE)
        is_unchanged = all(map(torch.equal, before, scripted.learner.knowledge().heads))
        assert is_unchanged is (number < 13)


@delayed
def test_update_when_in_the_background_then_is_reported_on_the_frame_it_is_due(scripted: Scripted) -> None:
    """Lost on frame 10 begins one; so does being lost on 15 and found on 20: each is known three frames later."""
    kinds = {number: scripted.track(-1.0 if number < 20 else 1.0).update for number in range(2, 25)}
    known = {number: kind for number, kind in kinds.items() if kind is not UpdateKind.NONE}
    short, long = UpdateKind.SHORT_TERM, UpdateKind.LONG_TERM
    assert known == {8: short, 13: short, 18: short, 23: long}


@delayed
def test_track_when_cancelled_while_waiting_for_the_update_then_takes_it_over_the_next_time(
    scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on, train = threading.Event(), Heads.train

    def held_up(heads: Heads, *arguments: object, **options: object) -> UpdateReport:
        assert may_go_on.wait(timeout=60)
        return train(heads, *arguments, **options)

    monkeypatch.setattr(Heads, "train", held_up)
    for _ in range(2, 13):
        scripted.track(1.0)
    polls = iter([False] * 20)  # more than a frame asks for without waiting
    with pytest.raises(TrackingCancelled):
        scripted.tracker.track(scripted.frame, should_cancel=lambda: next(polls, True))
    may_go_on.set()
    assert scripted.track(1.0).update is UpdateKind.LONG_TERM  # the thirteenth frame
    assert scripted.track(1.0).update is UpdateKind.NONE


@delayed
def test_correct_when_an_update_is_in_the_background_then_it_is_forgotten(scripted: Scripted) -> None:
    for _ in range(2, 11):
        scripted.track(1.0)
    scripted.tracker.correct(scripted.frame, Box(70, 50, 30, 24))
    corrected = scripted.learner.knowledge().heads
    for _ in range(11, 20):
        assert scripted.track(1.0).update is UpdateKind.NONE
    assert all(map(torch.equal, corrected, scripted.learner.knowledge().heads))


@pytest.mark.parametrize("scripted", [0, 3], indirect=True, ids=["at-once", "three-frames-later"])
def test_memory_when_tracking_for_long_then_is_the_one_taken_at_the_start(scripted: Scripted) -> None:
    """Both windows are full many times over, and what was known at the manual box is held all the time."""
    stores = scripted.stores()
    capacities = [len(store.values) for store in stores]
    for number in range(300):
        scripted.track(-1.0 if number % 50 > 45 else 1.0)
    assert scripted.stores() == stores
    assert len(scripted.learned_around) > 3 * 12
    assert [len(store.values) for store in stores] == capacities


def test_memory_when_corrected_on_the_same_frame_again_and_again_then_grows_once_at_most(
    scripted: Scripted,
) -> None:
    """Each box takes the place of the one before: two corrections are held at once, no more."""
    stores = scripted.stores()
    capacities = []
    for n in range(6):
        scripted.tracker.correct(scripted.frame, Box(60 + n, 50, 30, 24))
        capacities.append([len(store.values) for store in stores])
    assert capacities[2:] == [capacities[2]] * 4
