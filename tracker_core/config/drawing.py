from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DrawingConfig:
    """How boxes are drawn at random, candidates and training samples alike (paper 3.1)."""

    scale_step: float = 1.05
    clips_normal: bool = True  # draws beyond two sigma are put on the limit (authors)
    rounds_boxes: bool = True  # drawn boxes are whole pixels (authors)
    min_side: float = 10.0
    frame_margin: float = 10.0  # largest side is the frame's minus this
