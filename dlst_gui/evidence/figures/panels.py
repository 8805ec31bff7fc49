"""What is drawn into each panel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dlst_gui.evidence.figures.looks import (
    BEST_WIDTH,
    BLACK,
    CHOSEN,
    GROUND,
    MANUAL,
    ORIGINS,
    RESPONSE_COLORS,
    RESULT,
    SEARCH_REGION,
    SMALL_PT,
    TRUE,
    BoxLook,
    around,
)
from dlst_gui.evidence.figures.marks import CONTOUR, PEAK, SCORE, dot_mark, line_marks
from dlst_gui.evidence.figures.subject import Picture, Subject
from tracker_core import Box, CandidateOrigin, Candidates, ResponseMap
from tracker_core.evidence import CLOSE, ON_TARGET, OVERLAP_BINS, Overlaps

Outlined = tuple[Box, BoxLook]

SAME_PX = 0.5
"""Ours. Boxes that differ by less in place and size are one line in print."""

_BINS = 24
_GROUND_OPACITY = 0.6
"""Ours. Of the frame below the candidates: their marks are small, and stand out against it."""

_BOUND_COLOR = "#777777"
_HEADROOM = 1.5  # of the tallest bar, for words above it
_STEPS = (1, 2, 5, 10)  # of numbers on an axis: those of 2.5 are long
_LEAST_RANGE = 0.1  # log-odds
_SIDE = 0.2
"""Ours. The least share of the scores' axis on each side of 0, so that both can be compared."""


def picture_boxes(subject: Subject) -> tuple[Outlined, ...]:
    """What the picture outlines, the lowest first."""
    seen = subject.seen
    return _there_are(
        (seen.search_region, SEARCH_REGION),
        (seen.previous_box, around(CandidateOrigin.PREVIOUS)),
        (seen.localized_box, around(CandidateOrigin.LOCALIZED)),
        (seen.guided_box, around(CandidateOrigin.GUIDED)),
        (seen.matched_box, around(CandidateOrigin.MATCHED)),
        *_answers(subject),
    )


def candidate_boxes(subject: Subject) -> tuple[Outlined, ...]:
    """What is outlined with the candidates, the lowest first."""
    chosen = subject.seen.chosen_box
    return _there_are((None if _is_same(chosen, subject.result_box) else chosen, CHOSEN), *_answers(subject))


def response_boxes(subject: Subject) -> tuple[Outlined, ...]:
    """Those that the response map leads from and to."""
    seen = subject.seen
    return _there_are(
        (seen.previous_box, around(CandidateOrigin.PREVIOUS)),
        (seen.localized_box, around(CandidateOrigin.LOCALIZED)),
    )


def draw_picture(axes: Axes, subject: Subject, shown: Box) -> None:
    """The frame, and every box that led to the result."""
    _draw_ground(axes, subject, shown)
    for box, look in picture_boxes(subject):
        _outline(axes, box, look)


def draw_candidates(axes: Axes, subject: Subject, shown: Box) -> None:
    """Every candidate's centre, the best as outlines, and the result."""
    _draw_ground(axes, subject, shown, opacity=_GROUND_OPACITY)
    candidates = subject.seen.candidates
    centers = candidate_centers(candidates)
    for is_exact in (False, True):
        for origin, look in ORIGINS.items():
            chosen = (candidates.origins == origin) & (candidates.is_exact == is_exact)
            if chosen.any():
                axes.plot(*centers[chosen].T, **dot_mark(look.color, look.marker, is_exact=is_exact))
    for row in candidates.best:
        look = ORIGINS[CandidateOrigin(int(candidates.origins[row]))]
        x, y, width, height = (float(value) for value in candidates.boxes_xywh[row])
        axes.add_patch(Rectangle((x, y), width, height, fill=False, edgecolor=look.color, linewidth=BEST_WIDTH))
    for box, outline in candidate_boxes(subject):
        _outline(axes, box, outline)


