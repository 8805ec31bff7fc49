"""Learns the target: chooses training samples of a frame, remembers them, trains both heads. Source: paper 3.3."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from tracker_core.box import Box, BoxArray
from tracker_core.box_regressor import BoxRegressor, RegressionSamples
from tracker_core.config import DLSTConfig
from tracker_core.features import FeatureExtractor
from tracker_core.localizer import Localizer
from tracker_core.networks import Dropout, Head, classifier_head, localizer_head
from tracker_core.sample_memory import FrameSamples, SampleMemory
from tracker_core.sampling import BoxSampler, keep_distant, keep_overlapping
from tracker_core.tracker import Frame, TrackerInputError, UpdateKind, UpdateReport
from tracker_core.training import STEP_WORK, Trainer, target_scores
from tracker_core.watch import Watch


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that was learned at one moment; `Learner.restore` goes back to it.

    Attributes:
        memory: samples.
        regression: samples of the box regressor, one part per human box.
        regressor: fitted to them; None where the variant has none.
        heads: parameters of both heads, copied.
        sampler: draws boxes for the latest human box.
    """

    memory: SampleMemory
    regression: tuple[RegressionSamples, ...]
    regressor: BoxRegressor | None
    heads: tuple[torch.Tensor, ...]
    sampler: BoxSampler


