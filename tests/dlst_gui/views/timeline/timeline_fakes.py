"""A made-up project for the timeline, of any size."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.review import ReviewSpan
from dlst_gui.project.tracks import FrameState
from dlst_gui.views.timeline import Lane

COLORS = ("#f7e14a", "#5cc8ff", "#ff7a45", "#f291c7", "#7fdcb0", "#b8a6ff")


@dataclass
class MadeUpProject:
    """Frames of all tracks show nothing until `fill` or a test says otherwise; records what is read."""

    frame_count: int
    lane_list: list[Lane] = field(default_factory=list)
    spans: dict[int, tuple[ReviewSpan, ...]] = field(default_factory=dict)
    reads: list[tuple[int, int, int]] = field(default_factory=list)  # track id, first, last frame of states
    evidence_reads: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.lane_list)
        self.codes = np.zeros((count, self.frame_count), np.uint8)
        self.score_table = np.full((count, self.frame_count), np.nan, np.float32)
        self.evidence_table = np.zeros((count, self.frame_count), np.bool_)
        self.disagreement_table = np.full((count, self.frame_count), np.nan, np.float32)

    def timestamp_s(self, frame_index: int) -> float:
        return frame_index / 25

    def lanes(self) -> tuple[Lane, ...]:
        return tuple(self.lane_list)

    def state_codes(self, track_id: int, first: int, last: int) -> NDArray[np.uint8]:
        self.reads.append((track_id, first, last))
        return self.codes[track_id, first : last + 1]

    def scores(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        return self.score_table[track_id, first : last + 1]

    def disagreements(self, track_id: int, first: int, last: int) -> NDArray[np.float32]:
        return self.disagreement_table[track_id, first : last + 1]

    def evidence(self, track_id: int, first: int, last: int) -> NDArray[np.bool_]:
        self.evidence_reads.append((track_id, first, last))
        return self.evidence_table[track_id, first : last + 1].copy()

    def keyframe_indices(self, track_id: int, first: int, last: int) -> NDArray[np.int64]:
        return first + np.flatnonzero(self.codes[track_id, first : last + 1] == FrameState.HUMAN)

    def review_spans(self, track_id: int) -> tuple[ReviewSpan, ...]:
        return self.spans.get(track_id, ())


def project_of(*, frame_count: int, track_count: int) -> MadeUpProject:
    """Named and coloured tracks that show nothing yet."""
    lanes = [Lane(i, f"track {i}", COLORS[i % len(COLORS)]) for i in range(track_count)]
    return MadeUpProject(frame_count, lanes)
