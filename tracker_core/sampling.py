"""Boxes drawn at random around a box: candidates (S_comb) and training samples. Source: paper 3.1 and 4.1.

The authors' program counts pixels from 1. Its limits and its rounding are kept exactly, shifted to this
project's 0-based coordinates, so that halves are rounded to the same side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import DrawingConfig, RegressionConfig

_WHOLE_FRAME_SCALES = np.arange(-5, 6)  # exponents of scale_step (authors)
_WHOLE_FRAME_STEP = 5  # grid step is the box's side over this (authors)


def round_half_away(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matlab's round: halves go away from zero (numpy's go to the even number)."""
    rounded: NDArray[np.float64] = np.sign(values) * np.floor(np.abs(values) + 0.5)
    return rounded


@dataclass(frozen=True, slots=True)
class BoxSampler:
    """Draws boxes for one target in frames of one size.

    Attributes:
        config: limits, scale step, rounding.
        frame_width: pixels.
        frame_height: pixels.
        min_side: smallest side of a drawn box; a target smaller than `config.min_side` sets its own (ours).
    """

    config: DrawingConfig
    frame_width: int
    frame_height: int
    min_side: float

    @classmethod
    def for_target(cls, config: DrawingConfig, box: Box, *, frame_width: int, frame_height: int) -> BoxSampler:
        """A sampler whose smallest side lets `box` itself be drawn."""
        return cls(config, frame_width, frame_height, min(config.min_side, box.width, box.height))

    def fitted(self, box: Box) -> BoxSampler:
        """The same for another box: a target that has become small."""
        return self.for_target(self.config, box, frame_width=self.frame_width, frame_height=self.frame_height)

    def normal(
        self, rng: np.random.Generator, box: Box, n: int, *, translation: float, scale_exponent: float
    ) -> BoxArray:
        """`n` boxes at normal offsets (sigma half of `translation` mean sides), aspect kept."""
        draws = 0.5 * rng.standard_normal((n, 3))
        if self.config.clips_normal:
            draws = np.clip(draws, -1, 1)
        return self._moved(box, draws, translation=translation, scale_exponent=scale_exponent)

    def uniform(
        self, rng: np.random.Generator, box: Box, n: int, *, translation: float, scale_exponent: float
    ) -> BoxArray:
        """`n` boxes at uniform offsets (up to `translation` mean sides), aspect kept."""
        draws = rng.uniform(-1, 1, (n, 3))
        return self._moved(box, draws, translation=translation, scale_exponent=scale_exponent)

    def uniform_aspect(self, rng: np.random.Generator, box: Box, regression: RegressionConfig) -> BoxArray:
        """`regression.draws` boxes for box regression: uniform offsets, aspects and enlargements."""
        n, scale_step = regression.draws, self.config.scale_step
        boxes = np.empty((n, 4))
        offsets = regression.translation * rng.uniform(-1, 1, (n, 2))
        exponents = regression.aspect_exponent * rng.uniform(-1, 1, (n, 2))
        enlargement = scale_step ** (regression.scale_exponent * rng.uniform(0, 1, n))
        boxes[:, 0:2] = np.array(box.center) + offsets * (box.width, box.height)
        boxes[:, 2:4] = np.array([box.width, box.height]) * scale_step**exponents
        boxes[:, 2:4] *= enlargement[:, None]
        return self._limited(boxes)

    def whole_frame(self, rng: np.random.Generator, box: Box, n: int) -> BoxArray:
        """`n` boxes of about the target's size from a grid over the whole frame, all different if possible."""
        xs = _grid(box.width, self.frame_width)
        ys = _grid(box.height, self.frame_height)
        shape = (len(_WHOLE_FRAME_SCALES), len(ys), len(xs))
        total = int(np.prod(shape))
        rounds = [rng.choice(total, min(n, total), replace=False)]
        while sum(map(len, rounds)) < n:
            rounds.append(rng.choice(total, min(n - sum(map(len, rounds)), total), replace=False))
        scale, row, column = np.unravel_index(np.concatenate(rounds), shape)
        factor = self.config.scale_step ** _WHOLE_FRAME_SCALES[scale].astype(np.float64)
        return self._limited(np.stack([xs[column], ys[row], box.width * factor, box.height * factor], axis=1))

    def _moved(
        self, box: Box, draws: NDArray[np.float64], *, translation: float, scale_exponent: float
    ) -> BoxArray:
        """Boxes for (n, 3) draws: x, y in units of `translation` mean sides, and the scale exponent."""
        mean_side = round_half_away(np.array((box.width + box.height) / 2))
        boxes = np.empty((len(draws), 4))
        boxes[:, 0:2] = np.array(box.center) + translation * mean_side * draws[:, 0:2]
        factor = self.config.scale_step ** (scale_exponent * draws[:, 2])
        boxes[:, 2:4] = np.array([box.width, box.height]) * factor[:, None]
        return self._limited(boxes)

    def _limited(self, centered: BoxArray) -> BoxArray:
        """Centre-x, centre-y, width, height rows -> x, y, width, height within the frame's limits."""
        frame_size = np.array([self.frame_width, self.frame_height], dtype=np.float64)
        largest = np.maximum(frame_size - self.config.frame_margin, self.min_side)
        size = np.clip(centered[:, 2:4], self.min_side, largest)
        position = np.clip(centered[:, 0:2] - size / 2, -size / 2, frame_size - 1 - size / 2)
        if self.config.rounds_boxes:
            position = round_half_away(position + 1) - 1
            size = np.maximum(round_half_away(size), 1)
        return np.concatenate([position, size], axis=1)


def keep_overlapping(
    rng: np.random.Generator, boxes: BoxArray, box: Box, *, above: float, n: int, is_strict: bool
) -> BoxArray:
    """At most `n` of the boxes, at random, whose IoU with `box` is above a bound. May return fewer, or none."""
    overlap = iou_with_box(boxes, box)
    return _take(rng, boxes[overlap > above if is_strict else overlap >= above], n)


def keep_distant(
    rng: np.random.Generator, boxes: BoxArray, box: Box, *, below: float, n: int, is_strict: bool
) -> BoxArray:
    """At most `n` of the boxes, at random, whose IoU with `box` is below a bound. May return fewer, or none."""
    overlap = iou_with_box(boxes, box)
    return _take(rng, boxes[overlap < below if is_strict else overlap <= below], n)


def _take(rng: np.random.Generator, boxes: BoxArray, n: int) -> BoxArray:
    return boxes[rng.permutation(len(boxes))[:n]]


def _grid(side: float, frame_side: int) -> NDArray[np.float64]:
    """Centres along one axis, 0-based: from half a side to the frame's end less half a side."""
    step = max(1.0, float(round_half_away(np.array(side / _WHOLE_FRAME_STEP))))
    first = float(round_half_away(np.array(side / 2)))
    last = float(round_half_away(np.array(frame_side - side / 2)))
    return np.arange(first, max(first, last) + 1e-9, step) - 1
