"""How late a window's events come and what is asked of it appears, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TICK_MS = 5


@dataclass(frozen=True, slots=True)
class EventDelays:
    """Milliseconds that were waited: by half of those who waited, by 90 and 99 of a hundred, by all."""

    p50: float
    p90: float
    p99: float
    max: float

    def __str__(self) -> str:
        return f"p50 {self.p50:.1f}, p90 {self.p90:.1f}, p99 {self.p99:.1f}, max {self.max:.1f} ms"


def delays_of_ticks(gaps_ms: Sequence[float]) -> EventDelays | None:
    """From the times between ticks that were due every `TICK_MS`; None where there are none.

    While a window is busy its ticks do not pile up: only one comes late. An event could have come at any of those
    left out, so they count as well, each with what was left of the wait. Otherwise one long halt would weigh as
    little as one tick in time.
    """
    if not gaps_ms:
        return None
    late_ms = [np.arange(max(gap - TICK_MS, 0.0), -1e-9, -TICK_MS) for gap in gaps_ms]
    return delays_of_waits(np.concatenate(late_ms).tolist())


def delays_of_waits(waits_ms: Sequence[float]) -> EventDelays | None:
    """From the waits themselves; None where there are none."""
    if not waits_ms:
        return None
    p50, p90, p99, largest = np.percentile(waits_ms, (50, 90, 99, 100))
    return EventDelays(float(p50), float(p90), float(p99), float(largest))
