"""Colours and line styles of what is drawn over the video.

Told apart by colour and by line style, so that no meaning rests on colour alone. Hues are of the Okabe-Ito
palette, lightened for use over dark pictures; every line has a dark edge for use over bright ones.
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
    SHADE = "shade"


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
    """One line of the legend."""

    text: str
    stroke: Stroke
    mark: Mark = Mark.LINE


HUMAN = Stroke("#f7e14a", 2.5)
TRACKED = Stroke("#5cc8ff", 2.5)
LOST = Stroke("#ff7a45", 2.5, Qt.PenStyle.DashLine)
INTERPOLATED = Stroke("#9fd8c4", 2.0, Qt.PenStyle.DotLine)
OUTSIDE = Stroke("#a3adbd", 1.5, Qt.PenStyle.DashDotDotLine)
TRAIL = Stroke("#e6e9ef", 1.2)
LOCALIZED = Stroke("#f291c7", 2.0, Qt.PenStyle.DashDotLine)
MATCHED = Stroke("#b59cff", 2.0, Qt.PenStyle.DashDotDotLine)
GUIDED = Stroke("#26c485", 2.0, Qt.PenStyle.DashLine)
LAST_SEEN = Stroke("#8fd3ff", 1.5, Qt.PenStyle.DotLine)
PREVIOUS = Stroke("#e6e9ef", 1.5, Qt.PenStyle.DotLine)
PICK = Stroke("#b7e07a", 1.5, Qt.PenStyle.DotLine)
SEARCH_REGION = Stroke("#c3ccd9", 1.5, Qt.PenStyle.DashLine)
CROSSHAIR = Stroke("#e6e9ef", 1.0, Qt.PenStyle.DotLine)
HEAT = Stroke("#ff9f1c")
SCORE_RAMP = ("#4b5bab", "#3f8fc4", "#35b6b4", "#74d58a", "#c9e35c", "#fdf28a")  # low to high, dark to light
