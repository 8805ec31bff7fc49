"""What can be drawn over the video; a new overlay is a file here, a line in `OVERLAYS` and an icon of its name."""

from __future__ import annotations

from dlst_gui.overlays.boxes import BoxesOverlay
from dlst_gui.overlays.candidates import CandidatesOverlay
from dlst_gui.overlays.ghosts import GhostsOverlay
from dlst_gui.overlays.guided_box import GuidedBoxOverlay
from dlst_gui.overlays.localized_box import LocalizedBoxOverlay
from dlst_gui.overlays.marks import MarksOverlay
from dlst_gui.overlays.matched_box import MatchedBoxOverlay
from dlst_gui.overlays.overlay import (
    CandidateColoring,
    FrameScene,
    GhostOnFrame,
    Marks,
    Overlay,
    OverlayInfo,
    ReferenceBox,
    TrackOnFrame,
)
from dlst_gui.overlays.picks import PicksOverlay
from dlst_gui.overlays.response_look import ResponseLook
from dlst_gui.overlays.response_map import ResponseMapOverlay
from dlst_gui.overlays.search_region import SearchRegionOverlay
from dlst_gui.overlays.trail import TrailOverlay

OVERLAYS: tuple[type[Overlay], ...] = (
    BoxesOverlay,
    ResponseMapOverlay,
    CandidatesOverlay,
    SearchRegionOverlay,
    LocalizedBoxOverlay,
    MatchedBoxOverlay,
    GuidedBoxOverlay,
    PicksOverlay,
    TrailOverlay,
)
"""In the order of the View menu."""

UNLISTED: tuple[type[Overlay], ...] = (MarksOverlay, GhostsOverlay)
"""Without a command: drawn whenever there is something to draw."""

__all__ = [
    "OVERLAYS",
    "UNLISTED",
    "CandidateColoring",
    "FrameScene",
    "GhostOnFrame",
    "Marks",
    "Overlay",
    "OverlayInfo",
    "ReferenceBox",
    "ResponseLook",
    "TrackOnFrame",
]
