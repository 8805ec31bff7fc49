"""Both heads of a target, their training, and training that goes on while frames are tracked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from copy import deepcopy
from dataclasses import dataclass

import torch

from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig
from tracker_core.features import FeatureExtractor
from tracker_core.localizer import RegionSamples
from tracker_core.networks import Head, classifier_head, localizer_head
from tracker_core.sample_memory import TrainingSet
from tracker_core.tracker import UpdateKind, UpdateReport
from tracker_core.training import Trainer

_POLL_S = 0.02  # between two looks at the watch while waiting


@dataclass(frozen=True, slots=True)
class Heads:
    """What is trained online; `localizer` is None where the variant has none."""

    classifier: Head
    localizer: Head | None

    @classmethod
    def fresh(cls, config: DLSTConfig, extractor: FeatureExtractor) -> Heads:
        """Untrained heads for its features; drawn on the CPU, so that every device starts alike."""
        device = extractor.device
        generator = torch.Generator().manual_seed(config.training.head_seed)
        classifier = classifier_head(config.classifier.head, extractor.feature_shape[1]).to(device)
        classifier.reset(generator, sigma=config.training.weight_sigma, hidden_bias=config.classifier.hidden_bias)
        if config.localizer is None:
            return cls(classifier, None)
        localizer = localizer_head(extractor.localizer_shape[2], config.localizer.hidden).to(device)
        localizer.reset(generator, sigma=config.training.weight_sigma, hidden_bias=0.0)
        return cls(classifier, localizer)

    def parameters(self) -> list[torch.nn.Parameter]:
        """Of both, in a fixed order."""
        heads = [self.classifier] if self.localizer is None else [self.classifier, self.localizer]
        return [parameter for head in heads for parameter in head.parameters()]

    def copied(self) -> tuple[torch.Tensor, ...]:
        """The parameters' values now."""
        return tuple(parameter.detach().clone() for parameter in self.parameters())

    @torch.no_grad()
    def take(self, values: tuple[torch.Tensor, ...]) -> None:
        """Set the parameters' values."""
        for parameter, value in zip(self.parameters(), values, strict=True):
            parameter.copy_(value)

    def train(
        self,
        trainer: Trainer,
        samples: TrainingSet,
        kind: UpdateKind,
        *,
        iterations: int,
        regions: RegionSamples | None,
        watch: CallMonitor,
    ) -> UpdateReport:
        """Classifier first, then localiser (authors)."""
        config = trainer.config.training
        is_first = kind is UpdateKind.FIRST_FRAME
        rate = config.rate_first if is_first else config.rate_online
        classifier_losses = trainer.train_classifier(
            self.classifier, samples.positives, samples.negatives, iterations=iterations, rate=rate, watch=watch
        )
        localizer_losses: tuple[float, ...] = ()
        if self.localizer is not None and regions is not None:
            own = regions.localizer.config
            localizer_losses = trainer.train_localizer(
                self.localizer,
                regions,
                iterations=iterations,
                batch=own.batch_first if is_first else own.batch_online,
                rate=rate,
                watch=watch,
            )
        return UpdateReport(kind, classifier_losses, localizer_losses)


class BackgroundTraining:
    """Copies of heads that learn on another thread while the heads themselves go on judging frames."""

    def __init__(self, pool: ThreadPoolExecutor, heads: Heads, train: Callable[[Heads], UpdateReport]) -> None:
        self._heads = deepcopy(heads)
        self._report: Future[UpdateReport] = pool.submit(_trained, [train], self._heads)

    def finish(self, heads: Heads, watch: CallMonitor) -> UpdateReport:
        """Wait for the end and give `heads` what was learned; may be called again."""
        while not wait([self._report], timeout=_POLL_S).done:
            watch.advance()
        report = self._report.result()
        heads.take(self._heads.copied())
        return report


def _trained(train: list[Callable[[Heads], UpdateReport]], heads: Heads) -> UpdateReport:
    """Train with one compute thread: the others have frames to track (torch keeps the number per thread).

    `train` is taken out of its list: a pool holds on to arguments for a moment after the result is there, and with
    this one to samples, whose memory is wanted for the next ones.
    """
    torch.set_num_threads(1)
    return train.pop()(heads)
