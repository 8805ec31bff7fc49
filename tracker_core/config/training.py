from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Gradient descent of both heads, the classifier's and the localiser's (paper 4.1)."""

    head_seed: int = 0  # the heads start from the same draw for every video (authors)
    weight_sigma: float = 0.01
    dropout: float = 0.5
    rate_first: float = 0.003
    rate_online: float = 0.003
    last_layer_factor: float = 10.0
    bias_rate_factor: float = 2.0  # authors 2, paper 1
    decays_biases: bool = False  # authors no, paper yes
    momentum: float = 0.9
    weight_decay: float = 5e-4
    iterations_first: int = 30
    iterations_online: int = 10

    def __post_init__(self) -> None:
        if not 0 <= self.dropout < 1:
            raise ValueError(f"training.dropout must be in [0, 1), got {self.dropout}")
