"""How objects come to lie in templates and search regions: affine maps fitted to what is seen of an object.

Positions are those of edges; a matrix is (2, 3) and leads from a picture into a template or a search region.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.pretraining.matching.geometry import PADDING
from tracker_core.pretraining.warping import Point, of_pixel_middles

Matrix = NDArray[np.float64]
Points = NDArray[np.float64]
"""(n, 2) x and y."""

_SHRINKING = 0.6  # scale below which pixels are averaged first, so that nothing flickers
_SMALLEST_SCALE = 1 / 16
_SMALLEST_SIDE = 4


@dataclass(frozen=True, slots=True)
class Pose:
    """An object's shape beside its size: turned, sheared, stretched, mirrored, in the opposite order.

    Attributes:
        angle: radians, turned clockwise.
        shear: pixels along x per pixel along y.
        stretch: logarithm of the factor along x; that along y is its inverse.
        is_mirrored: left and right exchanged.
    """

    angle: float = 0.0
    shear: float = 0.0
    stretch: float = 0.0
    is_mirrored: bool = False

    def matrix(self) -> NDArray[np.float64]:
        """(2, 2)."""
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        turn = np.array([[cosine, -sine], [sine, cosine]])
        shear = np.array([[1, self.shear], [0, 1]])
        sign = -1 if self.is_mirrored else 1
        return np.asarray(turn @ shear @ np.diag([sign * np.exp(self.stretch), np.exp(-self.stretch)]))


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object is to lie.

    Attributes:
        pose: its shape.
        side: root of the area of the upright box around it, pixels.
        center: of that box.
    """

    pose: Pose
    side: float
    center: Point

    def matrix(self, outline: Points) -> Matrix:
        """That brings an outline to this place."""
        turned = self.pose.matrix()
        box = bounds(outline, around(turned, (0, 0), (0, 0)))
        scaled = turned * self.side / np.sqrt(box.width * box.height)
        box = bounds(outline, around(scaled, (0, 0), (0, 0)))
        return np.column_stack([scaled, np.array(self.center) - box.center])


def around(linear: NDArray[np.float64], source: Point, target: Point) -> Matrix:
    """The affine map with a (2, 2) linear part that leads from `source` to `target`."""
    return np.column_stack([linear, np.array(target) - linear @ np.array(source)])


def shifted(matrix: Matrix, origin: Point) -> Matrix:
    """The same for a part of the picture that begins at `origin`."""
    return np.column_stack([matrix[:, :2], matrix[:, 2] + matrix[:, :2] @ np.array(origin)])


def bounds(points: Points, matrix: Matrix) -> Box:
    """The upright box around moved points."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    (left, top), (right, bottom) = moved.min(0), moved.max(0)
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def warped(
    pixels: NDArray[np.uint8], matrix: Matrix, size: tuple[int, int], *, border: int = cv2.BORDER_REFLECT_101
) -> NDArray[np.uint8]:
    """A picture or a mask moved; `size` is (width, height), `border` OpenCV's.

    A constant border is grey around pictures and 0 around masks.
    """
    scale = max(np.sqrt(abs(np.linalg.det(matrix[:, :2]))), _SMALLEST_SCALE)
    if scale < _SHRINKING:
        height, width = pixels.shape[:2]
        small = (max(_SMALLEST_SIDE, round(width * scale)), max(_SMALLEST_SIDE, round(height * scale)))
        back = np.diag([width / small[0], height / small[1]])
        pixels = np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        matrix = np.column_stack([matrix[:, :2] @ back, matrix[:, 2]])
    value = (PADDING,) * 3 if pixels.ndim == 3 else (0,)
    moved = cv2.warpAffine(
        pixels,
        of_pixel_middles(matrix),
        size,
        flags=cv2.INTER_LINEAR,
        borderMode=border,
        borderValue=value,
    )
    return np.asarray(moved, dtype=np.uint8)
