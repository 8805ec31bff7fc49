"""What every overlay is: a graphics item in image coordinates, and how it follows the shown frame."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from PySide6.QtWidgets import QGraphicsItem

from dlst_gui.overlays.palette import LegendEntry
from dlst_gui.project.model import Keyframe, Prediction
from tracker_core import Box, Diagnostics


class CandidateColoring(Enum):
    """What the colour of a candidate tells."""

    ORIGIN = "origin"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class FrameScene:
    """All that is known about the frame whose picture is shown.

    Attributes:
        picks: candidates that are offered to be taken instead of drawing, best first.
    """

    frame_index: int
    keyframe: Keyframe | None = None
    prediction: Prediction | None = None
    diagnostics: Diagnostics | None = None
    candidate_coloring: CandidateColoring = CandidateColoring.ORIGIN
    picks: tuple[Box, ...] = ()

    @property
    def shown(self) -> Keyframe | Prediction | None:
        """What is drawn as the target's box: the human one, else the tracker's (as in `Track.shown_box`)."""
        return self.keyframe or self.prediction


@dataclass(frozen=True, slots=True)
class OverlayInfo:
    """How an overlay appears in the View menu; `needs_diagnostics` makes the tracker explain its frames."""

    name: str
    text: str
    shortcut: str
    tip: str
    needs_diagnostics: bool
    is_on_at_start: bool


class Overlay(Protocol):
    """One layer over the video. Its item lives in image coordinates: pixels, 0-based, continuous."""

    info: OverlayInfo

    @property
    def item(self) -> QGraphicsItem:
        """Added to the view once; shown and hidden by the view."""
        ...

    def show_scene(self, scene: FrameScene) -> None:
        """Draw what the scene has, and nothing of the frame before."""
        ...

    def legend(self, scene: FrameScene) -> tuple[LegendEntry, ...]:
        """Entries for what is drawn of this scene."""
        ...
