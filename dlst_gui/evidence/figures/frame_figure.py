"""Draws the figure and writes it: the same evidence gives the same bytes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from threading import Lock
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from dlst_gui.evidence.figures.looks import FONT_PT, SMALL_PT, STYLE, WHITE
from dlst_gui.evidence.figures.marks import Handle, legend_handles
from dlst_gui.evidence.figures.page import (
    AXIS_LEFT,
    LEGEND_ROW,
    LINE,
    MM_PER_INCH,
    PLOTS,
    Page,
    Panel,
    Width,
    layout,
    rows_of,
)
from dlst_gui.evidence.figures.panels import (
    candidate_boxes,
    candidate_centers,
    draw_candidates,
    draw_overlaps,
    draw_picture,
    draw_response,
    draw_scores,
    origins_of,
    picture_boxes,
    response_boxes,
)
from dlst_gui.evidence.figures.subject import Subject
from tracker_core import Box

PNG_DPI = 600
"""Of pictures with lines; journals ask for 500 to 600."""

_style_lock = Lock()  # matplotlib's style is one for all threads


class View(Enum):
    """What the picture shows."""

    REGION = "region"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class FigureOptions:
    """How a figure is made.

    Attributes:
        panels: which parts, at least one.
        width: of the page.
        view: what the picture shows: the search region, or as much as the boxes need; or the whole frame.
        dpi: of a PNG, in pixels per inch.
        has_title: whether a line at the top says which frame this is; a paper's caption says it as well.
        has_legend: whether the marks are explained below.
    """

    panels: tuple[Panel, ...] = tuple(Panel)
    width: Width = Width.TWO_COLUMNS
    view: View = View.REGION
    dpi: int = PNG_DPI
    has_title: bool = True
    has_legend: bool = True


class FigureFormat(Enum):
    """What a figure can be written as."""

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


_METADATA: Mapping[FigureFormat, Mapping[str, str | None]] = {
    FigureFormat.SVG: {"Creator": "DLST Studio", "Date": None},
    FigureFormat.PNG: {"Software": "DLST Studio"},
    FigureFormat.PDF: {"Creator": "DLST Studio", "CreationDate": None},
}


def figure_bytes(subject: Subject, options: FigureOptions, file_format: FigureFormat) -> bytes:
    """The figure as a file's content.

    Args:
        subject: what it is about.
        options: how it is made.
        file_format: SVG and PDF have every mark as a vector, text as text, and the frame's own pixels.
    """
    with _style_lock, matplotlib.style.context(["default", dict(STYLE)]):
        figure = draw(subject, options)
        file = BytesIO()
        metadata = dict(_METADATA[file_format])
        figure.savefig(file, format=file_format.value, dpi=options.dpi, metadata=metadata)
    return file.getvalue()


def draw(subject: Subject, options: FigureOptions) -> Figure:
    """The figure, in matplotlib's current style.

    Raises:
        ValueError: no panel was asked for that this frame has.
    """
    response = subject.seen.response_map
    lacking = {panel: why for panel, (is_there, why) in _CONDITIONS.items() if not is_there(subject)}
    panels = tuple(panel for panel in options.panels if panel not in lacking)
    if not panels:
        why = " and ".join(lacking[panel] for panel in dict.fromkeys(options.panels))
        raise ValueError(f"{why}, and no other panel was asked for")
    parts = {Panel.PICTURE: picture_part(subject, options), Panel.CANDIDATES: candidates_part(subject)}
    aspects = {panel: part.height / part.width for panel, part in parts.items()}
    if response is not None:
        aspects[Panel.RESPONSE] = response.extent.height / response.extent.width
    handles = _handles(subject, panels) if options.has_legend else {}
    title = _lines(subject.title, (options.width.value - 3) / MM_PER_INCH * 72) if options.has_title else []
    plot_rows = max(len(origins_of(subject.seen.candidates)), 1)
    page = layout(
        panels,
        options.width,
        aspects=aspects,
        title_lines=len(title),
        legend_entries=len(handles),
        plot_rows=plot_rows,
    )
    figure = Figure(figsize=(page.width / MM_PER_INCH, page.height / MM_PER_INCH), facecolor=WHITE)
    letters = iter("abcde")
    for panel, place in page.panels.items():
        name = _NAMES[panel] if len(page.panels) == 1 else f"({next(letters)}) {_NAMES[panel]}"
        places = rows_of(place, plot_rows) if panel in PLOTS else [place]
        axes = [figure.add_axes(page.fractions(each)) for each in places]
        axes[0].set_title(name, loc="left", pad=2)
        if panel is Panel.PICTURE:
            draw_picture(axes[0], subject, parts[panel])
        elif panel is Panel.CANDIDATES:
            draw_candidates(axes[0], subject, parts[panel])
        elif panel is Panel.RESPONSE:
            assert page.color_bar is not None
            draw_response(axes[0], figure.add_axes(page.fractions(page.color_bar)), subject)
        else:
            (draw_scores if panel is Panel.SCORES else draw_overlaps)(axes, subject)
            left, bottom, _, height = page.fractions(place)
            left -= AXIS_LEFT / page.width
            figure.text(left, bottom + height / 2, "candidates", va="center", ha="left", rotation="vertical")
    for row, line in enumerate(title):
        top = 1 - (1 + row * LINE) / page.height
        figure.text(1 / page.width, top, line, va="top", fontsize=FONT_PT)
    if handles:
        _place_legend(figure, page, handles)
    return figure


def picture_part(subject: Subject, options: FigureOptions) -> Box:
    """The image rectangle that the picture's panel shows, in 0-based pixels."""
    if options.view is View.FRAME and subject.picture is not None:
        return subject.picture.extent
    return _with_margin(_hull([box for box, _ in picture_boxes(subject)]))


