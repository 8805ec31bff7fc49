"""Episodes side by side as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from tracker_core.pretraining.config import PretrainingConfig
from tracker_core.pretraining.episodes import Episode, make_episode
from tracker_core.pretraining.scenes import SceneMaker


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """E episodes: the fields of `Episode` with a dimension in front, one of maps joined to it."""

    small: torch.Tensor
    large: torch.Tensor
    support_rows: torch.Tensor
    support_labels: torch.Tensor
    query_rows: torch.Tensor
    query_iou: torch.Tensor
    box_support_rows: torch.Tensor
    box_support_targets: torch.Tensor
    box_query_rows: torch.Tensor
    box_query_targets: torch.Tensor
    anchor_rows: torch.Tensor
    key_rows: torch.Tensor
    rival_rows: torch.Tensor

    @classmethod
    def of(cls, episodes: Sequence[Episode]) -> Batch:
        """Stack episodes of one configuration."""
        stacked = {
            field.name: torch.from_numpy(np.stack([getattr(episode, field.name) for episode in episodes]))
            for field in fields(Episode)
        }
        return cls(**stacked)

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        return Batch(**{field.name: getattr(self, field.name).to(device) for field in fields(self)})


def make_batch(maker: SceneMaker, config: PretrainingConfig, step: int) -> Batch:
    """The episodes of a step: they follow from the seed and the step's number alone."""
    episodes = []
    for number in range(config.episodes):
        rng = np.random.default_rng([config.seed, step, number])
        episodes.append(make_episode(maker.make(rng), config, rng))
    return Batch.of(episodes)
