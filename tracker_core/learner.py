"""Learns the target: chooses training samples of a frame, remembers them, trains both heads. Source: paper 3.3."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.box_regressor import BoxRegressor, RegressionMemory, RegressionSamples
from tracker_core.call_monitor import CallMonitor
from tracker_core.checkpoint import (
    continue_streams,
    memory_arrays,
    memory_of,
    stream_arrays,
    tensor_arrays,
    tensors_of,
)
from tracker_core.config import DLSTConfig, LocalizerConfig
from tracker_core.cropping import whole_frame
from tracker_core.feature_map import MapRegion, MapWindows
from tracker_core.features import FeatureExtractor, Places
from tracker_core.heads import BackgroundTraining, Heads
from tracker_core.localizer import Localizer, RegionCrops, RegionSamples
from tracker_core.online_model import OnlineModel
from tracker_core.row_store import Rows, RowStore
from tracker_core.sample_memory import BoxRows, FrameSamples, Provenance, SampleMemory, TrainingSet
from tracker_core.sample_view import SampleSource
from tracker_core.sampling import BoxSampler
from tracker_core.tracker import AnyFrame, Checkpoint, TrackerInputError, UpdateKind, UpdateReport
from tracker_core.training import STEP_WORK, target_scores

_PAGE_ROWS = 10  # a frame has some tens of positives and some hundred negatives


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that was learned at one moment; `Learner.restore` goes back to it.

    Attributes:
        memory: samples.
        regression: samples of the box regressor.
        regressor: fitted to them; None where the variant has none.
        heads: parameters of both heads, copied.
        sampler: draws boxes for the latest manual box.
        pending: an update that trains in the background and is not yet known.
        updates: updates there have been.
    """

    memory: SampleMemory
    regression: RegressionMemory
    regressor: BoxRegressor | None
    heads: tuple[torch.Tensor, ...]
    sampler: BoxSampler
    pending: BackgroundTraining | None
    updates: int


