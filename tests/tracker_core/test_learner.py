"""Which samples are chosen, remembered and trained on."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.tracker_core.conftest import ReducedConfig
from tracker_core import BackboneWeights, Box, DLSTConfig, Frame, ScheduleConfig, UpdateKind
from tracker_core.call_monitor import CallMonitor
from tracker_core.feature_map import MapWindows
from tracker_core.features import FeatureExtractor, Places
from tracker_core.learner import Learner
from tracker_core.row_store import Rows
from tracker_core.sample_memory import SampleMemory, TrainingSet
from tracker_core.sampling import BoxSampler

BOX = Box(60, 40, 30, 24)
CPU = torch.device("cpu")
NOTHING_WRONG: NDArray[np.float64] = np.empty((0, 4))


def values_of(rows: Rows | None) -> torch.Tensor:
    assert rows is not None
    return rows.take(torch.arange(len(rows)))


def boxes_told_by(samples: Rows | None) -> NDArray[np.float64]:
    boxes: NDArray[np.float64] = np.round(values_of(samples)[:, 0, :4].double().numpy() * 100)
    return boxes


def with_online_negatives(config: DLSTConfig, n: int, *, draws: int = 60) -> DLSTConfig:
    online = replace(config.samples.online, negatives=n, negative_draws=draws)
    return replace(config, samples=replace(config.samples, online=online))


class Bench:
    """A learner whose features are cheap and say which boxes they belong to."""

    def __init__(
        self, config: DLSTConfig, weights: BackboneWeights, frame: Frame, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(FeatureExtractor, "classifier_features", self._features)
        height, width = frame.shape[:2]
        sampler = BoxSampler.for_target(config.drawing, BOX, frame_width=width, frame_height=height)
        self.learner = Learner(config, FeatureExtractor(config, weights, CPU), sampler, device=CPU, seed=0)
        self.frame = frame

    @staticmethod
    def _features(extractor: FeatureExtractor, frame: Frame, places: Places, watch: CallMonitor) -> torch.Tensor:
        features = torch.zeros(len(places), 9, 512)
        boxes = places.boxes if isinstance(places, MapWindows) else places
        features[:, :, :4] = torch.from_numpy(boxes).float()[:, None] / 100
        return features

    @property
    def memory(self) -> SampleMemory:
        return self.learner.knowledge().memory

    def ious(self, samples: Rows | None) -> list[float]:
        return [BOX.iou(Box.from_xywh(row)) for row in boxes_told_by(samples)]

    def learn_first(self) -> None:
        self.learner.learn_first_frame(self.frame, BOX, CallMonitor())


@pytest.fixture
def bench(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    return Bench(
        with_online_negatives(reduced(iterations_first=5, correction_iterations=3), 150, draws=600),
        random_weights,
        noise_frame,
        monkeypatch,
    )


@pytest.fixture
def paper_bench(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> Bench:
    return Bench(reduced(details="paper", iterations_first=5), random_weights, noise_frame, monkeypatch)


def test_first_frame_then_positives_overlap_and_fresh_negatives_are_remembered(bench: Bench) -> None:
    bench.learn_first()
    (first,) = bench.memory.recent
    assert len(first.positives) == 30
    assert min(bench.ious(first.positives)) > 0.7
    assert len(first.negatives) == 150  # an update's worth, not the 40 of the training
    assert max(bench.ious(first.negatives)) < 0.5
    assert first.regions is not None
    assert len(first.regions.pixels) == 3  # every 10th positive


def test_first_frame_when_the_papers_details_then_training_negatives_and_the_manual_box_are_remembered(
    paper_bench: Bench,
) -> None:
    paper_bench.learn_first()
    (first,) = paper_bench.memory.recent
    assert len(first.negatives) == 40
    assert max(paper_bench.ious(first.negatives)) <= 0.5
    assert first.regions is not None
    assert len(first.regions.pixels) == 1


def test_samples_when_read_from_maps_then_obey_the_same_bounds(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(reduced(speed="fast", iterations_first=1), random_weights, noise_frame, monkeypatch)
    bench.learn_first()
    bench.learner.learn_frame(bench.frame, BOX, CallMonitor(), call=1)
    wrong = np.array([[11.0, 77, 30, 24]])
    bench.learner.learn_correction(bench.frame, BOX, wrong, CallMonitor(), call=1)
    memory = bench.memory
    for samples, most, below in (
        (memory.recent[0], 30, 0.5),
        (memory.recent[1], 10, 0.3),
        (memory.kept[0], 20, 0.3),
    ):
        assert 2 < len(samples.positives) <= most
        assert min(bench.ious(samples.positives)) > 0.7 - 0.05  # the boxes told are rounded
        assert samples.negatives is not None
        assert 5 < len(samples.negatives) <= 15 + len(wrong)
        assert max(bench.ious(samples.negatives)) < below + 0.05
        assert samples.regions is not None
        assert len(samples.regions.pixels) == math.ceil(len(samples.positives) / 4)


def test_first_frame_then_both_heads_are_trained_for_the_given_iterations(bench: Bench) -> None:
    report = bench.learner.learn_first_frame(bench.frame, BOX, CallMonitor())
    assert report.kind is UpdateKind.FIRST_FRAME
    assert len(report.classifier_losses) == len(report.localizer_losses) == 5
    assert report.classifier_losses[0] == pytest.approx(math.log(2), abs=0.05)  # small weights know nothing
    assert report.localizer_losses[0] == pytest.approx(math.log(2), abs=0.05)


def test_learn_frame_then_remembers_without_training(bench: Bench) -> None:
    bench.learn_first()
    heads = bench.learner.knowledge().heads
    bench.learner.learn_frame(bench.frame, BOX, CallMonitor(), call=1)
    _, second = bench.memory.recent
    assert len(second.positives) == 10
    assert min(bench.ious(second.positives)) > 0.7
    assert len(second.negatives) == 150
    assert max(bench.ious(second.negatives)) < 0.3
    assert all(map(torch.equal, heads, bench.learner.knowledge().heads))


@pytest.mark.parametrize("details", ["code", "paper"])
def test_learn_frame_then_every_tenth_positive_becomes_a_search_region(
    request: pytest.FixtureRequest, details: str
) -> None:
    """The paper centres on the target only where it is known: in the human's frames."""
    bench: Bench = request.getfixturevalue("bench" if details == "code" else "paper_bench")
    bench.learn_first()
    bench.learner.learn_frame(bench.frame, BOX, CallMonitor(), call=1)
    learned = bench.memory.recent[-1]
    assert learned.regions is not None
    assert len(learned.regions.pixels) == 1  # of ten
    assert bench.learner.localizer is not None
    expected = bench.learner.localizer.crops_of(bench.frame, boxes_told_by(learned.positives)[:1], CallMonitor())
    assert torch.equal(values_of(learned.regions.pixels), values_of(expected.pixels))


