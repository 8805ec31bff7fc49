from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScheduleConfig:
    """When to learn, and from which frames (paper 3.3)."""

    long_term_frames: int = 100  # counted in learned frames
    short_term_frames: int = 20
    update_interval: int = 10
