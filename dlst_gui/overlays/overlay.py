"""What every overlay is: a graphics item in image coordinates, and how it follows the shown frame."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QGraphicsItem

from dlst_gui.overlays.layers_item import Layer
from dlst_gui.overlays.palette import LegendEntry
from dlst_gui.overlays.response_look import ResponseLook
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.tracks import Prediction, Shown, ShownKind
from tracker_core import Box, Diagnostics
from tracker_core.evidence import FrameEvidence


class CandidateColoring(Enum):
    """What the colour of a candidate tells."""

    ORIGIN = "origin"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class TrackOnFrame:
    """One track as a frame shows it.

    Attributes:
        wrong_share: of tracked boxes with such a score; None where that is not known.
        values: what its attributes say, each in a word or two.
    """

    info: TrackInfo
    shown: Shown
    wrong_share: float | None = None
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceBox:
    """Where an object is, as somebody has said; `name` is "manual" or "true"."""

    box: Box
    name: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What one panel points at in the picture, with its lines of the legend."""

    layers: tuple[Layer, ...] = ()
    legend: tuple[LegendEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class GhostOnFrame:
    """One what-if as a frame shows it.

    Attributes:
        number: from 1, by which it has its colour.
        name: for people.
        is_found: whether its tracker has found the target here.
    """

    number: int
    name: str
    box: Box
    is_found: bool


@dataclass(frozen=True, slots=True)
class FrameScene:
    """All that is known about the frame whose picture is shown.

    Attributes:
        track: the selected one, where it has a box here.
        prediction: the tracker's of the selected track, also where it is superseded.
        is_outside: whether the selected track is said to be outside here.
        others: the other tracks that have a box here and are not hidden.
        trail: (n, 2) centres of the selected track's boxes on the frames around, in order.
        diagnostics: what the tracker saw of the selected track.
        evidence: all that is kept of that, with the diagnostics.
        why_missing: why there is none of a tracked box, and how to get it; "" where there is.
        system: preset, speed and guide that the prediction was made with; "" where that is not known.
        picks: candidates that are offered to be taken instead of drawing, best first.
        is_explained: whether a person wants to know how the tracker came to its boxes.
        marks: what panels point at.
        response_look: how the response map is drawn.
        reference: what the selected track's boxes are held against.
        ghosts: what-ifs of objects that are not hidden, where they have a box here.
    """

    frame_index: int
    track: TrackOnFrame | None = None
    prediction: Prediction | None = None
    is_outside: bool = False
    others: tuple[TrackOnFrame, ...] = ()
    trail: NDArray[np.float64] | None = None
    diagnostics: Diagnostics | None = None
    evidence: FrameEvidence | None = None
    why_missing: str = ""
    candidate_coloring: CandidateColoring = CandidateColoring.ORIGIN
    system: str = ""
    picks: tuple[Box, ...] = ()
    is_explained: bool = False
    marks: tuple[Marks, ...] = ()
    response_look: ResponseLook = field(default_factory=ResponseLook)
    reference: ReferenceBox | None = None
    ghosts: tuple[GhostOnFrame, ...] = ()

    @property
    def box(self) -> Box | None:
        """The selected track's."""
        return None if self.track is None else self.track.shown.box

    @property
    def kind(self) -> ShownKind | None:
        """Where that box comes from."""
        return None if self.track is None else self.track.shown.kind


@dataclass(frozen=True, slots=True)
class OverlayInfo:
    """How an overlay appears in the View menu and, with `resources/icon-<name>.svg`, in the toolbar.

    Attributes:
        name: of its command too, by which its key and whether it is shown are kept.
        shortcut: "" for none.
        explains: says how the tracker decided; shown and hidden together with the others that do.
        is_explained_at_start: whether it is among those, unless a user has chosen otherwise.
        shows_itself: drawn whenever a scene has something for it; its command, if it has one, asks for more scenes
            that have.
    """

    name: str
    text: str
    shortcut: str
    tip: str
    is_on_at_start: bool = False
    explains: bool = False
    is_explained_at_start: bool = False
    shows_itself: bool = False


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
