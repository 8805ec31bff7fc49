"""What is known about one target: the boxes a person gave and the boxes a tracker found, never mixed.

A `Keyframe` and a `Prediction` are different types kept apart, so that a tracker can never overwrite a human box.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from types import MappingProxyType

from dlst_gui.project.tracks import Keyframe, Prediction, Shown, ShownKind, Visibility
from tracker_core import Box


class Track:
    """The boxes of one target, by frame. Shown on a frame: the human box, else the tracker's, else nothing."""

    def __init__(self) -> None:
        self._keyframes: dict[int, Keyframe] = {}
        self._keyframe_indices: list[int] = []
        self._predictions: dict[int, Prediction] = {}

    @property
    def keyframe_indices(self) -> tuple[int, ...]:
        """Frames with a human box, ascending."""
        return tuple(self._keyframe_indices)

    @property
    def predictions(self) -> Mapping[int, Prediction]:
        """Read-only view, by frame index, in the order of tracking."""
        return MappingProxyType(self._predictions)

    def keyframe(self, frame_index: int) -> Keyframe | None:
        """The human box on this frame."""
        return self._keyframes.get(frame_index)

    def prediction(self, frame_index: int) -> Prediction | None:
        """What a tracker said about this frame."""
        return self._predictions.get(frame_index)

    def shown_box(self, frame_index: int) -> Box | None:
        """The human box, else the tracker's, else None."""
        shown = self._keyframes.get(frame_index) or self._predictions.get(frame_index)
        return None if shown is None else shown.box

    def shown(self, frame_index: int) -> Shown | None:
        """What the frame shows of the target."""
        keyframe, prediction = self.keyframe(frame_index), self.prediction(frame_index)
        if keyframe is not None:
            return Shown(keyframe.box, ShownKind.HUMAN, keyframe.visibility, prediction, keyframe)
        if prediction is not None:
            return Shown(prediction.box, ShownKind.TRACKED, Visibility.VISIBLE, prediction, None)
        return None

    def is_predicted_from(self, frame_index: int) -> bool:
        """Whether a tracker has spoken on this frame or after it, before the next human box."""
        following = self.keyframe_after(frame_index)
        return any(
            i >= frame_index and (following is None or i < following.frame_index) for i in self._predictions
        )

    def human_boxes(self) -> Mapping[int, Box]:
        """A copy by frame index: what a tracking run is told."""
        return MappingProxyType({i: self._keyframes[i].box for i in self._keyframe_indices})

    def keyframe_at_or_before(self, frame_index: int) -> Keyframe | None:
        """The nearest human box up to this frame."""
        position = bisect_right(self._keyframe_indices, frame_index)
        return self._keyframes[self._keyframe_indices[position - 1]] if position else None

    def keyframe_before(self, frame_index: int) -> Keyframe | None:
        """The nearest human box before this frame."""
        return self.keyframe_at_or_before(frame_index - 1)

    def keyframe_after(self, frame_index: int) -> Keyframe | None:
        """The nearest human box after this frame."""
        position = bisect_right(self._keyframe_indices, frame_index)
        return (
            self._keyframes[self._keyframe_indices[position]] if position < len(self._keyframe_indices) else None
        )

    def set_keyframe(self, keyframe: Keyframe) -> None:
        """Add or replace a human box; predictions that followed from less knowledge are dropped.

        That is those after it up to the next human box. The one on its own frame stays: it shows what went wrong.
        """
        if keyframe.frame_index not in self._keyframes:
            position = bisect_left(self._keyframe_indices, keyframe.frame_index)
            self._keyframe_indices.insert(position, keyframe.frame_index)
        self._keyframes[keyframe.frame_index] = keyframe
        self._drop_predictions_after(keyframe.frame_index)

    def remove_keyframe(self, frame_index: int) -> None:
        """Take a human box back, with the predictions that followed from it; KeyError where there is none."""
        del self._keyframes[frame_index]
        self._keyframe_indices.remove(frame_index)
        self._predictions.pop(frame_index, None)
        self._drop_predictions_after(frame_index)

    def add_prediction(self, prediction: Prediction) -> None:
        """Record what the tracker found; it replaces an earlier prediction, never a human box."""
        self._predictions[prediction.frame_index] = prediction

    def _drop_predictions_after(self, frame_index: int) -> None:
        following = self.keyframe_after(frame_index)
        self._predictions = {
            i: prediction
            for i, prediction in self._predictions.items()
            if i <= frame_index or (following is not None and i >= following.frame_index)
        }
