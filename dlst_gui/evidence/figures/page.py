"""Where the panels lie on the page, in millimetres: sizes are those of print, and nothing is fitted afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

MM_PER_INCH = 25.4


class Width(Enum):
    """How wide a figure is, in millimetres. Source: one and two columns of IEEE's journals, rounded."""

    ONE_COLUMN = 85.0
    TWO_COLUMNS = 175.0


class Panel(Enum):
    """One part of a figure."""

    PICTURE = "picture"
    CANDIDATES = "candidates"
    RESPONSE = "response"
    SCORES = "scores"


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle on the page in millimetres; `top` counts downwards from the page's upper edge."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Page:
    """All places of one figure, in millimetres."""

    width: float
    height: float
    panels: Mapping[Panel, Place]
    color_bar: Place | None
    legend: Place

    def fractions(self, place: Place) -> tuple[float, float, float, float]:
        """Left, bottom, width, height as matplotlib counts: shares of the page, from its lower left corner."""
        bottom = self.height - place.top - place.height
        return (
            place.left / self.width,
            bottom / self.height,
            place.width / self.width,
            place.height / self.height,
        )


def layout(
    panels: Sequence[Panel],
    width: Width,
    *,
    aspects: Mapping[Panel, float],
    title_lines: int,
    legend_rows: int,
) -> Page:
    """Find a place for every panel.

    Args:
        panels: at least one; they are placed in the order of `Panel`.
        width: of the page.
        aspects: height over width of what the pictures among them show.
        title_lines: lines of text above the panels.
        legend_rows: lines of text below them.

    Raises:
        ValueError: there is no panel.
    """
    wanted = [panel for panel in Panel if panel in panels]
    if not wanted:
        raise ValueError("expected at least one panel")
    in_a_row = _IN_A_ROW[width]
    top = _MARGIN + title_lines * LINE
    places: dict[Panel, Place] = {}
    for first in range(0, len(wanted), in_a_row):
        row = wanted[first : first + in_a_row]
        found = _row(row, width.value, top, aspects)
        places.update(found)
        below = _AXIS_BELOW if Panel.SCORES in row else _GAP
        top = max(place.top + place.height for place in found.values()) + below + _GAP
    legend = Place(_MARGIN, top, width.value - 2 * _MARGIN, legend_rows * LEGEND_ROW)
    bar = None
    if Panel.RESPONSE in places:
        response = places[Panel.RESPONSE]
        bar = Place(response.left + response.width + _BAR_GAP, response.top, _BAR, response.height)
    return Page(width.value, legend.top + legend.height + _MARGIN, places, bar, legend)


def _row(row: Sequence[Panel], width: float, top: float, aspects: Mapping[Panel, float]) -> dict[Panel, Place]:
    """Pictures of one height, as large as there is room; a plot beside them takes what is left."""
    pictures = [panel for panel in row if panel in aspects]
    beside = sum(_LEFT_OF.get(panel, 0.0) + _RIGHT_OF.get(panel, 0.0) for panel in row)
    free = width - 2 * _MARGIN - _GAP_BETWEEN * (len(row) - 1) - beside
    least_plot = _LEAST_PLOT if len(row) > 1 and Panel.SCORES in row else 0.0
    height = _TALLEST
    if pictures:
        height = min(height, (free - least_plot) / sum(1 / aspects[panel] for panel in pictures))
    widths = {panel: height / aspects[panel] for panel in pictures}
    left_over = free - sum(widths.values())
    if Panel.SCORES in row:
        widths[Panel.SCORES] = min(left_over, height * _WIDEST_PLOT)
        left_over -= widths[Panel.SCORES]
    places, left = {}, _MARGIN + left_over / 2
    for panel in row:
        left += _LEFT_OF.get(panel, 0.0)
        places[panel] = Place(left, top + LINE + _GAP, widths[panel], height)
        left += widths[panel] + _RIGHT_OF.get(panel, 0.0) + _GAP_BETWEEN
    return places


_IN_A_ROW = {Width.ONE_COLUMN: 2, Width.TWO_COLUMNS: 4}

# Millimetres, with text of 6 and 7 points.
_MARGIN = 1.0
_GAP = 1.0
_GAP_BETWEEN = 3.0
LINE = 3.2  # a panel's name
LEGEND_ROW = 3.1
_AXIS_BELOW = 10.0  # numbers and name of an axis, in two lines
_BAR_GAP, _BAR = 1.0, 2.0
AXIS_LEFT = 8.5  # numbers and name of an axis
_LEFT_OF = {Panel.SCORES: AXIS_LEFT}
_RIGHT_OF = {
    Panel.RESPONSE: _BAR_GAP + _BAR + 8.5,  # the colour bar with its numbers and name
    Panel.SCORES: 2.0,  # half of the last number
}
_LEAST_PLOT = 27.0
_TALLEST = 62.0
_WIDEST_PLOT = 1.6  # times its height


def rows_of(place: Place, count: int) -> tuple[Place, ...]:
    """A place as `count` rows of one height with a little between, the uppermost first."""
    height = (place.height - _GAP * (count - 1)) / count
    return tuple(Place(place.left, place.top + row * (height + _GAP), place.width, height) for row in range(count))