class Learner:
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
        self._config = config
        self._extractor = extractor
        self.sampler = sampler
        self.rng = np.random.default_rng(seed)
        self.dropout_generator = torch.Generator(device).manual_seed(seed)
        self._trainer = Trainer(config, rng=self.rng, dropout=Dropout(config.dropout, self.dropout_generator))
        head_generator = torch.Generator().manual_seed(config.head_seed)
        self._classifier = classifier_head(config.classifier_head).to(device)
        self._classifier.reset(head_generator, sigma=config.weight_sigma, hidden_bias=config.hidden_bias)
        self.localizer: Localizer | None = None
        if config.has_localizer:
            head = localizer_head(config.localizer_hidden).to(device)
            head.reset(head_generator, sigma=config.weight_sigma, hidden_bias=0.0)
            self.localizer = Localizer(config, extractor, head)
        self._memory = SampleMemory()
        self._regression: tuple[RegressionSamples, ...] = ()
        self.regressor: BoxRegressor | None = None

    def knowledge(self) -> Knowledge:
        """A copy of everything learned so far."""
        heads = tuple(parameter.detach().clone() for parameter in self._parameters())
        return Knowledge(self._memory, self._regression, self.regressor, heads, self.sampler)

    @torch.no_grad()
    def restore(self, knowledge: Knowledge) -> None:
        """Forget everything learned since."""
        self._memory, self._regression = knowledge.memory, knowledge.regression
        self.regressor, self.sampler = knowledge.regressor, knowledge.sampler
        for parameter, kept in zip(self._parameters(), knowledge.heads, strict=True):
            parameter.copy_(kept)

    def features_of(self, frame: Frame, boxes_xywh: BoxArray, watch: Watch) -> torch.Tensor:
        """(n, 4) boxes -> (n, 9, 512) features."""
        return self._extractor.classifier_features(frame, boxes_xywh, watch)

    @torch.no_grad()
    def scores(self, features: torch.Tensor) -> torch.Tensor:
        """(n, 9, 512) features -> (n,) scores, above 0 on the target."""
        return target_scores(self._classifier(self._head_input(features)), self._config)

    def learn_first_frame(self, frame: Frame, box: Box, watch: Watch) -> UpdateReport:
        """Everything from one human box. Raises `TrackerInputError` where the frame leaves no background."""
        config, sampler, rng = self._config, self.sampler, self.rng
        self._learn_regression(frame, box, config.regression_samples, watch)
        positives = self._positives(box, config.first_positive_draws, config.first_positives)
        # Each kind of negative is drawn around the target and over the whole frame alike (authors).
        drawn = np.concatenate(
            [
                sampler.uniform(
                    rng,
                    box,
                    config.first_negative_draws,
                    translation=config.first_negative_translation,
                    scale_exponent=config.first_negative_scale_exponent,
                ),
                sampler.whole_frame(rng, box, config.first_negative_draws),
            ]
        )
        negatives = self._distant(drawn, box, below=config.first_negative_iou, n=config.first_negatives)
        if len(negatives) == 0:
            raise TrackerInputError(
                f"the box {box.width:g} x {box.height:g} leaves no background to learn from in a frame of "
                f"{sampler.frame_width} x {sampler.frame_height}: draw a smaller box"
            )
        samples = self._samples(frame, positives, negatives, watch, human_box=box)
        report = self._train(samples, UpdateKind.FIRST_FRAME, config.iterations_first, watch)
        if not config.memorizes_first_negatives:
            fresh = self._surrounding(box, below=config.memory_negative_iou)
            features = self.features_of(frame, fresh, watch)
            samples = replace(samples, negatives=features)
        self._memory = self._memory.with_frame(samples, config)
        return report

    def learn_frame(self, frame: Frame, box: Box, watch: Watch) -> None:
        """Remember samples around a box the tracker believes in; training comes with the next update."""
        config = self._config
        positives = self._positives(box, config.online_positive_draws, config.online_positives)
        negatives = self._surrounding(box, below=config.online_negative_iou)
        samples = self._samples(frame, positives, negatives, watch)
        self._memory = self._memory.with_frame(samples, config)

    def update(self, kind: UpdateKind, watch: Watch) -> UpdateReport:
        """Train both heads on the short or the long window."""
        samples = self._memory.training_set(self._config, is_short_term=kind is UpdateKind.SHORT_TERM)
        return self._train(samples, kind, self._config.iterations_online, watch)

    def learn_correction(self, frame: Frame, box: Box, wrong_places: BoxArray, watch: Watch) -> UpdateReport:
        """A human box for good: samples around it, wrong places as negatives, both heads trained at once."""
        config = self._config
        self.sampler = self.sampler.fitted(box)
        self._learn_regression(frame, box, config.correction_regression_samples, watch)
        positives = self._positives(box, config.correction_positive_draws, config.correction_positives)
        surrounding = self._surrounding(box, below=config.online_negative_iou)
        negatives = np.concatenate([surrounding, wrong_places])
        samples = self._samples(frame, positives, negatives, watch, human_box=box)
        self._memory = self._memory.with_correction(samples)
        training_set = self._memory.training_set(config, is_short_term=True)
        return self._train(training_set, UpdateKind.CORRECTION, config.correction_iterations, watch)

    def _learn_regression(self, frame: Frame, box: Box, n: int, watch: Watch) -> None:
        config = self._config
        if not config.has_box_regression or n == 0:
            return
        drawn = self.sampler.uniform_aspect(self.rng, box, config.regression_draws)
        boxes = keep_overlapping(
            self.rng, drawn, box, above=config.regression_iou, n=n, is_strict=config.is_iou_strict
        )
        if len(boxes) == 0:
            return
        features = self.features_of(frame, boxes, watch)
        parts = (*self._regression, RegressionSamples.toward(box, boxes, features))
        self._regression = (parts[0], *parts[1:][-config.correction_regression_kept :])
        with watch.measure("fit regression"):
            joined = RegressionSamples.joined(list(self._regression))
            self.regressor = BoxRegressor.fit(joined, ridge=config.regression_lambda, watch=watch)

    def _positives(self, box: Box, draws: int, n: int) -> BoxArray:
        config = self._config
        drawn = self.sampler.normal(
            self.rng,
            box,
            draws,
            translation=config.positive_translation,
            scale_exponent=config.positive_scale_exponent,
        )
        kept = keep_overlapping(
            self.rng, drawn, box, above=config.positive_iou, n=n, is_strict=config.is_iou_strict
        )
        return kept if len(kept) > 0 else box.xywh[None]  # a tiny box may be missed by every draw

    def _surrounding(self, box: Box, *, below: float) -> BoxArray:
        config = self._config
        drawn = self.sampler.uniform(
            self.rng,
            box,
            config.online_negative_draws,
            translation=config.online_negative_translation,
            scale_exponent=config.online_negative_scale_exponent,
        )
        return self._distant(drawn, box, below=below, n=config.online_negatives)

    def _distant(self, drawn: BoxArray, box: Box, *, below: float, n: int) -> BoxArray:
        return keep_distant(self.rng, drawn, box, below=below, n=n, is_strict=self._config.is_iou_strict)

    def _samples(
        self, frame: Frame, positives: BoxArray, negatives: BoxArray, watch: Watch, *, human_box: Box | None = None
    ) -> FrameSamples:
        """Features, each kind in memory of its own: they leave at different times."""
        regions = None
        if self.localizer is not None:
            chosen = positives[:: self._config.localizer_sample_stride]
            if human_box is not None and self._config.localizer_training_center == "target":
                chosen = human_box.xywh[None]
            regions = self.localizer.crops_of(frame, chosen, watch)
        return FrameSamples(
            self.features_of(frame, positives, watch), self.features_of(frame, negatives, watch), regions
        )

    def _train(self, samples: FrameSamples, kind: UpdateKind, iterations: int, watch: Watch) -> UpdateReport:
        """Classifier first, then localiser (authors)."""
        config = self._config
        is_first = kind is UpdateKind.FIRST_FRAME
        rate = config.rate_first if is_first else config.rate_online
        with watch.measure("update"):
            classifier_losses = self._trainer.train_classifier(
                self._classifier,
                self._head_input(samples.positives),
                self._head_input(samples.negatives),
                iterations=iterations,
                rate=rate,
                watch=watch,
            )
            localizer_losses: tuple[float, ...] = ()
            if self.localizer is not None and samples.regions is not None:
                localizer_losses = self._trainer.train_localizer(
                    self.localizer.head,
                    self.localizer.training_samples(samples.regions),
                    iterations=iterations,
                    batch=config.localizer_batch_first if is_first else config.localizer_batch_online,
                    rate=rate,
                    watch=watch,
                )
        return UpdateReport(kind, classifier_losses, localizer_losses)

    def _head_input(self, features: torch.Tensor) -> torch.Tensor:
        return features if self._config.classifier_head == "gap" else features.flatten(1)

    def _parameters(self) -> list[torch.nn.Parameter]:
        heads: list[Head] = [self._classifier]
        if self.localizer is not None:
            heads.append(self.localizer.head)
        return [parameter for head in heads for parameter in head.parameters()]


def first_frame_work(config: DLSTConfig) -> float:
    """Expected work of learning a first frame, in patches."""
    patches = config.first_positives + config.first_negatives + config.online_negatives
    regression = config.regression_samples if config.has_box_regression else 0
    steps = config.iterations_first * (1 + config.has_localizer)
    return patches + regression + STEP_WORK * steps


def correction_work(config: DLSTConfig) -> float:
    """Expected work of learning a correction, in patches."""
    patches = config.correction_positives + config.online_negatives + config.correction_wrong_places
    regression = config.correction_regression_samples if config.has_box_regression else 0
    steps = config.correction_iterations * (1 + config.has_localizer)
    return config.candidate_count + patches + regression + STEP_WORK * steps
