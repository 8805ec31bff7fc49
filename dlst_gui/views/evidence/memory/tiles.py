"""What the list of samples shows: a tile per learned frame, per single sample, per template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.counting import counted, signed
from dlst_gui.tracking.run_memory import KnownTemplate, RunMemory
from tracker_core import Box, SampleSource
from tracker_core.evidence import LearnedFrame

MOST_SINGLE = 60  # of one frame: those that look least like what they are; more tell nothing new


class Kind(Enum):
    """Which part of the memory is listed."""

    POSITIVE = "On target"
    NEGATIVE = "Off target"
    TEMPLATE = "Templates"


class Order(Enum):
    """How tiles are sorted."""

    FRAME = "By frame"
    LOWEST = "Lowest first"
    HIGHEST = "Highest first"
    SOURCE = "By source"


SOURCE_WORDS = {
    SampleSource.FIRST_FRAME: "first manual box",
    SampleSource.EXAMPLE: "manual box of another frame",
    SampleSource.CORRECTION: "correction",
    SampleSource.TRACKED: "learned while tracking",
}


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """One picture of the list.

    Attributes:
        frame_index: where it was cut from.
        box: what of the frame.
        boxes_xywh: (k, 4) all that it stands for.
        source: why it was learned.
        rows: (k,) int64, which samples of the memory; none for a template.
        score: under the present classifier: the mean of those on the target, of others the highest, whose picture
            it is; None for a template.
        is_single: whether it is one sample of a frame that is shown in full.
        stands_out: whether it looks learned in a wrong place, or, off the target, like the target.
        words: for the tooltip, line by line.
    """

    frame_index: int
    box: Box
    boxes_xywh: NDArray[np.float64]
    source: SampleSource
    rows: NDArray[np.int64]
    score: float | None
    is_single: bool
    stands_out: bool
    words: tuple[str, ...]


def frame_tile(memory: RunMemory, frame: LearnedFrame) -> Tile:
    """All samples of one kind of a frame."""
    side = "on" if frame.is_positive else "off"
    words = [
        f"Frame {frame.frame_index}: {counted(len(frame.rows), 'sample')} {side} the target, "
        f"{SOURCE_WORDS[frame.source]}" + (", kept for good" if frame.is_kept else ""),
        f"Score: {signed(frame.mean_score, 1)} on average, {signed(frame.lowest_score, 1)} to "
        f"{signed(frame.highest_score, 1)} (log-odds that it is the target, by the classifier as it is now)",
    ]
    if not frame.is_learned:
        words.append("Not learned yet: the next update begins to.")
    if frame.is_wrong:
        words.append(f"Learned in a wrong place: overlaps the manual box by {frame.overlap:.2f} on average.")
    elif frame.looks_wrong:
        words.append("Learned from a wrong frame? The classifier does not take it for the target any more.")
    if not frame.is_positive:
        words.append("Picture and score are of the one that looks most like the target.")
    return Tile(
        frame_index=frame.frame_index,
        box=frame.box,
        boxes_xywh=memory.samples.boxes_xywh[frame.rows].astype(np.float64),
        source=frame.source,
        rows=frame.rows,
        score=shown_score(frame),
        is_single=False,
        stands_out=frame.looks_wrong or frame.is_wrong or (not frame.is_positive and frame.highest_score > 0),
        words=tuple(words),
    )


def single_tiles(memory: RunMemory, frame: LearnedFrame) -> list[Tile]:
    """Its samples one by one, those first that look least like what they are; not more than can be looked at."""
    scores = memory.samples.scores[frame.rows]
    order = np.argsort(scores if frame.is_positive else -scores, kind="stable")[:MOST_SINGLE]
    return [_single_tile(memory, frame, int(row)) for row in frame.rows[order]]


def template_tile(template: KnownTemplate) -> Tile:
    """A template of the matching head."""
    words = [f"Frame {template.frame_index}: template, {SOURCE_WORDS[template.source]}"]
    if not template.is_used:
        words.append("Not matched now: the first and the latest manual boxes are.")
    elif template.source is SampleSource.TRACKED:
        words.append("Of a box that the tracker was sure of; it takes turns with newer ones.")
    return Tile(
        frame_index=template.frame_index,
        box=template.box,
        boxes_xywh=template.box.xywh[None],
        source=template.source,
        rows=np.empty(0, dtype=np.int64),
        score=None,
        is_single=False,
        stands_out=False,
        words=tuple(words),
    )


def shown_score(frame: LearnedFrame) -> float:
    """The one of its samples' scores that tells most: is all of it the target, is any of it like the target?"""
    return frame.mean_score if frame.is_positive else frame.highest_score


def sorted_frames(frames: Sequence[LearnedFrame], order: Order) -> list[LearnedFrame]:
    """In an order; equal ones by frame."""
    match order:
        case Order.FRAME:
            return sorted(frames, key=lambda each: each.frame_index)
        case Order.LOWEST:
            return sorted(frames, key=lambda each: (shown_score(each), each.frame_index))
        case Order.HIGHEST:
            return sorted(frames, key=lambda each: (-shown_score(each), each.frame_index))
        case Order.SOURCE:
            return sorted(frames, key=lambda each: (each.source, each.frame_index))


def _single_tile(memory: RunMemory, frame: LearnedFrame, row: int) -> Tile:
    boxes = memory.samples.boxes_xywh[[row]].astype(np.float64)
    score = float(memory.samples.scores[row])
    side = "on" if frame.is_positive else "off"
    return Tile(
        frame_index=frame.frame_index,
        box=Box.from_xywh(boxes[0]),
        boxes_xywh=boxes,
        source=frame.source,
        rows=np.array([row], dtype=np.int64),
        score=score,
        is_single=True,
        stands_out=(score < 0) == frame.is_positive and not frame.source.is_human,
        words=(f"Frame {frame.frame_index}: one sample {side} the target, score {signed(score)}",),
    )
