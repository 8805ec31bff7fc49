"""Which boxes of a row are needed, where straight lines in time between these give back the others."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tracker_core import iou_in_rows

Boxes = NDArray[np.float64]
"""(n, 4) x, y, width, height in pixels."""


class Measure(Enum):
    """By what a box is compared with the line."""

    PIXELS = "pixels"  # its edge that is farthest off
    IOU = "iou"


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a box may be off a line.

    Attributes:
        limit: largest distance in pixels; or smallest IoU, 0 to 1.
    """

    measure: Measure
    limit: float

    def __post_init__(self) -> None:
        is_iou = self.measure is Measure.IOU
        if not 0 <= self.limit <= (1 if is_iou else np.inf):
            expected = "an IoU of 0 to 1" if is_iou else "pixels, 0 or more"
            raise ValueError(f"expected {expected}, got {self.limit}")

    @property
    def largest_error(self) -> float:
        """What `errors` may give at most."""
        return 1 - self.limit if self.measure is Measure.IOU else self.limit

    def errors(self, lines: Boxes, boxes: Boxes) -> NDArray[np.float64]:
        """(n,) how far each box is off: pixels, or 1 - IoU."""
        return 1 - iou_in_rows(lines, boxes) if self.measure is Measure.IOU else pixels_off(lines, boxes)


def needed_points(
    times: NDArray[np.float64], boxes: Boxes, pinned: NDArray[np.bool_], tolerance: Tolerance
) -> NDArray[np.bool_]:
    """(n,) the ends of lines, as Douglas and Peucker choose them: the first, the last, and all pinned ones are.

    Of these, one after the other is left out where the line between its neighbours does without it.
    """
    needed = pinned.copy()
    if not len(needed):
        return needed
    needed[[0, -1]] = True
    pinned, most = needed.copy(), tolerance.largest_error
    open_spans = [*pairwise(np.flatnonzero(needed).tolist())]
    while open_spans:
        low, high = open_spans.pop()
        if high - low < 2:
            continue
        off = _off(times, boxes, low, high, tolerance)
        worst = int(off.argmax())
        if off[worst] > most:
            middle = low + 1 + worst
            needed[middle] = True
            open_spans += [(low, middle), (middle, high)]
    before = 0
    for middle, after in pairwise(np.flatnonzero(needed)[1:].tolist()):
        if not pinned[middle] and _off(times, boxes, before, after, tolerance).max() <= most:
            needed[middle] = False
        else:
            before = middle
    return needed


def _off(
    times: NDArray[np.float64], boxes: Boxes, low: int, high: int, tolerance: Tolerance
) -> NDArray[np.float64]:
    """How far the boxes between two of them are off the line between these."""
    share = (times[low + 1 : high] - times[low]) / (times[high] - times[low])
    line = boxes[low] + share[:, None] * (boxes[high] - boxes[low])
    return tolerance.errors(line, boxes[low + 1 : high])


def lines_between(known_frames: NDArray[np.int32], known_boxes: Boxes, frames: NDArray[np.int32]) -> Boxes:
    """(n, 4) boxes on straight lines in time between known ones."""
    columns = [np.interp(frames, known_frames, known_boxes[:, number]) for number in range(4)]
    return np.stack(columns, axis=1)


def pixels_off(boxes: Boxes, others: Boxes) -> NDArray[np.float64]:
    """(n,) the largest distance of an edge of a box from that of the other box in the same row."""
    near, far = _corners(boxes), _corners(others)
    off = (np.abs(one - other).max(axis=1) for one, other in zip(near, far, strict=True))
    return np.asarray(np.maximum(*off))


def _corners(boxes: Boxes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
