"""Colours, shapes and fonts of the figures.

Every mark differs from every other by colour and by shape or line style, so that a figure can be read by people
with any colour vision and on a printer without colours. Source of the hues: Okabe and Ito, "Color Universal
Design", 2008.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker_core import CandidateOrigin

ORANGE, SKY_BLUE, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, BLACK = "#0072B2", "#D55E00", "#CC79A7", "#000000"
WHITE, GROUND = "#FFFFFF", "#E4E6EA"

LineStyle = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class OriginLook:
    """How candidates of one origin look, the box that they were drawn around."""

    name: str
    color: str
    marker: str
    line: LineStyle


ORIGINS: Mapping[CandidateOrigin, OriginLook] = {
    CandidateOrigin.PREVIOUS: OriginLook("previous", SKY_BLUE, "o", (0, (1, 1.2))),
    CandidateOrigin.LOCALIZED: OriginLook("localised", VERMILLION, "s", (0, (4, 1.2, 1, 1.2))),
    CandidateOrigin.LAST_SEEN: OriginLook("last seen", BLUE, "D", (0, (2, 2))),
    CandidateOrigin.MATCHED: OriginLook("matched", GREEN, "^", (0, (4, 1.2, 1, 1.2, 1, 1.2))),
    CandidateOrigin.GUIDED: OriginLook("guided", PURPLE, "v", (0, (3, 1.5))),
}


@dataclass(frozen=True, slots=True)
class BoxLook:
    """How one kind of box is outlined; `width` in points."""

    name: str
    color: str
    width: float
    line: LineStyle = "-"


def around(origin: CandidateOrigin) -> BoxLook:
    """The box that the candidates of an origin were drawn around."""
    look = ORIGINS[origin]
    return BoxLook(f"{look.name} box", look.color, 0.9, look.line)


SEARCH_REGION = BoxLook("search region", WHITE, 0.7, (0, (5, 2)))
CHOSEN = BoxLook("chosen box", WHITE, 0.7, (0, (3, 1)))
RESULT = BoxLook("result", WHITE, 1.1)
MANUAL = BoxLook("manual box", YELLOW, 1.1)
TRUE = BoxLook("ground truth", ORANGE, 0.9, (0, (6, 1.5)))
BEST_WIDTH = 0.5  # points, of the outlines of the best candidates
EDGE = 0.7  # points, both edges of a line together: makes it readable over bright and dark pictures

FONT_PT = 7.0
SMALL_PT = 6.0  # the least that journals ask for
RESPONSE_COLORS = "cividis"

STYLE: Mapping[str, Any] = {
    # The first comes with matplotlib, so that the same figure has the same size of text everywhere. It is wide:
    # where a viewer of an SVG takes another one, words become shorter.
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
    "font.size": FONT_PT,
    "axes.titlesize": FONT_PT,
    "axes.labelsize": FONT_PT,
    "axes.linewidth": 0.5,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "legend.fontsize": SMALL_PT,
    "axes.unicode_minus": True,
    "svg.fonttype": "none",  # text stays text: it can be searched, and edited in a drawing program
    "svg.hashsalt": "dlst-studio",  # names of clip paths are the same in every call
    "pdf.fonttype": 42,  # TrueType, embedded
    "path.simplify": False,
}
