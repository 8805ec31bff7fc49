"""How long a system computed, and whether that was too long."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tracker_core.tracker import ShouldCancel, TrackingCancelled

Answer = TypeVar("Answer")


@dataclass(slots=True)
class ComputeClock:
    """Adds up the seconds of timed calls.

    Attributes:
        timeout_s: in all; more raises `TrackingCancelled`.
        should_cancel: of whoever may end the run for another reason.
    """

    timeout_s: float
    should_cancel: ShouldCancel
    spent_s: float = 0.0
    started: float | None = None

    def timed(self, call: Callable[[], Answer]) -> Answer:
        """What the call gives; raises `TrackingCancelled` after one that took too long."""
        self.started = time.perf_counter()
        try:
            answer = call()
        finally:
            self.spent_s += time.perf_counter() - self.started
            self.started = None
        if self.is_timed_out:
            raise TrackingCancelled
        return answer

    @property
    def is_timed_out(self) -> bool:
        running_s = 0.0 if self.started is None else time.perf_counter() - self.started
        return self.spent_s + running_s > self.timeout_s

    def is_over(self) -> bool:
        """Whether a call has to end: for the system to poll."""
        return self.should_cancel() or self.is_timed_out
