"""What a tracker knows of its target, made visible: samples, where they come from, and what removing some does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.tracker import AnyFrame, OnProgress, ShouldCancel


class SampleSource(IntEnum):
    """Why a frame was learned: a person gave its box, or the tracker was sure of its own."""

    FIRST_FRAME = 0
    EXAMPLE = 1
    CORRECTION = 2
    TRACKED = 3

    @property
    def is_human(self) -> bool:
        """Whether the box it was learned around is a person's."""
        return self is not SampleSource.TRACKED


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template of the matching head.

    Attributes:
        call: see `SampleMemoryView`.
        box: of the target there.
        source: TRACKED for the recent one, which is of a box of the tracker's own.
        is_used: whether it is matched now; of several manual boxes only the first and the latest are.
    """

    call: int
    box: Box
    source: SampleSource
    is_used: bool


@dataclass(frozen=True, slots=True, eq=False)
class SampleMemoryView:
    """All samples a tracker holds: those on the target, then those off it; in each kind those kept for good first.

    A tracker does not know which frames of a video it is given: it counts the calls that gave them. `initialize`
    is call 0, its examples are -1, -2 ... in their order, each `track` and each `correct` after it is one more.
    Those that failed or were taken back do not count.

    Attributes:
        calls: (n,) int32, which call gave the frame that a sample was cut from.
        boxes_xywh: (n, 4) float32 image pixels.
        is_positive: (n,) whether it was learned as the target.
        scores: (n,) float32 under the present classifier, above 0 on the target.
        sources: (n,) uint8, a `SampleSource` each.
        is_kept: (n,) whether it stays for good; others leave with their frame's window.
        first_updates: (n,) int32, number of the first update that could learn from it, from 1.
        updates: updates there have been; a sample whose first one is larger has not been learned yet.
        latest_call: the latest frame that the tracker was given.
        templates: of the matching head, the first frame's first; none where the variant has no such head.
    """

    calls: NDArray[np.int32]
    boxes_xywh: NDArray[np.float32]
    is_positive: NDArray[np.bool_]
    scores: NDArray[np.float32]
    sources: NDArray[np.uint8]
    is_kept: NDArray[np.bool_]
    first_updates: NDArray[np.int32]
    updates: int
    latest_call: int
    templates: tuple[TemplateView, ...] = ()

    def __len__(self) -> int:
        return len(self.calls)


@dataclass(frozen=True, slots=True, eq=False)
class RemovalEffect:
    """What a tracker would think if it had not learned some samples.

    The classifier is trained twice from what it knew at the last manual box, in the same order and with the same
    dropout: once on all samples of the memory, once with the places of the removed ones given to others. All that
    differs comes from the removed samples. Neither is the present classifier, which was trained a few samples at a
    time and on frames that have left the memory since.

    Attributes:
        removed: (k,) int64 rows of the memory that were left out.
        iterations: gradient steps of each training.
        scores_with: (n,) float32 of all samples of the memory, trained on all.
        scores_without: (n,) likewise, trained without the removed ones, which are judged all the same.
        candidates_xywh: (m, 4) candidates of the frame that was looked at again.
        candidate_scores: (m,) float32 under the present classifier.
        candidate_scores_with: (m,) trained on all.
        candidate_scores_without: (m,) trained without.
        box_with: what the frame's box would be, trained on all.
        box_without: likewise, trained without.
        score_with: the frame's score, above 0 where the target is found.
        score_without: likewise.
    """

    removed: NDArray[np.int64]
    iterations: int
    scores_with: NDArray[np.float32]
    scores_without: NDArray[np.float32]
    candidates_xywh: BoxArray
    candidate_scores: NDArray[np.float32]
    candidate_scores_with: NDArray[np.float32]
    candidate_scores_without: NDArray[np.float32]
    box_with: Box
    box_without: Box
    score_with: float
    score_without: float


class RemovalError(ValueError):
    """These samples cannot be left out; the message says why."""


@runtime_checkable
class Inspectable(Protocol):
    """A tracker whose memory can be looked into; none of it changes what is tracked, but `forget`."""

    def memory(self) -> SampleMemoryView:
        """All that it has learned from.

        Raises:
            TrackerInputError: the tracker has no target yet.
        """
        ...

    def without(
        self,
        samples: NDArray[np.int64],
        frame: AnyFrame,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> RemovalEffect:
        """What it would make of a frame if it had not learned some samples; the tracker stays as it is.

        Args:
            samples: (k,) rows of `memory` as it is now.
            frame: the one just tracked. It is looked at again as it was then; after a manual box or `resume`, as
                if it came next.
            should_cancel: polled while training.
            on_progress: told the finished fraction.

        Raises:
            RemovalError: one of them is of a manual box, nothing would be left to learn from, or there is none.
            TrackerInputError: the tracker has no target yet.
        """
        ...

    def forget(
        self,
        samples: NDArray[np.int64],
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Go on without some samples, with the classifier that `without` has judged by.

        It cannot be taken back but by a manual box, which forgets what was learned since the one before anyhow.
        What they have taught a localiser of its own, or a template, stays.

        Args:
            samples: (k,) rows of `memory` as it is now.
            should_cancel: polled while training.
            on_progress: told the finished fraction.

        Raises:
            RemovalError: as `without`.
            TrackerInputError: the tracker has no target yet.
            TrackingCancelled: the tracker is as it was before.
        """
        ...
