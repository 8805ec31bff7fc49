"""How a drag of the mouse changes a box. No window needed: positions are image pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tracker_core import Box

SMALLEST_SIDE = 1.0  # image pixels


@dataclass(frozen=True, slots=True)
class OtherBox:
    """A box on the frame that is not the selected track's: pressing it selects its track."""

    track_id: int
    box: Box
    is_locked: bool = False


class Grip(Enum):
    """What was grabbed: horizontal and vertical side (-1 left or top, 1 right or bottom, 0 neither)."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    LEFT = (-1, 0)
    INSIDE = (0, 0)
    RIGHT = (1, 0)
    BOTTOM_LEFT = (-1, 1)
    BOTTOM = (0, 1)
    BOTTOM_RIGHT = (1, 1)


@dataclass(frozen=True, slots=True)
class Drag:
    """One drag, from where it began; without a box it draws a new one. Up to `slack` screen pixels are a click."""

    start_x: float
    start_y: float
    box: Box | None = None
    grip: Grip = Grip.INSIDE
    slack: float = 0.0

    def box_at(self, x: float, y: float, *, frame_width: int, frame_height: int) -> Box:
        """The box with the mouse at (x, y); a new one is cut at the frame's edges."""
        if self.box is None:
            left, right = _span(self.start_x, x, limit=frame_width)
            top, bottom = _span(self.start_y, y, limit=frame_height)
            return Box(left, top, right - left, bottom - top)
        dx, dy = x - self.start_x, y - self.start_y
        if self.grip is Grip.INSIDE:
            return self.box.shifted(dx, dy)
        left, right = _moved_sides(self.box.x, self.box.right, self.grip.value[0], dx)
        top, bottom = _moved_sides(self.box.y, self.box.bottom, self.grip.value[1], dy)
        return Box(left, top, right - left, bottom - top)


def grip_at(box: Box, x: float, y: float, *, reach: float) -> Grip | None:
    """What of a box is under (x, y); `reach` is how far off an edge it may be, in pixels. None: nothing is.

    Inside the box the edges reach a quarter of its size at most, so that a small box can still be moved.
    """
    horizontal = _side_at(x, box.x, box.right, reach)
    vertical = _side_at(y, box.y, box.bottom, reach)
    return None if horizontal is None or vertical is None else Grip((horizontal, vertical))


def smallest_at(others: Iterable[OtherBox], x: float, y: float) -> OtherBox | None:
    """The smallest of the boxes around (x, y), so that one that lies within another can be reached."""
    around = (o for o in others if o.box.x <= x <= o.box.right and o.box.y <= y <= o.box.bottom)
    return min(around, key=lambda other: other.box.width * other.box.height, default=None)


def grip_position(box: Box, grip: Grip) -> tuple[float, float]:
    """Where the handle of `grip` sits."""
    center_x, center_y = box.center
    return center_x + grip.value[0] * box.width / 2, center_y + grip.value[1] * box.height / 2


def _side_at(value: float, low: float, high: float, reach: float) -> int | None:
    inner_reach = min(reach, (high - low) / 4)
    if not low - reach <= value <= high + reach:
        return None
    if value <= low + inner_reach:
        return -1
    return 1 if value >= high - inner_reach else 0


def _moved_sides(low: float, high: float, side: int, delta: float) -> tuple[float, float]:
    if side < 0:
        return min(low + delta, high - SMALLEST_SIDE), high
    if side > 0:
        return low, max(high + delta, low + SMALLEST_SIDE)
    return low, high


def _span(a: float, b: float, *, limit: int) -> tuple[float, float]:
    low, high = sorted(min(max(value, 0.0), float(limit)) for value in (a, b))
    return low, high
