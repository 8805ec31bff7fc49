"""Axis-aligned boxes: one as a `Box`, many as an (n, 4) array of x, y, width, height.

Coordinates are pixels from the image's top-left corner, 0-based and continuous: pixel (0, 0) covers
[0, 1) x [0, 1), so a box is measured from edge to edge and its centre is x + width / 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

BoxArray = NDArray[np.float64]
"""(n, 4) float64: x, y, width, height per row."""


@dataclass(frozen=True, slots=True)
class Box:
    """One box: left edge, top edge, width and height in pixels (0-based, continuous).

    `tuple(box)` and `np.asarray(box)` give these four numbers.
    """

    x: float
    y: float
    width: float
    height: float

    @classmethod
    def from_xywh(cls, xywh: ArrayLike) -> Box:
        """Build a box from four numbers; raises ValueError for any other count."""
        values = np.asarray(xywh, dtype=np.float64)
        if values.shape != (4,):
            raise ValueError(f"a box needs four numbers (x, y, width, height), got shape {values.shape}")
        return cls(*(float(v) for v in values))

    def __iter__(self) -> Iterator[float]:
        return iter((self.x, self.y, self.width, self.height))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[np.float64]:
        return self.xywh if dtype is None else self.xywh.astype(dtype)

    @property
    def xywh(self) -> BoxArray:
        """(4,) float64: x, y, width, height."""
        return np.array([self.x, self.y, self.width, self.height], dtype=np.float64)

    @property
    def right(self) -> float:
        """The right edge's x."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The bottom edge's y."""
        return self.y + self.height

    @property
    def center(self) -> tuple[float, float]:
        """The centre's x and y."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def area(self) -> float:
        """Square pixels."""
        return self.width * self.height

    @property
    def is_valid(self) -> bool:
        """Whether all four numbers are finite and the size is positive."""
        return all(math.isfinite(v) for v in (self.x, self.y, self.width, self.height)) and (
            self.width > 0 and self.height > 0
        )

    def shifted(self, dx: float, dy: float) -> Box:
        """The same size, moved by (dx, dy) pixels."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)

    def resized(self, width: float, height: float) -> Box:
        """Another size about the same middle."""
        x, y = self.center
        return Box(x - width / 2, y - height / 2, width, height)

    def intersects_frame(self, *, frame_width: int, frame_height: int) -> bool:
        """Whether any part of the box lies inside the frame."""
        return self.x < frame_width and self.y < frame_height and self.right > 0 and self.bottom > 0

    def iou(self, other: Box) -> float:
        """Continuous intersection over union, 0..1 (no +1 for pixel counts)."""
        return float(iou_with_box(self.xywh[None], other)[0])


BoxLike = Box | Sequence[float] | NDArray[np.floating | np.integer]
"""A box, or its four numbers: x, y, width, height."""


def as_box(box: BoxLike) -> Box:
    """The box of four numbers; raises ValueError for what is neither."""
    if isinstance(box, Box):
        return box
    try:
        if np.ma.is_masked(box) or any(isinstance(number, str | complex | None) for number in box):
            raise TypeError("a number is missing, text or complex")
        return Box.from_xywh(box)
    except (TypeError, ValueError) as error:
        raise ValueError(f"expected a Box or four numbers (x, y, width, height), got {box!r:.80}") from error


def iou_with_box(boxes_xywh: BoxArray, box: Box) -> NDArray[np.float64]:
    """Continuous intersection over union of (n, 4) boxes with one box, as (n,) values in 0..1."""
    x, y, w, h = boxes_xywh[:, 0], boxes_xywh[:, 1], boxes_xywh[:, 2], boxes_xywh[:, 3]
    overlap_w = np.minimum(x + w, box.right) - np.maximum(x, box.x)
    overlap_h = np.minimum(y + h, box.bottom) - np.maximum(y, box.y)
    intersection = np.clip(overlap_w, 0, None) * np.clip(overlap_h, 0, None)
    union = w * h + box.area - intersection
    iou: NDArray[np.float64] = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return iou


def iou_of_pairs(boxes_xywh: BoxArray, others_xywh: BoxArray) -> NDArray[np.float64]:
    """(n, 4) and (m, 4) boxes -> (n, m) intersection over union of each with each, 0..1."""
    corners, other_corners = (boxes[:, :2] + boxes[:, 2:] for boxes in (boxes_xywh, others_xywh))
    upper = np.minimum(corners[:, None], other_corners)
    sides = np.clip(upper - np.maximum(boxes_xywh[:, None, :2], others_xywh[:, :2]), 0, None)
    intersection = sides.prod(axis=2)
    union = boxes_xywh[:, None, 2:].prod(axis=2) + others_xywh[:, 2:].prod(axis=1) - intersection
    iou: NDArray[np.float64] = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return iou


def iou_in_rows(boxes_xywh: BoxArray, others_xywh: BoxArray) -> NDArray[np.float64]:
    """(n, 4) and (n, 4) boxes -> (n,) intersection over union of each with the other in the same row, 0..1."""
    corners, other_corners = (boxes[:, :2] + boxes[:, 2:] for boxes in (boxes_xywh, others_xywh))
    upper = np.minimum(corners, other_corners)
    sides = np.clip(upper - np.maximum(boxes_xywh[:, :2], others_xywh[:, :2]), 0, None)
    intersection = sides[:, 0] * sides[:, 1]
    areas, other_areas = (boxes[:, 2] * boxes[:, 3] for boxes in (boxes_xywh, others_xywh))
    union = areas + other_areas - intersection
    iou: NDArray[np.float64] = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return np.minimum(iou, 1.0)  # corners of small boxes far from the origin round to a little more
