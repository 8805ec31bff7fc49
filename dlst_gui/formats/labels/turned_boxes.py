"""Boxes that are turned: the box that encloses each, and what is kept of it; `original_shape` has other shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import BoxColumns
from dlst_gui.formats.labels.original_shape import ATTRIBUTE, SAME_PX, shape_for
from dlst_gui.formats.syntax.text_input import finite

TURNED = "rotated box"
"""What a box that is turned is called beside the kinds of other shapes."""

UPRIGHT_DEGREES = 0.01
"""A larger rotation is intended."""

ABOUT = ("centre", "corner")
"""Points that stay where they are while a box is turned; the corner is the left, top one."""

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


def unrotated(attributes: Mapping[str, str], xywh: Sequence[float]) -> tuple[list[float], float] | None:
    """The box before it was turned, and the degrees; None where the enclosing box is another one by now."""
    kept = [finite(word) for word in attributes.get(UNROTATED, "").split(",")]
    degrees = finite(attributes.get(ROTATION, ""))
    numbers = [value for value in kept if value is not None]
    if degrees is None or len(numbers) != 4:
        return None
    for about in ABOUT:
        enclosing = enclosing_turned(np.array([numbers]), np.array([degrees]), about=about)[0]
        if np.abs(enclosing - np.array(xywh)).max() <= SAME_PX:
            return (numbers if about == "centre" else _about_centre(numbers, degrees)), degrees
    return None


def _about_centre(xywh: Sequence[float], degrees: float) -> list[float]:
    """A box that is turned about its corner, as one that gives the same when it is turned about its centre."""
    x, y = _corner_to_centre(xywh, degrees)
    return [xywh[0] + x, xywh[1] + y, *xywh[2:]]


def about_corner(xywh: Sequence[float], degrees: float) -> list[float]:
    """A box that is turned about its centre, as one that gives the same when it is turned about its corner."""
    x, y = _corner_to_centre(xywh, degrees)
    return [xywh[0] - x, xywh[1] - y, *xywh[2:]]


def _corner_to_centre(xywh: Sequence[float], degrees: float) -> tuple[float, float]:
    """How far the left, top corner lies apart when a box is turned about the one and the other."""
    width, height = xywh[2:]
    angle = np.radians(degrees)
    across = width / 2 * np.cos(angle) - height / 2 * np.sin(angle)
    down = width / 2 * np.sin(angle) + height / 2 * np.cos(angle)
    return float(across - width / 2), float(down - height / 2)


def turned_of(columns: BoxColumns) -> dict[int, tuple[list[float], float]]:
    """By frame, the boxes that were read as turned and still are what they were."""
    said = {index: each for index, each in columns.attributes.items() if UNROTATED in each}
    rows = np.searchsorted(columns.frame_indices, [*said]).tolist() if said else []
    found = {
        index: unrotated(each, columns.boxes_xywh[row].tolist())
        for row, (index, each) in zip(rows, said.items(), strict=True)
    }
    return {index: each for index, each in found.items() if each is not None}


def given_attributes(said: Mapping[str, str]) -> Mapping[str, str]:
    """The attributes of a box that a person gave: without the shape that it stands for."""
    if ATTRIBUTE not in said and UNROTATED not in said:
        return said
    kept = (ROTATION, UNROTATED) if UNROTATED in said else ()
    return {name: value for name, value in said.items() if name != ATTRIBUTE and name not in kept}


def stands_for(said: Mapping[str, str], xywh: Sequence[float]) -> str | None:
    """The kind of shape that a box still stands for; "" where it has changed since, None where it had none."""
    if ATTRIBUTE in said:
        shape = shape_for(said, xywh)
        return "" if shape is None else shape.kind
    if UNROTATED in said:
        return "" if unrotated(said, xywh) is None else TURNED
    return None
