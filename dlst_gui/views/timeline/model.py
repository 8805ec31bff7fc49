"""What the timeline is told about a project: lanes, and per frame a state, a score and a disagreement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.review import ReviewSpan

DISAGREEMENT_THRESHOLD = 0.5  # 1 - IoU of both passes; from here on they do not mean the same place


@dataclass(frozen=True, slots=True)
class Lane:
    """One track as the timeline names it.

    Attributes:
        color: as #rrggbb.
        said: what its attributes say, for the tooltip.
        is_ghost: a what-if beside the track above it, whose id is no track's and below 0: it has no switches.
    """

    track_id: int
    name: str
    color: str
    is_hidden: bool = False
    is_locked: bool = False
    is_pinned: bool = False
    said: str = ""
    is_ghost: bool = False


class LaneData(Protocol):
    """What lanes are drawn from. `last` is part of every range; arrays have `last - first + 1` entries."""

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        """`FrameState` of every frame."""

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """The tracker's score of every frame; NaN where unknown."""

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """1 - IoU of the forward and the backward pass; NaN where there are not both."""

    def evidence(self, track_id: int, first: int, last: int) -> NDArray[np.bool_]:
        """Whether it is known what the tracker saw, of every frame."""

    def keyframe_indices(self, track_id: int, first: int, last: int) -> NDArray[np.int64]:
        """Frames with a manual box, ascending."""

    def review_spans(self, track_id: int) -> tuple[ReviewSpan, ...]:
        """What was accepted or marked bad, ascending."""


class TimelineData(LaneData, Protocol):
    """Where the timeline reads from."""

    @property
    def frame_count(self) -> int:
        """Frames of the video; 0 where none is open."""

    def timestamp_s(self, frame_index: int) -> float:
        """Seconds from the video's first frame."""

    def lanes(self) -> tuple[Lane, ...]:
        """The tracks, from top to bottom."""
