from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CorrectionConfig:
    """What a correction teaches. All of it is ours."""

    positives: int = 200  # kept for good
    positive_draws: int = 400
    wrong_places: int = 32  # most target-like wrong candidates that become negatives, kept for good
    iterations: int = 30
    regression_samples: int = 200
    regression_kept: int = 5  # of the latest corrections; the first frame's samples always stay
