"""What is learned of one target, whatever it is learned from: heads, samples, and when they are trained."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig
from tracker_core.heads import BackgroundTraining, Heads
from tracker_core.leave_out import KnownSamples
from tracker_core.localizer import RegionSamples
from tracker_core.networks import Dropout, Head
from tracker_core.sample_locations import SampleLocations
from tracker_core.sample_memory import Provenance, SampleMemory, TrainingSet
from tracker_core.sample_view import SampleSource
from tracker_core.sampling import BoxSampler
from tracker_core.tracker import UpdateKind, UpdateReport
from tracker_core.training import Trainer


class OnlineModel:
    """Heads that learn from a sample memory, at once or in the background.

    Attributes:
        sampler: draws boxes in the target's frame size.
        rng: of all draws.
        dropout_generator: of the heads' dropout.
    """

    def __init__(
        self, config: DLSTConfig, sampler: BoxSampler, heads: Heads, *, device: torch.device, seed: int
    ) -> None:
        self._config = config
        self.sampler = sampler
        self.rng = np.random.default_rng(seed)
        self.dropout_generator = torch.Generator(device).manual_seed(seed)
        self._trainer = Trainer(
            config, rng=self.rng, dropout=Dropout(config.training.dropout, self.dropout_generator)
        )
        self._heads = heads
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="update")
        self._pending: BackgroundTraining | None = None
        self._updates = 0
        self._memory = SampleMemory()

    @property
    def known(self) -> KnownSamples:
        """The classifier and its samples."""
        return KnownSamples(self._config, self._heads.classifier, self._memory, self._updates)

    @contextmanager
    def judging_with(self, classifier: Head) -> Iterator[None]:
        """See `Inspected`."""
        own, self._heads = self._heads, replace(self._heads, classifier=classifier)
        try:
            yield
        finally:
            self._heads = own

    def go_on_with(self, memory: SampleMemory, classifier: Head) -> None:
        """See `Inspected`."""
        self._memory, self._pending = memory, None
        self._heads.classifier.load_state_dict(classifier.state_dict())

    def update(self, kind: UpdateKind, watch: CallMonitor) -> UpdateReport:
        """Train on the short or the long window."""
        return self._train(self._window(kind), kind, self._config.training.iterations_online, watch)

    def start_update(self, kind: UpdateKind) -> None:
        """Begin to train copies of the heads in the background, with random streams of their own."""
        config, samples = self._config, self._window(kind)
        rng = np.random.default_rng(self.rng.integers(2**63))
        generator = torch.Generator(self.dropout_generator.device).manual_seed(int(self.rng.integers(2**63)))
        trainer = Trainer(config, rng=rng, dropout=Dropout(config.training.dropout, generator))
        regions, iterations = self._region_samples(samples, rng), config.training.iterations_online

        def train(heads: Heads) -> UpdateReport:
            return heads.train(trainer, samples, kind, iterations=iterations, regions=regions, watch=CallMonitor())

        self._pending = BackgroundTraining(self._pool, self._heads, train)
        self._updates += 1

    def finish_update(self, watch: CallMonitor) -> UpdateReport:
        """Wait for the update in the background and take over what it learned; nothing where there is none."""
        pending, self._pending = self._pending, None
        if pending is None:
            return UpdateReport()
        with watch.measure("wait for update"):
            return pending.finish(self._heads, watch)

    def _provenance(self, call: int, source: SampleSource) -> Provenance:
        return Provenance(call, source, self._updates + 1)

    def _window(self, kind: UpdateKind) -> TrainingSet:
        return self._memory.training_set(self._config.schedule, is_short_term=kind is not UpdateKind.LONG_TERM)

    def _train(self, samples: TrainingSet, kind: UpdateKind, iterations: int, watch: CallMonitor) -> UpdateReport:
        self._updates += 1
        with watch.measure("update"):
            return self._heads.train(
                self._trainer,
                samples,
                kind,
                iterations=iterations,
                regions=self._region_samples(samples, self.rng),
                watch=watch,
            )

    def _region_samples(self, samples: TrainingSet, rng: np.random.Generator) -> RegionSamples | None:
        """What a localiser trains on; None where there is none."""
        return None

    @property
    def _places(self) -> SampleLocations:
        return SampleLocations(self._config, self.sampler, self.rng)
