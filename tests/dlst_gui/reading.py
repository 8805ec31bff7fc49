"""What tests read from a session about its selected track."""

from __future__ import annotations

from collections.abc import Mapping

from dlst_gui.project.tracks import Keyframe, Prediction, ShownKind
from dlst_gui.session.session import Session
from tracker_core import Box


def shown_box(session: Session, frame_index: int) -> Box | None:
    """Human or tracked; not what interpolation shows."""
    track_id = session.selected_track
    shown = None if track_id is None else session.selection.shown(track_id, frame_index)
    return None if shown is None or shown.kind is ShownKind.INTERPOLATED else shown.box


def keyframe(session: Session, frame_index: int) -> Keyframe | None:
    """The manual box on a frame."""
    if session.project is None or session.selected_track is None:
        return None
    return session.project.keyframe(session.selected_track, frame_index)


def keyframe_indices(session: Session) -> tuple[int, ...]:
    """Frames with a manual box."""
    if session.project is None or session.selected_track is None:
        return ()
    return tuple(each.frame_index for each in session.project.keyframes(session.selected_track))


def predictions(session: Session, track_id: int | None = None) -> Mapping[int, Prediction]:
    """Those that count, by frame, after the run has written what it found; of the selected track, or another."""
    session.run.write()
    wanted = session.selected_track if track_id is None else track_id
    if session.project is None or wanted is None:
        return {}
    found = session.project.predictions(wanted).predictions()
    return {each.frame_index: each for each in found if not each.is_superseded}


def prediction(session: Session, frame_index: int) -> Prediction | None:
    """What the tracker said about a frame, hidden by a manual box or not."""
    session.run.write()
    if session.project is None or session.selected_track is None:
        return None
    return session.project.prediction(session.selected_track, frame_index)
