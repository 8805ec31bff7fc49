"""Numbers as writers put them down."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box

PIXEL_DECIMALS = 4
_SCALE = 10**PIXEL_DECIMALS
_LARGEST_SIMPLE = 1e9


def plain(value: float, decimals: int) -> str:
    """A number with at most so many decimals, without needless zeros and never in powers of ten."""
    text = f"{value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def pixel_texts(values: NDArray[np.float64]) -> list[str]:
    """`plain` of (n,) numbers with `PIXEL_DECIMALS`, in a quarter of the time."""
    return _texts(values, _plain_decimals(), lambda value: plain(value, PIXEL_DECIMALS))


def rounded_texts(values: NDArray[np.float64]) -> list[str]:
    """(n,) numbers rounded to `PIXEL_DECIMALS`, as JSON writes them."""
    return _texts(values, _json_decimals(), lambda value: repr(round(value, PIXEL_DECIMALS)))


def rounded_pixels(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each number as `round(value, PIXEL_DECIMALS)` has it, which `np.round` does not always."""
    scaled = values * _SCALE
    rounded: NDArray[np.float64] = np.rint(scaled) / _SCALE
    # See `_texts`. A whole number over the scale is the number nearest to those decimals, as `round` gives.
    for place in np.argwhere(np.abs(np.abs(scaled - np.rint(scaled)) - 0.5) <= _doubt(scaled)):
        rounded[tuple(place)] = round(float(values[tuple(place)]), PIXEL_DECIMALS)
    return rounded


def _doubt(scaled: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a product may be off by, and more; where no half is as near, it is rounded to the right side."""
    doubt: NDArray[np.float64] = 1e-6 + np.abs(scaled) * 1e-15
    return doubt


def _texts(
    values: NDArray[np.float64], decimals: NDArray[np.object_], exactly: Callable[[float], str]
) -> list[str]:
    """Whole number and decimals from tables; one by one where that could round otherwise than `exactly`."""
    scaled = values * _SCALE
    is_simple = ~np.signbit(values) & (values < _LARGEST_SIMPLE)
    is_simple &= np.abs(scaled - np.floor(scaled) - 0.5) > _doubt(scaled)
    whole, rest = np.divmod(np.rint(np.where(is_simple, scaled, 0)).astype(np.int64), _SCALE)
    texts: list[str] = (np.array([*map(str, whole.tolist())], dtype=object) + decimals[rest]).tolist()
    for place in np.flatnonzero(~is_simple).tolist():
        texts[place] = exactly(float(values[place]))
    return texts


@lru_cache(maxsize=1)
def _plain_decimals() -> NDArray[np.object_]:
    return np.array(
        [f".{part:0{PIXEL_DECIMALS}d}".rstrip("0").rstrip(".") for part in range(_SCALE)], dtype=object
    )


@lru_cache(maxsize=1)
def _json_decimals() -> NDArray[np.object_]:
    return np.array([text or ".0" for text in _plain_decimals()], dtype=object)


def written_boxes(
    boxes_xywh: NDArray[np.float64], *, is_sub_pixel: bool, first_pixel: int = 0
) -> NDArray[np.float64]:
    """(n, 4) boxes as a file has them: as they are or `whole_pixels` of each, and from its first pixel on."""
    left_top, size = boxes_xywh[:, :2], boxes_xywh[:, 2:]
    if not is_sub_pixel:
        right_bottom = np.floor(left_top + size + 0.5)
        left_top = np.floor(left_top + 0.5)
        size = np.maximum(right_bottom - left_top, 1)
    return np.concatenate([left_top + first_pixel, size], axis=1)


def edges_of(boxes_xywh: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) left, top, right and bottom edges."""
    return np.concatenate([boxes_xywh[:, :2], boxes_xywh[:, :2] + boxes_xywh[:, 2:]], axis=1)


def csv_cell(text: str) -> str:
    """One cell of a row, quoted where that is needed."""
    made = io.StringIO()
    csv.writer(made, lineterminator="").writerow((text, ""))
    return made.getvalue().removesuffix(",")


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
