"""What a file holds, against what was to be written: the check of every export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import Capabilities, Identity
from dlst_gui.formats.labels.model import (
    NO_BOXES,
    OCCLUDED_CODE,
    SOURCES,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.labels.windows import FrameWindow, frame_windows, joined
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.syntax.numbers_out import edges_of

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)
_FRAMES_AT_ONCE = 1 << 14
_MOST_AT_ONCE = 64
"""Boxes of a frame: their distances are looked at for many frames together."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How labels that were read back differ from those written.

    Attributes:
        box_count: boxes that are in both.
        missing: boxes that were not read back, or under another track or label.
        surplus: boxes that were read and not written.
        largest_difference_px: of an edge; 0 where there is no box.
        wrong_visibilities: boxes in both of which one is occluded.
    """

    box_count: int
    missing: int
    surplus: int
    largest_difference_px: float
    wrong_visibilities: int


def compared(written: LabelSet, read: LabelSet, can_hold: Capabilities, tick: Tick = untold) -> Comparison:
    """Compare what a format can hold: boxes on their frames, by track and label where it knows them.

    Where boxes were left out, a format of keyframes has straight lines: its way of saying nothing there. Those do
    not count.
    """
    groups = _frame_by_frame if can_hold.identity is Identity.NONE else _track_by_track
    both = missing = surplus = wrong = 0
    largest = 0.0
    for one, other in groups(written, read, can_hold, tick):
        at_one, at_other = _matched(one, other)
        both += len(at_one)
        missing += len(one) - len(at_one)
        surplus += len(other) - len(at_one)
        if len(at_one):
            largest = max(largest, float(np.abs(one.edges[at_one] - other.edges[at_other]).max()))
            wrong += int((one.is_occluded[at_one] != other.is_occluded[at_other]).sum())
    return Comparison(both, missing, surplus, largest, wrong if can_hold.occlusion else 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Present boxes of one group, in order of their frames: (n,) frames, (n, 4) edges, (n,) whether occluded."""

    frames: NDArray[np.int32]
    edges: NDArray[np.float64]
    is_occluded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.frames)


_NONE = _Boxes(np.empty(0, dtype=np.int32), np.empty((0, 4)), np.empty(0, dtype=bool))


def _track_by_track(
    written: LabelSet, read: LabelSet, can_hold: Capabilities, tick: Tick
) -> Iterator[tuple[_Boxes, _Boxes]]:
    by_ids = can_hold.identity is Identity.IDS
    found = {_key(number, track, can_hold): track for number, track in enumerate(read.tracks)}
    for number, track in enumerate(written.tracks):
        tick(number, len(written.tracks))
        same = found.pop(_key(number, track, can_hold), None)
        for first in range(0, written.video.frame_count, _FRAMES_AT_ONCE):
            last = first + _FRAMES_AT_ONCE - 1
            ours = track.boxes.between(first, last)
            theirs = NO_BOXES if same is None else same.boxes.between(first, last)
            known = ours.frame_indices if by_ids and written.gaps is Gaps.UNSAID else None
            yield _present(ours), _present(_without_lines(theirs, known))
    for track in found.values():
        nothing = _NONE.frames if by_ids and written.gaps is Gaps.UNSAID else None
        yield _NONE, _present(_without_lines(track.columns, nothing))


def _key(number: int, track: ObjectTrack, can_hold: Capabilities) -> tuple[int, str]:
    return track.track_id if can_hold.identity is Identity.IDS else number, track.label if can_hold.labels else ""


def _without_lines(columns: BoxColumns, known: NDArray[np.int32] | None) -> BoxColumns:
    """Without the interpolated boxes on frames that are not known, if there are any to be known."""
    if known is None:
        return columns
    return columns.where((columns.sources != _INTERPOLATED) | np.isin(columns.frame_indices, known))


def _present(columns: BoxColumns) -> _Boxes:
    present = columns.where(columns.is_present)
    is_occluded = present.visibilities == OCCLUDED_CODE
    return _Boxes(present.frame_indices, edges_of(present.boxes_xywh), is_occluded)


