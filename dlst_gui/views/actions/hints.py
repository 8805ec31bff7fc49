"""What to do next, in one line on the frame."""

from __future__ import annotations

from dlst_gui.evidence.trace_project import shown_name
from dlst_gui.session.run_state import RunState
from dlst_gui.session.run_targets import WaitingTarget
from dlst_gui.session.session import Session

UPDATING = "The project was made by an older version, and is being updated"
NO_PROJECT = "View only: this video was opened without a project. Open it again to choose one"


def without_project(session: Session) -> str:
    """Why nothing can be changed where there is no project."""
    return UPDATING if session.task.is_going else NO_PROJECT


def hint_for(session: Session, *, track_key: str, outside_key: str) -> str:
    """Empty where nothing needs to be said; the keys are those that the user presses, or their commands' names."""
    state = session.state
    if state is RunState.EMPTY or session.playhead.is_playing:
        return ""
    if session.playhead.is_unreadable:
        return f"Frame {session.playhead.frame_index} cannot be read: it is damaged, or its decoder crashed"
    if state is RunState.LEARNING and not _is_waiting(session):
        return _hint_while_learning(session)
    if session.project is None or session.current_project.is_read_only:
        return _hint_without_changes(session)
    if session.selection.begins_new_track or not session.selection.has_manual_boxes:
        is_another = session.selection.begins_new_track and bool(session.project.tracks())
        return "Drag a box around the new object, or press Esc" if is_another else "Drag a box around the object"
    if session.selection.is_interpolated and not session.state.is_busy:
        hint = "" if session.selection.held_here is None else "Drag the box to where the object is now"
    else:
        hint = _hint_for_run(session, track_key, outside_key)
    return hint


def _hint_without_changes(session: Session) -> str:
    """Where there is no project, or one that can be read only, which is told when it is opened."""
    project = session.project
    if session.is_trace:
        name = "" if project is None else f" of {shown_name(project.video.path)}"
        return f"View only: evidence{name}, without the video"
    return without_project(session) if project is None else ""


def _hint_while_learning(session: Session) -> str:
    if session.tracking.is_learning_here:
        return "Learning this box … drag it again if it is not right"
    place, are_several = session.run.targets.learning_place, session.run.targets.are_several
    if place is not None:
        return f"Learning object {place[0]} of {place[1]} …"
    return "Learning the box …" if are_several else "Learning the target …"


def _is_waiting(session: Session) -> bool:
    return _waiting(session) is not None


def _waiting(session: Session) -> WaitingTarget | None:
    """The selected object where it waits for a person while others may go on."""
    targets = session.run.targets
    found = (each for each in targets.waiting if each.track_id == session.selected_track)
    return next(found, None) if targets.are_several else None


def _hint_where_it_waits(session: Session, waiting: WaitingTarget, outside_key: str) -> str:
    name = session.current_project.name_of(waiting.track_id)
    frames = sorted((waiting.since_frame, waiting.last_frame))
    if not frames[0] <= session.playhead.frame_index <= frames[1]:
        return f"{name} waits on frame {waiting.since_frame}: click it in the row below to go there"
    if waiting.is_held:
        return f"{name} waits: drag its box right, or select another object to let it go on"
    return f"{name} waits: drag a box around it, or press {outside_key} if it is not in the frame"


def _hint_for_run(session: Session, track_key: str, outside_key: str) -> str:
    if (waiting := _waiting(session)) is not None:
        return _hint_where_it_waits(session, waiting, outside_key)
    if session.selection.is_lost and session.state is RunState.TRACKING:
        return f"Target lost: press {track_key} to pause, then drag a box around it"
    if session.selection.is_lost and session.selection.is_paused:
        outside = f"{outside_key} if it is not in the frame"
        return f"Target lost: drag a box around it, press {outside}, or {track_key} to continue"
    if session.selection.is_lost:
        return "Target lost: drag a box around it"
    return "" if session.state.is_busy else _hint_at_rest(session, track_key)


def _hint_at_rest(session: Session, track_key: str) -> str:
    """Of an object that is not lost here, while no run is at work."""
    if session.selection.is_outside(session.playhead.frame_index):
        return "Marked as outside: draw a box where it reappears"
    if session.selection.is_paused:
        return f"Drag the box to correct it, or press {track_key} to continue"
    return "" if session.selection.has_predictions else f"Press {track_key} to track"
