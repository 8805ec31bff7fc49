"""The failure card of the shown frame, made of what the session knows."""

from __future__ import annotations

from dlst_gui.overlays import FrameScene
from dlst_gui.project.tracks import ShownKind, Visibility
from dlst_gui.session.session import Session
from dlst_gui.views.evidence.reference import REFERENCE_NAMES, reference_box
from tracker_core import Box, TrackResult
from tracker_core.evidence import Absence, FailureCard, PastFrame, Reference, failure_card, past_frame

RECENT_FRAMES = 40
"""Ours. Frames before the shown one that are looked at; the rule needs twenty for what is usual."""


def card_of(session: Session, scene: FrameScene) -> FailureCard | None:
    """Why the tracker's box of a scene is wrong, or that it is not; None where nothing is known of the frame."""
    prediction, seen, source = scene.prediction, scene.diagnostics, session.playhead.source
    if prediction is None or seen is None or source is None:
        return None
    result = TrackResult(prediction.box, prediction.score, prediction.is_found, seen, prediction.update)
    reference = _said_of(scene)
    name = "" if scene.reference is None else REFERENCE_NAMES[scene.reference.name]
    is_backward = scene.evidence is not None and scene.evidence.is_backward
    recent = recent_frames(session, scene.frame_index, is_backward=is_backward)
    return failure_card(
        result,
        (source.width, source.height),
        reference=reference,
        recent=recent,
        reference_name=name,
    )


def recent_frames(session: Session, frame_index: int, *, is_backward: bool = False) -> tuple[PastFrame, ...]:
    """What the selected track has on the frames that the tracker saw before one, oldest first."""
    selection, track_id = session.selection, session.selected_track
    if track_id is None:
        return ()
    if is_backward:
        frames = range(frame_index + RECENT_FRAMES, frame_index, -1)
    else:
        frames = range(max(0, frame_index - RECENT_FRAMES), frame_index)
    shown = {index: each for index in frames if (each := selection.shown(track_id, index)) is not None}
    tracked = [each.prediction for each in shown.values() if each.kind is ShownKind.TRACKED and each.prediction]
    evidence = session.evidence.of_several(track_id, tracked)
    results = {
        each.frame_index: TrackResult(
            each.box, each.score, each.is_found, None if seen is None else seen.diagnostics, each.update
        )
        for each, seen in zip(tracked, evidence, strict=True)
    }
    return tuple(
        _past_frame(session, index, results.get(index) or TrackResult(each.box, float("inf"), True))
        for index, each in shown.items()
    )


def _past_frame(session: Session, index: int, result: TrackResult) -> PastFrame:
    reference = reference_box(session, index)
    return past_frame(index, result, reference=None if reference is None else reference.box)


def _said_of(scene: FrameScene) -> Reference | None:
    """Where the object is by a person or by ground truth, or why it has no box."""
    if scene.is_outside:
        return Absence.LEFT
    said = None if scene.track is None else scene.track.shown
    if said is not None and said.kind is ShownKind.HUMAN and said.visibility is not Visibility.VISIBLE:
        return Absence.OCCLUDED if said.visibility is Visibility.OCCLUDED else Absence.LEFT
    reference: Box | None = None if scene.reference is None else scene.reference.box
    return reference