def _frame_by_frame(
    written: LabelSet, read: LabelSet, can_hold: Capabilities, tick: Tick
) -> Iterator[tuple[_Boxes, _Boxes]]:
    names = (*written.label_names(), *read.label_names())
    label_ids = {name: number if can_hold.labels else 0 for number, name in enumerate(dict.fromkeys(names))}
    numbers = [np.array([label_ids[track.label] for track in each.tracks], dtype=int) for each in (written, read)]
    every_frame = np.arange(written.video.frame_count, dtype=np.int32)
    for ours in frame_windows(written.tracks, every_frame, tick):
        theirs = joined(read.tracks, ours.frames)
        for number in set(label_ids.values()):
            one, other = (
                _labelled(window, of_track[window.tracks] == number)
                for window, of_track in zip((ours, theirs), numbers, strict=True)
            )
            yield one, other


def _labelled(window: FrameWindow, mask: NDArray[np.bool_]) -> _Boxes:
    is_occluded = window.visibilities[mask] == OCCLUDED_CODE
    return _Boxes(window.frame_indices[mask], edges_of(window.boxes_xywh[mask]), is_occluded)


def _matched(one: _Boxes, other: _Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the same boxes in both: by frame, and where a frame has several, the nearest ones."""
    if all((np.diff(boxes.frames) > 0).all() for boxes in (one, other)):
        _, at_one, at_other = np.intersect1d(one.frames, other.frames, assume_unique=True, return_indices=True)
        return at_one, at_other
    frames = np.intersect1d(one.frames, other.frames)
    ours, theirs = (np.searchsorted(boxes.frames, [frames, frames + 1]) for boxes in (one, other))
    counts = np.where(np.diff(ours, axis=0) == np.diff(theirs, axis=0), np.diff(ours, axis=0), 0)[0]
    pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
    for count in np.unique(counts).tolist():
        here = np.flatnonzero(counts == count)
        if 0 < count <= _MOST_AT_ONCE:
            is_clear, found = _clearly_matched(one, other, ours[0, here], theirs[0, here], count)
            pairs.append(found)
            here = here[~is_clear]
        pairs += (_nearest(one, other, slice(*ours[:, at]), slice(*theirs[:, at])) for at in here.tolist())
    empty = np.empty(0, dtype=np.intp)
    rows_of_one, rows_of_other = zip((empty, empty), *pairs, strict=True)
    return np.concatenate(rows_of_one), np.concatenate(rows_of_other)


def _clearly_matched(
    one: _Boxes, other: _Boxes, ours: NDArray[np.intp], theirs: NDArray[np.intp], count: int
) -> tuple[NDArray[np.bool_], tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Frames with so many boxes in both, from these positions on: whether no two want the same, and the pairs."""
    rows, columns = (lows[:, None] + np.arange(count) for lows in (ours, theirs))
    nearest = _apart(one.edges[rows], other.edges[columns]).argmin(axis=2)
    is_clear = (np.sort(nearest, axis=1) == np.arange(count)).all(axis=1)
    chosen = np.take_along_axis(columns, nearest, axis=1)
    return is_clear, (rows[is_clear].ravel(), chosen[is_clear].ravel())


def _apart(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.float64]:
    """(..., n, m) how far the edges of each box are from those of each other one, at most."""
    apart: NDArray[np.float64] = np.abs(ours[..., :, None, :] - theirs[..., None, :, :]).max(axis=-1)
    return apart


def _nearest(one: _Boxes, other: _Boxes, rows: slice, columns: slice) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs among these rows of both, the nearest first."""
    apart = _apart(one.edges[rows], other.edges[columns])
    pairs = []
    for _ in range(min(apart.shape)):
        row, column = np.unravel_index(int(apart.argmin()), apart.shape)
        apart[row, :] = apart[:, column] = np.inf
        pairs.append((rows.start + int(row), columns.start + int(column)))
    at_one, at_other = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
    return at_one, at_other
