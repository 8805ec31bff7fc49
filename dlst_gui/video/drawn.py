"""What is drawn over frames: boxes and trails, and their colours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box

Color = tuple[int, int, int]
"""Red, green, blue, 0..255."""

PALETTE: tuple[Color, ...] = (
    (240, 228, 66),
    (86, 180, 233),
    (230, 159, 0),
    (0, 158, 115),
    (204, 121, 167),
    (213, 94, 0),
    (0, 114, 178),
)
"""Colours that people with any colour vision tell apart. Source: Okabe and Ito, "Color Universal Design", 2008."""


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """A box to draw.

    Attributes:
        box: in pixels of the frame; what lies outside is cut off.
        label: drawn above the box; OpenCV 4 shows letters outside ASCII as question marks.
        score: drawn after the label, if given.
        color_index: place in `PALETTE`, counted around.
        own_color: instead of one of `PALETTE`.
    """

    box: Box
    label: str = ""
    score: float | None = None
    color_index: int = 0
    own_color: Color | None = None

    @property
    def color(self) -> Color:
        return self.own_color or PALETTE[self.color_index % len(PALETTE)]

    @property
    def text(self) -> str:
        score = "" if self.score is None else f"{self.score:.2f}"
        return f"{self.label} {score}".strip()


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTrail:
    """A line through the places where an object was.

    Attributes:
        points: (n, 2) x and y in pixels of the frame.
    """

    points: NDArray[np.float64]
    color: Color
