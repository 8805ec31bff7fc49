"""A frame of a track that is kept, and rows of it in a file."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np

from dlst_gui.evidence.reasons import ORDINARY, Reason
from dlst_gui.evidence.stored_scores import StoredScores
from dlst_gui.project.rows import whole_number
from dlst_gui.project.tracks import LAST_FRAME
from tracker_core import Box
from tracker_core.evidence import EvidenceError, FrameEvidence, decoded

_COLUMNS = (
    "row_id, frame_index, track_id, is_backward, run_id, reasons, x, y, width, height, score, is_found, is_manual"
)
_CONTENTS = (
    "SELECT data, frame.frame_index, frame.track_id, frame.is_backward FROM frame JOIN content USING (row_id)"
)
_BY_FRAME = "ORDER BY frame_index, track_id, is_backward, row_id DESC"
_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class KeptFrame:
    """Evidence on its way into a file.

    Attributes:
        run_id: of the project's run that it is of; 0 where that is not known.
    """

    evidence: FrameEvidence
    reasons: Reason = ORDINARY
    run_id: int = 0


@dataclass(frozen=True, slots=True)
class TraceRow:
    """What a file says of a frame before its evidence is read.

    Attributes:
        row_id: within the file; of two looks at one frame of a track and direction the later one has the larger.
        frame_index: 0-based.
        reasons: why it was kept.
        score: how sure the tracker is of the box; see `TrackResult`.
        is_manual: whether a person's box was learned there.
    """

    row_id: int
    frame_index: int
    track_id: int
    is_backward: bool
    run_id: int
    reasons: Reason
    box: Box
    score: float
    is_found: bool
    is_manual: bool


def rows_where(
    connection: sqlite3.Connection, condition: str = "", values: tuple[int, ...] = ()
) -> Iterator[TraceRow]:
    """Rows by frame and track, the latest look first; ValueError where one makes no sense."""
    query = f"SELECT {_COLUMNS} FROM frame {condition} {_BY_FRAME}"
    for row in connection.execute(query, values):
        row_id, frame_index, track_id, is_backward, run_id, reasons, *numbers, score, is_found, is_manual = row
        if not all(isinstance(each, float) for each in (*numbers, score)):  # damage changes types as well
            raise ValueError("a box has values that are no numbers")
        if not all(map(math.isfinite, numbers)) or math.isnan(score):
            raise ValueError("a box has numbers that are none")
        yield TraceRow(
            int(row_id),
            whole_number(frame_index, "a frame"),
            track_number(track_id),
            bool(is_backward),
            whole_number(run_id, "a run's number", most=_LARGEST_ID),
            Reason(whole_number(reasons, "reasons", most=2 * max(Reason) - 1)),
            Box(*numbers),
            score,
            bool(is_found),
            bool(is_manual),
        )


def track_number(value: object) -> int:
    """An object's number as a file has it; ValueError where it is none."""
    return whole_number(value, "an object's number", most=_LARGEST_ID)


def scores_in(connection: sqlite3.Connection) -> StoredScores:
    """Of all that trackers saw; not of manual boxes, which nothing explains."""
    query = "SELECT frame_index, score FROM frame WHERE is_manual = 0 AND frame_index BETWEEN 0 AND ?"
    rows = np.array(connection.execute(query, (LAST_FRAME,)).fetchall(), np.float64).reshape(-1, 2)
    return StoredScores.of(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.float32))


def contents_where(
    connection: sqlite3.Connection, condition: str, values: tuple[int, ...] = ()
) -> Iterator[FrameEvidence]:
    """Evidence by frame and track, the latest look first; ValueError where some cannot be decoded."""
    query = f"{_CONTENTS} {condition} {_BY_FRAME}"
    for row in connection.execute(query, values):
        yield _content(*row)


def evidence_on(connection: sqlite3.Connection, frame_index: int) -> tuple[FrameEvidence, ...]:
    """Of all tracks on a frame; what cannot be decoded is left out."""
    found: list[FrameEvidence] = []
    for row in connection.execute(f"{_CONTENTS} WHERE frame_index = ? {_BY_FRAME}", (frame_index,)):
        with suppress(EvidenceError, ValueError):
            found.append(_content(*row))
    return tuple(found)


def _content(data: object, frame_index: object, track_id: object, is_backward: object) -> FrameEvidence:
    if not isinstance(data, bytes):
        raise ValueError("evidence is no bytes")
    evidence = decoded(data)
    if (evidence.frame_index, evidence.is_backward) != (frame_index, bool(is_backward)):
        raise ValueError("evidence lies under another frame than its own")
    return replace(evidence, track_id=track_number(track_id))
