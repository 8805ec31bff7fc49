"""A stand-in whose memory can be looked into."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.fakes import FakeTracker
from tracker_core import AnyFrame, Box, OnProgress, RemovalEffect, SampleMemoryView, SampleSource, ShouldCancel

SOURCES = {
    "example": SampleSource.EXAMPLE,
    "initialize": SampleSource.FIRST_FRAME,
    "track": SampleSource.TRACKED,
    "correct": SampleSource.CORRECTION,
}


@dataclass
class KnowingTracker(FakeTracker):
    """Of each call it remembers two samples on the target and three off it; later ones score less."""

    forgotten: set[int] = field(default_factory=set)

    def memory(self) -> SampleMemoryView:
        names = [name for name, _ in self.calls]
        first = len(names) - 1 - names[::-1].index("initialize")
        n_examples = 0
        while n_examples < first and names[first - 1 - n_examples] == "example":
            n_examples += 1
        known = [(-1 - each, SampleSource.EXAMPLE) for each in range(n_examples)]
        known += [(call, SOURCES[name]) for call, name in enumerate(names[first:]) if call not in self.forgotten]
        boxes = [(self.calls[first + call][1] or self._box).xywh for call, _ in known]
        counts = np.repeat([2, 3], len(known))
        calls = np.repeat([call for call, _ in known] * 2, counts).astype(np.int32)
        sources = np.repeat([source for _, source in known] * 2, counts).astype(np.uint8)
        is_positive = np.repeat(np.arange(2 * len(known)) < len(known), counts)
        return SampleMemoryView(
            calls=calls,
            boxes_xywh=np.repeat(np.array(boxes * 2, np.float32), counts, axis=0),
            is_positive=is_positive,
            scores=np.where(is_positive, 3.5 - calls, -5.0).astype(np.float32),
            sources=sources,
            is_kept=sources != SampleSource.TRACKED,
            first_updates=np.ones(len(calls), np.int32),
            updates=1 + len(self.forgotten),
            latest_call=len(names) - 1 - first,
        )

    def without(
        self,
        samples: np.ndarray,
        frame: AnyFrame,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> RemovalEffect:
        """The box would be elsewhere, and its score 3 less."""
        self._learn(should_cancel, on_progress)
        scores, one = self.memory().scores, np.ones(1, np.float32)
        there = self._box.shifted(60, 0)
        places = self._box.xywh[None]
        return RemovalEffect(samples, 10, scores, scores + 1, places, one, one, -one, self._box, there, 2.0, -1.0)

    def forget(
        self,
        samples: np.ndarray,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Whole calls."""
        self._learn(should_cancel, on_progress)
        self.forgotten |= {int(call) for call in self.memory().calls[samples]}

    @property
    def _box(self) -> Box:
        assert self.box is not None
        return self.box
