"""Features of many boxes of one size at once: the network runs over a whole region, each box reads a window of it.

Where no layer pads, a window on the grid holds exactly the features of the patch cut there; where layers do, both
are cut wider by the backbone's margin and nearly agree. Source: fully convolutional evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.cropping import cut_scaled
from tracker_core.tracker import AnyFrame, Frame

Stride = Literal[8, 16]
"""Network pixels from window to window; 8 is dense, see `Backbone.classifier_cells`."""

WINDOW_CELLS = 3  # a patch has 3 x 3 cells ...
_COVERING_STEP = 4  # a region that covers boxes has 1, 5, 9 ... windows along an axis
CELL_STEP = 16  # ... this many network pixels apart


@dataclass(frozen=True, slots=True)
class MapRegion:
    """An image rectangle, scaled so that boxes of one size fill the network's view as they do when cut alone.

    Its pixels are those of patches with sub-pixel edges; the authors' whole ones lie half a pixel further, on
    average.

    Attributes:
        left, top: image position of its corner, pixels (edges).
        box_width, box_height: of the boxes it is scaled for, pixels.
        columns, rows: number of windows along each axis.
        stride: network pixels from window to window.
        patch_size: side of one window, network pixels.
        patch_padding: context around the box in it.
    """

    left: float
    top: float
    box_width: float
    box_height: float
    columns: int
    rows: int
    stride: Stride
    patch_size: int
    patch_padding: int

    @classmethod
    def around(
        cls, box: Box, *, columns: int, rows: int, stride: Stride, patch_size: int, patch_padding: int
    ) -> MapRegion:
        """Windows for boxes of the box's size, the middle of all of them on its centre."""
        region = cls(0.0, 0.0, box.width, box.height, columns, rows, stride, patch_size, patch_padding)
        scale_x, scale_y = region.scale
        width, height = region.size
        center_x, center_y = box.center
        left, top = center_x - width / 2 / scale_x, center_y - height / 2 / scale_y
        return cls(left, top, box.width, box.height, columns, rows, stride, patch_size, patch_padding)

    @classmethod
    def covering(
        cls, boxes_xywh: BoxArray, box: Box, *, stride: Stride, patch_size: int, patch_padding: int
    ) -> MapRegion:
        """Windows for boxes of the size of `box`, centred on the grid around all given boxes' centres.

        Few different numbers of them: oneDNN compiles, and keeps, its convolutions for every size that comes.
        """
        scale_x, scale_y = ((patch_size - 2 * patch_padding) / side for side in (box.width, box.height))
        centers = boxes_xywh[:, 0:2] + boxes_xywh[:, 2:4] / 2
        low, high = centers.min(axis=0), centers.max(axis=0)
        steps = np.ceil((high - low) * (scale_x, scale_y) / (stride * _COVERING_STEP)).astype(int)
        columns, rows = (1 + _COVERING_STEP * steps).tolist()
        center_x, center_y = ((low + high) / 2).tolist()
        middle = box.shifted(center_x - box.center[0], center_y - box.center[1])
        return cls.around(
            middle, columns=columns, rows=rows, stride=stride, patch_size=patch_size, patch_padding=patch_padding
        )

    @property
    def area(self) -> int:
        """Network pixels."""
        width, height = self.size
        return width * height

    @property
    def scale(self) -> tuple[float, float]:
        """Network pixels per image pixel, horizontally and vertically."""
        inner = self.patch_size - 2 * self.patch_padding
        return inner / self.box_width, inner / self.box_height

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in network pixels."""
        return (
            self.patch_size + self.stride * (self.columns - 1),
            self.patch_size + self.stride * (self.rows - 1),
        )

    def boxes(self) -> BoxArray:
        """(rows * columns, 4): the box of each window, row by row."""
        scale_x, scale_y = self.scale
        x = self.left + (self.patch_padding + self.stride * np.arange(self.columns)) / scale_x
        y = self.top + (self.patch_padding + self.stride * np.arange(self.rows)) / scale_y
        boxes = np.empty((self.rows, self.columns, 4))
        boxes[..., 0], boxes[..., 1] = x, y[:, None]
        boxes[..., 2:4] = self.box_width, self.box_height
        return boxes.reshape(-1, 4)

    def grid_positions(self, boxes_xywh: BoxArray) -> NDArray[np.float64]:
        """(n, 4) boxes -> (n, 2) column and row of the window centred where each box is; fractions between."""
        centers = boxes_xywh[:, 0:2] + boxes_xywh[:, 2:4] / 2
        positions = (centers - (self.left, self.top)) * self.scale - self.patch_size / 2
        return np.asarray(positions / self.stride)

    def source_positions(self, axis: int, *, margin: int = 0) -> NDArray[np.float64]:
        """Frame positions of the region's pixels along an axis, 0 in a pixel's middle, a margin around."""
        corner = (self.left, self.top)[axis]
        pixels = np.arange(-margin, self.size[axis] + margin)
        return np.asarray(corner + (pixels + 0.5) / self.scale[axis] - 0.5)

    def cut(self, frame: AnyFrame, *, pad_value: int, margin: int = 0) -> Frame:
        """The region's pixels at the network's scale, (height, width, 3) uint8; `pad_value` outside the frame.

        Args:
            frame: (height, width, 3) uint8, or in parts.
            pad_value: grey level outside the frame.
            margin: network pixels that are cut more on each side.
        """
        scale_x, scale_y = self.scale
        width, height = self.size
        return cut_scaled(
            frame,
            self.left - margin / scale_x,
            self.top - margin / scale_y,
            scale=self.scale,
            size=(width + 2 * margin, height + 2 * margin),
            pad_value=pad_value,
        )


@dataclass(frozen=True, slots=True)
class MapWindows:
    """Some windows of some regions: places whose features come from maps.

    Attributes:
        regions: all of the same grid.
        numbers: (n,) int64, ascending: region number times windows per region, plus the window's number in it.
    """

    regions: tuple[MapRegion, ...]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def boxes(self) -> BoxArray:
        """(n, 4) the windows' boxes."""
        return np.concatenate([region.boxes() for region in self.regions])[self.numbers]


