from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class LocalizerConfig:
    """The localiser, its head and what it learns from (paper 3.1)."""

    feature: Literal["norm1", "relu1"] = "norm1"  # authors norm1, paper relu1
    search_factor: float = 4.0  # search region's side over the target's, per axis
    label_radius: float = 8.0  # cells of the localiser's map (paper 4.1, R)
    hidden: int = 256
    response_upsampling: int = 2
    geometry: Literal["exact", "authors"] = "exact"  # the authors' label and peak are 2 patch px off
    batch_first: int = 8
    batch_online: int = 4  # authors 4, paper 8
    training_center: Literal["positives", "target"] = "positives"  # paper: manual boxes where there are
    sample_stride: int = 10  # every 10th positive becomes a search region
