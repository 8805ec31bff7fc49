"""What a classifier would be like without some of its samples, and the memory as a view. Ours."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DLSTConfig
from tracker_core.learning_steps import Learns, Moment
from tracker_core.networks import Dropout, Head
from tracker_core.row_store import Rows
from tracker_core.sample_memory import FrameSamples, SampleMemory
from tracker_core.sample_view import RemovalEffect, RemovalError, SampleMemoryView
from tracker_core.training import STEP_WORK, Trainer, target_scores

MOST_UPDATES = 10
"""As many updates are made up for, at most: what came before them is in the latest samples nearly as well."""

_SEED = 0  # of order and dropout, alike in both trainings
_JUDGED_AT_ONCE = 128  # samples: more of them leave the processor's cache

Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class KnownSamples:
    """A classifier and what it has learned from.

    Attributes:
        config: how it learns.
        classifier: as it is now.
        memory: of samples.
        updates: updates there have been.
    """

    config: DLSTConfig
    classifier: Head
    memory: SampleMemory
    updates: int

    def view(self) -> SampleMemoryView:
        """All samples, positives first; whoever gives it on adds the latest call and templates."""
        frames = self.memory.frames
        boxes = [each.positive_boxes for each in frames] + [each.negative_boxes for each in frames]
        counts = [len(each) for each in boxes]
        origins = [each.provenance for each in frames] * 2
        is_kept = ([True] * len(self.memory.kept) + [False] * len(self.memory.recent)) * 2
        return SampleMemoryView(
            calls=np.repeat(np.array([each.call for each in origins], np.int32), counts),
            boxes_xywh=np.concatenate(boxes),
            is_positive=np.repeat(np.arange(len(boxes)) < len(frames), counts),
            scores=self.scores(self.classifier),
            sources=np.repeat(np.array([each.source for each in origins], np.uint8), counts),
            is_kept=np.repeat(np.array(is_kept, np.bool_), counts),
            first_updates=np.repeat(np.array([each.first_update for each in origins], np.int32), counts),
            updates=self.updates,
            latest_call=0,
        )

    def rows(self) -> tuple[Rows, Rows]:
        """Features of the samples on the target and off it, in the order of `view`."""
        negatives = [each.negatives for each in self.memory.frames if each.negatives is not None]
        return Rows.joined([each.positives for each in self.memory.frames]), Rows.joined(negatives)

    @torch.no_grad()
    def scores(self, classifier: Head) -> NDArray[np.float32]:
        """(n,) of all samples by some classifier."""
        scores = [
            self._scores(classifier, rows.take(some))
            for rows in self.rows()
            for some in torch.split(torch.arange(len(rows), device=rows.places.device), _JUDGED_AT_ONCE)
        ]
        return np.concatenate(scores)

    @torch.no_grad()
    def scores_of(self, classifier: Head, features: torch.Tensor) -> NDArray[np.float32]:
        """(m, 9, channels) features -> (m,) scores by some classifier."""
        parts = torch.split(features, _JUDGED_AT_ONCE)
        return np.concatenate([self._scores(classifier, part) for part in parts])

    def _scores(self, classifier: Head, features: torch.Tensor) -> NDArray[np.float32]:
        scores = target_scores(classifier(features), self.config.classifier.decision)
        return np.asarray(scores.float().cpu().numpy(), dtype=np.float32)

    def retrained(
        self, samples: tuple[Rows, Rows], start: tuple[torch.Tensor, ...], *, iterations: int, watch: CallMonitor
    ) -> Head:
        """A copy of the classifier, trained anew.

        Args:
            samples: on and off the target.
            start: the parameters' values to begin with; those of further heads are left aside.
            iterations: gradient steps.
            watch: asked in every step.
        """
        copied = deepcopy(self.classifier)
        with torch.no_grad():
            for parameter, value in zip(copied.parameters(), start, strict=False):
                parameter.copy_(value)
        generator = torch.Generator(samples[0].places.device).manual_seed(_SEED)
        dropout = Dropout(self.config.training.dropout, generator)
        Trainer(self.config, rng=np.random.default_rng(_SEED), dropout=dropout).train_classifier(
            copied, *samples, iterations=iterations, rate=self.config.training.rate_online, watch=watch
        )
        return copied

    def iterations_since(self, updates: int) -> int:
        """Gradient steps that make up for the updates after the one with this number."""
        return max(1, min(self.updates - updates, MOST_UPDATES)) * self.config.training.iterations_online


@dataclass(frozen=True, slots=True)
class Removal:
    """Some samples of a memory that are left out.

    Attributes:
        memory: has them.
        rows: (k,) int64, their numbers: positives first, then negatives.
    """

    memory: SampleMemory
    rows: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Raises RemovalError where they cannot be left out."""
        frames = self.memory.frames
        if len(self.rows) == 0:
            raise RemovalError("no samples are chosen")
        if self.rows.min() < 0 or self.rows.max() >= sum(self._counts):
            raise RemovalError("the samples in memory are others by now: look at them again")
        is_human = np.repeat([each.provenance.source.is_human for each in frames] * 2, self._counts)
        if is_human[self.rows].any():
            raise RemovalError("samples of manual boxes cannot be left out: correct or clear the box instead")
        left = np.split(~self.left_out, [sum(self._counts[: len(frames)])])
        for part, words in zip(left, ("on the target", "off the target"), strict=True):
            if not part.any():
                raise RemovalError(f"nothing {words} would be left to learn from")

    @property
    def _counts(self) -> list[int]:
        frames = self.memory.frames
        return [len(each.positive_boxes) for each in frames] + [len(each.negative_boxes) for each in frames]

    @property
    def left_out(self) -> NDArray[np.bool_]:
        """(n,) of all samples."""
        mask = np.zeros(sum(self._counts), dtype=np.bool_)
        mask[self.rows] = True
        return mask

    def remaining(self) -> SampleMemory:
        """The memory without them; frames of which nothing is left are gone."""
        masks = np.split(~self.left_out, np.cumsum(self._counts)[:-1])
        frames, kept = len(self.memory.frames), len(self.memory.kept)
        thinned = [
            _thinned(samples, masks[kept + number], masks[frames + kept + number])
            for number, samples in enumerate(self.memory.recent)
        ]
        return replace(self.memory, recent=tuple(each for each in thinned if each is not None))

    def substituted(self, rows: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
        """All rows, with others in the places of those left out, so that everything else stays in its order."""
        on_target, off_target = np.split(self.left_out, [len(rows[0])])
        rng = np.random.default_rng(_SEED)
        return _substituted(rows[0], on_target, rng), _substituted(rows[1], off_target, rng)


@dataclass(frozen=True, slots=True)
class Looked:
    """What a tracker makes of a frame.

    Attributes:
        boxes_xywh: (m, 4) candidates that were judged by their own pixels.
        features: (m, 9, channels) of these.
        box: its answer.
        score: of the answer.
    """

    boxes_xywh: BoxArray
    features: torch.Tensor
    box: Box
    score: float


class Inspected(Learns[Known], Protocol[Known]):
    """What `removal_effect` needs of what is known of a target."""

    @property
    def known(self) -> KnownSamples:
        """The classifier and its samples."""
        ...

    def judging_with(self, classifier: Head) -> AbstractContextManager[None]:
        """Another classifier in the place of the present one, for as long as the block lasts."""
        ...

    def go_on_with(self, memory: SampleMemory, classifier: Head) -> None:
        """Take over a memory and a classifier that was trained on it; a training in the background is left."""
        ...


@dataclass(frozen=True, slots=True)
class Start:
    """What was known at the last manual box.

    Attributes:
        heads: the parameters' values, the classifier's first.
        updates: updates there had been.
    """

    heads: tuple[torch.Tensor, ...]
    updates: int


def removal_effect(
    model: Inspected[Known],
    samples: NDArray[np.int64],
    start: Start,
    look: Callable[[CallMonitor], Looked],
    watch: CallMonitor,
    *,
    before: Moment[Known] | None,
) -> RemovalEffect:
    """See `Inspectable.without`; the model is as it was, also where this raises.

    Args:
        model: of the target.
        samples: rows to leave out.
        start: where training begins.
        look: looks at the frame with the model.
        watch: asked in between.
        before: the model before the frame that is looked at; None for as it is now.
    """
    known = model.known
    removal, rows = Removal(known.memory, samples), known.rows()
    iterations = known.iterations_since(start.updates)
    now = Moment.of(model)
    looks: list[Looked] = []
    try:
        trained = [
            known.retrained(each, start.heads, iterations=iterations, watch=watch)
            for each in (rows, removal.substituted(rows))
        ]
        for classifier in trained:
            (before or now).bring_back(model)
            with model.judging_with(classifier):
                looks.append(look(watch))
    finally:
        now.bring_back(model)
    seen, other = looks
    scores = [known.scores_of(each, seen.features) for each in (known.classifier, *trained)]
    return RemovalEffect(
        removed=samples,
        iterations=iterations,
        scores_with=known.scores(trained[0]),
        scores_without=known.scores(trained[1]),
        candidates_xywh=seen.boxes_xywh,
        candidate_scores=scores[0],
        candidate_scores_with=scores[1],
        candidate_scores_without=scores[2],
        box_with=seen.box,
        box_without=other.box,
        score_with=seen.score,
        score_without=other.score,
    )


def forget(model: Inspected[Known], samples: NDArray[np.int64], start: Start, watch: CallMonitor) -> None:
    """See `Inspectable.forget`."""
    known = model.known
    removal = Removal(known.memory, samples)
    classifier = known.retrained(
        removal.substituted(known.rows()),
        start.heads,
        iterations=known.iterations_since(start.updates),
        watch=watch,
    )
    model.go_on_with(removal.remaining(), classifier)


def removal_work(config: DLSTConfig) -> float:
    """Expected work of both trainings, in patches."""
    return 2 * STEP_WORK * MOST_UPDATES * config.training.iterations_online


def _thinned(
    samples: FrameSamples, positives: NDArray[np.bool_], negatives: NDArray[np.bool_]
) -> FrameSamples | None:
    if positives.all() and negatives.all():
        return samples
    if not (positives.any() or negatives.any()):
        return None
    rows = samples.negatives
    return replace(
        samples,
        positives=samples.positives.chosen(_numbers(positives, samples.positives)),
        negatives=None if rows is None else rows.chosen(_numbers(negatives, rows)),
        positive_boxes=samples.positive_boxes[positives],
        negative_boxes=samples.negative_boxes[negatives],
        regions=samples.regions if positives.any() else None,
    )


def _substituted(rows: Rows, out: NDArray[np.bool_], rng: np.random.Generator) -> Rows:
    numbers = np.arange(len(out))
    numbers[out] = rng.choice(numbers[~out], int(out.sum()))
    return rows.chosen(torch.from_numpy(numbers).to(rows.places.device))


def _numbers(mask: NDArray[np.bool_], rows: Rows) -> torch.Tensor:
    return torch.from_numpy(np.flatnonzero(mask)).to(rows.places.device)
