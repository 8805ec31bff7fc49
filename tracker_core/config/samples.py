from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class FrameSampleConfig:
    """How many samples one frame gives, of how many draws, and where its negatives lie."""

    positives: int  # kept of a frame
    positive_draws: int  # boxes drawn close to the target to choose them from
    negatives: int  # kept of a frame
    negative_draws: int  # boxes drawn around the target to choose them from
    negative_iou: float  # with the target, below which a box is a negative
    negative_translation: float  # how far from the target they are drawn, times the mean side
    negative_scale_exponent: float  # how much larger or smaller they are drawn


@dataclass(frozen=True, slots=True)
class SampleConfig:
    """Training samples (paper 3.3, 4.1)."""

    is_iou_strict: bool = True  # authors > and <, paper >= and <=
    positive_iou: float = 0.7
    positive_translation: float = 0.1
    positive_scale_exponent: float = 5.0
    first: FrameSampleConfig = FrameSampleConfig(
        positives=500,
        positive_draws=1000,
        negatives=5000,
        negative_draws=5000,  # of each kind: uniform around the target, and whole frame
        negative_iou=0.5,
        negative_translation=1.0,
        negative_scale_exponent=10.0,
    )
    online: FrameSampleConfig = FrameSampleConfig(
        positives=50,
        positive_draws=100,
        negatives=200,
        negative_draws=400,
        negative_iou=0.3,
        negative_translation=2.0,
        negative_scale_exponent=5.0,
    )
    memorizes_first_negatives: bool = False  # paper True: keep the training negatives instead of fresh ones
    memory_negative_iou: float = 0.5  # of frame 1's fresh negatives
    center: Literal["regressed", "chosen"] = "regressed"  # authors regressed, paper chosen
    always_learned_frames: int = 3  # frames up to this one (1-based) are learned whatever their score
