"""The box that a tracker's are held against, where somebody has said where the object is."""

from __future__ import annotations

from dlst_gui.overlays import ReferenceBox
from dlst_gui.project.tracks import Visibility
from dlst_gui.session.session import Session

REFERENCE_NAMES = {"manual": "your box", "true": "the true box"}
"""For sentences, by the name of a `ReferenceBox`."""
SAME_OBJECT = 0.5  # IoU of a manual box with the true one of its frame


def reference_box(session: Session, frame_index: int) -> ReferenceBox | None:
    """The selected track's manual box on a frame, or the true one of the source; None where nobody has said.

    The true boxes of a source are those of one object: they count for a track whose first manual box lies on it.
    """
    project, source, track_id = session.project, session.playhead.source, session.selected_track
    if project is None or track_id is None or not project.has_track(track_id):
        return None
    manual = project.keyframe(track_id, frame_index)
    if manual is not None:
        return None if manual.visibility is Visibility.OUTSIDE else ReferenceBox(manual.box, "manual")
    truth = None if source is None else source.ground_truth
    true_box = truth[frame_index] if truth and frame_index < len(truth) else None
    first = project.keyframe_at_or_before(track_id, 0) or project.keyframe_after(track_id, 0)
    if true_box is None or truth is None or first is None or first.frame_index >= len(truth):
        return None
    true_first = truth[first.frame_index]
    is_same = true_first is not None and true_first.iou(first.box) >= SAME_OBJECT
    return ReferenceBox(true_box, "true") if is_same else None
