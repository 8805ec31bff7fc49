"""Masks as runs of pixels: the rectangle form of VOT and CVAT, and COCO's, which covers the whole image.

A mask here is whole numbers: left, top, width, height of a rectangle, then how many of its pixels are outside and
inside by turns, row after row, and outside first. That is VOT's form, and but for the order CVAT's. COCO counts
column after column of the whole image. Its compressed text writes each count as groups of five bits, the lowest
first, in characters from "0" on: 32 says that more follow and 16 the sign, and from the fourth count on what is
written is the difference to the count before the last.

Sources: pycocotools 2.0.11 `common/maskApi.c` (`rleToString`, `rleFrString`); vot-toolkit 0.9.0
`vot/region/io.py`; CVAT `dataset_manager/formats/cvat.py`. Compared with both packages.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits

HEAD = 4
"""Numbers before the runs."""

Xywh = tuple[float, float, float, float]
_MOST_GROUPS = 8
"""Of five bits in one count: more than any image needs."""
_DIFFERENCES_FROM = 3


def is_mask(numbers: Sequence[int]) -> bool:
    """Whether these numbers can be a mask: no size or run is negative, and the runs lie in the rectangle."""
    if len(numbers) < HEAD or min(numbers[2:]) < 0:
        return False
    width, height = numbers[2], numbers[3]
    return width * height <= limits.MOST_FRAME_PIXELS and sum(numbers[HEAD:]) <= width * height


def mask_box(numbers: Sequence[int]) -> Xywh | None:
    """Left, top, width and height of what a mask holds; None where it is empty."""
    left, top, width, _ = numbers[:HEAD]
    found = _lines(numbers[HEAD:], width)
    if found is None:
        return None
    low_x, high_x, low_y, high_y = found
    return left + low_x, top + low_y, high_x - low_x + 1, high_y - low_y + 1


def _lines(runs: Sequence[int], length: int) -> tuple[int, int, int, int] | None:
    """Of runs in lines of a length: first and last place in a line, first and last line; None: there is none."""
    if length <= 0 or len(runs) < 2:
        return None
    ends = np.cumsum(np.asarray(runs, dtype=np.int64))
    starts, stops = ends[0::2][: len(ends) // 2], ends[1::2]
    is_run = stops > starts
    starts, last = starts[is_run], stops[is_run] - 1
    if not len(starts):
        return None
    line_of_first, line_of_last = starts // length, last // length
    is_long = line_of_last > line_of_first  # it goes on in the next line, so it touches both ends
    low = np.where(is_long, 0, starts % length).min()
    high = np.where(is_long, length - 1, last % length).max()
    return int(low), int(high), int(line_of_first.min()), int(line_of_last.max())


def mask_pixels(numbers: Sequence[int]) -> NDArray[np.bool_]:
    """(height, width) the pixels of the rectangle; the numbers pass `is_mask`."""
    width, height = numbers[2], numbers[3]
    return _filled(numbers[HEAD:], width * height).reshape(height, width)


def _filled(runs: Sequence[int], count: int) -> NDArray[np.bool_]:
    is_inside = np.arange(len(runs)) % 2 == 1
    found = np.repeat(is_inside, np.asarray(runs, dtype=np.int64))
    return np.concatenate([found, np.zeros(count - len(found), dtype=bool)])


def mask_of(pixels: NDArray[np.bool_], left: int = 0, top: int = 0) -> list[int] | None:
    """The mask of (height, width) pixels, as small a rectangle as holds it; None where none is inside."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    if not len(rows):
        return None
    inner = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = inner.shape
    return [left + int(columns[0]), top + int(rows[0]), width, height, *_runs(inner.ravel())]


def _runs(flat: NDArray[np.bool_]) -> list[int]:
    """Lengths of runs of outside and inside by turns, outside first."""
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths: list[int] = np.diff(np.concatenate([[0], edges, [len(flat)]])).tolist()
    return [0, *lengths] if len(flat) and flat[0] else lengths


def coco_counts(text: str) -> list[int] | None:
    """The counts of a compressed text; None where it is none."""
    counts: list[int] = []
    value, groups = 0, 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64 or groups == _MOST_GROUPS:
            return None
        value |= (code & 31) << (5 * groups)
        groups += 1
        if code & 32:
            continue
        if code & 16:
            value -= 1 << (5 * groups)
        if len(counts) >= _DIFFERENCES_FROM:
            value += counts[-2]
        counts.append(value)
        value, groups = 0, 0
    return None if groups else counts


def coco_text(counts: Sequence[int]) -> str:
    """Counts as a compressed text."""
    text = []
    for at, count in enumerate(counts):
        value = count - counts[at - 2] if at >= _DIFFERENCES_FROM else count
        while True:
            group = value & 31
            value >>= 5
            is_last = value == (-1 if group & 16 else 0)
            text.append(chr((group if is_last else group | 32) + 48))
            if is_last:
                break
    return "".join(text)


def coco_box(counts: Sequence[int], height: int) -> Xywh | None:
    """Left, top, width and height of what COCO's counts hold in an image of this height; None: they are empty."""
    found = _lines(counts, height)
    if found is None:
        return None
    low_y, high_y, low_x, high_x = found
    return low_x, low_y, high_x - low_x + 1, high_y - low_y + 1


def mask_from_coco(counts: Sequence[int], height: int, box: Xywh) -> list[int]:
    """COCO's counts, of which `coco_box` gives the box, as a mask; takes as long as the box is large."""
    left, top, wide, high = (int(value) for value in box)
    first, last = left * height, (left + wide) * height
    # Only the columns of the box are filled.
    ends = np.clip(np.cumsum(np.asarray(counts, dtype=np.int64)), first, last)
    lengths = np.diff(np.concatenate([[first], ends]))
    columns = _filled(lengths.tolist(), last - first).reshape(wide, height)
    inner = columns[:, top : top + high].T
    return [left, top, wide, high, *_runs(inner.ravel())]


def coco_from_mask(numbers: Sequence[int], size: tuple[int, int]) -> list[int]:
    """COCO's counts of a mask in an image of this width and height; what lies off the image is cut off."""
    width, height = size
    left, top = numbers[0], numbers[1]
    pixels = mask_pixels(numbers)
    inner = pixels[max(-top, 0) : max(height - top, 0), max(-left, 0) : max(width - left, 0)]
    if not inner.any():
        return [width * height]
    left, top = max(left, 0), max(top, 0)
    columns = inner.T
    edges = np.diff(np.pad(columns, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    at_first, first = np.nonzero(edges == 1)
    at_last, stop = np.nonzero(edges == -1)
    starts = (left + at_first) * height + top + first
    stops = (left + at_last) * height + top + stop
    # A run to the bottom of a column and one from the top of the next are one.
    is_apart = np.concatenate([[True], starts[1:] > stops[:-1]])
    starts, stops = starts[is_apart], stops[np.concatenate([is_apart[1:], [True]])]
    bounds = np.stack([starts, stops], axis=1).ravel()
    counts: list[int] = np.diff(np.concatenate([[0], bounds, [width * height]])).tolist()
    return counts if counts[-1] else counts[:-1]
