"""Regions as the VOT toolkit reads, draws and compares them: 0-based pixels, compared as masks.

A region is a rectangle (4,), a polygon (n, 2), or a code where there is no shape. Overlaps depend on how shapes
become pixels, so that is done as the toolkit does it, to the last pixel: coordinates are rounded as floats of 32
bits, the sides of a rectangle apart from its corner; a rectangle of width 10 has 10 pixels in a row, a polygon
from 0 to 10 has 11. Both are drawn within the smallest frame around them, cut off at the image.

Source: vot-toolkit 0.7.4, `vot/region/raster.py`, `vot/region/io.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.evaluation.errors import EvaluationError

UNKNOWN, INITIALIZATION, FAILURE = 0, 1, 2
"""Codes of frames without a shape: nothing is known, the tracker was begun, it lost the target."""

Shape: TypeAlias = NDArray[np.float32]
Region: TypeAlias = "Shape | int"
"""(4,) x, y, width, height; (n, 2) corners; or a code."""

Bounds: TypeAlias = tuple[int, int, int, int]
"""First and last column and row: left, top, right, bottom, inclusive."""

_RECTANGLE_NUMBERS = 4
_FEWEST_CORNERS = 3


def parse_region(text: str) -> Region:
    """One line of a trajectory or ground truth file; NaN among the numbers stands for an unknown region.

    Raises:
        EvaluationError: it is none of the above; masks are not read.
    """
    try:
        numbers = [float(word) for word in text.strip().split(",")]
    except ValueError:
        numbers = []
    return region_of(numbers, text)


def region_of(numbers: Sequence[float], told: str = "") -> Region:
    """The same of numbers; `told` is named where they make no region."""
    if len(numbers) == 1 and np.isfinite(numbers[0]):
        return int(numbers[0])
    is_shape = len(numbers) == _RECTANGLE_NUMBERS or (
        len(numbers) % 2 == 0 and len(numbers) >= 2 * _FEWEST_CORNERS
    )
    if not is_shape:
        raise EvaluationError(
            "expected a code, x,y,width,height or corners x1,y1,x2,y2,x3,y3,..., "
            f"got {told.strip() or list(numbers)}"
        )
    if np.isnan(numbers).any():
        return UNKNOWN
    shape = np.array(numbers, dtype=np.float32)
    return shape if len(numbers) == _RECTANGLE_NUMBERS else shape.reshape(-1, 2)


def region_of_box(box: Box | None) -> Region:
    """A box as a rectangle."""
    return UNKNOWN if box is None else np.array(box.xywh, dtype=np.float32)


def region_text(region: Region) -> str:
    """One line of a trajectory file; four decimals, as `dlst trax` sends them."""
    if isinstance(region, int):
        return str(region)
    return ",".join(f"{float(value):.4f}" for value in region.ravel())


def is_code(region: Region, code: int) -> bool:
    """Whether a frame has no shape for this reason."""
    return isinstance(region, int) and region == code


def overlaps(first: Sequence[Region], second: Sequence[Region], size: tuple[int, int]) -> NDArray[np.float64]:
    """(n,) IoU of each pair of regions within an image of `size` (width, height)."""
    return np.array([overlap(one, other, size) for one, other in zip(first, second, strict=True)])


def overlap(first: Region, second: Region, size: tuple[int, int]) -> float:
    """Share of the pixels of both regions that belong to both.

    1 where they span no more than a pixel in a direction, as two codes do, and 0 where they lie outside of the
    image.
    """
    one, other = _rounded(first), _rounded(second)
    a, b = _bounds(one), _bounds(other)
    left, top, right, bottom = min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
    if left >= right or top >= bottom:
        return 1.0
    drawn = (max(0, left), max(0, top), min(size[0] - 1, right), min(size[1] - 1, bottom))
    if drawn[0] >= drawn[2] or drawn[1] >= drawn[3]:
        return 0.0
    mask, other_mask = _mask(one, drawn), _mask(other, drawn)
    union = np.count_nonzero(mask | other_mask)
    return np.count_nonzero(mask & other_mask) / union if union else 0.0


def _rounded(region: Region) -> Region:
    return region if isinstance(region, int) else np.round(region)


def _bounds(region: Region) -> Bounds:
    if isinstance(region, int):
        return 0, 0, 0, 0
    if region.ndim == 1:
        x, y, width, height = region
        return round(float(x)), round(float(y)), round(float(x + width - 1)), round(float(y + height - 1))
    (left, top), (right, bottom) = region.min(axis=0), region.max(axis=0)
    return round(float(left)), round(float(top)), round(float(right)), round(float(bottom))


def _mask(region: Region, bounds: Bounds) -> NDArray[np.bool_]:
    mask = np.zeros((bounds[3] - bounds[1] + 1, bounds[2] - bounds[0] + 1), dtype=np.bool_)
    if isinstance(region, int):
        return mask
    if region.ndim == 1:
        _draw_rectangle(mask, region, bounds)
    else:
        _draw_polygon(mask, region.astype(np.float64) - np.array(bounds[:2]))
    return mask


def _draw_rectangle(mask: NDArray[np.bool_], region: Shape, bounds: Bounds) -> None:
    x, y, width, height = (int(value) for value in region)
    right, bottom = x + width - 1, y + height - 1
    if x > bounds[2] or right < bounds[0] or y > bounds[3] or bottom < bounds[1]:
        return
    mask[max(0, y - bounds[1]) : bottom - bounds[1] + 1, max(0, x - bounds[0]) : right - bounds[0] + 1] = True


def _draw_polygon(mask: NDArray[np.bool_], corners: NDArray[np.float64]) -> None:
    """Fill each row between pairs of crossings, sorted; `corners` are counted from the mask's first pixel."""
    before = np.roll(corners, 1, axis=0)
    height, width = mask.shape
    for row in range(height):
        nodes = _crossings(row, corners, before)
        index = 0
        while index < len(nodes) - 1:
            start, end = nodes[index], nodes[index + 1]
            if start >= width:
                break
            # A corner on the row counts twice: once is enough, unless it is all there is.
            if start == end and index < len(nodes) - 2:
                index += 1
                continue
            if end >= 0:
                mask[row, max(start, 0) : min(end, width - 1) + 1] = True
            index += 2


def _crossings(row: int, corners: NDArray[np.float64], before: NDArray[np.float64]) -> list[int]:
    """Columns, rounded towards 0, where the edges cross a row or touch it."""
    y, other_y = corners[:, 1], before[:, 1]
    is_met = (
        ((y <= row) & (other_y > row))
        | ((other_y <= row) & (y > row))
        | ((y < row) & (other_y >= row))
        | ((other_y < row) & (y >= row))
        | ((y == other_y) & (y == row))
    )
    nodes = []
    for (x, own_y), (other_x, far_y) in zip(corners[is_met], before[is_met], strict=True):
        rise = far_y - own_y
        nodes.append(int(x + (row - own_y) / rise * (other_x - x)) if rise else int(x))
    return sorted(nodes)
