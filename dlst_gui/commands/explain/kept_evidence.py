"""What was kept of a project's frames, and which of it explains the boxes that the project has now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace

from dlst_gui.evidence.belonging import explaining
from dlst_gui.evidence.kept_frame import KeptFrame, TraceRow
from dlst_gui.evidence.trace import Trace
from dlst_gui.project.project import Project


def kept_of_project(
    trace: Trace, project: Project, track_id: int, frames: Collection[int]
) -> Mapping[int, KeptFrame]:
    """By frame, what explains the tracked box there, also where the object had another number then."""
    rows = rows_by_frame(trace, frames)
    kept: dict[int, KeptFrame] = {}
    for frame in frames:
        prediction = project.prediction(track_id, frame)
        seen = [_read(trace, row) for row in rows.get(frame, ())]
        if prediction is None:
            continue
        found = explaining((each.evidence for each in seen), prediction)
        for each in seen:
            if each.evidence is found:
                kept[frame] = replace(each, evidence=replace(found, track_id=track_id))
    return kept


def kept_of_trace(trace: Trace, track_id: int, frames: Collection[int]) -> Mapping[int, KeptFrame]:
    """By frame, what a file of evidence says of an object; forward where both directions are kept."""
    rows = rows_by_frame(trace, frames)
    kept: dict[int, KeptFrame] = {}
    for frame, on_frame in rows.items():
        for row in on_frame:
            if row.track_id == track_id and frame not in kept:
                kept[frame] = _read(trace, row)
    return kept


def rows_by_frame(trace: Trace, frames: Collection[int]) -> Mapping[int, list[TraceRow]]:
    """What is kept of these frames, forward before backward."""
    wanted = frames if isinstance(frames, range) else frozenset(frames)
    rows: dict[int, list[TraceRow]] = defaultdict(list)
    for row in trace.rows():
        if row.frame_index in wanted:
            rows[row.frame_index].append(row)
    return rows


def _read(trace: Trace, row: TraceRow) -> KeptFrame:
    return KeptFrame(trace.evidence_of(row), row.reasons, row.run_id)
