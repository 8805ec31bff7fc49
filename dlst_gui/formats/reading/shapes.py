"""Shapes that are no upright boxes: the box that encloses each, and what is kept of the shape itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.syntax.text_input import finite

UPRIGHT_DEGREES = 0.01
"""A larger rotation is intended."""

ABOUT = ("centre", "corner")
"""Points that stay where they are while a box is turned; the corner is the left, top one."""

_LEAST_PX = 1.0
_SAME_PX = 0.03
"""Formats round to a hundredth of a pixel, and so may each end of a line that a box lies on."""

ROTATION = "rotation"
UNROTATED = "unrotated_xywh"
"""Attributes of an enclosing box: the angle in degrees, clockwise, and the box before it was turned."""


def enclosing_turned(
    boxes_xywh: NDArray[np.float64], degrees: NDArray[np.float64], *, about: str = "centre"
) -> NDArray[np.float64]:
    """(n, 4) the upright boxes around boxes that are turned.

    Args:
        boxes_xywh: (n, 4) pixels, before they are turned.
        degrees: (n,) clockwise, as the image's y axis points down.
        about: the point that stays where it is, one of `ABOUT`.
    """
    angle = np.radians(degrees)
    # Exact for right angles, which are the most common.
    cos, sin = np.round(np.cos(angle), 15), np.round(np.sin(angle), 15)
    x, y, width, height = boxes_xywh.T
    across, down = (
        np.stack([width * 0, width, width, width * 0]),
        np.stack([height * 0, height * 0, height, height]),
    )
    if about == "centre":
        x, y = x + width / 2, y + height / 2
        across, down = across - width / 2, down - height / 2
    xs, ys = x + across * cos - down * sin, y + across * sin + down * cos
    left, top = xs.min(axis=0), ys.min(axis=0)
    made: NDArray[np.float64] = np.stack([left, top, xs.max(axis=0) - left, ys.max(axis=0) - top], axis=1)
    return made


def rotation_attributes(xywh: Sequence[float], degrees: float) -> dict[str, str]:
    """What an enclosing box keeps of a box that is turned."""
    return {ROTATION: f"{degrees:.10g}", UNROTATED: ",".join(f"{value:.10g}" for value in xywh)}


def enclosing_points(points_xy: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Left, top, width and height of the box around (n, 2) points; at least a pixel wide and high."""
    low, high = points_xy.min(axis=0), points_xy.max(axis=0)
    missing = np.maximum(_LEAST_PX - (high - low), 0)
    (left, top), (width, height) = (low - missing / 2).tolist(), (high - low + missing).tolist()
    return left, top, width, height


def unrotated(attributes: Mapping[str, str], xywh: Sequence[float]) -> tuple[list[float], float] | None:
    """The box before it was turned, and the degrees; None where the enclosing box is another one by now."""
    kept = [finite(word) for word in attributes.get(UNROTATED, "").split(",")]
    degrees = finite(attributes.get(ROTATION, ""))
    numbers = [value for value in kept if value is not None]
    if degrees is None or len(numbers) != 4:
        return None
    for about in ABOUT:
        enclosing = enclosing_turned(np.array([numbers]), np.array([degrees]), about=about)[0]
        if np.abs(enclosing - np.array(xywh)).max() <= _SAME_PX:
            return (numbers if about == "centre" else _about_centre(numbers, degrees)), degrees
    return None


def _about_centre(xywh: list[float], degrees: float) -> list[float]:
    """A box that is turned about its corner, as one that gives the same when it is turned about its centre."""
    x, y, width, height = xywh
    angle = np.radians(degrees)
    across = width / 2 * np.cos(angle) - height / 2 * np.sin(angle)
    down = width / 2 * np.sin(angle) + height / 2 * np.cos(angle)
    return [float(x + across - width / 2), float(y + down - height / 2), width, height]