def draw_response(axes: Axes, bar_axes: Axes, subject: Subject) -> None:
    """The response map in image coordinates with its contour at 0, its peak, and the boxes that concern it."""
    response = subject.seen.response_map
    assert response is not None
    image = axes.imshow(
        response.values, cmap=RESPONSE_COLORS, extent=_edges(response.extent), interpolation="none", aspect="auto"
    )
    _contour(axes, response)
    for box, look in response_boxes(subject):
        _outline(axes, box, look)
    x, y = response.peak
    axes.plot(x, y, **PEAK)
    _frame_like(axes, response.extent)
    bar = Colorbar(bar_axes, image, ticks=MaxNLocator(7, steps=_STEPS))
    is_crossed = bool(response.values.min() < 0 < response.values.max())
    bar.set_label("response, log-odds" + (" (line: 0)" if is_crossed else ""), labelpad=1.5)
    bar.outline.set_linewidth(0.5)
    if is_crossed:
        for line in line_marks(CONTOUR):
            bar_axes.axhline(0, color=line["color"], linewidth=line["linewidth"])


def origins_of(candidates: Candidates) -> tuple[CandidateOrigin, ...]:
    """Those that occur: the rows of the scores' panel."""
    return tuple(origin for origin in ORIGINS if (candidates.origins == origin).any())


def draw_scores(rows: Sequence[Axes], subject: Subject) -> None:
    """How many candidates of each origin have which score of the classifier, and where the result lies.

    Args:
        rows: one below the other, one for each origin that occurs; at least one.
        subject: what is drawn.
    """
    candidates = subject.seen.candidates
    least, most = _range_of(candidates.scores)
    judged = subject.judged_score
    for axes in rows:
        axes.set_xlim(_with_room_around_zero(min(least, judged), max(most, judged)))
        axes.axvline(0, color=BLACK, linewidth=0.6)
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=_STEPS))
    _draw_bars(rows, candidates, candidates.scores, np.linspace(least, most, _BINS + 1))
    rows[0].plot(judged, 0, clip_on=False, zorder=5, **SCORE)
    rows[-1].set_xlabel("score, log-odds\n(target above 0)", labelpad=1.5)


def draw_overlaps(rows: Sequence[Axes], subject: Subject) -> None:
    """How many candidates of each origin overlap the reference by how much: figure 3 d of the paper.

    Args:
        rows: as of `draw_scores`.
        subject: what is drawn; has a reference.
    """
    assert subject.reference is not None
    candidates = subject.seen.candidates
    overlaps = Overlaps.of_candidates(candidates, subject.reference)
    for axes in rows:
        axes.set_xlim(0, 1)
        for bound in (ON_TARGET, CLOSE):
            line: dict[str, Any] = {
                "color": _BOUND_COLOR,
                "linewidth": 0.5,
                "linestyle": (0, (2, 1.5)),
                "zorder": 0,
            }
            axes.axvline(bound, ymax=1 / _HEADROOM, **line)  # not through the words
        axes.set_xticks((0, 0.25, ON_TARGET, CLOSE, 1), ("0", ".25", ".5", ".7", "1"))
    reaching = [f"{overlaps.of(origin).reaching(ON_TARGET)} ≥ .5" for origin in origins_of(candidates)]
    _draw_bars(rows, candidates, overlaps.values, np.linspace(0, 1, OVERLAP_BINS + 1), notes=reaching)
    result = subject.seen.chosen_box if subject.manual_box is not None else subject.result_box
    rows[0].plot(result.iou(subject.reference), 0, clip_on=False, zorder=5, **SCORE)
    name = "ground truth" if subject.manual_box is None else "manual box"
    rows[-1].set_xlabel(f"overlap (IoU) with\nthe {name}", labelpad=1.5)


def _draw_bars(
    rows: Sequence[Axes],
    candidates: Candidates,
    values: NDArray[np.floating],
    edges: NDArray[np.float64],
    *,
    notes: Sequence[str] = (),
) -> None:
    """One histogram per origin, all on one scale, each with its name, how many there are, and a note."""
    origins = origins_of(candidates)
    counts = [np.histogram(values[candidates.origins == origin], edges)[0] for origin in origins]
    tallest = max((int(each.max()) for each in counts), default=1)
    for axes in rows:
        axes.set(ylim=(0, tallest * _HEADROOM))
        axes.set_yticks((0, _round_number(tallest)))
        axes.tick_params(labelbottom=axes is rows[-1])
        axes.spines[["top", "right"]].set_visible(False)
    for row, (axes, origin, each) in enumerate(zip(rows, origins, counts, strict=False)):
        look = ORIGINS[origin]
        axes.stairs(each, edges, fill=True, color=look.color, linewidth=0)
        axes.stairs(each, edges, color=BLACK, linewidth=0.4)
        words: dict[str, Any] = {"transform": axes.transAxes, "va": "top", "fontsize": SMALL_PT}
        axes.text(0.02, 0.97, f"{look.name}, {each.sum()}", **words)
        if notes:
            axes.text(1.0, 0.97, notes[row], ha="right", **words)


