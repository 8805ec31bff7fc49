"""Where lanes lie below one another, in points; without Qt."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from dlst_gui.views.timeline.model import Lane


@dataclass(frozen=True, slots=True)
class LaneShape:
    """Heights and places within a lane; a slim lane has no room for a curve."""

    height: int
    band_top: int
    band_height: int
    curve_top: int = 0
    curve_height: int = 0

    @property
    def review_top(self) -> int:
        return self.band_top + self.band_height + 2

    @property
    def evidence_top(self) -> int:
        return self.review_top + 3


SLIM = LaneShape(24, band_top=6, band_height=12)
SELECTED = LaneShape(84, band_top=6, band_height=16, curve_top=30, curve_height=48)


@dataclass(frozen=True, slots=True)
class LaneStack:
    """Lanes from top to bottom; the selected one is higher than the others."""

    lanes: tuple[Lane, ...] = ()
    selected: int | None = None

    @property
    def height(self) -> int:
        return self.top(len(self.lanes))

    @property
    def selected_position(self) -> int | None:
        return None if self.selected is None else self.position(self.selected)

    def position(self, track_id: int) -> int | None:
        """The row of a track; None where it has none."""
        return next((i for i, lane in enumerate(self.lanes) if lane.track_id == track_id), None)

    def shape(self, position: int) -> LaneShape:
        """How a row is laid out."""
        return SELECTED if self.lanes[position].track_id == self.selected else SLIM

    def top(self, position: int) -> int:
        """Where a row begins; for the row after the last one, where all end."""
        selected = self.selected_position
        is_below = selected is not None and position > selected
        return position * SLIM.height + (SELECTED.height - SLIM.height if is_below else 0)

    def at(self, y: float) -> int | None:
        """The row at a height; None below the last one."""
        position = bisect_right(range(len(self.lanes)), y, key=self.top) - 1
        return position if position >= 0 and y < self.height else None

    def between(self, top: float, bottom: float) -> range:
        """The rows that show in a part of the height."""
        if not self.lanes or top >= self.height or bottom <= 0:
            return range(0)
        last = self.at(min(bottom, self.height) - 1)
        return range(self.at(max(top, 0)) or 0, (last or 0) + 1)
