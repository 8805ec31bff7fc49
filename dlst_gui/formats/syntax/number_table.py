"""The first rows of a text file as a table of numbers, to tell formats without a header by what is in them."""

from __future__ import annotations

import math
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.syntax.text_input import finite, lines_of, words_of

_ROWS = 1000


def number_table(path: Path, *, with_nan: bool = False, with_comments: bool = False) -> NDArray[np.float64] | None:
    """(rows, columns) at most a thousand rows; None where they are no numbers, or not as many in each.

    Args:
        path: the file.
        with_nan: whether NaN is a number.
        with_comments: whether blank lines, and those that begin with `#`, are passed over.
    """
    rows: list[list[float]] = []
    try:
        for _, line in islice(lines_of(path), _ROWS):
            if with_comments and (not line.strip() or line.startswith("#")):
                continue
            if len(line) > limits.MOST_COLUMNS * 40:
                return None
            words = words_of(line)
            values = [math.nan if with_nan and word.lower() == "nan" else finite(word) for word in words]
            numbers = [value for value in values if value is not None]
            if not numbers or len(numbers) != len(values) or (rows and len(numbers) != len(rows[0])):
                return None
            rows.append(numbers)
    except FormatError:
        return None
    return np.array(rows) if rows else None


def are_whole(column: NDArray[np.float64], low: float, high: float = math.inf) -> bool:
    """Whether all numbers of a column are whole ones from `low` to `high`."""
    return bool(((column == np.floor(column)) & (column >= low) & (column <= high)).all())
