"""Numbers as writers put them down."""

from __future__ import annotations

import math
import re

from tracker_core import Box


def plain(value: float, decimals: int) -> str:
    """A number with at most so many decimals, without needless zeros and never in powers of ten."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def whole_rate(fps: float) -> int:
    """Frames per second for readers that take whole numbers only; timestamps in the receipt are the truth."""
    return max(round(fps), 1)


def whole_pixels(box: Box) -> Box:
    """The box with its edges on whole pixels, at least one pixel wide and high.

    Edges are rounded rather than sizes, so that none moves by more than half a pixel.
    """
    left, top = math.floor(box.x + 0.5), math.floor(box.y + 0.5)
    right, bottom = math.floor(box.right + 0.5), math.floor(box.bottom + 0.5)
    return Box(left, top, max(right - left, 1), max(bottom - top, 1))


def file_stem(name: str) -> str:
    """A name without what file systems or lists of files would stumble over; letters of all scripts stay."""
    return re.sub(r"[^\w-]+", "_", name).strip("_") or "video"
