"""The shape that a box stands for, kept as an attribute of the box so that an export can write it again.

The attribute `ATTRIBUTE` is JSON: the kind with its numbers in pixels, the first pixel being 0, and where the file
had a box beside the shape that is not the one around it, `box`.

* `polygon`, `polyline`, `points`: a list of parts, each x, y, x, y, ...
* `ellipse`: centre x, y and both radii; `cuboid`: eight corners x, y.
* `skeleton`: points `[name, x, y, state]`, where the state is a position in `POINT_STATES`.
* `mask`: see `syntax/masks.py`.

A person may have changed the box since. `shape_for` gives the shape where the box is the same, moved with the box
where it has the same size, and nothing where it has not: a shape that no longer fits is written nowhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.labels.model import BoxColumns
from dlst_gui.formats.syntax.masks import Xywh, is_mask, mask_box

ATTRIBUTE = "original_shape"
"""The name of the attribute."""

POLYGON, POLYLINE, POINTS, ELLIPSE, CUBOID, SKELETON, MASK = (
    *("polygon", "polyline", "points", "ellipse", "cuboid", "skeleton", "mask"),
)
KINDS = (POLYGON, POLYLINE, POINTS, ELLIPSE, CUBOID, SKELETON, MASK)
POINT_STATES = ("visible", "occluded", "outside")
"""Of a skeleton's point; the last is not on the frame."""

SAME_PX = 0.03
"""Formats round to a hundredth of a pixel, and so may each end of a line that a box lies on."""

LEAST_PX = 1.0
"""What stands for a width or height of less."""

_PARTS = (POLYGON, POLYLINE, POINTS)
_COUNTS = {ELLIPSE: 4, CUBOID: 16}


@dataclass(frozen=True, slots=True)
class SkeletonPoint:
    """A named point of a skeleton, in pixels; `state` is one of `POINT_STATES`."""

    name: str
    x: float
    y: float
    state: str = POINT_STATES[0]


@dataclass(frozen=True, slots=True)
class OriginalShape:
    """A shape that is no upright box.

    Attributes:
        kind: one of `KINDS`.
        parts: numbers in pixels, as the module says; one part but for polygons, polylines and points.
        points: of a skeleton.
        box: the file's own, where the shape has another one around it.
    """

    kind: str
    parts: tuple[tuple[float, ...], ...] = ()
    points: tuple[SkeletonPoint, ...] = ()
    box: Xywh | None = None

    @property
    def layout(self) -> tuple[str, ...]:
        """The kind, and of a skeleton the names of its points: what shapes of one object share."""
        return (self.kind, *(point.name for point in self.points))

    def text(self) -> str:
        """As the attribute has it."""
        made: dict[str, object]
        if self.kind == SKELETON:
            states = {state: at for at, state in enumerate(POINT_STATES)}
            made = {SKELETON: [[p.name, _short(p.x), _short(p.y), states[p.state]] for p in self.points]}
        else:
            parts = [[_short(value) for value in part] for part in self.parts]
            made = {self.kind: parts if self.kind in _PARTS else parts[0]}
        if self.box is not None:
            made["box"] = [_short(value) for value in self.box]
        return json.dumps(made, ensure_ascii=False, separators=(",", ":"))

    def enclosing(self) -> Xywh:
        """The box that stands for it."""
        return self.box if self.box is not None else self.around()

    def around(self) -> Xywh:
        """The upright box around it; at least a pixel wide and high."""
        if self.kind == ELLIPSE:
            x, y, across, down = self.parts[0]
            return x - across, y - down, 2 * across, 2 * down
        if self.kind == MASK:
            found = mask_box([int(value) for value in self.parts[0]])
            if found is None:
                raise ValueError("expected a mask that is not empty")
            return found
        return enclosing_points(self._xy())

    def in_box(self, box: Sequence[float]) -> OriginalShape:
        """The same with the file's own box, where that is not the one around it."""
        if max(abs(one - other) for one, other in zip(self.around(), box, strict=True)) <= SAME_PX:
            return self
        left, top, width, height = box
        return replace(self, box=(left, top, width, height))

    def moved(self, x: float, y: float) -> OriginalShape | None:
        """The same elsewhere; None for a mask that would not lie on whole pixels."""
        if self.kind == MASK:
            whole_x, whole_y = round(x), round(y)
            if max(abs(whole_x - x), abs(whole_y - y)) > SAME_PX:
                return None
            left, top, *rest = self.parts[0]
            box = _shifted(self.box, whole_x, whole_y)
            return replace(self, parts=((left + whole_x, top + whole_y, *rest),), box=box)
        return self._mapped(1, 1, x, y)

    def fitted(self, xywh: Sequence[float]) -> OriginalShape:
        """The same, stretched into another box; not for masks."""
        left, top, width, height = self.enclosing()
        across, down = xywh[2] / width, xywh[3] / height
        return self._mapped(across, down, xywh[0] - left * across, xywh[1] - top * down)

    def _mapped(self, across: float, down: float, x: float, y: float) -> OriginalShape:
        box = None
        if self.box is not None:
            left, top, width, height = self.box
            box = (left * across + x, top * down + y, width * across, height * down)
        if self.kind == SKELETON:
            points = tuple(replace(p, x=p.x * across + x, y=p.y * down + y) for p in self.points)
            return replace(self, points=points, box=box)
        if self.kind == ELLIPSE:
            centre_x, centre_y, wide, high = self.parts[0]
            return replace(
                self, parts=((centre_x * across + x, centre_y * down + y, wide * across, high * down),), box=box
            )
        scales, shifts = (across, down), (x, y)
        parts = tuple(
            tuple(value * scales[at % 2] + shifts[at % 2] for at, value in enumerate(part)) for part in self.parts
        )
        return replace(self, parts=parts, box=box)

    def _xy(self) -> NDArray[np.float64]:
        if self.kind == SKELETON:
            return np.array([(p.x, p.y) for p in self.points if p.state != POINT_STATES[2]])
        return np.array([value for part in self.parts for value in part]).reshape(-1, 2)


