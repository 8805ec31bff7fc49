"""Lines of equal value through a grid (marching squares), all cells at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Edges of a cell: 0 top, 1 right, 2 bottom, 3 left. By which corners are above the level (1 top left, 2 top right,
# 4 bottom right, 8 bottom left): the pairs of edges that a line connects. Of the two saddles (5, 10) each has two.
_PAIRS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),),
    2: ((0, 1),),
    3: ((3, 1),),
    4: ((1, 2),),
    5: ((3, 0), (1, 2)),
    6: ((0, 2),),
    7: ((3, 2),),
    8: ((2, 3),),
    9: ((2, 0),),
    10: ((0, 1), (2, 3)),
    11: ((2, 1),),
    12: ((1, 3),),
    13: ((1, 0),),
    14: ((0, 3),),
}


def contour_segments(values: NDArray[np.float32], level: float) -> NDArray[np.float64]:
    """The straight pieces along which values, read linearly between the cells' middles, have a level.

    Args:
        values: (rows, columns), finite.
        level: of the line.

    Returns:
        (n, 2, 2) float64: both ends of each piece as column and row; the middle of the first cell is (0, 0).
    """
    rows, columns = values.shape
    if rows < 2 or columns < 2:
        return np.empty((0, 2, 2))
    grid = values.astype(np.float64)
    above = grid > level
    kind = above[:-1, :-1] * 1 + above[:-1, 1:] * 2 + above[1:, 1:] * 4 + above[1:, :-1] * 8
    found = [np.empty((0, 2, 2))]
    for number, pairs in _PAIRS.items():
        row, column = np.nonzero(kind == number)
        if len(row):
            found += [np.stack([_crossing(grid, row, column, edge, level) for edge in pair], 1) for pair in pairs]
    return np.concatenate(found)


def contour_lines(segments: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Pieces of one level put together: lines of (n, 2) points, closed ones with the first point at the end again.

    The larger values lie on one side of all pieces, so that each ends where the next begins.
    """
    starts, ends = (list(map(tuple, segments[:, end].round(6).tolist())) for end in (0, 1))
    following = {start: piece for piece, start in enumerate(starts)}
    has_before = set(ends)
    open_first = sorted(range(len(starts)), key=lambda piece: starts[piece] in has_before)
    is_used = [False] * len(starts)
    lines = []
    for first in open_first:
        pieces: list[int] = []
        piece: int | None = first
        while piece is not None and not is_used[piece]:
            is_used[piece] = True
            pieces.append(piece)
            piece = following.get(ends[piece])
        if pieces:
            lines.append(np.concatenate([segments[pieces[:1], 0], segments[pieces, 1]]))
    return lines


def contour_levels(low: float, high: float, *, most: int = 9) -> tuple[float, ...]:
    """Round levels between two values, with 0 where it lies there; steps of 1, 2 or 5 times a power of 10."""
    span = high - low
    if not np.isfinite(span) or span <= 0:
        return ()
    unit = 10.0 ** np.floor(np.log10(span / most))
    step = next(unit * times for times in (1, 2, 5, 10, 20) if span / (unit * times) <= most)
    first, last = int(np.floor(low / step)) + 1, int(np.ceil(high / step)) - 1
    return tuple(float(round(number * step, 10)) for number in range(first, last + 1))


def _crossing(
    grid: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64], edge: int, level: float
) -> NDArray[np.float64]:
    """(n, 2) column and row at which an edge of each cell has the level; its ends lie on different sides of it."""
    (row_0, column_0), (row_1, column_1) = (
        ((0, 0), (0, 1)),
        ((0, 1), (1, 1)),
        ((1, 1), (1, 0)),
        ((1, 0), (0, 0)),
    )[edge]
    start, end = grid[row + row_0, column + column_0], grid[row + row_1, column + column_1]
    share = (level - start) / (end - start)
    return np.stack(
        [column + column_0 + share * (column_1 - column_0), row + row_0 + share * (row_1 - row_0)], axis=1
    )
