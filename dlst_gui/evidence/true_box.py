"""Which of a source's true boxes are those of an object."""

from __future__ import annotations

from collections.abc import Sequence

from dlst_gui.project.project import Project
from tracker_core import Box

SAME_OBJECT = 0.5
"""Ours. IoU of a manual box with the true one of its frame."""


def true_box(project: Project, track_id: int, truth: Sequence[Box | None] | None, frame_index: int) -> Box | None:
    """The true box of a track on a frame; None where it is not known.

    The true boxes of a source are those of one object: they count for a track whose first manual box lies on it.

    Args:
        project: has the manual boxes.
        track_id: of the track.
        truth: of the source, one entry per frame; None where it has none.
        frame_index: 0-based.
    """
    found = truth[frame_index] if truth and frame_index < len(truth) else None
    first = project.keyframe_at_or_before(track_id, 0) or project.keyframe_after(track_id, 0)
    if found is None or truth is None or first is None or first.frame_index >= len(truth):
        return None
    true_first = truth[first.frame_index]
    is_same = true_first is not None and true_first.iou(first.box) >= SAME_OBJECT
    return found if is_same else None
