"""Tracked boxes as few manual boxes with straight lines between: what that gives, told before it is done.

Every tracked box lies within the tolerance of what is shown in its place. No line is drawn through frames that
showed nothing, or were said to be outside: the object is marked as outside where one would begin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.counting import counted
from dlst_gui.project.attribute_values import held_values_on
from dlst_gui.project.changes import Change, Edit, KeyframesChange
from dlst_gui.project.edit_parts import EditError, superseded, without_review
from dlst_gui.project.keyframe_block import KEYFRAME_ROW, ORIGIN_CODES, VISIBILITY_CODES, KeyframeBlock
from dlst_gui.project.keyframing.thinning import (
    Tolerance,
    lines_between,
    needed_points,
    pixels_off,
)
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.prediction_pages import spans_of
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import SHOWS_NOTHING, BoxOrigin, FrameState, Visibility
from tracker_core import iou_in_rows

_OUTSIDE, _VISIBLE = (VISIBILITY_CODES.index(each) for each in (Visibility.OUTSIDE, Visibility.VISIBLE))
_EMPTY = (*SHOWS_NOTHING, FrameState.OUTSIDE)


@dataclass(frozen=True, slots=True, eq=False)
class SparseTrack:
    """What the tracked boxes of some frames come to.

    Attributes:
        track_id: whose they are.
        first: of the frames.
        last: included.
        keyframes: the manual boxes to be made, those that mark the object as outside among them.
        tracked: (n,) frames with the tracked boxes that they take the place of.
        largest_px: the farthest that an edge of one of these is off the line.
        least_iou: the smallest IoU of one with the line.
        farthest: the frame of `largest_px`.
    """

    track_id: int
    first: int
    last: int
    keyframes: KeyframeBlock
    tracked: NDArray[np.int32]
    largest_px: float
    least_iou: float
    farthest: int

    @property
    def made(self) -> int:
        """How many manual boxes with an object are made."""
        return int(np.count_nonzero(self.keyframes.shows_object))

    @property
    def outside(self) -> int:
        """How many mark the object as outside."""
        return len(self.keyframes) - self.made

    @property
    def words(self) -> str:
        """What it comes to, for people, in two sentences."""
        tracked = counted(len(self.tracked), "tracked box", "tracked boxes")
        outside = "" if not self.outside else f" and {counted(self.outside, 'mark')} as outside"
        return (
            f"{tracked} become {counted(self.made, 'keyframe')}{outside}. Largest deviation: "
            f"{self.largest_px:.1f} px on frame {self.farthest}; smallest IoU: {self.least_iou:.2f}."
        )


def stretch_around(project: Project, track_id: int, frame_index: int, last_frame: int) -> tuple[int, int]:
    """The frames from one manual box around a frame to the next, both included, or to the video's end."""
    before = project.keyframe_at_or_before(track_id, frame_index)
    after = project.keyframe_after(track_id, frame_index)
    first = 0 if before is None else before.frame_index
    return first, last_frame if after is None else after.frame_index


def sparse_track(project: Project, track_id: int, first: int, last: int, tolerance: Tolerance) -> SparseTrack:
    """Find out what the tracked boxes on these frames of a track come to.

    Raises:
        EditError: there are none.
    """
    block = project.predictions(track_id, first, last)
    manual = project.keyframe_block(track_id, first, last)
    is_shown = (block.rows["flags"] & RowFlag.SUPERSEDED) == 0
    is_shown &= ~np.isin(block.frame_indices, manual.frame_indices)
    frames, boxes = block.frame_indices[is_shown], block.rows["box"][is_shown]
    if not len(frames):
        raise EditError("No tracked boxes are shown there: nothing to make keyframes of.")
    is_needed = _needed(frames, boxes, manual, tolerance)
    made = _made(project, track_id, frames[is_needed], boxes[is_needed])
    made = made.joined(_outside(project, track_id, first, last, manual.joined(made)))
    known = manual.where(manual.shows_object).joined(made.where(made.shows_object))
    lines = lines_between(known.frame_indices, known.rows["box"], frames)
    off = pixels_off(lines, boxes)
    worst = int(off.argmax())
    return SparseTrack(
        track_id,
        first,
        last,
        made,
        frames,
        float(off[worst]),
        float(iou_in_rows(lines, boxes).min()),
        int(frames[worst]),
    )