class Learner(OnlineModel):
    """Everything about one target that changes by learning."""

    def __init__(
        self,
        config: DLSTConfig,
        extractor: FeatureExtractor,
        sampler: BoxSampler,
        *,
        device: torch.device,
        seed: int,
    ) -> None:
        super().__init__(config, sampler, Heads.fresh(config, extractor), device=device, seed=seed)
        self._extractor = extractor
        self.localizer: Localizer | None = None
        self._pixels: RowStore | None = None
        if config.localizer is not None and self._heads.localizer is not None:
            self._pixels = _region_store(config, config.localizer, extractor.device)
            self.localizer = Localizer(
                config.localizer,
                extractor,
                self._heads.localizer,
                kept_pixels=self._pixels,
                decision=config.classifier.decision,
            )
        self._features = _feature_store(config, extractor)
        self._regression = RegressionMemory(
            product_dtype=np.float32 if config.speed.feature_precision == "convolution" else np.float64
        )
        self.regressor: BoxRegressor | None = None

    def knowledge(self) -> Knowledge:
        """A copy of everything learned so far."""
        return Knowledge(
            self._memory,
            self._regression,
            self.regressor,
            self._heads.copied(),
            self.sampler,
            self._pending,
            self._updates,
        )

    def restore(self, knowledge: Knowledge) -> None:
        """Forget everything learned since."""
        self._memory, self._regression = knowledge.memory, knowledge.regression
        self.regressor, self.sampler = knowledge.regressor, knowledge.sampler
        self._heads.take(knowledge.heads)
        self._pending, self._updates = knowledge.pending, knowledge.updates

    def checkpoint(self) -> Checkpoint | None:
        """What was learned since the first frame; None while an update trains in the background."""
        if self._pending is not None:
            return None
        heads = tensor_arrays("heads", self._heads.copied())
        return {
            **memory_arrays(self._memory),
            **heads,
            **stream_arrays(self.rng, self.dropout_generator),
            "updates": np.array(self._updates),
        }

    def resume(self, checkpoint: Checkpoint) -> None:
        """Learn on from a checkpoint; errors of what does not fit are those of `taken_over`."""
        put_pixels = None if self._pixels is None else self._pixels.put
        self._memory = memory_of(checkpoint, self._memory.kept, self._features.put, put_pixels)
        self._heads.take(tensors_of(checkpoint, "heads", self._heads.parameters()))
        self._updates = int(checkpoint["updates"].astype(np.int64))
        continue_streams(checkpoint, self.rng, self.dropout_generator)

    def features_of(self, frame: AnyFrame, places: Places, watch: CallMonitor) -> torch.Tensor:
        """N places -> (n, 9, channels) features."""
        return self._extractor.classifier_features(frame, places, watch)

    @torch.no_grad()
    def scores(self, features: torch.Tensor) -> torch.Tensor:
        """(n, 9, channels) features -> (n,) scores, above 0 on the target."""
        return target_scores(self._heads.classifier(features), self._config.classifier.decision)

    @torch.no_grad()
    def score_map(self, frame: AnyFrame, region: MapRegion, watch: CallMonitor) -> NDArray[np.float32]:
        """Scores of all windows of a region, (rows, columns)."""
        cells = self._extractor.map_cells(frame, [region], watch)
        logits = self._heads.classifier.over_map(cells, region.stride)
        scores = target_scores(logits, self._config.classifier.decision)
        return np.asarray(scores[0].cpu().numpy(), dtype=np.float32)

    def learn_first_frame(self, frame: AnyFrame, box: Box, watch: CallMonitor) -> UpdateReport:
        """Everything from one manual box. Raises `TrackerInputError` where the frame leaves no background."""
        config, samples = self._config, self._config.samples
        if config.regression is not None and self._collect_regression(
            frame, box, config.regression.samples, watch
        ):
            self._fit_regression(watch)
        positives = self._places.positives(box, samples.first.positive_draws, samples.first.positives)
        negatives = self._places.first_negatives(box)
        provenance = self._provenance(0, SampleSource.FIRST_FRAME)
        if sum(map(len, negatives)) == 0:
            raise TrackerInputError(
                f"the box {box.width:g} x {box.height:g} leaves no background to learn from in a frame of "
                f"{self.sampler.frame_width} x {self.sampler.frame_height}: draw a smaller box"
            )
        on_target = self._stored(frame, positives, watch)
        background = torch.cat([self.features_of(frame, places, watch) for places in negatives])
        regions = self._regions(frame, positives, watch, manual_box=box)
        training_set = TrainingSet(on_target, Rows.of(background), regions)
        report = self._train(training_set, UpdateKind.FIRST_FRAME, config.training.iterations_first, watch)
        if samples.memorizes_first_negatives:
            kept, kept_boxes = self._features.put(background), np.concatenate(list(map(_boxes_of, negatives)))
        else:
            surrounding = self._places.surrounding(box, below=samples.memory_negative_iou)
            kept, kept_boxes = self._stored(frame, surrounding, watch), _boxes_of(surrounding)
        learned = FrameSamples(on_target, kept, regions, provenance, _boxes_of(positives), kept_boxes)
        self._memory = self._memory.with_frame(learned, config.schedule)
        return report

    def learn_frame(self, frame: AnyFrame, box: Box, watch: CallMonitor, *, call: int) -> None:
        """Remember samples around a found box; training comes with the next update.

        Args:
            frame: that it lies on.
            box: of the target there.
            watch: asked in between.
            call: of the tracker, which gave the frame.
        """
        online = self._config.samples.online
        positives = self._places.positives(box, online.positive_draws, online.positives)
        negatives = self._places.surrounding(box, below=online.negative_iou)
        provenance = self._provenance(call, SampleSource.TRACKED)
        samples = self._samples(frame, positives, negatives, watch, provenance)
        self._memory = self._memory.with_frame(samples, self._config.schedule)

    def learn_correction(
        self, frame: AnyFrame, box: Box, wrong_places: BoxArray, watch: CallMonitor, *, call: int
    ) -> UpdateReport:
        """A manual box for good: samples around it, wrong places as negatives, both heads trained at once."""
        self._pending = None  # it learned what is now known to be wrong
        self.sampler = self.sampler.fitted(box)
        self._memory = self._memory.without_example(checksum_of(frame))
        if self._collect_regression(frame, box, self._config.correction.regression_samples, watch):
            self._fit_regression(watch)
        provenance = self._provenance(call, SampleSource.CORRECTION)
        samples = self._human_samples(frame, box, wrong_places, watch, provenance)
        self._memory = self._memory.with_correction(samples)
        kind = UpdateKind.CORRECTION
        return self._train(self._window(kind), kind, self._config.correction.iterations, watch)

    def remember_example(
        self, frame: AnyFrame, box: Box, wrong_places: BoxArray, watch: CallMonitor, *, call: int
    ) -> None:
        """A manual box of another frame for good, as in a correction; `learn_examples` trains."""
        own, self.sampler = self.sampler, self.sampler.fitted(box)
        self._collect_regression(frame, box, self._config.correction.regression_samples, watch)
        provenance = self._provenance(call, SampleSource.EXAMPLE)
        samples = self._human_samples(frame, box, wrong_places, watch, provenance)
        self._memory = self._memory.with_correction(replace(samples, example_of=checksum_of(frame)))
        self.sampler = own

    def learn_examples(self, watch: CallMonitor) -> UpdateReport:
        """Train on the first frame and all examples together, so that none counts less for having come early."""
        if len(self._regression.parts) > 1:
            self._fit_regression(watch)
        kind = UpdateKind.CORRECTION
        return self._train(self._window(kind), kind, self._config.training.iterations_first, watch)

    def _human_samples(
        self,
        frame: AnyFrame,
        box: Box,
        wrong_places: BoxArray,
        watch: CallMonitor,
        provenance: Provenance,
    ) -> FrameSamples:
        """Around a manual box, with the wrong places among the negatives."""
        correction = self._config.correction
        positives = self._places.positives(box, correction.positive_draws, correction.positives)
        surrounding = self._places.surrounding(box, below=self._config.samples.online.negative_iou)
        samples = self._samples(frame, positives, surrounding, watch, provenance, manual_box=box)
        wrong = self._features.put(self.features_of(frame, wrong_places, watch))
        assert samples.negatives is not None
        return replace(
            samples,
            negatives=Rows.joined([samples.negatives, wrong]),
            negative_boxes=np.concatenate([samples.negative_boxes, _boxes_of(wrong_places)]),
        )

    def _collect_regression(self, frame: AnyFrame, box: Box, n: int, watch: CallMonitor) -> bool:
        """Remember what box regression learns from; whether there is something new."""
        regression = self._config.regression
        if regression is None or n == 0:
            return False
        boxes = self._places.for_regression(box, regression, n)
        if len(boxes) == 0:
            return False
        features = self.features_of(frame, boxes, watch)
        with watch.measure("fit regression"):
            samples, keep = RegressionSamples.toward(box, boxes, features), self._config.correction.regression_kept
            self._regression = self._regression.with_part(samples, keep=keep, watch=watch)
        return True

    def _fit_regression(self, watch: CallMonitor) -> None:
        regression = self._config.regression
        assert regression is not None  # it has samples
        with watch.measure("fit regression"):
            self.regressor = BoxRegressor.fit(self._regression, ridge=regression.ridge, watch=watch)

    def _samples(
        self,
        frame: AnyFrame,
        positives: BoxArray,
        negatives: Places,
        watch: CallMonitor,
        provenance: Provenance,
        *,
        manual_box: Box | None = None,
    ) -> FrameSamples:
        regions = self._regions(frame, positives, watch, manual_box=manual_box)
        return FrameSamples(
            self._stored(frame, positives, watch),
            self._stored(frame, negatives, watch),
            regions,
            provenance,
            _boxes_of(positives),
            _boxes_of(negatives),
        )

    def _regions(
        self, frame: AnyFrame, positives: BoxArray, watch: CallMonitor, *, manual_box: Box | None
    ) -> RegionCrops | None:
        """Search regions around every tenth positive, or the manual box alone where the variant wants that."""
        if self.localizer is None:
            return None
        chosen = positives[:: self.localizer.config.sample_stride]
        if manual_box is not None and self.localizer.config.training_center == "target":
            chosen = manual_box.xywh[None]
        return self.localizer.crops_of(frame, chosen, watch)

    def _stored(self, frame: AnyFrame, places: Places, watch: CallMonitor) -> Rows:
        return self._features.put(self.features_of(frame, places, watch))

    def _region_samples(self, samples: TrainingSet, rng: np.random.Generator) -> RegionSamples | None:
        if self.localizer is None or samples.regions is None:
            return None
        return RegionSamples(self.localizer, samples.regions, self._config.speed.localizer_cells, rng)


