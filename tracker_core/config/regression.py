from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegressionConfig:
    """Bounding-box regression from the first frame (paper 3.3, MDNet)."""

    samples: int = 1000
    draws: int = 10000
    iou: float = 0.6
    translation: float = 0.3
    aspect_exponent: float = 2.0
    scale_exponent: float = 10.0
    ridge: float = 1000.0  # lambda
