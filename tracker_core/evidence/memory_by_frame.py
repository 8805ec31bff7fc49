"""What was learned from which frame: a sample memory summed up by frame, and held against boxes that are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, iou_with_box
from tracker_core.sample_view import SampleMemoryView, SampleSource

WRONG_BELOW_IOU = 0.5
"""A frame whose samples on the target overlap the known box less on average was learned in a wrong place."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedFrame:
    """The samples of one kind that one frame gave.

    Attributes:
        frame_index: of the video.
        is_positive: whether they are on the target.
        source: why the frame was learned.
        is_kept: whether they stay for good.
        rows: (k,) int64, which rows of the memory.
        mean_score, lowest_score, highest_score: under the present classifier, above 0 on the target.
        box: the mean of those on the target; of those off it the one that looks most like the target.
        is_learned: whether an update has learned from them yet.
        overlap: mean IoU with the known box of the frame; None where there is none, or they are off the target.
    """

    frame_index: int
    is_positive: bool
    source: SampleSource
    is_kept: bool
    rows: NDArray[np.int64]
    mean_score: float
    lowest_score: float
    highest_score: float
    box: Box
    is_learned: bool
    overlap: float | None

    @property
    def looks_wrong(self) -> bool:
        """Whether the present classifier does not recognise as the target what the tracker learned as such.

        Nobody said that its box was right, and most of what was learned since contradicts it.
        """
        return self.is_positive and not self.source.is_human and self.mean_score < 0

    @property
    def is_wrong(self) -> bool:
        """Whether it is known to have been learned in a wrong place."""
        return self.overlap is not None and self.overlap < WRONG_BELOW_IOU


def learned_frames(
    frame_indices: NDArray[np.int32], samples: SampleMemoryView, known_boxes: Mapping[int, Box] | None = None
) -> tuple[LearnedFrame, ...]:
    """A memory by frame: the target's side first, each side in the order of frames.

    Args:
        frame_indices: (n,) which frame of the video each sample is of.
        samples: (n,) the memory.
        known_boxes: of the target, by frame: manual or true ones. Frames whose samples overlap these little were
            learned in a wrong place, such as those whose box a person has replaced since.
    """
    known = known_boxes or {}
    keys = np.stack([~samples.is_positive, frame_indices, samples.calls], axis=1).astype(np.int64)
    different, places = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(places.ravel(), kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(places.ravel(), minlength=len(different)))[:-1])
    return tuple(_summed_up(rows, frame_indices, samples, known) for rows in parts if len(rows))


def _summed_up(
    rows: NDArray[np.int64],
    frame_indices: NDArray[np.int32],
    samples: SampleMemoryView,
    known: Mapping[int, Box],
) -> LearnedFrame:
    first = rows[0]
    frame_index, is_positive = int(frame_indices[first]), bool(samples.is_positive[first])
    scores, boxes = samples.scores[rows], samples.boxes_xywh[rows].astype(np.float64)
    reference = known.get(frame_index) if is_positive else None
    return LearnedFrame(
        frame_index=frame_index,
        is_positive=is_positive,
        source=SampleSource(int(samples.sources[first])),
        is_kept=bool(samples.is_kept[first]),
        rows=rows,
        mean_score=float(scores.mean()),
        lowest_score=float(scores.min()),
        highest_score=float(scores.max()),
        box=Box.from_xywh(boxes.mean(axis=0) if is_positive else boxes[int(scores.argmax())]),
        is_learned=bool(samples.first_updates[first] <= samples.updates),
        overlap=None if reference is None else float(iou_with_box(boxes, reference).mean()),
    )
