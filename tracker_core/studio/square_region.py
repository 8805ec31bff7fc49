"""A square of the frame around a box, at one scale for both axes: what the trunk looks at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tracker_core.box import Box, BoxArray
from tracker_core.cropping import READ_AROUND, covering
from tracker_core.tracker import AnyFrame, Frame

GREY = 127
"""Level outside the frame: nothing, to a backbone that takes this mean off."""

_AVERAGED = 2  # pixels along a side, at least, that become one where the square is much larger than what is cut
_AREA_BELOW = 0.6  # scales below it average pixels; bilinear reading between them would flicker


@dataclass(frozen=True, slots=True)
class SquareRegion:
    """An image square and its size in network pixels.

    Attributes:
        center_x, center_y: image pixels.
        side: image pixels.
        size: network pixels along a side.
    """

    center_x: float
    center_y: float
    side: float
    size: int

    @classmethod
    def around(cls, box: Box, *, factor: float, size: int) -> SquareRegion:
        """`factor` times the box's mean side (the root of its area) wide, the box in its middle."""
        x, y = box.center
        return cls(x, y, factor * math.sqrt(box.area), size)

    @property
    def scale(self) -> float:
        """Network pixels per image pixel."""
        return self.size / self.side

    @property
    def area(self) -> Box:
        """The image square."""
        return Box(self.center_x - self.side / 2, self.center_y - self.side / 2, self.side, self.side)

    def to_network(self, boxes_xywh: BoxArray) -> BoxArray:
        """(n, 4) image boxes in network pixels from the square's corner."""
        corner = np.array([self.area.x, self.area.y, 0.0, 0.0])
        return np.asarray((boxes_xywh - corner) * self.scale)

    def to_image(self, boxes_xywh: BoxArray) -> BoxArray:
        """The other way."""
        corner = np.array([self.area.x, self.area.y, 0.0, 0.0])
        return np.asarray(boxes_xywh / self.scale + corner)

    def cut(self, frame: AnyFrame) -> Frame:
        """(size, size, 3) uint8 pixels; grey outside the frame."""
        left, top = self.area.x, self.area.y
        around = (left - READ_AROUND, top - READ_AROUND)
        pixels = covering(frame, *around, left + self.side + READ_AROUND + 1, top + self.side + READ_AROUND + 1)
        step_x = step_y = 1 / self.scale
        if self.scale < _AREA_BELOW:
            height, width = pixels.shape[:2]
            x0, x1 = (int(np.clip(v, 0, width)) for v in (around[0], left + self.side + READ_AROUND + 1))
            y0, y1 = (int(np.clip(v, 0, height)) for v in (around[1], top + self.side + READ_AROUND + 1))
            if min(x1 - x0, y1 - y0) < 2:
                return np.full((self.size, self.size, 3), GREY, dtype=np.uint8)
            # Of a very large square every few pixels are averaged: all of them take longer than the trunk.
            step = max(1, min(int(1 / self.scale / _AVERAGED), x1 - x0, y1 - y0))
            x1, y1 = (low + (high - low) // step * step for low, high in ((x0, x1), (y0, y1)))
            pixels = pixels[y0 + step // 2 : y1 : step, x0 + step // 2 : x1 : step]
            small = (max(2, round((x1 - x0) * self.scale)), max(2, round((y1 - y0) * self.scale)))
            shrink_x, shrink_y = (x1 - x0) / small[0], (y1 - y0) / small[1]
            pixels = np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8)
            left, top = (left - x0) / shrink_x, (top - y0) / shrink_y
            step_x, step_y = step_x / shrink_x, step_y / shrink_y
        to_frame = np.array([[step_x, 0, left + step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]])
        cut = cv2.warpAffine(
            pixels,
            to_frame,
            (self.size, self.size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(GREY,) * 3,
        )
        return np.asarray(cut, dtype=np.uint8)
