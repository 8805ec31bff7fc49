"""Figure 3 of the paper for one real frame: where S_norm and S_comb draw, and how well that covers the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from dlst_gui.evidence.figures.looks import BLACK, GROUND, ORIGINS, TRUE, WHITE, BoxLook, around
from dlst_gui.evidence.figures.marks import line_marks
from dlst_gui.evidence.figures.page import MM_PER_INCH, Width
from tracker_core import Box, CandidateOrigin, Frame
from tracker_core.evidence import CLOSE, ON_TARGET, Draws, Overlaps

HEIGHT_MM, GAP_MM, TOP_MM, LEGEND_MM, AXIS_MM = 58.0, 2.0, 5.0, 9.0, 11.0
PLOT_MM = 48.0
OUTLINED = 40
"""Of the draws, at random: all would hide the picture; the paper shows a random subset too."""

_MARGIN = 0.25  # of the larger side of what is to be seen
_BOUNDS = np.linspace(0, 1, 201)
_DRAW_PT = 0.4
_NORM, _COMB = (BLACK, (0, (3, 1.5))), (ORIGINS[CandidateOrigin.LOCALIZED].color, "-")


@dataclass(frozen=True, slots=True, eq=False)
class SampledFrame:
    """What the figure is about; boxes in 0-based pixels, frames (height, width, 3) uint8 RGB.

    Attributes:
        before: the frame before; None leaves the ground plain, for frames that may not be published.
        pixels: the frame; likewise.
        truth_before: where the target was on the frame before.
        previous: its box there, as the tracker had it.
        localized: where the localiser proposed the target.
        truth: where it was.
        normal: draws of S_norm.
        combined: draws of S_comb.
    """

    before: Frame | None
    pixels: Frame | None
    truth_before: Box
    previous: Box
    localized: Box | None
    truth: Box
    normal: Draws
    combined: Draws


def draw_sampling_figure(sampled: SampledFrame) -> Figure:
    """The figure in matplotlib's current style, as wide as two columns."""
    width = Width.TWO_COLUMNS.value
    figure = Figure(figsize=(width / MM_PER_INCH, HEIGHT_MM / MM_PER_INCH), facecolor=WHITE)
    side = (width - PLOT_MM - AXIS_MM - 4 * GAP_MM) / 3
    names = ("(a) frame before", "(b) draws of S$_{norm}$", "(c) draws of S$_{comb}$")
    shown = _shown(sampled)
    pictures = (sampled.before, sampled.pixels, sampled.pixels)
    for column, (name, pixels) in enumerate(zip(names, pictures, strict=True)):
        left = GAP_MM + column * (side + GAP_MM)
        axes = figure.add_axes(_fractions(left, TOP_MM, side, HEIGHT_MM - TOP_MM - LEGEND_MM))
        axes.set_title(name, loc="left", pad=2)
        _draw_picture(axes, pixels, shown, side / (HEIGHT_MM - TOP_MM - LEGEND_MM))
        if column:
            _draw_draws(axes, sampled.normal if column == 1 else sampled.combined)
        for box, look in _boxes(sampled) if column else _boxes_before(sampled):
            _outline(axes, box, look)
    axes = figure.add_axes(
        _fractions(width - PLOT_MM - GAP_MM, TOP_MM, PLOT_MM, HEIGHT_MM - TOP_MM - LEGEND_MM - 2)
    )
    axes.set_title("(d) draws that overlap the target", loc="left", pad=2)
    _draw_curves(axes, sampled.normal.overlaps(sampled.truth), sampled.combined.overlaps(sampled.truth))
    _place_legend(figure, sampled)
    return figure


def _boxes_before(sampled: SampledFrame) -> list[tuple[Box, BoxLook]]:
    return [(sampled.previous, around(CandidateOrigin.PREVIOUS)), (sampled.truth_before, TRUE)]


def _boxes(sampled: SampledFrame) -> list[tuple[Box, BoxLook]]:
    boxes = (
        (sampled.previous, around(CandidateOrigin.PREVIOUS)),
        (sampled.localized, around(CandidateOrigin.LOCALIZED)),
        (sampled.truth, TRUE),
    )
    return [(box, look) for box, look in boxes if box is not None]


def _shown(sampled: SampledFrame) -> Box:
    boxes = [box for box, _ in _boxes(sampled)]
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    side = (1 + 2 * _MARGIN) * max(right - left, bottom - top)
    return Box(left, top, right - left, bottom - top).resized(side, side)