def cell_step(stride: Stride) -> int:
    """Map cells between neighbouring cells of one window."""
    return CELL_STEP // stride


def window_grid(cells: torch.Tensor, stride: Stride) -> tuple[int, int]:
    """Rows and columns of windows in (n, h, w, c) map cells."""
    span = cell_step(stride) * (WINDOW_CELLS - 1)
    return cells.shape[1] - span, cells.shape[2] - span


def window_features(cells: torch.Tensor, numbers: torch.Tensor, stride: Stride) -> torch.Tensor:
    """(n, h, w, c) map cells -> (m, 9, c): what each of m windows holds, numbered as in `MapWindows`."""
    height, width = cells.shape[1:3]
    rows, columns = window_grid(cells, stride)
    first = numbers // (rows * columns) * (height * width)
    first = first + numbers // columns % rows * width + numbers % columns
    across = cell_step(stride) * torch.arange(WINDOW_CELLS, device=cells.device)
    within = (across[:, None] * width + across).flatten()
    return cells.flatten(0, 2)[first[:, None] + within]


def window_means(cells: torch.Tensor, stride: Stride) -> torch.Tensor:
    """(n, h, w, c) map cells -> (n, rows, columns, c): the mean of each window's nine cells."""
    step = cell_step(stride)
    rows, columns = window_grid(cells, stride)
    across = range(0, step * WINDOW_CELLS, step)
    parts = [cells[:, y : y + rows, x : x + columns] for y in across for x in across]
    return torch.stack(parts).mean(dim=0)


def read_between(values: NDArray[np.float32], positions: NDArray[np.float64]) -> NDArray[np.float32]:
    """Bilinear reading of a (rows, columns) map at (n, 2) column, row positions; held at its edges."""
    rows, columns = values.shape
    x = np.clip(positions[:, 0], 0, columns - 1)
    y = np.clip(positions[:, 1], 0, rows - 1)
    x0, y0 = x.astype(np.int64), y.astype(np.int64)
    x1, y1 = np.minimum(x0 + 1, columns - 1), np.minimum(y0 + 1, rows - 1)
    dx, dy = x - x0, y - y0
    upper = values[y0, x0] * (1 - dx) + values[y0, x1] * dx
    lower = values[y1, x0] * (1 - dx) + values[y1, x1] * dx
    return np.asarray(upper * (1 - dy) + lower * dy, dtype=np.float32)
