"""What edits are made of: parts of tracks, and the changes that lead from one to another."""

from __future__ import annotations

from dataclasses import dataclass

from dlst_gui.project.changes import (
    Change,
    KeyframesChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
)
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.keyframe_block import split_differing as split_differing_keyframes
from dlst_gui.project.prediction_block import PredictionBlock, split_differing
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewSpan, spans_within, spans_without
from dlst_gui.project.tracks import LAST_FRAME


class EditError(ValueError):
    """Something was asked for that this project does not allow; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class TrackPart:
    """What lies on some frames of a track."""

    keyframes: KeyframeBlock
    predictions: PredictionBlock
    review: tuple[ReviewSpan, ...]

    @classmethod
    def empty(cls) -> TrackPart:
        """Nothing."""
        return cls(KeyframeBlock.empty(), PredictionBlock.empty(), ())

    def within(self, first: int, last: int) -> TrackPart:
        """What lies on frames `first` to `last`."""
        indices = self.predictions.frame_indices
        return TrackPart(
            self.keyframes.between(first, last),
            self.predictions.where((indices >= first) & (indices <= last)),
            spans_within(self.review, first, last),
        )

    def joined(self, other: TrackPart) -> TrackPart:
        """Both parts; they share no frame."""
        return TrackPart(
            self.keyframes.joined(other.keyframes),
            self.predictions.joined(other.predictions),
            self.review + other.review,
        )


def whole(project: Project, track_id: int) -> TrackPart:
    """Everything on a track."""
    return TrackPart(project.keyframe_block(track_id), project.predictions(track_id), project.review(track_id))


def exchanged(track_id: int, old: TrackPart, new: TrackPart) -> tuple[Change, ...]:
    """Lead from the present state to the wanted one; only what differs is changed."""
    changes: list[Change] = []
    lost, added = split_differing_keyframes(old.keyframes, new.keyframes)
    if len(lost) or len(added):
        changes.append(KeyframesChange(lost if len(lost) else None, added if len(added) else None, track_id))
    gone, come = split_differing(old.predictions, new.predictions)
    if len(gone) or len(come):
        changes.append(PredictionChange(gone if len(gone) else None, come if len(come) else None, track_id))
    return (*changes, *review_changes(track_id, old.review, new.review))


def review_changes(
    track_id: int, before: tuple[ReviewSpan, ...], after: tuple[ReviewSpan, ...]
) -> tuple[Change, ...]:
    """Lead from these review marks of a track to those."""
    had, has = set(before), set(after)
    gone = tuple(span for span in before if span not in has)
    come = tuple(span for span in after if span not in had)
    return (ReviewChange(gone, come, track_id),) if gone or come else ()


def without_review(project: Project, track_id: int, spans: FrameSpans) -> tuple[Change, ...]:
    """Take review marks off frames whose boxes are no longer those that were looked at."""
    before = project.review(track_id)
    return review_changes(track_id, before, spans_without(before, spans)) if before else ()


def interpolated_before(project: Project, track_id: int, frame_index: int) -> FrameSpans:
    """Where a manual box on `frame_index` moves the lines to it: frames before it without a tracker's box."""
    before = project.keyframe_before(track_id, frame_index)
    if before is None or before.frame_index + 1 == frame_index:
        return ()
    first, last = before.frame_index + 1, frame_index - 1
    tracked = project.valid_predictions(track_id, first, last)
    begins = [first, *(end + 1 for _, end in tracked)]
    ends = [*(begin - 1 for begin, _ in tracked), last]
    return tuple((begin, end) for begin, end in zip(begins, ends, strict=True) if begin <= end)


def last_frame_led_by(project: Project, track_id: int, frame_index: int) -> int:
    """The last frame before the next manual box: as far as a manual box on `frame_index` matters."""
    following = project.keyframe_after(track_id, frame_index)
    return LAST_FRAME if following is None else following.frame_index - 1


def superseded(project: Project, track_id: int, first: int, last: int) -> tuple[Change, ...]:
    """Let the predictions on frames `first` to `last` count no longer."""
    spans = project.valid_predictions(track_id, first, last) if first <= last else ()
    return (SupersedeChange(False, True, track_id, spans),) if spans else ()