def test_remembered_samples_when_frames_leave_the_windows_then_their_memory_is_used_again(
    random_weights: BackboneWeights, reduced: ReducedConfig, noise_frame: Frame, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = ScheduleConfig(long_term_frames=6, short_term_frames=3)
    config = with_online_negatives(reduced(iterations_first=1, schedule=schedule), 20)
    bench = Bench(config, random_weights, noise_frame, monkeypatch)
    bench.learn_first()
    (first,) = bench.memory.recent
    assert first.regions is not None
    stores = [first.positives.store, first.regions.pixels.store]
    capacities = [len(store.values) for store in stores]
    del first
    for _ in range(30):
        bench.learner.learn_frame(bench.frame, BOX, CallMonitor(), call=1)
    (latest, *_) = reversed(bench.memory.recent)
    assert latest.regions is not None
    assert [latest.positives.store, latest.regions.pixels.store] == stores
    assert [len(store.values) for store in stores] == capacities


@pytest.mark.parametrize("kind", [UpdateKind.SHORT_TERM, UpdateKind.LONG_TERM])
def test_update_then_trains_on_its_window(bench: Bench, kind: UpdateKind, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    original = SampleMemory.training_set

    def remembered(memory: SampleMemory, schedule: ScheduleConfig, *, is_short_term: bool) -> TrainingSet:
        asked.append(is_short_term)
        return original(memory, schedule, is_short_term=is_short_term)

    monkeypatch.setattr(SampleMemory, "training_set", remembered)
    bench.learn_first()
    report = bench.learner.update(kind, CallMonitor())
    assert asked == [kind is UpdateKind.SHORT_TERM]
    assert report.kind is kind
    assert len(report.classifier_losses) == len(report.localizer_losses) == 4


def test_correction_then_samples_are_kept_with_the_wrong_places_among_the_negatives(bench: Bench) -> None:
    bench.learn_first()
    wrong = np.array([[111.0, 77, 30, 24], [5, 6, 30, 24]])
    report = bench.learner.learn_correction(bench.frame, BOX, wrong, CallMonitor(), call=1)
    (kept,) = bench.memory.kept
    assert report.kind is UpdateKind.CORRECTION
    assert len(report.classifier_losses) == 3
    assert min(bench.ious(kept.positives)) > 0.7
    assert max(bench.ious(kept.negatives)) < 0.3
    places = {tuple(row) for row in boxes_told_by(kept.negatives)}
    assert {tuple(row) for row in wrong} <= places


def test_correction_then_the_regressor_learns_from_it_and_keeps_the_first_frames_samples(bench: Bench) -> None:
    bench.learn_first()
    for _ in range(7):
        bench.learner.learn_correction(bench.frame, BOX, NOTHING_WRONG, CallMonitor(), call=1)
    parts = bench.learner.knowledge().regression.parts
    assert [len(part.targets) for part in parts] == [20] + [10] * 5  # the five latest


def test_restore_then_everything_learned_since_is_gone(bench: Bench) -> None:
    bench.learn_first()
    before = bench.learner.knowledge()
    heads = [parameter.clone() for parameter in before.heads]
    bench.learner.learn_frame(bench.frame, BOX, CallMonitor(), call=1)
    bench.learner.learn_correction(bench.frame, BOX, NOTHING_WRONG, CallMonitor(), call=1)
    changed = bench.learner.knowledge()
    assert not any(map(torch.equal, heads, changed.heads))
    bench.learner.restore(before)
    after = bench.learner.knowledge()
    assert all(map(torch.equal, heads, after.heads))
    assert after.memory is before.memory
    assert after.regression is before.regression
    assert bench.learner.regressor is before.regressor


def test_heads_then_start_alike_whatever_the_seed(random_weights: BackboneWeights, reduced: ReducedConfig) -> None:
    """The authors draw the heads once, for all videos."""
    config = reduced()
    sampler = BoxSampler.for_target(config.drawing, BOX, frame_width=160, frame_height=120)
    extractor = FeatureExtractor(config, random_weights, CPU)
    a, b = (Learner(config, extractor, sampler, device=CPU, seed=seed).knowledge() for seed in (0, 1))
    assert all(map(torch.equal, a.heads, b.heads))