def candidate_centers(candidates: Candidates) -> NDArray[np.float64]:
    """(n, 2) x and y in image pixels."""
    return candidates.boxes_xywh[:, :2] + candidates.boxes_xywh[:, 2:] / 2


def _answers(subject: Subject) -> tuple[tuple[Box | None, BoxLook], ...]:
    """What the target's place was said to be on this frame."""
    result = None if _is_same(subject.result_box, subject.manual_box) else subject.result_box
    return (subject.true_box, TRUE), (result, RESULT), (subject.manual_box, MANUAL)


def _there_are(*boxes: tuple[Box | None, BoxLook]) -> tuple[Outlined, ...]:
    return tuple((box, look) for box, look in boxes if box is not None)


def _draw_ground(axes: Axes, subject: Subject, shown: Box, *, opacity: float = 1.0) -> None:
    axes.set_facecolor(GROUND)
    if subject.picture is not None:
        _draw_pixels(axes, subject.picture, shown, opacity)
    _frame_like(axes, shown)


def _draw_pixels(axes: Axes, picture: Picture, shown: Box, opacity: float) -> None:
    """The part of the picture that is shown, in whole pixels of it: the rest would be in the file all the same."""
    height, width = picture.pixels.shape[:2]
    whole = picture.extent
    across, down = width / whole.width, height / whole.height  # of the picture's pixels per pixel of the frame
    left = max(int(np.floor((shown.x - whole.x) * across)), 0)
    top = max(int(np.floor((shown.y - whole.y) * down)), 0)
    right = min(int(np.ceil((shown.x + shown.width - whole.x) * across)), width)
    bottom = min(int(np.ceil((shown.y + shown.height - whole.y) * down)), height)
    if right <= left or bottom <= top:
        return
    extent = Box(whole.x + left / across, whole.y + top / down, (right - left) / across, (bottom - top) / down)
    part = picture.pixels[top:bottom, left:right]
    axes.imshow(part, extent=_edges(extent), interpolation="none", aspect="auto", alpha=opacity)


def _outline(axes: Axes, box: Box, look: BoxLook) -> None:
    right, bottom = box.x + box.width, box.y + box.height
    x = (box.x, right, right, box.x, box.x)
    y = (box.y, box.y, bottom, bottom, box.y)
    for line in line_marks(look):
        axes.add_line(Line2D(x, y, **line))


def _contour(axes: Axes, response: ResponseMap) -> None:
    values, extent = response.values, response.extent
    if not values.min() < 0 < values.max():
        return
    rows, columns = values.shape
    x = extent.x + (np.arange(columns) + 0.5) * extent.width / columns
    y = extent.y + (np.arange(rows) + 0.5) * extent.height / rows
    for line in line_marks(CONTOUR):
        axes.contour(x, y, values, levels=[0.0], colors=line["color"], linewidths=line["linewidth"])


def _frame_like(axes: Axes, shown: Box) -> None:
    axes.set(xlim=(shown.x, shown.x + shown.width), ylim=(shown.y + shown.height, shown.y), xticks=(), yticks=())


def _edges(box: Box) -> tuple[float, float, float, float]:
    """Left, right, bottom, top as matplotlib's `extent`."""
    return box.x, box.x + box.width, box.y + box.height, box.y


def _round_number(most: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50, ... that is not above `most`."""
    tens: int = 10 ** (len(str(most)) - 1)
    return max(step * tens for step in (1, 2, 5) if step * tens <= most)


def _range_of(scores: NDArray[np.float32]) -> tuple[float, float]:
    if not len(scores):
        return -1.0, 1.0
    least, most = float(scores.min()), float(scores.max())
    return least, max(most, least + _LEAST_RANGE)


def _with_room_around_zero(low: float, high: float) -> tuple[float, float]:
    left, right = min(low, 0.0), max(high, 0.0)
    share = _SIDE / (1 - _SIDE)
    left, right = min(left, -share * right), max(right, -share * left)
    pad = 0.03 * (right - left)
    return left - pad, right + pad


def _is_same(one: Box, other: Box | None) -> bool:
    return other is not None and bool(np.abs(one.xywh - other.xywh).max() < SAME_PX)
