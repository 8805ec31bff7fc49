"""Monitors one call of the tracker: cancellation, progress, and time per stage."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tracker_core.tracker import OnProgress, ShouldCancel, TrackingCancelled


class CallMonitor:
    """Handed down through one call; `advance` is called at least every tenth of a second."""

    def __init__(
        self,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
        *,
        expected_work: float = 1.0,
    ) -> None:
        self._should_cancel = should_cancel
        self._on_progress = on_progress
        self._expected_work = expected_work
        self._done = 0.0
        self._elapsed_s: dict[str, float] = {}
        self._is_measuring = False

    def advance(self, work: float = 0.0) -> None:
        """Report work done, in units of one patch through the network; raises `TrackingCancelled`."""
        if self._should_cancel is not None and self._should_cancel():
            raise TrackingCancelled
        self._done += work
        if self._on_progress is not None and work > 0:
            self._on_progress(min(1.0, self._done / self._expected_work))

    def finish(self) -> None:
        """Report that all is done, also where the work was less than expected: equal boxes are computed once."""
        if self._on_progress is not None and self._done < self._expected_work:
            self._on_progress(1.0)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the wall time of the with-block to `stage`; inside another one, to that one alone."""
        if self._is_measuring:
            yield
            return
        self._is_measuring = True
        started = time.perf_counter()
        try:
            yield
        finally:
            self._is_measuring = False
            self._elapsed_s[stage] = self._elapsed_s.get(stage, 0.0) + time.perf_counter() - started

    def stage_ms(self) -> tuple[tuple[str, float], ...]:
        """(stage, milliseconds) in the order of first use."""
        return tuple((stage, 1000 * elapsed) for stage, elapsed in self._elapsed_s.items())
