"""The smallest steps in which a project changes: a closed set, each with what was there before and is there after.

None stands for "not there", so every change's inverse is the same change with the two swapped.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Generic, Self, TypeVar

import numpy as np

from dlst_gui.project.attributes import Attribute
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.tracks import Keyframe
from dlst_gui.project.video_identity import VideoIdentity

FRAMES_PER_PIECE = 8 * FRAMES_PER_PAGE
"""Whole pages, so that none is written twice; about 10 ms."""

Value = TypeVar("Value")
Block = TypeVar("Block", KeyframeBlock, PredictionBlock)


@dataclass(frozen=True, slots=True)
class _Swap(Generic[Value]):
    before: Value
    after: Value

    def inverse(self) -> Self:
        return replace(self, before=self.after, after=self.before)


@dataclass(frozen=True, slots=True)
class VideoChange(_Swap[VideoIdentity]):
    """Another file holds the video."""


@dataclass(frozen=True, slots=True)
class LabelChange(_Swap[Label | None]):
    """A label comes, goes or looks different; both sides have the same name."""


@dataclass(frozen=True, slots=True)
class AttributeChange(_Swap[Attribute | None]):
    """An attribute is offered, or no longer, or is another; both sides have the same id."""


@dataclass(frozen=True, slots=True)
class TrackChange(_Swap[TrackInfo | None]):
    """A track comes, goes or is described differently; it comes and goes without boxes."""


@dataclass(frozen=True, slots=True)
class KeyframeChange(_Swap[Keyframe | None]):
    """A manual box comes, goes or is replaced by one on the same frame."""

    track_id: int


@dataclass(frozen=True, slots=True)
class KeyframesChange(_Swap[KeyframeBlock | None]):
    """Manual boxes come, go or are replaced, many at once.

    `before` is everything that was on the frames of both sides, `after` everything that is.
    """

    track_id: int


@dataclass(frozen=True, slots=True)
class PredictionChange(_Swap[PredictionBlock | None]):
    """Predictions come, go or are replaced.

    `before` is everything that was on the frames of both sides, `after` everything that is.
    """

    track_id: int


@dataclass(frozen=True, slots=True)
class SupersedeChange(_Swap[bool]):
    """Whether the predictions on some frames count; the spans hold predictions throughout."""

    track_id: int
    spans: FrameSpans


@dataclass(frozen=True, slots=True)
class ReviewChange(_Swap[tuple[ReviewSpan, ...]]):
    """Review marks: these spans go, those come."""

    track_id: int


Change = (
    VideoChange
    | LabelChange
    | AttributeChange
    | TrackChange
    | KeyframeChange
    | KeyframesChange
    | PredictionChange
    | SupersedeChange
    | ReviewChange
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of undo.

    Attributes:
        title: what the menu says after "Undo".
        frame_index: where to look when it is undone or redone; None where no frame looks different.
        track_id: the track it is about; None where it is about none or several.
        changes: in the order in which they are made.
        ends_run: whether a run of these tracks would go on from what is no longer so, and has to end without them.
    """

    title: str
    frame_index: int | None
    track_id: int | None
    changes: tuple[Change, ...]
    ends_run: bool = False

    @property
    def track_ids(self) -> frozenset[int]:
        """All tracks that it changes."""
        ids = (getattr(change, "track_id", None) for change in self.changes)
        return frozenset(each for each in (self.track_id, *ids) if each is not None)


@dataclass(frozen=True, slots=True)
class LongEdit:
    """An edit that is made part by part, so that it need not fit into memory; it becomes one step of undo.

    Attributes:
        title, frame_index, track_id, ends_run: as of `Edit`.
        part_count: how many parts there are: for telling how far it is.
        parts: changes, in the order in which they are made; each part is made for the project after those before.
    """

    title: str
    frame_index: int | None
    part_count: int
    parts: Iterable[tuple[Change, ...]]
    track_id: int | None = None
    ends_run: bool = False


def inverses(changes: Iterable[Change]) -> tuple[Change, ...]:
    """What takes all of these back, in the order in which to do it."""
    return tuple(change.inverse() for change in reversed(tuple(changes)))


def pieces(change: Change) -> Iterator[Change]:
    """The same change as several, each about a bounded stretch of frames, so that each is made in a moment."""
    if isinstance(change, KeyframesChange):
        for first, last in stretches(change.before, change.after):
            was, is_ = (_kept(side and side.between(first, last)) for side in (change.before, change.after))
            yield KeyframesChange(was, is_, change.track_id)
    elif isinstance(change, PredictionChange):
        for first, last in stretches(change.before, change.after):
            gone, come = (_kept(side and side.between(first, last)) for side in (change.before, change.after))
            yield PredictionChange(gone, come, change.track_id)
    else:
        yield change


def stretches(*blocks: KeyframeBlock | PredictionBlock | None) -> Iterator[tuple[int, int]]:
    """First and last frame of every stretch with boxes; none holds more than `FRAMES_PER_PIECE` frames."""
    there = [block.frame_indices for block in blocks if block]
    ends = {int(frames[at]) // FRAMES_PER_PIECE for frames in there for at in (0, -1)}
    if len(ends) > 1:
        numbers = np.unique(np.concatenate([frames // FRAMES_PER_PIECE for frames in there])).tolist()
    else:
        numbers = list(ends)
    for number in numbers:
        yield number * FRAMES_PER_PIECE, (number + 1) * FRAMES_PER_PIECE - 1


def _kept(block: Block | None) -> Block | None:
    return block or None