def _draw_picture(axes: Axes, pixels: Frame | None, shown: Box, aspect: float) -> None:
    """The part of a frame around `shown`; `aspect` is the panel's width over its height."""
    shown = shown.resized(shown.width * max(1.0, aspect), shown.height * max(1.0, 1 / aspect))
    axes.set_facecolor(GROUND)
    if pixels is not None:
        height, width = pixels.shape[:2]
        # Rather more of the frame on the other side than nothing beyond its edge.
        dx = max(0.0, -shown.x) + min(0.0, width - shown.right)
        dy = max(0.0, -shown.y) + min(0.0, height - shown.bottom)
        shown = shown.shifted(dx, dy)
        left, top = max(int(shown.x), 0), max(int(shown.y), 0)
        right, bottom = min(int(shown.right) + 1, width), min(int(shown.bottom) + 1, height)
        extent = (left, right, bottom, top)
        axes.imshow(pixels[top:bottom, left:right], extent=extent, interpolation="none", aspect="auto")
    axes.set(xlim=(shown.x, shown.right), ylim=(shown.bottom, shown.y), xticks=(), yticks=())


def _draw_draws(axes: Axes, draws: Draws) -> None:
    rows = np.random.default_rng(0).permutation(len(draws))[:OUTLINED]
    for row in rows:
        color = ORIGINS[CandidateOrigin(int(draws.origins[row]))].color
        axes.add_line(Line2D(*_corners(Box.from_xywh(draws.boxes_xywh[row])), color=color, linewidth=_DRAW_PT))


def _draw_curves(axes: Axes, normal: Overlaps, combined: Overlaps) -> None:
    for bound in (ON_TARGET, CLOSE):
        axes.axvline(bound, color="#999999", linewidth=0.5, linestyle=(0, (1, 1.5)))
    for overlaps, (color, line), name in ((normal, _NORM, "S$_{norm}$"), (combined, _COMB, "S$_{comb}$")):
        counts: NDArray[np.float64] = overlaps.curve(_BOUNDS).astype(np.float64)
        counts[counts == 0] = np.nan
        label = f"{name}: {overlaps.reaching(ON_TARGET)} ≥ .5, {overlaps.reaching(CLOSE)} ≥ .7"
        axes.plot(_BOUNDS, counts, color=color, linestyle=line, linewidth=1.1, label=label)
    axes.set(xlim=(0, 1), yscale="log", ylim=(0.8, 1.6 * max(len(normal), len(combined))))
    axes.set_xticks((0, 0.25, ON_TARGET, CLOSE, 1), ("0", ".25", ".5", ".7", "1"))
    axes.set_yticks((1, 10, 100), ("1", "10", "100"))
    axes.set_xlabel("overlap with the target (IoU), at least", labelpad=1.5)
    axes.set_ylabel("draws", labelpad=1.5)
    axes.spines[["top", "right"]].set_visible(False)
    ground = {"facecolor": WHITE, "edgecolor": "none", "framealpha": 1.0}
    axes.legend(loc="upper right", borderaxespad=0, handlelength=2.2, **ground)


def _place_legend(figure: Figure, sampled: SampledFrame) -> None:
    handles = {
        look.name: tuple(Line2D([], [], **mark) for mark in line_marks(look)) for _, look in _boxes(sampled)
    }
    for origin in np.unique(sampled.combined.origins):
        look = ORIGINS[CandidateOrigin(int(origin))]
        handles[f"draws around the {look.name} box"] = (Line2D([], [], color=look.color, linewidth=2 * _DRAW_PT),)
    lines: list[Any] = list(handles.values())
    figure.legend(
        lines,
        list(handles),
        loc="lower left",
        bbox_to_anchor=(GAP_MM / Width.TWO_COLUMNS.value, 0.01),
        ncols=3,
        frameon=False,
        borderaxespad=0,
        borderpad=0,
        columnspacing=1.5,
        handlelength=2.8,
    )


def _outline(axes: Axes, box: Box, look: BoxLook) -> None:
    for line in line_marks(look):
        axes.add_line(Line2D(*_corners(box), **line))


def _corners(box: Box) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return (box.x, box.right, box.right, box.x, box.x), (box.y, box.y, box.bottom, box.bottom, box.y)


def _fractions(left: float, top: float, width: float, height: float) -> tuple[float, float, float, float]:
    """Millimetres from the page's upper left corner as matplotlib counts."""
    page = Width.TWO_COLUMNS.value
    return left / page, 1 - (top + height) / HEIGHT_MM, width / page, height / HEIGHT_MM
