"""Pixels cut out for the networks: classifier patches and the localiser's search region.

Both stretch each axis on its own to the network's square input. Source: algorithm of the authors' program; its
rounding (1-based, halves away from zero) is kept exactly.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.sampling import round_half_away
from tracker_core.tracker import Frame, TrackerInputError

Patches = NDArray[np.uint8]
"""(n, side, side, 3) uint8 RGB."""


def as_rgb(frame: Frame) -> Frame:
    """The frame as contiguous (height, width, 3) RGB; grey is repeated, an alpha channel dropped.

    Raises:
        TrackerInputError: not uint8, empty, or not a picture's shape.
    """
    if frame.dtype != np.uint8:
        raise TrackerInputError(f"expected a uint8 frame, got {frame.dtype}")
    if frame.ndim == 2:
        frame = frame[:, :, None]
    if frame.ndim != 3 or frame.shape[2] not in (1, 3, 4) or 0 in frame.shape:
        raise TrackerInputError(
            "expected a frame of shape (height, width), (height, width, 3) or (height, width, 4), "
            f"got {frame.shape}"
        )
    if frame.shape[2] == 1:
        frame = np.repeat(frame, 3, axis=2)
    return np.ascontiguousarray(frame[:, :, :3])


def cut_patches(frame: Frame, boxes_xywh: BoxArray, *, size: int, padding: int, pad_value: int) -> Patches:
    """Cut one patch per box, with `padding` input pixels of context on every side of the box."""
    frame_height, frame_width = frame.shape[:2]
    context = size / (size - 2 * padding)
    center = boxes_xywh[:, 0:2] + boxes_xywh[:, 2:4] / 2
    half = context / 2 * boxes_xywh[:, 2:4]
    first = round_half_away(center - half + 1).astype(np.int64) - 1
    last = round_half_away(center + half + 1).astype(np.int64) - 1
    limit = np.array([frame_width, frame_height]) - 1
    clipped_first = np.maximum(first, 0)
    clipped_size = np.minimum(last, limit) - clipped_first + 1
    scale = size / (last - first + 1)
    offset = round_half_away(np.maximum(0, -first) * scale).astype(np.int64)
    target = np.minimum(round_half_away(clipped_size * scale).astype(np.int64), size - offset)

    patches = np.full((len(boxes_xywh), size, size, 3), pad_value, dtype=np.uint8)
    rows = np.concatenate([clipped_first, clipped_size, offset, target], axis=1).tolist()
    for patch, (x, y, w, h, offset_x, offset_y, target_w, target_h) in zip(patches, rows, strict=True):
        if min(w, h, target_w, target_h) > 0:
            patch[offset_y : offset_y + target_h, offset_x : offset_x + target_w] = cv2.resize(
                frame[y : y + h, x : x + w], (target_w, target_h), interpolation=cv2.INTER_LINEAR
            )
    return patches


@dataclass(frozen=True, slots=True)
class SearchRegion:
    """The image rectangle the localiser sees, stretched to `size` x `size` pixels.

    Attributes:
        area: the rectangle, whole pixels.
        size: side of the network's input.
    """

    area: Box
    size: int

    @classmethod
    def around(cls, box: Box, *, factor: float, size: int) -> SearchRegion:
        """`factor` times the box per axis, centred on it."""
        width, height = max(1.0, np.floor(factor * box.width)), max(1.0, np.floor(factor * box.height))
        center_x, center_y = box.center
        x = float(round_half_away(np.array(center_x - factor / 2 * box.width + 1))) - 1
        y = float(round_half_away(np.array(center_y - factor / 2 * box.height + 1))) - 1
        return cls(Box(x, y, width, height), size)

    @property
    def scale(self) -> tuple[float, float]:
        """Input pixels per image pixel, horizontally and vertically."""
        return self.size / self.area.width, self.size / self.area.height

    def to_input(self, x: float, y: float) -> tuple[float, float]:
        """Image position -> position in the network's input (edges 0..size)."""
        scale_x, scale_y = self.scale
        return (x - self.area.x) * scale_x, (y - self.area.y) * scale_y

    def to_image(self, u: float, v: float) -> tuple[float, float]:
        """Position in the network's input -> image position."""
        scale_x, scale_y = self.scale
        return self.area.x + u / scale_x, self.area.y + v / scale_y

    def cut(self, frame: Frame, *, pad_value: int) -> NDArray[np.float16]:
        """The region's pixels, (size, size, 3) RGB 0..255, interpolated in float32 where they are needed only.

        float16 keeps a sixteenth of a grey level or better at half the memory.
        """
        columns = _Line.across(int(self.area.x), int(self.area.width), self.size)
        rows = _Line.across(int(self.area.y), int(self.area.height), self.size)
        weight_x, weight_y = columns.weight[None, :, None], rows.weight[:, None, None]
        upper, lower = (
            _pixels(frame, line, columns.low, pad_value) * (1 - weight_x)
            + _pixels(frame, line, columns.high, pad_value) * weight_x
            for line in (rows.low, rows.high)
        )
        return (upper * (1 - weight_y) + lower * weight_y).astype(np.float16)


@dataclass(frozen=True, slots=True)
class _Line:
    """For each of `size` positions along one axis: the two pixels it lies between and the second one's weight."""

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    weight: NDArray[np.float32]

    @classmethod
    def across(cls, first: int, count: int, size: int) -> _Line:
        """Positions of OpenCV's bilinear resize of `count` pixels from `first` on to `size`."""
        position = np.clip((np.arange(size) + 0.5) * count / size - 0.5, 0, count - 1)
        low = np.floor(position).astype(np.int64)
        high = np.minimum(low + 1, count - 1)
        return cls(first + low, first + high, (position - low).astype(np.float32))


def _pixels(
    frame: Frame, rows: NDArray[np.int64], columns: NDArray[np.int64], pad_value: int
) -> NDArray[np.float32]:
    """The frame's pixels where the rows and columns meet; `pad_value` outside of it."""
    height, width = frame.shape[:2]
    pixels = frame[np.clip(rows, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)].astype(np.float32)
    pixels[(rows < 0) | (rows >= height)] = pad_value
    pixels[:, (columns < 0) | (columns >= width)] = pad_value
    return pixels
