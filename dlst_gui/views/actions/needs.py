"""What commands wait for, and how it is told."""

from __future__ import annotations

from dlst_gui.run_state import RunState
from dlst_gui.session import Session
from dlst_gui.views.action_specs import VIDEO, Need


def _is_editable(session: Session) -> bool:
    return VIDEO.is_met(session) and not session.state.is_busy


def _can_remove(session: Session) -> bool:
    return _is_editable(session) and session.target.keyframe(session.playhead.frame_index) is not None


def _has_first_box(session: Session) -> bool:
    source = session.playhead.source
    return _is_editable(session) and source is not None and source.first_box is not None


EDITABLE = Need(_is_editable, "Open a video, or pause the tracker, first")
OWN_BOX = Need(_can_remove, "There is no box of yours on this frame, or the tracker is at work")
FIRST_BOX = Need(_has_first_box, "This video comes without ground truth, or the tracker is at work")
BOX = Need(lambda session: session.can_track, "Draw a box first, or wait until the tracker pauses")
BOX_OR_RUN = Need(lambda session: session.state.is_busy or session.can_track, "Draw a box first")
RUN = Need(lambda session: session.state.is_busy or session.state is RunState.PAUSED, "Nothing is being tracked")
