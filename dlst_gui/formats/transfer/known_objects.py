"""Objects of a file that a project has already: the same file, or an export of the project, imported again."""

from __future__ import annotations

import numpy as np

from dlst_gui.formats.labels.model import BoxColumns, LabelSet, ObjectTrack
from dlst_gui.formats.transfer.import_edit import SAME_BOX_PX
from dlst_gui.formats.transfer.selection import shown_columns
from dlst_gui.project.project import Project

_LOOKED_AT_FIRST = 3
"""Boxes of an object, evenly spread: most other objects differ in one of them."""

_ROWS_AT_ONCE = 4096


def known_objects(project: Project, labels: LabelSet) -> dict[int, int]:
    """Which of the labels' objects the project shows box for box, under the same label.

    Args:
        project: of the same video; read only.
        labels: from a reader.

    Returns:
        The id of an object in the labels, and that of the track which is it. No two objects are the same track.
    """
    free = {info.track_id: info.label for info in project.tracks()}
    known: dict[int, int] = {}
    for track in labels.tracks if free else ():
        columns = track.columns.where(track.columns.is_present)
        if not len(columns):
            continue
        same = (each for each, label in free.items() if label == track.label and _shows(project, each, columns))
        # An export keeps ids where it can.
        found = track.track_id if _is_itself(project, free, track, columns) else next(same, None)
        if found is not None:
            known[track.track_id] = found
            del free[found]
    return known


def _is_itself(project: Project, free: dict[int, str], track: ObjectTrack, columns: BoxColumns) -> bool:
    return free.get(track.track_id) == track.label and _shows(project, track.track_id, columns)


def _shows(project: Project, track_id: int, columns: BoxColumns) -> bool:
    places = np.unique(np.linspace(0, len(columns) - 1, _LOOKED_AT_FIRST).astype(np.int64))
    few = np.isin(columns.frame_indices, columns.frame_indices[places])
    if not _shows_all(project, track_id, columns.where(few)):
        return False
    parts = range(0, len(columns), _ROWS_AT_ONCE)
    return all(_shows_all(project, track_id, columns.rows(low, low + _ROWS_AT_ONCE)) for low in parts)


def _shows_all(project: Project, track_id: int, columns: BoxColumns) -> bool:
    shown = shown_columns(project, track_id, columns.frame_indices)
    if len(shown) != len(columns) or not shown.is_present.all():
        return False
    return bool((np.abs(shown.boxes_xywh - columns.boxes_xywh) <= SAME_BOX_PX).all())
