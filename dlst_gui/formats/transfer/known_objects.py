"""Objects of a file that a project has already: the same file, or an export of the project, imported again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import AnnotatedVideo, BoxColumns, LabelSet, ObjectTrack
from dlst_gui.formats.transfer.import_edit import SAME_BOX_PX
from dlst_gui.formats.transfer.selection import Selection, selected_labels, shown_columns
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
    near = _Near(project, labels.video)
    known: dict[int, int] = {}
    for track in labels.tracks if free else ():
        columns = track.columns.where(track.columns.is_present)
        if not len(columns):
            continue
        same = (
            each for each in near.of(columns) if free.get(each) == track.label and _shows(project, each, columns)
        )
        # An export keeps ids where it can.
        found = track.track_id if _is_itself(project, free, track, columns) else next(same, None)
        if found is not None:
            known[track.track_id] = found
            del free[found]
    return known


class _Near:
    """Which tracks of a project may be an object: thousands cannot be held against thousands of others."""

    def __init__(self, project: Project, video: AnnotatedVideo) -> None:
        every_frame = np.arange(video.frame_count, dtype=np.int32)
        self._tracks = selected_labels(project, replace(video, frames=every_frame), Selection()).tracks
        self._by_frame: dict[int, tuple[NDArray[np.float64], NDArray[np.int64]]] = {}

    def of(self, columns: BoxColumns) -> Iterator[int]:
        """The ids of tracks whose left edge is near the object's on its first frame, in the order of tracks."""
        frame, left = int(columns.frame_indices[0]), float(columns.boxes_xywh[0, 0])
        if frame not in self._by_frame:
            self._by_frame[frame] = self._on(frame)
        edges, ids = self._by_frame[frame]
        low, high = np.searchsorted(edges, [left - 2 * SAME_BOX_PX, left + 2 * SAME_BOX_PX]).tolist()
        yield from np.sort(ids[low:high]).tolist()

    def _on(self, frame: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """(n,) ascending left edges of the boxes that a frame shows, and (n,) ids of their tracks."""
        shown = [(each.track_id, each.boxes.between(frame, frame)) for each in self._tracks]
        there = [(track_id, box.boxes_xywh[0, 0]) for track_id, box in shown if len(box)]
        ids, edges = np.array([each for each, _ in there], dtype=np.int64), np.array([edge for _, edge in there])
        order = np.argsort(edges)
        return edges[order], ids[order]


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
