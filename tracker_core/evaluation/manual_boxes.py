"""The boxes that a simulated person draws: the ground truth, drawn by a hand that shakes a little."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tracker_core.box import Box

# Source: docs/effort.md, SAP-1, step 4.
CENTER_SPREAD = 0.02  # standard deviation, of the box's width or height
SIZE_SPREAD = 0.02  # standard deviation of the size factor's logarithm
WORST_IOU = 0.85
CLIP_STEPS = 30  # halvings of an interval of 1: finer than a millionth of a pixel

Truth = Sequence[Box | None]
"""Ground truth by frame; None where the target is absent."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A person's hand: the same seed, sequence and frame give the same box, whatever was drawn before.

    So every system that is corrected on a frame gets the same box there.
    """

    seed: int
    sequence: str

    def draw(self, truth_box: Box, frame_index: int) -> Box:
        """The box drawn on a frame, at least `WORST_IOU` with the truth."""
        numbers = np.random.default_rng([self.seed, zlib.crc32(self.sequence.encode()), frame_index])
        dx, dy, growth = (float(value) for value in numbers.normal(size=3))
        factor = math.exp(SIZE_SPREAD * growth)
        width, height = truth_box.width * factor, truth_box.height * factor
        center_x = truth_box.center[0] + CENTER_SPREAD * truth_box.width * dx
        center_y = truth_box.center[1] + CENTER_SPREAD * truth_box.height * dy
        drawn = Box(center_x - width / 2, center_y - height / 2, width, height)
        return clipped_to_iou(drawn, truth_box, WORST_IOU)


def clipped_to_iou(box: Box, truth_box: Box, iou: float) -> Box:
    """The box, or the furthest one on the way from the truth to it that has at least this IoU with the truth."""
    if box.iou(truth_box) >= iou:
        return box
    good, bad = 0.0, 1.0
    for _ in range(CLIP_STEPS):
        middle = (good + bad) / 2
        if _between(truth_box, box, middle).iou(truth_box) >= iou:
            good = middle
        else:
            bad = middle
    return _between(truth_box, box, good)


def _between(start: Box, end: Box, share: float) -> Box:
    return Box.from_xywh(start.xywh + share * (end.xywh - start.xywh))
