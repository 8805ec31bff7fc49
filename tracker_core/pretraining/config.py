"""Every constant of the training, by name. What was tried and what paid is in docs/pretraining.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from tracker_core.pretraining.errors import PretrainingError

LossName = Literal["ridge", "rank", "nce", "box"]
"""ridge: a classifier learned from one view, judged on another. rank: its best place is the target's. nce: views
of one object attract. box: a box regressor learned from one view, judged on another."""

LOSSES: tuple[LossName, ...] = get_args(LossName)


@dataclass(frozen=True, slots=True)
class PretrainingConfig:
    """How a backbone is trained. Lengths are pixels, shares and chances are 0..1."""

    seed: int = 0
    losses: tuple[LossName, ...] = LOSSES
    nce_weight: float = 0.5
    box_weight: float = 0.5

    # Gradient descent
    episodes: int = 8  # per step
    rate: float = 4e-4  # AdamW's at its highest; falls to 0 along a cosine
    warm_up_steps: int = 100
    weight_decay: float = 0.01
    largest_gradient: float = 1.0  # norm
    average_decay: float = 0.999  # of the moving average of the weights, which is what is written

    # Pictures
    longest_side: int = 512
    held_out_interval: int = 25  # every n-th photograph is only judged on

    # Where an episode's object comes from; the rest are boxes of photographs
    clip_share: float = 0.2
    pasted_share: float = 0.35
    clip_reach: int = 40  # frames between two moments

    # Maps: windows a twelfth of their patch apart, as `fast` reads them
    small_windows: int = 5  # per axis
    large_windows: int = 13
    support_maps: int = 4  # small ones on the object, each of another size and shape
    grey_padding: float = 0.25  # chance of MDNet's padding instead of black

    # What is learned from an episode
    support_positives: int = 24
    support_negatives: int = 72
    box_support: int = 40
    box_query: int = 12
    pairs: int = 4
    rivals: int = 12  # other places of the same pictures
    ridge_strength: float = 0.3  # over the mean square of the features
    box_strength: float = 0.1
    rank_width: float = 0.05  # IoU by which a place may be worse, about
    nce_temperature: float = 0.1
    embedding_size: int = 128

    def __post_init__(self) -> None:
        unknown = [name for name in self.losses if name not in LOSSES]
        if unknown or not self.losses:
            raise PretrainingError(
                f"expected losses of {', '.join(LOSSES)}; got {', '.join(self.losses) or 'none'}"
            )
        if self.episodes < 2:
            raise PretrainingError(f"expected at least 2 episodes per step, got {self.episodes}")

    @property
    def near_windows(self) -> int:
        """Windows of an episode's small maps on the object."""
        return self.support_maps * self.small_windows**2

    @property
    def windows(self) -> int:
        """Windows of one episode."""
        return self.near_windows + self.small_windows**2 + 2 * self.large_windows**2