def make_keyframes(project: Project, sparse: SparseTrack) -> Edit:
    """Put the manual boxes in the place of the tracked ones, which are kept, superseded.

    Review marks stay where what is shown has stayed within the tolerance.
    """
    frames = np.arange(sparse.first, sparse.last + 1, dtype=np.int32)
    elsewhere = spans_of(frames[~np.isin(frames, sparse.tracked)])
    made = (KeyframesChange(None, sparse.keyframes, sparse.track_id),) if len(sparse.keyframes) else ()
    changes: tuple[Change, ...] = (
        *made,
        *superseded(project, sparse.track_id, sparse.first, sparse.last),
        *without_review(project, sparse.track_id, elsewhere),
    )
    return Edit("Make keyframes", sparse.first, sparse.track_id, changes, ends_run=True)


def _needed(
    frames: NDArray[np.int32], boxes: NDArray[np.float64], manual: KeyframeBlock, tolerance: Tolerance
) -> NDArray[np.bool_]:
    """(n,) which tracked boxes become manual ones: the ends of stretches without a break, and what lines need."""
    seen = manual.where(manual.shows_object)
    all_frames = np.concatenate([frames, seen.frame_indices])
    order = np.argsort(all_frames, kind="stable")
    at = all_frames[order].astype(np.float64)
    rows = np.concatenate([boxes, seen.rows["box"]])[order]
    is_manual = order >= len(frames)
    breaks = np.flatnonzero(np.diff(at) > 1)
    is_pinned = is_manual.copy()
    is_pinned[breaks] = is_pinned[breaks + 1] = True
    needed = needed_points(at, rows, is_pinned, tolerance)
    return needed[~is_manual]


def _made(project: Project, track_id: int, frames: NDArray[np.int32], boxes: NDArray[np.float64]) -> KeyframeBlock:
    """Manual boxes as visible as the frames are shown."""
    rows = np.zeros(len(frames), dtype=KEYFRAME_ROW)
    rows["box"] = boxes
    rows["origin"] = ORIGIN_CODES.index(BoxOrigin.ACCEPTED)
    before = project.keyframe_block(track_id)
    said = np.concatenate([np.array([_VISIBLE], np.uint8), before.rows["visibility"]])
    rows["visibility"] = said[np.searchsorted(before.frame_indices, frames, side="right")]
    rows["visibility"][rows["visibility"] == _OUTSIDE] = _VISIBLE  # the tracker has found it there
    return KeyframeBlock(frames, rows, held_values_on(project, track_id, frames))


def _outside(project: Project, track_id: int, first: int, last: int, known: KeyframeBlock) -> KeyframeBlock:
    """Where the object has to be marked as outside, so that frames without a box stay without one.

    `known` are the manual boxes on the frames, those to be made among them.
    """
    codes, frames = project.state_codes(track_id, first, last), known.frame_indices
    later = project.keyframe_after(track_id, last)
    kept = []
    for begin, _ in spans_of(np.flatnonzero(np.isin(codes, _EMPTY)) + first):
        position = int(np.searchsorted(frames, begin))
        if position == 0 or (position < len(frames) and frames[position] == begin):
            continue  # nothing is drawn through what comes before the first box, and a manual box says it itself
        if codes[begin - first] == FrameState.OUTSIDE or later is not None or position < len(frames):
            kept.append(begin)
    rows = np.zeros(len(kept), dtype=KEYFRAME_ROW)
    rows["box"] = known.rows["box"][np.searchsorted(frames, kept) - 1]
    rows["visibility"], rows["origin"] = _OUTSIDE, ORIGIN_CODES.index(BoxOrigin.ACCEPTED)
    at = np.array(kept, dtype=np.int32)
    return KeyframeBlock(at, rows, held_values_on(project, track_id, at))
