"""Edits from intentions: each function reads the project and returns the edit, which `EditHistory.do` then makes.

What a manual box does to predictions: those *after* it, up to the next manual box, are superseded, because they
followed from less knowledge. Those before it stay, whether a forward or a backward pass made them: the next pass
writes over them. The one on its own frame stays too, hidden, to show what went wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from dlst_gui.project.attribute_values import frame_values, with_held_values
from dlst_gui.project.changes import (
    Change,
    Edit,
    KeyframeChange,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    TrackChange,
    VideoChange,
)
from dlst_gui.project.edit_parts import (
    EditError,
    TrackPart,
    exchanged,
    interpolated_before,
    last_frame_led_by,
    review_changes,
    superseded,
    whole,
    without_review,
)
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.prediction_pages import FrameSpans, spans_of
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark, ReviewSpan, spans_outside, spans_without
from dlst_gui.project.tracks import LAST_FRAME, BoxOrigin, Keyframe, ShownKind, Visibility
from dlst_gui.project.video_identity import VideoIdentity

_KEYFRAME_TITLES = {
    BoxOrigin.DRAWN: "Set box",
    BoxOrigin.PICKED: "Pick candidate",
    BoxOrigin.ACCEPTED: "Accept box",
    BoxOrigin.COPIED: "Copy box",
    BoxOrigin.IMPORTED: "Import box",
}
_VISIBILITY_TITLES = {
    Visibility.VISIBLE: "Mark visible",
    Visibility.OCCLUDED: "Mark occluded",
    Visibility.OUTSIDE: "Mark outside",
}


def add_track(
    project: Project,
    *,
    label: str,
    color: str,
    keyframe: Keyframe | None = None,
    is_interpolated: bool = False,
) -> Edit:
    """Begin a track, with its first manual box if there is one already; it gets `project.next_track_id()`."""
    track_id = project.next_track_id()
    info = TrackInfo(track_id, label, color, is_interpolated=is_interpolated)
    changes: list[Change] = [TrackChange(None, info)]
    if keyframe is not None:
        changes.append(KeyframeChange(None, keyframe, track_id))
    frame_index = None if keyframe is None else keyframe.frame_index
    return Edit("Add object", frame_index, track_id, tuple(changes), ends_run=True)


def change_track(project: Project, info: TrackInfo) -> Edit:
    """Rename, recolour, hide, lock, pin a track, set its attributes, or say whether it is tracked.

    A run does not go on with a track that is locked.
    """
    before = project.track(info.track_id)
    titles = (
        (before.label != info.label, "Rename object"),
        (before.color != info.color, "Recolour object"),
        (before.attributes != info.attributes, "Change attributes"),
        (before.is_hidden != info.is_hidden, "Hide object" if info.is_hidden else "Show object"),
        (before.is_locked != info.is_locked, "Lock object" if info.is_locked else "Unlock object"),
        (before.is_pinned != info.is_pinned, "Pin object" if info.is_pinned else "Unpin object"),
        (
            before.is_interpolated != info.is_interpolated,
            "Interpolate object only" if info.is_interpolated else "Let object be tracked",
        ),
    )
    differing = [title for differs, title in titles if differs]
    title = differing[0] if len(differing) == 1 else "Change object"
    changes = (TrackChange(before, info),) if differing else ()
    return Edit(title, None, info.track_id, changes, ends_run=info.is_locked and not before.is_locked)


def remove_track(project: Project, track_id: int) -> Edit:
    """Delete a track with everything on it."""
    emptied = exchanged(track_id, whole(project, track_id), TrackPart.empty())
    changes = (*emptied, TrackChange(project.track(track_id), None))
    return Edit("Delete object", None, track_id, changes, ends_run=True)


def set_keyframe(project: Project, track_id: int, keyframe: Keyframe) -> Edit:
    """Add or replace a manual box; the module's docstring says what happens to predictions.

    A new one keeps the values that hold on its frame; see `AttributeScope.UNTIL_CHANGED`.

    Where box and presence stay, so that a tracker would go on the same way, no prediction is superseded: those
    that came after a tracker's box follow from it also once a person has taken it over.
    """
    frame_index = keyframe.frame_index
    before = project.keyframe(track_id, frame_index)
    if before is None:
        keyframe = with_held_values(project, track_id, keyframe)
    changes: list[Change] = [KeyframeChange(before, keyframe, track_id)] if before != keyframe else []
    known = before or _taken_over(project, track_id, frame_index)
    if known is None or _lesson(known) != _lesson(keyframe):
        last = last_frame_led_by(project, track_id, frame_index)
        changes += superseded(project, track_id, frame_index + 1, last)
        lines = interpolated_before(project, track_id, frame_index)
        changes += without_review(project, track_id, (*lines, (frame_index, last)))
    return Edit(_KEYFRAME_TITLES[keyframe.origin], frame_index, track_id, tuple(changes))


def remove_keyframe(project: Project, track_id: int, frame_index: int) -> Edit:
    """Take a manual box back. The predictions from its frame up to the next manual box are superseded.

    Raises:
        EditError: there is none on this frame.
    """
    before = project.keyframe(track_id, frame_index)
    if before is None:
        raise EditError(f"track {track_id} has no manual box on frame {frame_index}")
    last = last_frame_led_by(project, track_id, frame_index)
    lines = interpolated_before(project, track_id, frame_index)
    changes = (
        KeyframeChange(before, None, track_id),
        *superseded(project, track_id, frame_index, last),
        *without_review(project, track_id, (*lines, (frame_index, last))),
    )
    return Edit("Remove box", frame_index, track_id, changes, ends_run=True)


def set_visibility(project: Project, track_id: int, frame_index: int, visibility: Visibility) -> Edit:
    """Say that the object is visible, occluded or outside on a frame; a shown box becomes a human one.

    Raises:
        EditError: no box is known from which to go.
    """
    keyframe = project.keyframe(track_id, frame_index)
    if keyframe is not None:
        marked = replace(keyframe, visibility=visibility)
    else:
        shown = project.shown(track_id, frame_index)
        box = shown.box if shown is not None else project.last_box_before(track_id, frame_index)
        if box is None:
            raise EditError(f"track {track_id} has no box on frame {frame_index} or before it; draw one first")
        marked = Keyframe(frame_index, box, visibility, BoxOrigin.ACCEPTED)
    edit = set_keyframe(project, track_id, marked)
    return replace(edit, title=_VISIBILITY_TITLES[visibility], ends_run=True)


def clear_here(project: Project, track_id: int, frame_index: int) -> Edit:
    """Delete what lies on this frame alone; interpolation may then show a box in its place."""
    changes = _cleared(project, track_id, frame_index, frame_index)
    return Edit("Delete on this frame", frame_index, track_id, changes, ends_run=True)


def end_track_here(project: Project, track_id: int, frame_index: int) -> Edit:
    """Delete everything of a track from this frame on."""
    changes = _cleared(project, track_id, frame_index, LAST_FRAME)
    return Edit("Delete from here on", frame_index, track_id, changes, ends_run=True)


def propagate(project: Project, track_id: int, *, from_frame: int, to_frame: int) -> Edit:
    """Copy the box shown on `from_frame` as manual boxes up to `to_frame`, forward or backward.

    Manual boxes in between stay as they are. Predictions after the last copy are superseded, as after any.

    Raises:
        EditError: no box is shown on `from_frame`.
    """
    shown = project.shown(track_id, from_frame)
    if shown is None:
        raise EditError(f"track {track_id} shows no box on frame {from_frame}; nothing can be copied from there")
    attributes = frame_values(project, track_id, from_frame)
    frames = range(from_frame + 1, to_frame + 1) if to_frame > from_frame else range(to_frame, from_frame)
    known = set(project.keyframe_block(track_id, frames.start, frames.stop - 1).frame_indices.tolist())
    copied = [i for i in frames if i not in known]
    copies = KeyframeBlock.of(
        Keyframe(i, shown.box, shown.visibility, BoxOrigin.COPIED, attributes) for i in copied
    )
    changes: list[Change] = [KeyframesChange(None, copies, track_id)] if copied else []
    if copied and to_frame > from_frame:
        last = last_frame_led_by(project, track_id, copied[-1])
        changes += superseded(project, track_id, copied[-1] + 1, last)
        changes += without_review(project, track_id, ((copied[0], last),))
    return Edit("Copy box ahead", from_frame, track_id, tuple(changes), ends_run=True)


def record_predictions(project: Project, track_id: int, block: PredictionBlock) -> Edit:
    """Record what a tracker found, over what it found before; frames with manual boxes are left out."""
    if not len(block):
        return Edit("Track", None, track_id, ())
    first, last = int(block.frame_indices[0]), int(block.frame_indices[-1])
    human = project.keyframe_block(track_id, first, last).frame_indices
    kept = block.where(~np.isin(block.frame_indices, human)) if len(human) else block
    if not len(kept):
        return Edit("Track", first, track_id, ())
    before = project.predictions_at(track_id, kept.frame_indices)
    change = PredictionChange(before if len(before) else None, kept, track_id)
    unreviewed = without_review(project, track_id, spans_of(kept.frame_indices))
    return Edit("Track", first, track_id, (change, *unreviewed))


def mark_reviewed(project: Project, track_id: int, *, first: int, last: int, mark: ReviewMark | None) -> Edit:
    """Accept the boxes of some frames, call them bad, or (None) take such marks off."""
    return mark_all_reviewed(project, {track_id: ((first, last),)}, mark)


def mark_all_reviewed(project: Project, spans: Mapping[int, FrameSpans], mark: ReviewMark | None) -> Edit:
    """As `mark_reviewed`, for several stretches of frames, by track; those of one track share no frame."""
    changes: list[Change] = []
    for track_id, marked in spans.items():
        before = project.review(track_id)
        come = () if mark is None else tuple(ReviewSpan(first, last, mark) for first, last in marked)
        changes += review_changes(track_id, before, spans_without(before, marked) + come)
    count = sum(map(len, spans.values()))
    titles = {ReviewMark.ACCEPTED: "Accept span", ReviewMark.BAD: "Mark span as bad", None: "Remove review mark"}
    title = titles[mark] if count == 1 else titles[mark].replace("span", f"{count:,} spans")
    one = next(iter(spans)) if len(spans) == 1 else None
    begins = min((first for marked in spans.values() for first, _ in marked), default=None)
    return Edit(title, begins, one, tuple(changes))


def set_label(project: Project, label: Label) -> Edit:
    """Offer a label, or change its looks. Its hotkey is taken from the label that had it."""
    robbed = [
        LabelChange(other, replace(other, hotkey=""))
        for other in project.labels()
        if label.hotkey and other.hotkey == label.hotkey and other.name != label.name
    ]
    before = project.label(label.name)
    changes = (*robbed, LabelChange(before, label)) if before != label else ()
    return Edit("Add label" if before is None else "Change label", None, None, changes)


def remove_label(project: Project, name: str) -> Edit:
    """Offer a label no longer; tracks keep its name. EditError where there is none."""
    before = project.label(name)
    if before is None:
        raise EditError(f"there is no label {name!r}")
    return Edit("Remove label", None, None, (LabelChange(before, None),))


def set_video(project: Project, video: VideoIdentity) -> Edit:
    """Say where the video is now, or that another one takes its place."""
    changes = (VideoChange(project.video, video),) if video != project.video else ()
    return Edit("Change video", None, None, changes)


def _taken_over(project: Project, track_id: int, frame_index: int) -> Keyframe | None:
    """The tracker's box that a frame shows, as if a person had drawn it."""
    shown = project.shown(track_id, frame_index)
    if shown is None or shown.kind is not ShownKind.TRACKED:
        return None
    return Keyframe(frame_index, shown.box)


def _lesson(keyframe: Keyframe) -> tuple[object, bool]:
    return keyframe.box, keyframe.visibility is Visibility.OUTSIDE


def _cleared(project: Project, track_id: int, first: int, last: int) -> tuple[Change, ...]:
    review = project.review(track_id)
    old = TrackPart(
        project.keyframe_block(track_id, first, last), project.predictions(track_id, first, last), review
    )
    new = replace(TrackPart.empty(), review=spans_outside(review, first, last))
    return exchanged(track_id, old, new)
