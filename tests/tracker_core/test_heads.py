from __future__ import annotations

import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, cast

from tracker_core.heads import BackgroundTraining, Heads
from tracker_core.tracker import UpdateKind, UpdateReport


class _HoldingPool:
    """Holds on to what it was given, as the worker of a real pool does until it asks for its next work."""

    def submit(self, work: Callable[..., UpdateReport], *given: Any) -> Future[UpdateReport]:
        self.held = work, given
        future: Future[UpdateReport] = Future()
        future.set_result(work(*given))
        return future


class _Samples:
    """Whose memory is wanted."""


def test_background_training_when_its_report_is_there_then_holds_no_samples() -> None:
    samples = _Samples()
    seen = weakref.ref(samples)

    def train(_: Heads, of: _Samples = samples) -> UpdateReport:
        return UpdateReport(UpdateKind.LONG_TERM, (), ())

    del samples
    pool = _HoldingPool()
    training = BackgroundTraining(cast("ThreadPoolExecutor", pool), cast("Heads", object()), train)
    del train
    assert pool.held
    assert seen() is None, training
