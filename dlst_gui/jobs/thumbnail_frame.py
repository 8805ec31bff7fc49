"""A small picture with what is known of its video's length, as one frame of a fixed size.

So it crosses from a decoder's process as frames do. The last row holds whole numbers: width and height of the
picture, which lies in the upper left corner, frames of the video, and its length in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits

WIDTH, HEIGHT = 192, 108
"""Pixels of the largest picture."""

FRAME_SHAPE = (HEIGHT + 1, WIDTH, 3)

_NUMBERS = 4
_LONGEST_MS = 10**12  # ours: thirty years


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A picture of a video, and its length as its header says it.

    Attributes:
        pixels: (height, width, 3) uint8 RGB, at most `HEIGHT` and `WIDTH`.
        frame_count: 0 where it is not known.
        length_ms: milliseconds; 0 where it is not known.
    """

    pixels: NDArray[np.uint8]
    frame_count: int
    length_ms: int

    def as_frame(self) -> NDArray[np.uint8]:
        """`FRAME_SHAPE`, uint8; read back by `thumbnail_from`."""
        frame = np.zeros(FRAME_SHAPE, np.uint8)
        height, width = self.pixels.shape[:2]
        frame[:height, :width] = self.pixels
        frame_count = min(max(self.frame_count, 0), limits.MOST_FRAMES)
        numbers = np.array([width, height, frame_count, min(max(self.length_ms, 0), _LONGEST_MS)], "<i8")
        frame[-1].reshape(-1)[: numbers.nbytes] = numbers.view(np.uint8)
        return frame


def thumbnail_from(frame: NDArray[np.uint8]) -> Thumbnail:
    """What a frame says, each number checked; ValueError where one cannot be."""
    if frame.shape != FRAME_SHAPE:
        raise ValueError(f"a picture of {frame.shape}")
    width, height, frame_count, length_ms = frame[-1].reshape(-1)[: 8 * _NUMBERS].copy().view("<i8").tolist()
    is_possible = (
        0 < width <= WIDTH
        and 0 < height <= HEIGHT
        and 0 <= frame_count <= limits.MOST_FRAMES
        and 0 <= length_ms <= _LONGEST_MS
    )
    if not is_possible:
        raise ValueError(f"a picture of {width} x {height}, {frame_count} frames, {length_ms} ms")
    return Thumbnail(frame[:height, :width].copy(), frame_count, length_ms)
