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
    first = project.keyframe_at_or_before(track_id, 0) or project.keyframe_after(track_id, 0)
    return None if first is None else true_box_since(first.frame_index, first.box, truth, frame_index)


def true_box_since(
    first_frame: int, first_box: Box, truth: Sequence[Box | None] | None, frame_index: int
) -> Box | None:
    """The same of an object whose first manual box is known; frames are 0-based."""
    if not truth or max(first_frame, frame_index) >= len(truth):
        return None
    true_first = truth[first_frame]
    is_same = true_first is not None and true_first.iou(first_box) >= SAME_OBJECT
    return truth[frame_index] if is_same else None
