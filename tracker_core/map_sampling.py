"""Negatives as windows of shared maps: the same kinds of places as `sampling` draws, on small grids.

Positives and what box regression learns from are always drawn: windows lie too far apart to be as close to a
target, and the regressor notices that patches are of whole pixels and windows are not (measured).

Every grid has a place and a size of its own, so that windows of several are as varied as draws; on its grid a
window's features are exact. Ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import PatchConfig
from tracker_core.feature_map import MapRegion, MapWindows, Stride
from tracker_core.sampling import BoxSampler

_TILE_SIDE = 7  # windows per axis, a fifth of the box apart
_TILE_EXPONENT = 5.0  # largest power of the scale step, as for boxes over the whole frame
_STRIDE: Stride = 16

_Keep = Callable[[BoxArray], NDArray[np.bool_]]


@dataclass(frozen=True, slots=True)
class MapSampler:
    """Chooses windows for one target.

    Attributes:
        boxes: the sampler of single boxes, whose frame and limits hold here too.
        patches: what a window is.
        rng: of all draws.
    """

    boxes: BoxSampler
    patches: PatchConfig
    rng: np.random.Generator

    def negatives(
        self, box: Box, tiles: int, n: int, *, below: float, translation: float, scale_exponent: float
    ) -> MapWindows:
        """At most `n` windows off the target from `tiles` grids, about `translation` mean sides away or less."""
        reach = translation * (box.width + box.height) / 2
        regions = []
        for exponent, *places in self.rng.uniform(-1, 1, (tiles, 3)):
            sized = self._sized(box, scale_exponent * exponent)
            half_spans = (self._half_span(side) for side in (sized.width, sized.height))
            moves = (place * max(0.0, reach - half) for place, half in zip(places, half_spans, strict=True))
            regions.append(self._tile(sized.shifted(*moves)))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) < below)

    def whole_frame(self, box: Box, tiles: int, n: int, *, below: float) -> MapWindows:
        """At most `n` windows off the target from `tiles` grids anywhere in the frame."""
        regions = []
        for exponent, x, y in self.rng.uniform(0, 1, (tiles, 3)):
            sized = self._sized(box, _TILE_EXPONENT * (2 * exponent - 1))
            center_x, center_y = sized.center
            moved = sized.shifted(x * self.boxes.frame_width - center_x, y * self.boxes.frame_height - center_y)
            regions.append(self._tile(moved))
        return self._taken(regions, n, lambda boxes: iou_with_box(boxes, box) < below)

    def _sized(self, box: Box, exponent: float) -> Box:
        """The box, enlarged about its centre by a power of the scale step."""
        factor = float(self.boxes.config.scale_step**exponent)
        x, y = box.center
        width, height = box.width * factor, box.height * factor
        return Box(x - width / 2, y - height / 2, width, height)

    def _half_span(self, side: float) -> float:
        """Image pixels from a tile's middle to its outermost window's, for boxes of one side."""
        inner = self.patches.size - 2 * self.patches.padding
        return (_TILE_SIDE - 1) / 2 * _STRIDE * side / inner

    def _tile(self, box: Box) -> MapRegion:
        """A square grid around the box, its middle moved into the frame where it lies outside."""
        center_x, center_y = box.center
        x = min(max(center_x, 0.0), float(self.boxes.frame_width))
        y = min(max(center_y, 0.0), float(self.boxes.frame_height))
        return MapRegion.around(
            box.shifted(x - center_x, y - center_y),
            columns=_TILE_SIDE,
            rows=_TILE_SIDE,
            stride=_STRIDE,
            patch_size=self.patches.size,
            patch_padding=self.patches.padding,
        )

    def _taken(self, regions: Sequence[MapRegion], n: int, keep: _Keep) -> MapWindows:
        """At most `n` windows, at random, that are wanted and centred inside the frame."""
        boxes = np.concatenate([region.boxes() for region in regions])
        centers = boxes[:, 0:2] + boxes[:, 2:4] / 2
        frame_size = (self.boxes.frame_width, self.boxes.frame_height)
        is_inside = ((centers >= 0) & (centers <= frame_size)).all(axis=1)
        wanted = np.flatnonzero(is_inside & keep(boxes))
        return MapWindows(tuple(regions), np.sort(self.rng.permutation(wanted)[:n]))
