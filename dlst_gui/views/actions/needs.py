"""What commands wait for, and how it is told."""

from __future__ import annotations

from dlst_gui.project.tracks import ShownKind
from dlst_gui.session.run_state import RunState
from dlst_gui.session.session import Session
from dlst_gui.views.actions.action_specs import Need


def _has_first_box(session: Session) -> bool:
    source = session.playhead.source
    return session.can_edit and source is not None and source.first_box is not None


def _has_range(session: Session) -> bool:
    source = session.playhead.source
    return source is not None and source.annotated.shown_range is not None


def _has_object_to_track(session: Session) -> bool:
    return session.selection.has_manual_boxes and not session.is_trace


def _has_box(session: Session) -> bool:
    selection = session.selection
    return session.can_edit and (selection.shown_here is not None or selection.held_here is not None)


def _has_own_box(session: Session) -> bool:
    shown = session.selection.shown_here
    return session.can_edit and shown is not None and shown.kind is ShownKind.HUMAN


def _has_tracks(session: Session) -> bool:
    return session.is_free and session.project is not None and bool(session.project.tracks())


def _has_another_track(session: Session) -> bool:
    """Of several objects that are tracked, those that are meant wait as soon as they are asked for."""
    project, is_in_time = session.project, session.can_edit or session.run.targets.are_several
    if project is None or session.selected_track is None or not session.current_project.is_writable:
        return False
    return is_in_time and len(project.tracks()) > 1


def _can_undo(session: Session) -> bool:
    history = session.current_project.history
    return history is not None and history.undo_title is not None and session.current_project.is_writable


def _can_redo(session: Session) -> bool:
    history = session.current_project.history
    return history is not None and history.redo_title is not None and session.current_project.is_writable


def _can_stop(session: Session) -> bool:
    is_at_work = session.state.is_busy or session.state in (RunState.PAUSED, RunState.CHANGING)
    return is_at_work or session.task.is_going or session.playhead.opening is not None


_FIRST_A_BOX = "Draw a box or pause the tracker first"

PROJECT = Need(lambda session: session.project is not None, "Open a video first")
VIDEO_AT_HAND = Need(
    lambda session: session.project is not None and not session.is_trace, "Open a video first", is_edit=True
)
WRITABLE = Need(lambda session: session.current_project.is_writable, "Open a video first", is_edit=True)
JOBS = Need(lambda session: session.jobs.list is not None, "Open a folder of videos first")
OPENING = Need(lambda session: session.playhead.opening is not None, "Nothing is being opened")
EDITABLE = Need(lambda session: session.can_edit, "Pause the tracker first", is_edit=True)
SHOWN_BOX = Need(_has_box, "No box on this frame, or the tracker is running", is_edit=True)
OWN_BOX = Need(_has_own_box, "No manual box on this frame, or the tracker is running", is_edit=True)
FIRST_BOX = Need(_has_first_box, "This video has no ground truth, or the tracker is running", is_edit=True)
OBJECT = Need(_has_object_to_track, "Draw a box around an object first", is_edit=True)
TRACK = Need(
    lambda s: s.can_edit and s.selected_track is not None, "Draw a box or pause the tracker first", is_edit=True
)
ANY_TRACK = Need(_has_tracks, _FIRST_A_BOX, is_edit=True)
TWO_TRACKS = Need(
    _has_another_track,
    "There is only one object, or the tracker is running",
    is_edit=True,
)
ASKED_ABOUT_TWO = Need(
    lambda session: session.run.targets.meeting_of(session.selected_track) is not None,
    "Nothing is asked about this object",
    is_edit=True,
)
UNDO = Need(_can_undo, "Nothing to undo", is_edit=True)
REDO = Need(_can_redo, "Nothing to redo", is_edit=True)
BOX = Need(lambda session: session.tracking.can_track, _FIRST_A_BOX, is_edit=True)
BOX_OR_RUN = Need(
    lambda session: session.state.is_busy or session.tracking.can_track, "Draw a box first", is_edit=True
)
WAITING = Need(lambda session: bool(session.run.targets.waiting), "No object waits for you")
STOPPABLE = Need(_can_stop, "Nothing is being tracked, imported or opened")
DEEP_IMAGES = Need(_has_range, "Open images of over 8 bits first: only these have a range of values")