def _short(value: float) -> float:
    """Whole numbers without a point."""
    return int(value) if value == int(value) else value


def _shifted(box: Xywh | None, x: float, y: float) -> Xywh | None:
    return None if box is None else (box[0] + x, box[1] + y, box[2], box[3])


def enclosing_points(points_xy: NDArray[np.float64]) -> Xywh:
    """Left, top, width and height of the box around (n, 2) points; at least a pixel wide and high."""
    low, high = points_xy.min(axis=0), points_xy.max(axis=0)
    missing = np.maximum(LEAST_PX - (high - low), 0)
    (left, top), (width, height) = (low - missing / 2).tolist(), (high - low + missing).tolist()
    return left, top, width, height


def shape_in(attributes: Mapping[str, str]) -> OriginalShape | None:
    """The shape that attributes have; None where there is none, or a person has written something else there."""
    text = attributes.get(ATTRIBUTE)
    if text is None or len(text) > limits.LONGEST_SHAPE:
        return None
    try:
        shape = _shape_of(json.loads(text))
        width, height = (None, None) if shape is None else shape.enclosing()[2:]
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, IndexError):
        return None
    return shape if width and height and min(width, height) > 0 else None


def _shape_of(made: Mapping[str, object]) -> OriginalShape | None:
    kind = next((name for name in made if name in KINDS), None)
    value = made.get(kind or "")
    if kind is None or not isinstance(value, list) or not value:
        return None
    said = made.get("box")
    box: Xywh | None = None
    if said is not None:
        left, top, width, height = _numbers(said)
        box = (left, top, width, height)
    if kind == SKELETON:
        points = tuple(map(_point, value))
        is_seen = any(point.state != POINT_STATES[2] for point in points)
        return OriginalShape(kind, points=points, box=box) if is_seen else None
    parts = tuple(map(_numbers, value)) if kind in _PARTS else (_numbers(value),)
    if kind in _PARTS:
        is_right = all(part and len(part) % 2 == 0 for part in parts)
    elif kind == MASK:
        is_right = all(value == int(value) for value in parts[0]) and is_mask([*map(int, parts[0])])
    else:
        is_right = len(parts[0]) == _COUNTS[kind]
    return OriginalShape(kind, parts, box=box) if is_right else None


def _point(value: object) -> SkeletonPoint:
    if not isinstance(value, list):
        raise ValueError("expected a list")
    name, *rest = value
    x, y, state = _numbers(rest)
    return SkeletonPoint(str(name), x, y, POINT_STATES[int(state)])


def _numbers(values: object) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise ValueError("expected a list")
    numbers = tuple(float(value) for value in values)
    if not all(math.isfinite(value) and abs(value) <= limits.LARGEST_COORDINATE for value in numbers[:4]):
        raise ValueError("expected coordinates")
    if not all(map(math.isfinite, numbers)):
        raise ValueError("expected finite numbers")
    return numbers


def shape_for(attributes: Mapping[str, str], xywh: Sequence[float]) -> OriginalShape | None:
    """The shape that a box stands for as it is now; None where it has none, or has changed its size since."""
    shape = shape_in(attributes)
    if shape is None:
        return None
    left, top, width, height = shape.enclosing()
    if max(abs(width - xywh[2]), abs(height - xywh[3])) > SAME_PX:
        return None
    if max(abs(left - xywh[0]), abs(top - xywh[1])) <= SAME_PX:
        return shape
    return shape.moved(xywh[0] - left, xywh[1] - top)


def shapes_of(columns: BoxColumns) -> dict[int, OriginalShape]:
    """By frame index, the shapes that the boxes of a track still stand for."""
    said = {index: each for index, each in columns.attributes.items() if ATTRIBUTE in each}
    if not said:
        return {}
    rows = np.searchsorted(columns.frame_indices, [*said]).tolist()
    found = {
        index: shape_for(each, columns.boxes_xywh[row].tolist())
        for row, (index, each) in zip(rows, said.items(), strict=True)
    }
    return {index: shape for index, shape in found.items() if shape is not None}


def without_shape(attributes: Mapping[str, str]) -> Mapping[str, str]:
    """The attributes that a person gave."""
    if ATTRIBUTE not in attributes:
        return attributes
    return {name: value for name, value in attributes.items() if name != ATTRIBUTE}
