from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Decision = Literal["logit", "probability"]


@dataclass(frozen=True, slots=True)
class ClassifierConfig:
    """The classifier and its batches (paper 3.2, 4.1)."""

    head: Literal["gap", "fully-connected"] = "gap"
    hidden_bias: float = 0.0  # MDNet 0.1
    has_dropout: bool = True
    batch_positives: int = 32
    batch_negatives: int = 96
    mining_pool: int = 1024
    decision: Decision = "logit"  # found: logit > 0 (authors), softmax > 0.5 (paper); the localiser's alike
