"""The boxes of a track: a person's (`Keyframe`), a tracker's (`Prediction`), and what is shown of both (`Shown`).

A `Keyframe` and a `Prediction` are different types kept apart, so that a tracker can never overwrite a manual box.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from types import MappingProxyType

from tracker_core import Box, UpdateKind

LAST_FRAME = 2**31 - 2
"""The largest frame index: one more is the largest number that a column of frame indices holds."""


UNSURE_SCORE = 1.95
"""Ours: below it a found box is suspicious, and belongs to a finding of the review if a worse one is near."""


class Visibility(Enum):
    """What a person said about the object on a frame. It holds until the next keyframe."""

    VISIBLE = "visible"
    OCCLUDED = "occluded"
    OUTSIDE = "outside"


class BoxOrigin(Enum):
    """How a manual box came about; the effort meter counts them apart."""

    DRAWN = "drawn"
    PICKED = "picked"  # from the tracker's candidates
    ACCEPTED = "accepted"  # a tracked or interpolated box that a person confirmed
    COPIED = "copied"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A box a person gave. With `Visibility.OUTSIDE` the box is where the object was last."""

    frame_index: int
    box: Box
    visibility: Visibility = Visibility.VISIBLE
    origin: BoxOrigin = BoxOrigin.DRAWN
    attributes: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0 <= self.frame_index <= LAST_FRAME:
            raise ValueError(f"a frame index is 0 to {LAST_FRAME}, got {self.frame_index}")
        if not self.box.is_valid:
            raise ValueError(f"a manual box has finite numbers and a positive size, got {self.box}")
        object.__setattr__(self, "attributes", MappingProxyType(dict(self.attributes)))


@dataclass(frozen=True, slots=True)
class Prediction:
    """A box a tracker found in run `run_id`.

    Attributes:
        frame_index: 0-based.
        box: pixels.
        score: kept as float32.
        is_found: whether the target was found: its score is above the threshold.
        run_id: counts from 1 within a project.
        update: what the tracker learned from the frame.
        disagreement: 1 - IoU of the forward and the backward pass; NaN where there was one pass only.
        is_superseded: a person gave a box since then from which this one would have come out differently.
    """

    frame_index: int
    box: Box
    score: float
    is_found: bool
    run_id: int
    update: UpdateKind
    disagreement: float = math.nan
    is_superseded: bool = False

    @property
    def is_unsure(self) -> bool:
        """Whether the target was found, but only just."""
        return self.is_found and self.score < UNSURE_SCORE


class ShownKind(Enum):
    """Where a shown box comes from."""

    HUMAN = "human"
    TRACKED = "tracked"
    INTERPOLATED = "interpolated"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a frame shows of a track.

    `prediction` is the tracker's on this frame, also where a manual box hides it or where it is superseded.
    """

    box: Box
    kind: ShownKind
    visibility: Visibility
    prediction: Prediction | None
    keyframe: Keyframe | None


class FrameState(IntEnum):
    """One frame of a track, as the timeline draws it. Kept apart from `Shown` to be had for many frames at once.

    OCCLUDED stands for a shown box, of whatever kind, that a person marked so; LOST goes before it. OUTSIDE also
    stands for the frames after such a keyframe, SUPERSEDED for a superseded prediction with nothing in its place.
    """

    NOTHING = 0
    HUMAN = 1
    TRACKED = 2
    LOST = 3
    INTERPOLATED = 4
    OCCLUDED = 5
    OUTSIDE = 6
    SUPERSEDED = 7


SHOWS_NOTHING = (FrameState.NOTHING, FrameState.SUPERSEDED)
"""States of frames without a box that are not marked as outside."""


def interpolated_box(before: Keyframe, after: Keyframe, frame_index: int) -> Box:
    """The box on a straight line in time from one keyframe to the next, number by number."""
    share = (frame_index - before.frame_index) / (after.frame_index - before.frame_index)
    return Box.from_xywh((1 - share) * before.box.xywh + share * after.box.xywh)
