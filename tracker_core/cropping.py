"""Pixels cut out for the networks: classifier patches and the localiser's search region.

Both stretch each axis on its own to the network's square input. Source: algorithm of the authors' program; its
rounding (1-based, halves away from zero) is kept exactly.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.sampling import round_half_away
from tracker_core.tracker import AnyFrame, Frame, FrameInParts, TrackerInputError

READ_AROUND = 2
"""Pixels beyond a rectangle's edges that reading between pixels can touch, rounding included."""

Patches = NDArray[np.uint8]
"""(n, side, side, 3) uint8 RGB."""


def as_rgb(frame: AnyFrame) -> AnyFrame:
    """The frame as contiguous (height, width, 3) RGB; grey is repeated, an alpha channel dropped.

    Raises:
        TrackerInputError: not uint8, empty, or not a picture's shape.
    """
    if isinstance(frame, FrameInParts):
        return frame
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8:
        raise TrackerInputError(f"expected a uint8 frame, got {getattr(frame, 'dtype', type(frame).__name__)}")
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


def whole_frame(frame: AnyFrame) -> Frame:
    """All pixels, (height, width, 3) uint8 RGB; an array is given back as it is."""
    return frame if isinstance(frame, np.ndarray) else frame.covering(0, 0, frame.shape[1], frame.shape[0])


def covering(frame: AnyFrame, left: float, top: float, right: float, bottom: float) -> Frame:
    """(height, width, 3) pixels of which those between these edges are true, and of an array all."""
    if isinstance(frame, np.ndarray):
        return frame
    return frame.covering(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """What of the frame goes where in each of n patches. Columns of every array are the x and the y axis.

    Attributes:
        size: side of a patch.
        first: (n, 2) first frame pixel that is seen.
        count: (n, 2) frame pixels that are seen; none where not positive.
        offset: (n, 2) where they begin in the patch; padding before.
        target: (n, 2) patch pixels they are stretched to; padding after.
    """

    size: int
    first: NDArray[np.int64]
    count: NDArray[np.int64]
    offset: NDArray[np.int64]
    target: NDArray[np.int64]

    @classmethod
    def of(
        cls, boxes_xywh: BoxArray, *, size: int, padding: int, frame_width: int, frame_height: int
    ) -> PatchPlan:
        """Patches with `padding` input pixels of context on every side of the box."""
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
        return cls(size, clipped_first, clipped_size, offset, target)

    def source_positions(self, axis: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """(n, size) frame positions (0 is a pixel's middle) of the patches' pixels along an axis; which count."""
        first, count, offset, target = (
            values[:, axis, None] for values in (self.first, self.count, self.offset, self.target)
        )
        pixel = np.arange(self.size) - offset
        position: NDArray[np.float64] = (pixel + 0.5) * count / np.maximum(target, 1) - 0.5
        is_inside = (pixel >= 0) & (pixel < target) & (count > 0)
        return np.asarray(first + np.clip(position, 0.0, np.maximum(count - 1.0, 0.0))), is_inside


def cut_patches(frame: AnyFrame, boxes_xywh: BoxArray, *, size: int, padding: int, pad_value: int) -> Patches:
    """Cut one patch per box, with `padding` input pixels of context on every side of the box."""
    frame_height, frame_width = frame.shape[:2]
    plan = PatchPlan.of(boxes_xywh, size=size, padding=padding, frame_width=frame_width, frame_height=frame_height)
    patches = np.full((len(boxes_xywh), size, size, 3), pad_value, dtype=np.uint8)
    rows = np.concatenate([plan.first, plan.count, plan.offset, plan.target], axis=1).tolist()
    for patch, (x, y, w, h, offset_x, offset_y, target_w, target_h) in zip(patches, rows, strict=True):
        if min(w, h, target_w, target_h) > 0:
            pixels = covering(frame, x, y, x + w, y + h)[y : y + h, x : x + w]
            patch[offset_y : offset_y + target_h, offset_x : offset_x + target_w] = cv2.resize(
                pixels, (target_w, target_h), interpolation=cv2.INTER_LINEAR
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

    def source_positions(self, axis: int) -> NDArray[np.float64]:
        """(size,) frame positions of the region's pixels along an axis, 0 in a pixel's middle."""
        first, count = self.area.xywh[axis], self.area.xywh[axis + 2]
        position = (np.arange(self.size) + 0.5) * count / self.size - 0.5
        return np.asarray(first + np.clip(position, 0, count - 1))

    def cut(self, frame: AnyFrame, *, pad_value: int) -> Frame:
        """The region's pixels, (size, size, 3) uint8 RGB."""
        height, width = frame.shape[:2]
        left, top, right, bottom = (
            int(edge) for edge in (self.area.x, self.area.y, self.area.right, self.area.bottom)
        )
        beyond = (max(0, -top), max(0, bottom - height), max(0, -left), max(0, right - width))
        pixels = covering(frame, left, top, right, bottom)
        pixels = pixels[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        if any(beyond):
            if pixels.size == 0:
                return np.full((self.size, self.size, 3), pad_value, dtype=np.uint8)
            pixels = cv2.copyMakeBorder(pixels, *beyond, cv2.BORDER_CONSTANT, value=(pad_value,) * 3)
        resized = cv2.resize(pixels, (self.size, self.size), interpolation=cv2.INTER_LINEAR)
        return np.asarray(resized, dtype=np.uint8)


def cut_scaled(
    frame: AnyFrame,
    left: float,
    top: float,
    *,
    scale: tuple[float, float],
    size: tuple[int, int],
    pad_value: int | tuple[float, float, float],
) -> Frame:
    """A rectangle of the frame at another scale, bilinear between pixels to a 32nd of one.

    Args:
        frame: (height, width, 3) uint8, or in parts.
        left: the rectangle's edge, image pixels.
        top: likewise.
        scale: pixels of the result per image pixel, horizontally and vertically.
        size: width and height of the result.
        pad_value: grey level, or RGB colour, outside the frame.
    """
    step_x, step_y = 1 / scale[0], 1 / scale[1]
    to_frame = np.array([[step_x, 0, left + step_x / 2 - 0.5], [0, step_y, top + step_y / 2 - 0.5]])
    right, bottom = left + size[0] * step_x, top + size[1] * step_y
    pixels = cv2.warpAffine(
        covering(frame, left - READ_AROUND, top - READ_AROUND, right + READ_AROUND, bottom + READ_AROUND),
        to_frame,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=pad_value if isinstance(pad_value, tuple) else (pad_value,) * 3,
    )
    return np.asarray(pixels, dtype=np.uint8)
