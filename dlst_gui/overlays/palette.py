"""Colours and line styles of what is drawn over the video.

Told apart by colour and by line style or shape, so that no meaning rests on colour alone. Hues are of the
Okabe-Ito palette, lightened for use over dark pictures; every line has a dark edge for use over bright ones.
Colours of marks are told apart at their size also by those who see no red, no green or no blue: tests simulate it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

HALO = QColor(0, 0, 0, 150)
HALO_WIDTH = 1.6  # screen pixels, both edges together


class Mark(Enum):
    """What a legend entry shows as a sample."""

    LINE = "line"
    DOT = "dot"
    SQUARE = "square"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    CROSS = "cross"
    RING = "ring"
    SHADE = "shade"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Stroke:
    """One look: `color` as #rrggbb, `width` in screen pixels."""

    color: str
    width: float = 2.0
    style: Qt.PenStyle = Qt.PenStyle.SolidLine

    def pen(self, ratio: float) -> QPen:
        """Keeps its width on the screen at any zoom.

        Args:
            ratio: device pixels per screen pixel; Qt counts the width of such a pen in the device's own pixels.
        """
        pen = QPen(QColor(self.color), self.width * ratio, self.style)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        return pen

    @property
    def has_halo(self) -> bool:
        """Thin lines go without a dark edge: many of them would be mud."""
        return self.width >= 1.5

    def halo_pen(self, ratio: float) -> QPen:
        """The dark edge under `pen`."""
        pen = QPen(HALO, (self.width + HALO_WIDTH) * ratio)
        pen.setCosmetic(True)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        return pen


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """One line of the legend.

    Attributes:
        colors: of a `Mark.SCALE`, from its low end to its high one.
        zero: where on it 0 lies, as a fraction; None where it lies beside it.
    """

    text: str
    stroke: Stroke
    mark: Mark = Mark.LINE
    colors: tuple[str, ...] = ()
    zero: float | None = None


HUMAN = Stroke("#f7e14a", 2.5)
TRACKED = Stroke("#5cc8ff", 2.5)
LOST = Stroke("#ff7a45", 2.5, Qt.PenStyle.DashLine)
INTERPOLATED = Stroke("#9fd8c4", 2.0, Qt.PenStyle.DotLine)
OUTSIDE = Stroke("#a3adbd", 1.5, Qt.PenStyle.DashDotDotLine)
TRAIL = Stroke("#e6e9ef", 1.2)
LOCALIZED = Stroke("#ff8ad1", 2.0, Qt.PenStyle.DashDotLine)
MATCHED = Stroke("#8a63f0", 2.0, Qt.PenStyle.DashDotDotLine)
GUIDED = Stroke("#26c485", 2.0, Qt.PenStyle.DashLine)
LAST_SEEN = Stroke("#d55e00", 1.5, Qt.PenStyle.DotLine)
PREVIOUS = Stroke("#ffffff", 1.5, Qt.PenStyle.DotLine)
S_NORM = Stroke("#e69f00", 2.0)
PICK = Stroke("#b7e07a", 1.5, Qt.PenStyle.DotLine)
SEARCH_REGION = Stroke("#c3ccd9", 1.5, Qt.PenStyle.DashLine)
CROSSHAIR = Stroke("#e6e9ef", 1.0, Qt.PenStyle.DotLine)
HEAT = Stroke("#ff9f1c")
# Of what-ifs, by their number: halfway between light and dark, as their lanes and curves lie on either.
GHOSTS = tuple(Stroke(color, 2.0, Qt.PenStyle.DashLine) for color in ("#c266dd", "#009e73", "#8d96a5"))
SCORE_RAMP = (
    "#33628d",
    "#2b748e",
    "#24858e",
    "#1f968b",
    "#23a983",
    "#40bd71",
    "#6dcd58",
    "#9ed93a",
    "#cee11c",
    "#fde725",
)
"""From low to high, dark to light: viridis without its darkest part, in steps that look alike (CIEDE2000)."""


def ghost_stroke(number: int) -> Stroke:
    """The look of a what-if, by its number from 1."""
    return GHOSTS[(number - 1) % len(GHOSTS)]
