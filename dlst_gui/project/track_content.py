"""Everything that lies on the frames of one track, and how it takes a change."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from dlst_gui.project.changes import (
    KeyframeChange,
    KeyframesChange,
    PredictionChange,
    ReviewChange,
    SupersedeChange,
)
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.keyframe_series import KeyframeSeries
from dlst_gui.project.mending import Missing, mend
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.prediction_pages import PredictionPages
from dlst_gui.project.review import ReviewSpan


class StaleChangeError(ValueError):
    """A change that was made for another state of the project than the present one."""


class TrackContent:
    """Manual boxes, predictions and review marks of one track. Only `Project` writes it."""

    def __init__(self) -> None:
        self.keyframes = KeyframeSeries()
        self.predictions = PredictionPages()
        self.review: tuple[ReviewSpan, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.keyframes.is_empty and self.predictions.is_empty and not self.review

    def keep_pages(self) -> None:
        """Read what is still in the file alone, for good."""
        for pages in (self.keyframes.pages(), self.predictions.pages()):
            for page in pages:
                page.keep()

    def mend(self, earlier: TrackContent | None) -> Missing:
        """See `mending.mend`."""
        keyframes = mend(self.keyframes, None if earlier is None else earlier.keyframes)
        return keyframes + mend(self.predictions, None if earlier is None else earlier.predictions)

    def copied(self) -> TrackContent:
        """Another one with the same content."""
        copy = TrackContent()
        copy.keyframes = self.keyframes.copied()
        copy.predictions = self.predictions.copied()
        copy.review = self.review
        return copy

    def apply_keyframe(self, change: KeyframeChange) -> None:
        """Make the change; StaleChangeError where something else lies there."""
        known = change.before or change.after
        if known is None:
            return
        if self.keyframes.get(known.frame_index) != change.before:
            raise StaleChangeError(f"frame {known.frame_index} of track {change.track_id} has another manual box")
        if change.after is not None:
            self.keyframes.put(KeyframeBlock.of((change.after,)))
        elif change.before is not None:
            self.keyframes.remove(np.array([change.before.frame_index], dtype=np.int32))

    def apply_keyframes(self, change: KeyframesChange) -> None:
        """Make the change; StaleChangeError where something else lies there."""
        before = change.before or KeyframeBlock.empty()
        after = change.after or KeyframeBlock.empty()
        if self.keyframes.is_empty and not before:
            self.keyframes.put(after)
            return
        frames = np.union1d(before.frame_indices, after.frame_indices)
        if self.keyframes.block_at(frames) != before:
            raise StaleChangeError(f"track {change.track_id} has other manual boxes than expected")
        self.keyframes.remove(np.setdiff1d(before.frame_indices, after.frame_indices))
        self.keyframes.put(after)

    def apply_predictions(self, change: PredictionChange) -> None:
        """Make the change; StaleChangeError where something else lies there."""
        before = change.before or PredictionBlock.empty()
        after = change.after or PredictionBlock.empty()
        frames = np.union1d(before.frame_indices, after.frame_indices)
        if self.predictions.block_at(frames) != before:
            raise StaleChangeError(f"track {change.track_id} has other predictions than expected")
        self.predictions.remove(np.setdiff1d(before.frame_indices, after.frame_indices))
        self.predictions.put(after)

    def apply_supersede(self, change: SupersedeChange) -> None:
        """Make the change; StaleChangeError where predictions are missing or are so already."""
        if not self.predictions.are_superseded(change.spans, value=change.before):
            raise StaleChangeError(f"track {change.track_id} has other predictions than expected")
        self.predictions.set_superseded(change.spans, value=change.after)

    def apply_review(self, change: ReviewChange) -> None:
        """Make the change; StaleChangeError where other marks lie there."""
        gone = set(change.before)
        kept = [span for span in self.review if span not in gone]
        review = tuple(sorted((*kept, *change.after), key=lambda span: span.first))
        is_known = len(kept) + len(change.before) == len(self.review)
        if not is_known or any(one.last >= next_.first for one, next_ in pairwise(review)):
            raise StaleChangeError(f"track {change.track_id} has other review marks than expected")
        self.review = review
