"""Edits of who is who: merge, split, swap and duplicate tracks.

A cut through a track changes no box on either side: one box that was interpolated across the cut, or was
occluded or had a value that holds until changed, by what a keyframe beyond it said, becomes a human one
(`BoxOrigin.COPIED`). Where parts are put together, a gap between two manual boxes is interpolated as in any
track.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dlst_gui.project.attribute_values import held_values, with_held_values
from dlst_gui.project.changes import Edit, TrackChange
from dlst_gui.project.edit_parts import EditError, TrackPart, exchanged, whole
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.review import spans_without
from dlst_gui.project.track_colors import next_color
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, FrameState, Keyframe, ShownKind, Visibility


def merge(project: Project, track_id: int, other_id: int) -> Edit:
    """Put the other track's boxes into this one, which keeps its name; the other track goes.

    A manual box beats a predicted one; between two of a kind, this track's stays. Superseded predictions of the
    other track are left out. What is said of the other object alone goes along.
    """
    _expect_two(track_id, other_id)
    own, other = whole(project, track_id), whole(project, other_id)
    keyframes = own.keyframes.joined(other.keyframes.without(own.keyframes.frame_indices))
    is_own_valid = (own.predictions.rows["flags"] & RowFlag.SUPERSEDED) == 0
    is_other_valid = (other.predictions.rows["flags"] & RowFlag.SUPERSEDED) == 0
    taken = np.concatenate([own.predictions.frame_indices[is_own_valid], keyframes.frame_indices])
    come = other.predictions.where(is_other_valid & ~np.isin(other.predictions.frame_indices, taken))
    stays = own.predictions.where(~np.isin(own.predictions.frame_indices, come.frame_indices))
    review = spans_without(other.review, [(span.first, span.last) for span in own.review])
    merged = TrackPart(keyframes, stays.joined(come), own.review + review)
    info, gone = project.track(track_id), project.track(other_id)
    said = {**gone.attributes, **info.attributes}
    changes = (
        *((TrackChange(info, replace(info, attributes=said)),) if said != info.attributes else ()),
        *exchanged(track_id, own, merged),
        *exchanged(other_id, other, TrackPart.empty()),
        TrackChange(gone, None),
    )
    return Edit("Merge objects", None, None, changes, ends_run=True)


def split(project: Project, track_id: int, frame_index: int) -> Edit:
    """Give everything from this frame on to a new track, `project.next_track_id()`; the earlier part keeps the id.

    Raises:
        EditError: one of the parts would be empty.
    """
    head, tail = _cut(project, track_id, frame_index, pins_tail=_is_something_said(project, track_id, frame_index))
    if head == TrackPart.empty() or tail == TrackPart.empty():
        raise EditError(f"track {track_id} has boxes on one side of frame {frame_index} only; nothing to split")
    new_id = project.next_track_id()
    changes = (
        *exchanged(track_id, whole(project, track_id), head),
        TrackChange(None, replace(project.track(track_id), track_id=new_id, color=next_color(project))),
        *exchanged(new_id, TrackPart.empty(), tail),
    )
    return Edit("Split object", frame_index, track_id, changes, ends_run=True)


def swap_from(project: Project, track_id: int, other_id: int, frame_index: int) -> Edit:
    """Exchange what two tracks have from this frame on; names and what lies before stay."""
    _expect_two(track_id, other_id)
    pins_tail = any(_is_something_said(project, each, frame_index) for each in (track_id, other_id))
    head, tail = _cut(project, track_id, frame_index, pins_tail=pins_tail)
    other_head, other_tail = _cut(project, other_id, frame_index, pins_tail=pins_tail)
    changes = (
        *exchanged(track_id, whole(project, track_id), head.joined(other_tail)),
        *exchanged(other_id, whole(project, other_id), other_head.joined(tail)),
    )
    return Edit("Swap objects from here", frame_index, None, changes, ends_run=True)


def duplicate_track(project: Project, track_id: int) -> Edit:
    """Add a track, `project.next_track_id()`, that is described like this one and has the same boxes."""
    new_id = project.next_track_id()
    copied = exchanged(new_id, TrackPart.empty(), whole(project, track_id))
    info = replace(project.track(track_id), track_id=new_id)
    return Edit("Duplicate object", None, new_id, (TrackChange(None, info), *copied))


def _expect_two(track_id: int, other_id: int) -> None:
    if track_id == other_id:
        raise EditError(f"two different tracks are needed, got track {track_id} twice")


def _cut(project: Project, track_id: int, frame_index: int, *, pins_tail: bool) -> tuple[TrackPart, TrackPart]:
    """What lies before the frame, and from it on, each with the manual boxes that keep its boxes as they are."""
    part = whole(project, track_id)
    head, tail = part.within(0, frame_index - 1), part.within(frame_index, LAST_FRAME)
    before = project.keyframe_before(track_id, frame_index)
    after = project.keyframe_after(track_id, frame_index - 1)
    first = None
    if before is not None and after is not None and before.visibility is not Visibility.OUTSIDE:
        last = _first_interpolated(project, track_id, range(frame_index - 1, before.frame_index, -1))
        head = head if last is None else _with_keyframes(head, (last,))
        first = _first_interpolated(project, track_id, range(frame_index, after.frame_index))
    tracked = _first_tracked(project, track_id, frame_index) if pins_tail else None
    if tracked is not None and (first is None or tracked.frame_index < first.frame_index):
        tail = _with_keyframes(tail, (tracked,))
    return head, tail if first is None else _with_keyframes(tail, (first,))


def _first_interpolated(project: Project, track_id: int, frames: range) -> Keyframe | None:
    """The first of the frames that shows an interpolated box, as a manual box."""
    if not frames:
        return None
    states = project.state_codes(track_id, min(frames), max(frames))[:: frames.step]
    for position in np.flatnonzero((states == FrameState.INTERPOLATED) | (states == FrameState.OCCLUDED)):
        shown = project.shown(track_id, frames[int(position)])
        if shown is not None and shown.kind is ShownKind.INTERPOLATED:
            made = Keyframe(frames[int(position)], shown.box, shown.visibility, BoxOrigin.COPIED)
            return with_held_values(project, track_id, made)
    return None


def _first_tracked(project: Project, track_id: int, frame_index: int) -> Keyframe | None:
    """The tracker's box on the cut, or after it and before the next manual box, as a manual box."""
    following = project.keyframe_after(track_id, frame_index - 1)
    last = LAST_FRAME if following is None else following.frame_index - 1
    spans = project.valid_predictions(track_id, frame_index, last) if frame_index <= last else ()
    shown = project.shown(track_id, spans[0][0]) if spans else None
    if shown is None:
        return None
    made = Keyframe(spans[0][0], shown.box, shown.visibility, BoxOrigin.COPIED)
    return with_held_values(project, track_id, made)


def _is_something_said(project: Project, track_id: int, frame_index: int) -> bool:
    """Whether a manual box before the frame says what would be lost without it."""
    keyframe = project.keyframe_before(track_id, frame_index)
    if keyframe is None:
        return False
    return keyframe.visibility is Visibility.OCCLUDED or bool(held_values(project, track_id, frame_index - 1))


def _with_keyframes(part: TrackPart, keyframes: Iterable[Keyframe]) -> TrackPart:
    """With these manual boxes on frames that have none."""
    return replace(part, keyframes=part.keyframes.joined(KeyframeBlock.of(keyframes)))
