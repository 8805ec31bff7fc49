"""Geometry of made scenes: turning and scaling pictures, and cut-outs laid over other pictures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.pretraining.pictures import Mask, box_of_mask
from tracker_core.tracker import Frame

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Motion:
    """How an object lies in another frame.

    Attributes:
        angle: radians, turned clockwise.
        scale_x, scale_y: along its own axes, before it is turned.
        center: where its middle comes to lie, pixels.
    """

    angle: float
    scale_x: float
    scale_y: float
    center: Point

    def matrix(self, origin: Point) -> NDArray[np.float64]:
        """(2, 3) from the frame where its middle is at `origin`; positions are those of edges."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        turn = np.array(
            [[cosine * self.scale_x, -sine * self.scale_y], [sine * self.scale_x, cosine * self.scale_y]]
        )
        shift = np.array(self.center) - turn @ np.array(origin)
        return np.column_stack([turn, shift])


def of_pixel_middles(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """OpenCV counts from the first pixel's middle, boxes from its edge."""
    shift = matrix[:, 2] + matrix[:, :2] @ np.full(2, 0.5) - 0.5
    return np.column_stack([matrix[:, :2], shift])


def moved_frame(frame: Frame, box: Box, motion: Motion) -> tuple[Frame, Box]:
    """The whole frame moved with its object, mirrored at its edges; and the object's box, which stays upright."""
    height, width = frame.shape[:2]
    pixels = cv2.warpAffine(
        frame,
        of_pixel_middles(motion.matrix(box.center)),
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    x, y = motion.center
    w, h = box.width * motion.scale_x, box.height * motion.scale_y
    return np.asarray(pixels, dtype=np.uint8), Box(x - w / 2, y - h / 2, w, h)


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """An object by itself: pixels and which of them are its own."""

    pixels: Frame
    mask: Mask


def pasted(frame: Frame, cut_out: CutOut, motion: Motion) -> tuple[Frame, Box | None]:
    """The frame with the object over it, and the box around what can be seen of it."""
    height, width = frame.shape[:2]
    own_height, own_width = cut_out.mask.shape
    matrix = of_pixel_middles(motion.matrix((own_width / 2, own_height / 2)))
    flags = cv2.INTER_AREA if max(motion.scale_x, motion.scale_y) < 0.5 else cv2.INTER_LINEAR
    small = cut_out
    if flags == cv2.INTER_AREA:  # first made smaller, so that nothing flickers
        factor = max(motion.scale_x, motion.scale_y)
        size = (max(4, round(own_width * factor)), max(4, round(own_height * factor)))
        small = CutOut(
            np.asarray(cv2.resize(cut_out.pixels, size, interpolation=flags), dtype=np.uint8),
            np.asarray(cv2.resize(cut_out.mask, size, interpolation=flags), dtype=np.uint8),
        )
        rest = Motion(
            motion.angle,
            motion.scale_x * own_width / size[0],
            motion.scale_y * own_height / size[1],
            motion.center,
        )
        matrix = of_pixel_middles(rest.matrix((size[0] / 2, size[1] / 2)))
    alpha = np.asarray(cv2.warpAffine(small.mask, matrix, (width, height), flags=cv2.INTER_LINEAR), dtype=np.uint8)
    box = box_of_mask(alpha)
    if box is None:
        return frame, None
    pixels = cv2.warpAffine(small.pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.blur(alpha, (3, 3)).astype(np.float32)[:, :, None] / 255
    blended = frame + weight * (np.asarray(pixels, dtype=np.float32) - frame)
    return np.asarray(blended + 0.5, dtype=np.float32).astype(np.uint8), box
