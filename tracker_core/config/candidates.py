from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class CandidateConfig:
    """Candidates, S_comb, and what becomes of the best (paper 3.1)."""

    mode: Literal["both", "previous", "localized"] = "both"
    count: int = 256  # halved between the two centres where both are used
    translation_factor: float = 0.6  # times the mean side; clipped normal of sigma 0.5, so sigma = 0.3 sides
    translation_growth: float = 1.1  # per failing frame, around the previous box (authors)
    translation_limit: float = 1.5
    scale_exponent: float = 1.0
    scale_base: Literal["previous", "initial"] = "previous"  # authors previous, paper initial size
    top_k: int = 5  # authors 5, paper 1
    rounds_states: bool = False  # MDNet rounds target and result to whole pixels each frame

    def __post_init__(self) -> None:
        if not 1 <= self.top_k <= self.count:
            raise ValueError(f"candidates.top_k must be 1..{self.count} (candidates.count), got {self.top_k}")