def candidates_part(subject: Subject) -> Box:
    """The same of the candidates' panel: all of their centres, and the boxes."""
    centers = candidate_centers(subject.seen.candidates)
    boxes = [box for box, _ in candidate_boxes(subject)]
    if len(centers):
        (left, top), (right, bottom) = centers.min(axis=0), centers.max(axis=0)
        boxes.append(Box(float(left), float(top), float(right - left), float(bottom - top)))
    return _with_margin(_hull(boxes))


def _with_margin(box: Box) -> Box:
    """A little larger, and neither a strip nor a column."""
    margin = _MARGIN_SHARE * max(box.width, box.height)
    width, height = box.width + 2 * margin, box.height + 2 * margin
    width, height = max(width, height / _TALLEST_ASPECT), max(height, width * _FLATTEST_ASPECT)
    x, y = box.center
    return Box(x - width / 2, y - height / 2, width, height)


def _hull(boxes: Sequence[Box]) -> Box:
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.right for box in boxes), max(box.bottom for box in boxes)
    return Box(left, top, right - left, bottom - top)


def _handles(subject: Subject, panels: tuple[Panel, ...]) -> dict[str, Handle]:
    outlined = {
        Panel.PICTURE: picture_boxes,
        Panel.CANDIDATES: candidate_boxes,
        Panel.RESPONSE: response_boxes,
    }
    looks = [look for panel in panels if panel in outlined for _, look in outlined[panel](subject)]
    return legend_handles(subject, panels, tuple(dict.fromkeys(looks)))


def _place_legend(figure: Figure, page: Page, handles: Mapping[str, Handle]) -> None:
    left, bottom, width, height = page.fractions(page.legend)
    lines: list[Any] = list(handles.values())
    figure.legend(
        lines,
        list(handles),
        loc="upper left",
        bbox_to_anchor=(left, bottom, width, height),
        mode="expand",
        ncols=page.legend_columns,
        borderaxespad=0,
        borderpad=0,
        labelspacing=LEGEND_ROW / MM_PER_INCH * 72 / SMALL_PT - 1,
        handlelength=2.8,
        handletextpad=0.6,
        frameon=False,
    )


def _lines(parts: Sequence[str], width_pt: float) -> list[str]:
    """The parts of a title with commas between, broken where the page ends."""
    lines: list[str] = []
    for part in parts:
        if lines and _width_pt(f"{lines[-1]}, {part}") <= width_pt:
            lines[-1] = f"{lines[-1]}, {part}"
        else:
            lines.append(_shortened(part, width_pt))
    return lines


def _shortened(text: str, width_pt: float) -> str:
    text = text[:_LONGEST]  # measuring takes long
    if _width_pt(text) <= width_pt:
        return text
    fitting = bisect_right(range(len(text)), width_pt, key=lambda count: _width_pt(f"{text[:count]}…")) - 1
    return f"{text[:fitting]}…"


def _width_pt(text: str) -> float:
    return float(TextPath((0, 0), text, size=FONT_PT).get_extents().xmax)


_NAMES = {
    Panel.PICTURE: "boxes",
    Panel.CANDIDATES: "candidates",
    Panel.RESPONSE: "response map",
    Panel.SCORES: "classifier's scores",
    Panel.OVERLAPS: "overlaps",
}
_CONDITIONS: Mapping[Panel, tuple[Callable[[Subject], bool], str]] = {
    Panel.RESPONSE: (lambda subject: subject.seen.response_map is not None, "this tracker has no response map"),
    Panel.OVERLAPS: (
        lambda subject: subject.reference is not None,
        "nobody has said where the object is on this frame",
    ),
}
"""What panels need that not all frames have, and what is said where it is missing."""
_FLATTEST_ASPECT, _TALLEST_ASPECT = 0.6, 1.2  # height over width
_MARGIN_SHARE = 0.04
_LONGEST = 200  # characters; more than a line can have
