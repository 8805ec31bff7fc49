"""Every constant of the matching head's training that is not one of how its pairs look, by name."""

from __future__ import annotations

from dataclasses import dataclass

from tracker_core.pretraining.errors import PretrainingError


@dataclass(frozen=True, slots=True)
class MatchingConfig:
    """How a matching head is trained. Lengths are pixels, shares and chances are 0..1."""

    seed: int = 0

    # Gradient descent
    batch: int = 32  # pairs per step, drawn from those that are kept
    rate: float = 1.5e-3  # AdamW's at its highest; falls to 0 along a cosine
    warm_up_steps: int = 200
    weight_decay: float = 0.02
    largest_gradient: float = 3.0  # norm
    average_decay: float = 0.998  # of the moving average of the weights, which is what is written
    box_weight: float = 2.0
    distance_weight: float = 0.5
    tail_rate: float | None = None  # of the trunk's last blocks, in parts of a parameter's size; None: frozen
    swapped_share: float = 0.06  # of steps in which every template is another pair's: nothing to find

    # Pairs; each number of them is made in whole steps' worth
    fresh_pairs: int = 6  # per step
    first_pairs: int = 1500  # made before the first step
    kept_pairs: int = 24_000  # 174 kB each
    refilled_pairs: int = 3000  # at most, made again when a training goes on
    standardized_pairs: int = 400  # whose features say what is subtracted and divided by

    # Pictures
    longest_side: int = 512
    held_out_interval: int = 25  # every n-th photograph is only judged on
    held_out_pairs: int = 768

    def __post_init__(self) -> None:
        if min(self.first_pairs, self.kept_pairs) < max(self.batch, self.fresh_pairs):
            raise PretrainingError(
                f"expected at least {max(self.batch, self.fresh_pairs)} first and kept pairs, "
                f"got {self.first_pairs} and {self.kept_pairs}"
            )

    @classmethod
    def for_tuning(cls, seed: int) -> MatchingConfig:
        """Of a second training that goes on with a trained head, and trains the trunk's last blocks with it.

        They cost several times the head's step, during which as many fresh pairs can be made as a step takes.
        """
        return cls(seed=seed, rate=5e-4, warm_up_steps=100, fresh_pairs=24, first_pairs=480, tail_rate=8e-4)

    @property
    def first_chunks(self) -> int:
        """Steps' worth of pairs that are made before the first step."""
        return -(-self.first_pairs // self.fresh_pairs)

    def first_chunk_for(self, step: int) -> int:
        """Where making begins for a training at `step`: all that a young one has, the latest of an older one."""
        return max(0, self.first_chunks + step - max(self.first_chunks, self.refilled_pairs // self.fresh_pairs))
