"""The box that a tracker's are held against, where somebody has said where the object is."""

from __future__ import annotations

from dlst_gui.evidence.true_box import true_box
from dlst_gui.overlays import ReferenceBox
from dlst_gui.project.tracks import Visibility
from dlst_gui.session.session import Session

REFERENCE_NAMES = {"manual": "the manual box", "true": "the ground truth"}
"""For sentences, by the name of a `ReferenceBox`."""


def reference_box(session: Session, frame_index: int) -> ReferenceBox | None:
    """The selected track's manual box on a frame, or the true one of the source; None where nobody has said."""
    project, source, track_id = session.project, session.playhead.source, session.selected_track
    if project is None or track_id is None or not project.has_track(track_id):
        return None
    manual = project.keyframe(track_id, frame_index)
    if manual is not None:
        return None if manual.visibility is Visibility.OUTSIDE else ReferenceBox(manual.box, "manual")
    found = None if source is None else true_box(project, track_id, source.ground_truth, frame_index)
    return None if found is None else ReferenceBox(found, "true")
