"""What was read about the lanes in view, so that zooming and panning read nothing twice."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.review import ReviewSpan
from dlst_gui.views.timeline.model import TimelineData


@dataclass(frozen=True, slots=True, eq=False)
class _KeptTrack:
    codes: NDArray[np.uint8]
    scores: NDArray[np.float32]
    disagreements: NDArray[np.float32]


class KeptData:
    """`LaneData` that reads a track once from its first to its last frame, and then only what has changed."""

    def __init__(self, data: TimelineData) -> None:
        self._data = data
        self._tracks: dict[int, _KeptTrack] = {}
        self._evidence: dict[int, NDArray[np.bool_]] = {}  # of those that were asked about

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        """See `LaneData`."""
        return self._kept(track_id).codes[first : last + 1]

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        return self._kept(track_id).scores[first : last + 1]

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        """See `LaneData`."""
        return self._kept(track_id).disagreements[first : last + 1]

    def evidence(self, track_id: int, first: int, last: int) -> NDArray[np.bool_]:
        """See `LaneData`."""
        if track_id not in self._evidence:
            self._evidence[track_id] = self._data.evidence(track_id, 0, self._data.frame_count - 1)
        return self._evidence[track_id][first : last + 1]

    def forget_evidence(self) -> None:
        """Take in that it may have changed of any frame."""
        self._evidence.clear()

    def keyframe_indices(self, track_id: int, first: int, last: int) -> NDArray[np.int64]:
        """See `LaneData`."""
        return self._data.keyframe_indices(track_id, first, last)

    def review_spans(self, track_id: int) -> tuple[ReviewSpan, ...]:
        """See `LaneData`."""
        return self._data.review_spans(track_id)

    @property
    def frame_count(self) -> int:
        """How many frames are read of each track."""
        return self._data.frame_count

    def is_read(self, track_id: int) -> bool:
        """Whether a track was read."""
        return track_id in self._tracks

    def read_again(self, track_id: int, first: int, last: int) -> None:
        """Take in that frames `first` to `last` have changed."""
        kept = self._tracks.get(track_id)
        if kept is not None:
            span = slice(first, last + 1)
            kept.codes[span] = self._data.state_codes(track_id, first, last)
            kept.scores[span] = self._data.scores(track_id, first, last)
            kept.disagreements[span] = self._data.disagreements(track_id, first, last)
        if track_id in self._evidence:
            self._evidence[track_id][first : last + 1] = self._data.evidence(track_id, first, last)

    def keep_only(self, track_ids: Set[int]) -> None:
        """Forget all other tracks."""
        self._tracks = {track_id: kept for track_id, kept in self._tracks.items() if track_id in track_ids}
        self._evidence = {track_id: kept for track_id, kept in self._evidence.items() if track_id in track_ids}

    def _kept(self, track_id: int) -> _KeptTrack:
        if track_id not in self._tracks:
            whole = (track_id, 0, self._data.frame_count - 1)
            self._tracks[track_id] = _KeptTrack(
                self._data.state_codes(*whole).copy(),
                self._data.scores(*whole).copy(),
                self._data.disagreements(*whole).copy(),
            )
        return self._tracks[track_id]
