"""What a guide proposes on one frame: boxes with confidences, read from its network's outputs and rated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.guides.description import Activation, AnswerRule, ChoiceRule, box_size_squared

Floats = NDArray[np.float64]

_SMALLEST_SIDE = 1.0  # network pixels; a box that is turned inside out becomes so small
_CONTEXT = 0.5  # of what is compared as size. Source: SiamRPN and those after it


@dataclass(frozen=True, slots=True)
class GuideAnswer:
    """A box for each cell and template, all of one look.

    Attributes:
        region: what was searched, image pixels.
        boxes_xywh: (templates, cells, 4) image pixels; rows of cells one after the other.
        confidences: (templates, cells) 0..1, as the network says.
        settling: (templates, cells) 0..1, by which share the sides should move to those of the box.
        ratings: (templates, cells) confidences, less where the box jumps in size, shape or place.
        best: template and cell with the highest rating.
    """

    region: Box
    boxes_xywh: NDArray[np.float64]
    confidences: Floats
    settling: Floats
    ratings: Floats
    best: tuple[int, int]

    @property
    def best_box(self) -> Box:
        """Where the target is most likely."""
        return Box.from_xywh(self.boxes_xywh[self.best])

    @property
    def best_confidence(self) -> float:
        """Of `best_box`, 0..1."""
        return float(self.confidences[self.best])

    def settled(self, previous: Box) -> Box:
        """The best box with its sides moved from those before only as far as it is believed."""
        share, box = float(self.settling[self.best]), self.best_box
        width, height = (
            old + share * (new - old) for old, new in ((previous.width, box.width), (previous.height, box.height))
        )
        return box.resized(width, height)


def read_boxes(rule: AnswerRule, outputs: Mapping[str, NDArray[np.generic]], *, size: int) -> BoxArray:
    """(cells, 4) boxes in network pixels from the searched picture's corner.

    Args:
        rule: how they are told.
        outputs: of the network, (1, maps, rows, columns) each.
        size: side of the searched picture in network pixels.
    """
    steps = np.arange(rule.cells) * rule.stride + rule.first
    x, y = np.tile(steps, rule.cells), np.repeat(steps, rule.cells)
    if rule.distances:
        left, top, right, bottom = _maps(outputs[rule.distances], 4)
        edges = np.stack([x - left, y - top, x + right, y + bottom], axis=1)
    else:
        (shift_x, shift_y), (width, height) = _maps(outputs[rule.offsets], 2), _maps(outputs[rule.sizes], 2) * size
        x, y = x + shift_x * rule.stride, y + shift_y * rule.stride
        edges = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    sides = np.maximum(edges[:, 2:] - edges[:, :2], _SMALLEST_SIDE)
    return np.concatenate([(edges[:, :2] + edges[:, 2:] - sides) / 2, sides], axis=1)


def read_confidences(values: NDArray[np.generic], activation: Activation) -> Floats:
    """(cells,) 0..1 from the output's (1, maps, rows, columns)."""
    if activation == "softmax":
        other, target = _maps(values, 2)
        return _sigmoid(target - other)
    (logits,) = _maps(values, 1)
    return _sigmoid(logits) if activation == "sigmoid" else np.clip(logits, 0.0, 1.0)


def rated(choice: ChoiceRule, boxes_xywh: BoxArray, confidences: Floats, previous: Box) -> tuple[Floats, Floats]:
    """Settling and rating of each of (cells, 4) image boxes that could follow the previous one."""
    width, height = boxes_xywh[:, 2], boxes_xywh[:, 3]
    size = np.sqrt(box_size_squared(width, height, _CONTEXT))
    size_before = np.sqrt(box_size_squared(previous.width, previous.height, _CONTEXT))
    change = _change(size / size_before) * _change(width / height * previous.height / previous.width)
    penalised = confidences * np.exp(-choice.change_penalty * (change - 1))
    settling = np.ones_like(penalised) if choice.size_rate == 0 else penalised * choice.size_rate
    if choice.window == "none":
        return settling, penalised
    across = np.hanning(round(len(confidences) ** 0.5) + 2)[1:-1]
    window = np.outer(across, across).ravel()
    if choice.window == "product":
        return settling, penalised * window
    return settling, (1 - choice.window_weight) * penalised + choice.window_weight * window


def _maps(values: NDArray[np.generic], count: int) -> Floats:
    """(count, cells)."""
    return values.astype(np.float64).reshape(count, -1)


def _sigmoid(logits: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(logits, -60, 60)))


def _change(ratio: Floats) -> Floats:
    return np.maximum(ratio, 1 / ratio)