def _boxes_of(places: Places) -> BoxRows:
    return np.asarray(places.boxes if isinstance(places, MapWindows) else places, dtype=np.float32)


def _feature_store(config: DLSTConfig, extractor: FeatureExtractor) -> RowStore:
    """Room for both windows, the first frame, and one frame more while it is learned."""
    samples, schedule = config.samples, config.schedule
    positives = samples.first.positives + (schedule.long_term_frames + 1) * samples.online.positives
    negatives = (schedule.short_term_frames + 2) * samples.online.negatives
    return RowStore(
        extractor.feature_shape,
        dtype=extractor.dtype,
        device=extractor.device,
        page_rows=_PAGE_ROWS,
        pages=-(-(positives + negatives) // _PAGE_ROWS),
    )


def _region_store(config: DLSTConfig, localizer: LocalizerConfig, device: torch.device) -> RowStore:
    """Room for the search regions of the long window and the first frame, and of one frame more."""
    first, online = (
        -(-samples.positives // localizer.sample_stride)
        for samples in (config.samples.first, config.samples.online)
    )
    return RowStore(
        (config.patches.size, config.patches.size, 3),
        dtype=torch.uint8,
        device=device,
        page_rows=online,
        pages=-(-first // online) + config.schedule.long_term_frames + 1,
    )


def checksum_of(frame: AnyFrame) -> int:
    """Of its pixels: tells whether two boxes are of the same frame."""
    return zlib.crc32(whole_frame(frame).data)


def first_frame_work(config: DLSTConfig) -> float:
    """Expected work of learning a first frame, in patches."""
    samples, regression = config.samples, config.regression
    patches = samples.first.positives + samples.first.negatives + samples.online.negatives
    regression_patches = 0 if regression is None else regression.samples
    return patches + regression_patches + _step_work(config, config.training.iterations_first)


def correction_work(config: DLSTConfig) -> float:
    """Expected work of learning a correction, in patches."""
    return _manual_box_work(config) + _step_work(config, config.correction.iterations)


def examples_work(config: DLSTConfig, n: int) -> float:
    """Expected work of learning `n` examples, in patches."""
    if n == 0:
        return 0.0
    return n * _manual_box_work(config) + _step_work(config, config.training.iterations_first)


def _manual_box_work(config: DLSTConfig) -> float:
    correction = config.correction
    patches = correction.positives + config.samples.online.negatives + correction.wrong_places
    regression = 0 if config.regression is None else correction.regression_samples
    return config.candidates.count + patches + regression


def _step_work(config: DLSTConfig, iterations: int) -> float:
    heads = 1 if config.localizer is None else 2
    return STEP_WORK * iterations * heads
