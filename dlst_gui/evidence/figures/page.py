"""Where the panels lie on the page, in millimetres: sizes are those of print, and nothing is fitted afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from math import ceil

MM_PER_INCH = 25.4


class Width(Enum):
    """How wide a figure is, in millimetres. Source: Springer's artwork guidelines; others' columns are wider."""

    ONE_COLUMN = 84.0
    TWO_COLUMNS = 174.0


class Panel(Enum):
    """One part of a figure."""

    PICTURE = "picture"
    CANDIDATES = "candidates"
    RESPONSE = "response"
    SCORES = "scores"
    OVERLAPS = "overlaps"


PLOTS = (Panel.SCORES, Panel.OVERLAPS)
"""Panels with axes, one row of bars per origin; the others are pictures, which have an aspect of their own."""


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
    legend_columns: int

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
    legend_entries: int,
    plot_rows: int,
) -> Page:
    """Find a place for every panel: pictures first, plots below them where there are two.

    Args:
        panels: at least one; they are placed in the order of `Panel`.
        width: of the page.
        aspects: height over width of what the pictures among them show.
        title_lines: lines of text above the panels.
        legend_entries: what the legend explains. It lies below, or in the room that a row of panels leaves.
        plot_rows: rows of bars in a plot.

    Raises:
        ValueError: there is no panel.
    """
    wanted = [panel for panel in Panel if panel in panels]
    if not wanted:
        raise ValueError("expected at least one panel")
    top = _MARGIN + title_lines * LINE
    places: dict[Panel, Place] = {}
    legend: Place | None = None
    columns = _LEGEND_COLUMNS_BESIDE[width]
    for row in _rows_of_panels(wanted, width):
        beside = _LEGEND_BESIDE[width] if legend_entries and _leaves_room(row, wanted, width) else 0.0
        legend_height = ceil(legend_entries / columns) * LEGEND_ROW
        found = _row(
            row,
            width.value - (beside and beside + _GAP_BETWEEN),
            top,
            aspects,
            plot_rows,
            tallest=max(legend_height, _TALLEST_BESIDE) if beside else _TALLEST,
        )
        places.update(found)
        below = _AXIS_BELOW if set(row) & set(PLOTS) else _GAP
        bottom = max(place.top + place.height for place in found.values()) + below
        if beside:
            legend = Place(width.value - _MARGIN - beside, top + LINE + _GAP, beside, legend_height)
            bottom = max(bottom, legend.top + legend.height)
        top = bottom + _GAP
    height = top
    if legend is None:
        columns = _LEGEND_COLUMNS_BELOW[width]
        legend = Place(_MARGIN, top, width.value - 2 * _MARGIN, ceil(legend_entries / columns) * LEGEND_ROW)
        height = legend.top + legend.height + _MARGIN
    bar = None
    if Panel.RESPONSE in places:
        response = places[Panel.RESPONSE]
        bar = Place(response.left + response.width + _BAR_GAP, response.top, _BAR, response.height)
    return Page(width.value, height, places, bar, legend, columns)


def _rows_of_panels(wanted: Sequence[Panel], width: Width) -> list[Sequence[Panel]]:
    plots = [panel for panel in wanted if panel in PLOTS]
    rest = [panel for panel in wanted if panel not in plots] if len(plots) == len(PLOTS) else wanted
    in_a_row = _IN_A_ROW[width]
    rows = [rest[first : first + in_a_row] for first in range(0, len(rest), in_a_row)]
    return [*rows, *([plots] if rest is not wanted else [])]


def _leaves_room(row: Sequence[Panel], wanted: Sequence[Panel], width: Width) -> bool:
    """Whether the legend goes beside these panels: two plots on a wide page, one picture above them otherwise."""
    if not set(PLOTS) <= set(wanted):
        return False
    if width is Width.TWO_COLUMNS:
        return set(row) == set(PLOTS)
    return len(row) == 1 and len(wanted) > len(PLOTS) + 1


def _row(
    row: Sequence[Panel],
    width: float,
    top: float,
    aspects: Mapping[Panel, float],
    plot_rows: int,
    *,
    tallest: float,
) -> dict[Panel, Place]:
    """Pictures of one height, as large as there is room; plots beside them take what is left."""
    pictures = [panel for panel in row if panel in aspects]
    plots = [panel for panel in row if panel in PLOTS]
    beside = sum(_LEFT_OF.get(panel, 0.0) + _RIGHT_OF.get(panel, 0.0) for panel in row)
    free = width - 2 * _MARGIN - _GAP_BETWEEN * (len(row) - 1) - beside
    height = max(_LEAST_PLOT_HEIGHT, _PLOT_ROW * plot_rows)
    if pictures:
        least_plot = _LEAST_PLOT * len(plots)
        height = min(tallest, (free - least_plot) / sum(1 / aspects[panel] for panel in pictures))
    widths = {panel: height / aspects[panel] for panel in pictures}
    left_over = free - sum(widths.values())
    for count, panel in enumerate(plots):
        widths[panel] = min(left_over / (len(plots) - count), _WIDEST_PLOT)
        left_over -= widths[panel]
    places, left = {}, _MARGIN + left_over / 2
    for panel in row:
        left += _LEFT_OF.get(panel, 0.0)
        places[panel] = Place(left, top + LINE + _GAP, widths[panel], height)
        left += widths[panel] + _RIGHT_OF.get(panel, 0.0) + _GAP_BETWEEN
    return places


_IN_A_ROW = {Width.ONE_COLUMN: 2, Width.TWO_COLUMNS: 4}
_LEGEND_COLUMNS_BELOW = {Width.ONE_COLUMN: 2, Width.TWO_COLUMNS: 5}
_LEGEND_COLUMNS_BESIDE = {Width.ONE_COLUMN: 1, Width.TWO_COLUMNS: 2}

# Millimetres, with text of 6 and 7 points.
_MARGIN = 1.0
_GAP = 1.0
_GAP_BETWEEN = 3.0
LINE = 3.2  # a panel's name
LEGEND_ROW = 3.1
_AXIS_BELOW = 10.0  # numbers and name of an axis, in two lines
_BAR_GAP, _BAR = 1.0, 2.0
AXIS_LEFT = 8.5  # numbers and name of an axis
_LEFT_OF = dict.fromkeys(PLOTS, AXIS_LEFT)
_RIGHT_OF = {
    Panel.RESPONSE: _BAR_GAP + _BAR + 8.5,  # the colour bar with its numbers and name
    **dict.fromkeys(PLOTS, 2.0),  # half of the last number
}
_LEAST_PLOT = 27.0
_TALLEST, _TALLEST_BESIDE = 62.0, 36.0
_WIDEST_PLOT = 62.0
_LEAST_PLOT_HEIGHT, _PLOT_ROW = 24.0, 8.5
_LEGEND_BESIDE = {Width.ONE_COLUMN: 34.0, Width.TWO_COLUMNS: 66.0}


def rows_of(place: Place, count: int) -> tuple[Place, ...]:
    """A place as `count` rows of one height with a little between, the uppermost first."""
    height = (place.height - _GAP * (count - 1)) / count
    return tuple(Place(place.left, place.top + row * (height + _GAP), place.width, height) for row in range(count))
