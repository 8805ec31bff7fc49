"""Training samples as windows of shared maps: the same kinds of places as `sampling` draws, on small grids.

A grid lies at a random offset and has a random size, so that windows of several grids are as varied as draws; on
its own grid a window's features are exact. Ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import DLSTConfig
from tracker_core.feature_map import MapRegion, MapWindows, Stride
from tracker_core.sampling import BoxSampler

_POSITIVE_SIDE = 3  # windows per axis; at stride 8 a tenth of the box apart
_TILE_SIDE = 7
_TILE_EXPONENT = 5.0  # largest power of the scale step, as for boxes over the whole frame
_LARGEST_SIDE = 29  # of a long thin target's surroundings
_FINE: Stride = 8
_COARSE: Stride = 16

_Keep = Callable[[BoxArray], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class MapSampler:
    """Chooses windows for one target.

    Attributes:
        boxes: the sampler of single boxes, whose frame and limits hold here too.
        rng: of all draws.
    """

    boxes: BoxSampler
    rng: np.random.Generator

    def positives(self, box: Box, maps: int, n: int) -> MapWindows:
        """At most `n` windows on the target, from `maps` grids."""
        config = self._config
        exponents = config.positive_scale_exponent * np.clip(0.5 * self.rng.standard_normal(maps), -1, 1)
        regions = []
        for exponent in exponents:
            sized = self._sized(box, exponent)
            jitter = (_FINE / self._inner / 2 * sized.width, _FINE / self._inner / 2 * sized.height)
            regions.append(self._region(sized, _POSITIVE_SIDE, _POSITIVE_SIDE, _FINE, jitter=jitter))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) > config.positive_iou)

    def negatives(
        self, box: Box, maps: int, n: int, *, below: float, translation: float, scale_exponent: float
    ) -> MapWindows:
        """At most `n` windows off the target, centres up to `translation` mean sides away, from `maps` grids."""
        reach = translation * (box.width + box.height) / 2
        columns, rows = (self._windows_across(2 * reach, side) for side in (box.width, box.height))
        exponents = scale_exponent * self.rng.uniform(-1, 1, maps)
        regions = []
        for exponent in exponents:
            sized = self._sized(box, exponent)
            covered_x, covered_y = (
                count * _COARSE / self._inner * side / 2
                for count, side in ((columns, sized.width), (rows, sized.height))
            )
            step_x, step_y = covered_x / columns, covered_y / rows
            jitter = (max(step_x, reach - covered_x), max(step_y, reach - covered_y))
            regions.append(self._region(sized, columns, rows, _COARSE, jitter=jitter))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) < below)

    def whole_frame(self, box: Box, tiles: int, n: int, *, below: float) -> MapWindows:
        """At most `n` windows off the target from `tiles` grids anywhere in the frame."""
        regions = []
        for exponent, x, y in self.rng.uniform(0, 1, (tiles, 3)):
            sized = self._sized(box, _TILE_EXPONENT * (2 * exponent - 1))
            center_x, center_y = sized.center
            moved = sized.shifted(x * self.boxes.frame_width - center_x, y * self.boxes.frame_height - center_y)
            regions.append(self._region(moved, _TILE_SIDE, _TILE_SIDE, _COARSE))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) < below)

    def around_for_regression(self, box: Box, maps: int, n: int) -> MapWindows:
        """At most `n` windows near the target in many shapes, for box regression."""
        config = self._config
        regions = []
        for _ in range(maps):
            aspect = config.scale_step ** (config.regression_aspect_exponent * self.rng.uniform(-1, 1, 2))
            enlargement = config.scale_step ** (config.regression_scale_exponent * self.rng.uniform(0, 1))
            shift = config.regression_translation * self.rng.uniform(-1, 1, 2)
            width, height = box.width * aspect[0] * enlargement, box.height * aspect[1] * enlargement
            center_x, center_y = box.center
            shaped = Box(center_x - width / 2, center_y - height / 2, width, height)
            moved = shaped.shifted(shift[0] * box.width, shift[1] * box.height)
            regions.append(self._region(moved, _POSITIVE_SIDE, _POSITIVE_SIDE, _FINE))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) > config.regression_iou)

    @property
    def _config(self) -> DLSTConfig:
        return self.boxes.config

    @property
    def _inner(self) -> int:
        return self._config.patch_size - 2 * self._config.patch_padding

    def _sized(self, box: Box, exponent: float) -> Box:
        """The box, enlarged about its centre by a power of the scale step."""
        factor = float(self._config.scale_step**exponent)
        x, y = box.center
        width, height = box.width * factor, box.height * factor
        return Box(x - width / 2, y - height / 2, width, height)

    def _windows_across(self, extent: float, side: float) -> int:
        """Windows whose centres cover `extent` image pixels."""
        return min(_LARGEST_SIDE, 1 + round(extent * self._inner / side / _COARSE))

    def _region(
        self, box: Box, columns: int, rows: int, stride: Stride, *, jitter: tuple[float, float] = (0.0, 0.0)
    ) -> MapRegion:
        move_x, move_y = self.rng.uniform(-1, 1, 2) * jitter
        return MapRegion.around(
            box.shifted(move_x, move_y),
            columns=columns,
            rows=rows,
            stride=stride,
            patch_size=self._config.patch_size,
            patch_padding=self._config.patch_padding,
        )

    def _taken(self, regions: Sequence[MapRegion], n: int, keep: _Keep) -> MapWindows:
        """At most `n` windows, at random, that are wanted and centred inside the frame."""
        boxes = np.concatenate([region.boxes() for region in regions])
        centers = boxes[:, 0:2] + boxes[:, 2:4] / 2
        frame_size = (self.boxes.frame_width, self.boxes.frame_height)
        is_inside = ((centers >= 0) & (centers <= frame_size)).all(axis=1)
        wanted = np.flatnonzero(is_inside & keep(boxes))
        return MapWindows(tuple(regions), np.sort(self.rng.permutation(wanted)[:n]))
