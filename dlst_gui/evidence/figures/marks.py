"""How lines and points look in the panels, and the same in the legend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.lines import Line2D

from dlst_gui.evidence.figures.looks import BEST_WIDTH, BLACK, EDGE, ORIGINS, WHITE, BoxLook
from dlst_gui.evidence.figures.page import Panel
from dlst_gui.evidence.figures.subject import Subject

Mark = Mapping[str, Any]
"""What matplotlib's `Line2D` takes."""

Handle = Line2D | tuple[Line2D, Line2D]

PEAK: Mark = {
    "marker": "P",
    "markersize": 4.0,
    "color": WHITE,
    "markeredgecolor": BLACK,
    "markeredgewidth": 0.5,
    "linestyle": "none",
}
SCORE: Mark = {
    "marker": "v",
    "markersize": 3.6,
    "color": WHITE,
    "markeredgecolor": BLACK,
    "markeredgewidth": 0.7,
    "linestyle": "none",
}
_VALUES = {Panel.SCORES: "score", Panel.OVERLAPS: "IoU"}
CONTOUR = BoxLook("response 0", WHITE, 0.6)
_DOT = 2.1  # points across
_LARGE: Mark = {"markersize": 4.0}  # in the legend
_GREY = "#777777"


def dot_mark(color: str, marker: str, *, is_exact: bool) -> Mark:
    """A candidate's: filled where its score comes from its own pixels, open where it was read from a map."""
    return {
        "marker": marker,
        "markersize": _DOT if is_exact else _DOT * 0.8,
        "markerfacecolor": color if is_exact else "none",
        "markeredgecolor": BLACK if is_exact else color,
        "markeredgewidth": 0.3 if is_exact else 0.45,
        "linestyle": "none",
    }


def line_marks(look: BoxLook) -> tuple[Mark, Mark]:
    """The dark line below, and the coloured one on top: readable over bright and dark pictures."""
    below = {"color": BLACK, "linewidth": look.width + EDGE, "alpha": 0.75, "solid_joinstyle": "miter"}
    above = {"color": look.color, "linewidth": look.width, "linestyle": look.line, "solid_joinstyle": "miter"}
    return below, above


def legend_handles(subject: Subject, panels: tuple[Panel, ...], boxes: tuple[BoxLook, ...]) -> dict[str, Handle]:
    """By text, everything that is drawn in these panels; boxes first.

    Args:
        subject: what is drawn.
        panels: into which.
        boxes: looks of the outlined boxes.
    """
    handles: dict[str, Handle] = {}
    for look in boxes:
        handles[look.name] = _line(look)
    if Panel.RESPONSE in panels:
        handles["response's peak"] = Line2D([], [], **PEAK)
    values = [name for panel, name in _VALUES.items() if panel in panels]
    if values:
        handles[f"result's {', '.join(values)}"] = Line2D([], [], **SCORE)
    if Panel.CANDIDATES not in panels:
        return handles  # the scores' rows say whose they are
    candidates = subject.seen.candidates
    for origin, origin_look in ORIGINS.items():
        if (candidates.origins == origin).any():
            mark = dot_mark(origin_look.color, origin_look.marker, is_exact=True)
            handles[f"candidate, {origin_look.name}"] = Line2D([], [], **{**mark, **_LARGE})
    if not candidates.is_exact.all():
        mark = dot_mark(_GREY, "o", is_exact=False)
        handles["score read from a map"] = Line2D([], [], **{**mark, **_LARGE})
    if len(candidates.best):
        handles[f"best {len(candidates.best)}, by origin"] = Line2D([], [], color=_GREY, linewidth=BEST_WIDTH)
    return handles


def _line(look: BoxLook) -> tuple[Line2D, Line2D]:
    below, above = line_marks(look)
    return Line2D([], [], **below), Line2D([], [], **above)
