"""A frame that shows only what was asked for: everything else is noise that changes with every look."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tracker_core import Frame


@dataclass
class NoisyParts:
    """A `FrameInParts` of `pixels`; `looks` has the parts that were asked for."""

    pixels: Frame
    looks: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, int]:
        height, width, channels = self.pixels.shape
        return height, width, channels

    def covering(self, left: int, top: int, right: int, bottom: int) -> Frame:
        self.looks.append((left, top, right, bottom))
        rng = np.random.default_rng(len(self.looks))
        shown: NDArray[np.uint8] = rng.integers(0, 256, self.pixels.shape, np.uint8)
        part = np.s_[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        shown[part] = self.pixels[part]
        return shown
