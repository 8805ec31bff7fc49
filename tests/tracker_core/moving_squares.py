"""Pictures whose answer is known: textured squares on a textured ground."""

from __future__ import annotations

import cv2
import numpy as np

from tracker_core import Box, Frame

SIDE = 28
WIDTH, HEIGHT = 200, 140


def texture(seed: int, width: int, height: int, *, cell: int) -> Frame:
    """Smooth random colours; `cell` is the size of their patches."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (height // cell + 2, width // cell + 2, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def ground() -> Frame:
    """Darker and flatter than the squares."""
    return texture(0, WIDTH, HEIGHT, cell=20) // 3 + 40


def square(x: int, y: int) -> Box:
    return Box(x, y, SIDE, SIDE)


def scene(*squares: Box, seed: int = 1) -> Frame:
    """The ground with identical squares on it."""
    frame = ground()
    look = texture(seed, SIDE, SIDE, cell=7)
    for box in squares:
        x, y = int(box.x), int(box.y)
        frame[y : y + SIDE, x : x + SIDE] = look
    return frame


def path(frame_number: int) -> Box:
    """A square that moves three pixels right and one down per frame."""
    return square(40 + 3 * frame_number, 40 + frame_number)
