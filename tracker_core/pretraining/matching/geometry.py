"""Where template, search region, cells and boxes lie. Positions are those of edges, in search pixels."""

from __future__ import annotations

import torch

TEMPLATE_SIDE = 128  # pixels: a square around the box of twice its mean side
SEARCH_SIDE = 256  # pixels: a square of four times the mean side
UNIT = 64.0  # pixels: the box's mean side (the root of its area) in both
PADDING = 127  # grey level outside the frame
CELLS = 16  # per axis
CELL_STRIDE = 16  # pixels
FIRST_CENTER = 15.5  # of cell 0, pixels: the trunk pads more on the right than on the left
DISTANCE_UNIT = 32.0  # pixels: half of UNIT
_LOWEST, _HIGHEST = -4.0, 3.0  # logarithms of distances in DISTANCE_UNIT


def cell_centers() -> torch.Tensor:
    """(16,) along either axis."""
    return FIRST_CENTER + CELL_STRIDE * torch.arange(CELLS, dtype=torch.float32)


def limited(logarithms: torch.Tensor) -> torch.Tensor:
    """Distances' logarithms as far as they are believed."""
    return logarithms.clamp(_LOWEST, _HIGHEST)


def distances_to(edges: torch.Tensor) -> torch.Tensor:
    """(n, 4) left, top, right, bottom -> (n, 4, 16, 16): how far they are from each cell; negative outside."""
    centers, (left, top, right, bottom) = cell_centers(), edges[:, :, None, None].unbind(1)
    shape = (len(edges), CELLS, CELLS)
    columns, rows = centers[None, None, :], centers[None, :, None]
    sides = (columns - left, rows - top, right - columns, bottom - rows)
    return torch.stack([side.expand(shape) for side in sides], 1)


def decoded(logarithms: torch.Tensor) -> torch.Tensor:
    """(n, 4, 16, 16) as the head gives them -> left, top, right, bottom of each cell's box, of the same shape."""
    left, top, right, bottom = (DISTANCE_UNIT * torch.exp(limited(logarithms))).unbind(1)
    centers = cell_centers()
    columns, rows = centers[None, None, :], centers[None, :, None]
    return torch.stack([columns - left, rows - top, columns + right, rows + bottom], 1)
