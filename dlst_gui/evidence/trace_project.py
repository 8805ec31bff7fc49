"""A file of evidence as a project that can be read only: an object for each that it tells of, with its boxes."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.evidence.kept_frame import TraceRow
from dlst_gui.evidence.trace import Trace
from dlst_gui.evidence.trace_database import errors_named
from dlst_gui.evidence.trace_facts import DamagedTraceError, TraceError, TraceFacts
from dlst_gui.project.changes import Change, KeyframesChange, PredictionChange, TrackChange
from dlst_gui.project.conversions import Tell, untold
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.history import EditHistory
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.opening import OpenProject
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.run_facts import keep_run_facts
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.track_colors import next_color
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core import UpdateKind

MANY_ROWS = 20_000
"""Ours. Reading so many takes half a second."""

LABEL = "object"
TOLD_EVERY = 1000  # rows
LONGEST_NAME = 80
"""Ours. Characters of a video's name in a sentence."""

_LARGEST_RUN = 2**31 - 1

NOTICE = (
    "This is evidence of {}, without the video: nothing can be changed or tracked here. Open the video itself to "
    "work on it."
)


def is_long_to_read(path: Path) -> bool:
    """Whether `trace_project` takes so long that it belongs into another thread."""
    with suppress(TraceError), Trace(path) as trace:
        return len(trace) > MANY_ROWS
    return False


def trace_project(path: Path, tell: Tell = untold) -> OpenProject:
    """What a file of evidence tells, as a project in memory that takes no changes.

    Its video is the one that was tracked. On frames of two passes the box is the surer one's.

    Args:
        path: of the file.
        tell: hears how far it is, and may raise to leave it.

    Raises:
        ProjectFileError: it cannot be read, or part of it makes no sense.
    """
    try:
        return _read(path, tell)
    except TraceError as error:
        raise ProjectFileError(path, str(error).removeprefix(f"{path}: ")) from error


def frames_told_of(project: Project) -> NDArray[np.int64]:
    """Frames of which a `trace_project` tells, of any object, ascending."""
    frames = [
        block.frame_indices
        for track in project.tracks()
        for block in (project.predictions(track.track_id), project.keyframe_block(track.track_id))
    ]
    return np.unique(np.concatenate(frames)).astype(np.int64) if frames else np.zeros(0, np.int64)


def shown_name(name: str) -> str:
    """A video's name for a sentence: others may have written one of any length."""
    return name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…"


def _read(path: Path, tell: Tell) -> OpenProject:
    with Trace(path) as trace:
        rows: defaultdict[int, dict[int, TraceRow]] = defaultdict(dict)
        total, place = len(trace), (-1, 0, False)
        for done, row in enumerate(trace.rows()):
            if done % TOLD_EVERY == 0:
                tell(done, total)
            place, before = (row.frame_index, row.track_id, row.is_backward), place
            if place == before:
                continue  # an earlier look: the latest comes first
            known = rows[row.track_id].get(row.frame_index)
            if known is None or _rank(row) > _rank(known):
                rows[row.track_id][row.frame_index] = row
            if len(rows) > limits.MOST_TRACKS:
                raise DamagedTraceError(path, f"it tells of over {limits.MOST_TRACKS:,} objects")
        facts, runs = trace.facts, trace.runs
    store = ProjectStore.in_memory(_video_of(facts))
    try:
        for run_id, made_with in runs.items():
            keep_run_facts(store, run_id, made_with)
        project = store.read_project()
        with errors_named(path):
            for track_id in sorted(rows):
                project.apply(*_track(project, track_id, list(rows[track_id].values())))
        store.make_read_only()
        return OpenProject(
            store, project, EditHistory(project, store), NOTICE.format(shown_name(facts.video_name))
        )
    except BaseException:
        store.close()
        raise


def _video_of(facts: TraceFacts) -> VideoIdentity:
    return VideoIdentity(facts.video_name, facts.frame_count, facts.width, facts.height, 0, facts.fingerprints)


def _rank(row: TraceRow) -> tuple[bool, float]:
    return row.is_manual, row.score


def _track(project: Project, track_id: int, rows: list[TraceRow]) -> list[Change]:
    """What makes a track of its rows; ValueError where they make no sense."""
    changes: list[Change] = [TrackChange(None, TrackInfo(track_id, LABEL, next_color(project)))]
    manual = KeyframeBlock.of(Keyframe(row.frame_index, row.box) for row in rows if row.is_manual)
    if len(manual):
        changes.append(KeyframesChange(None, manual, track_id))
    tracked = PredictionBlock.of(_prediction(row) for row in rows if not row.is_manual)
    if len(tracked):
        changes.append(PredictionChange(None, tracked, track_id))
    return changes


def _prediction(row: TraceRow) -> Prediction:
    run_id = row.run_id if row.run_id <= _LARGEST_RUN else 0
    return Prediction(row.frame_index, row.box, row.score, row.is_found, run_id, UpdateKind.NONE)
