"""Writes a file of evidence, and keeps it within its size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import Self

from dlst_gui.evidence.kept_frame import KeptFrame, evidence_on, scores_in
from dlst_gui.evidence.reasons import Reason
from dlst_gui.evidence.stored_scores import StoredScores
from dlst_gui.evidence.trace_database import (
    ANOTHER_FILE,
    TraceKind,
    bring_up_to_date,
    connected,
    create,
    errors_named,
)
from dlst_gui.evidence.trace_facts import DamagedTraceError, TraceError, TraceFacts, facts_from, run_row
from dlst_gui.files import rename_new
from dlst_gui.project.placement import logs_of
from dlst_gui.project.run_facts import RunFacts
from dlst_gui.project.video_identity import VideoIdentity
from tracker_core.evidence import EvidenceError, FrameEvidence, encoded

DEFAULT_LIMIT_BYTES = 256 * 2**20
"""Ours: 75,000 frames of the default system, 30,000 of the paper's."""

LOOKS_KEPT = 3
"""Ours. At one frame of a track and direction, beside a project: undo brings back the boxes of earlier runs."""

_SMALLEST_PAGE = 512  # bytes; a database has whole pages
_DROPPED_AT_ONCE = 16  # rows
_CHECKPOINT_PAGES = 64  # a megabyte of log at most is left where the program is killed


def remove_sidecar(path: Path) -> None:
    """Remove a file of evidence with its logs; TraceError where that cannot be done."""
    try:
        for each in (path, *logs_of(path)):
            each.unlink(missing_ok=True)
    except OSError as error:
        raise TraceError(path, f"it cannot be replaced ({error.strerror})") from error


def set_aside(path: Path) -> Path:
    """Give what lies in the place of a sidecar, and cannot be read, a name that nothing has, which is returned.

    Raises:
        TraceError: that cannot be done, or by its size it is something else.
    """
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in count())
    try:
        if path.stat().st_size % _SMALLEST_PAGE:
            raise TraceError(path, ANOTHER_FILE)  # it never was a sidecar
        kept = next(name for name in names if not name.exists())
        rename_new(path, kept)
        for log in logs_of(path):  # which fit no other file
            log.unlink(missing_ok=True)
    except OSError as error:
        raise TraceError(path, f"it cannot be moved away ({error.strerror})") from error
    return kept


class TraceWriter:
    """An opened file of evidence; belongs to one thread. A killed process loses what was not yet kept.

    Args:
        connection: of the file.
        path: of the file.
        limit_bytes: beyond it the oldest go: first ordinary frames, then others. None for no limit.
        looks_kept: at one frame of a track and direction: so many of the latest, each with another box or score.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, limit_bytes: int | None, looks_kept: int = 1
    ) -> None:
        self._connection = connection
        self._path = path
        self._limit_bytes = limit_bytes
        self._looks_kept = looks_kept
        with errors_named(path):
            # A log costs no waiting for the disk, and after a power cut the file is as it was at some moment.
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            bring_up_to_date(connection)
            self._page_size = connection.execute("PRAGMA page_size").fetchone()[0]
            self._shorten()

    @classmethod
    def sidecar(
        cls, path: Path, video: VideoIdentity, facts: TraceFacts, limit_bytes: int = DEFAULT_LIMIT_BYTES
    ) -> Self:
        """The file beside a project; one that is damaged or about another video is begun anew.

        Raises:
            TraceError: it cannot be written, a newer program has made it, or it is something else.
            UnreadableTraceError: it is no database.
        """
        if _is_of_no_use(path, video):
            remove_sidecar(path)
        if not path.exists() or path.stat().st_size == 0:
            create(path, facts, TraceKind.SIDECAR)
        return cls(connected(path, read_only=False), path, limit_bytes, LOOKS_KEPT)

    @classmethod
    def trace(cls, path: Path, facts: TraceFacts) -> Self:
        """A person's file: begun where there is none, else gone on with; TraceError as `sidecar`."""
        if not path.exists():
            create(path, facts, TraceKind.TRACE)
        return cls.taken_up(path)

    @classmethod
    def taken_up(cls, path: Path) -> Self:
        """A file that was begun before, without a limit; TraceError as `sidecar`."""
        return cls(connected(path, read_only=False), path, None)

    def keep(self, frames: Iterable[KeptFrame], runs: Mapping[int, RunFacts] | None = None) -> None:
        """Write frames; of the same track, frame and direction, looks beyond `looks_kept` go.

        One with the same box and score takes the place of what there was, and keeps the reasons that it was kept
        for. What cannot be encoded is left out.

        Raises:
            TraceError: they cannot be written; none of them is.
        """
        with errors_named(self._path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for run_id, facts in (runs or {}).items():
                connection.execute("INSERT OR REPLACE INTO run VALUES (?, ?)", (run_id, run_row(facts)))
            for kept in frames:
                with suppress(EvidenceError):
                    self._write(kept, encoded(kept.evidence))
            self._make_room()

    def mark(self, frame_index: int, track_id: int, reasons: Reason) -> None:
        """Add reasons to what is kept of a frame."""
        with errors_named(self._path), self._connection as connection:
            connection.execute(
                "UPDATE frame SET reasons = reasons | ? WHERE frame_index = ? AND track_id = ?",
                (int(reasons), frame_index, track_id),
            )

    def cut(self, last_frame: int) -> None:
        """Forget all frames after one."""
        with errors_named(self._path), self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            rows = "SELECT row_id FROM frame WHERE frame_index > ?"
            connection.execute(f"DELETE FROM content WHERE row_id IN ({rows})", (last_frame,))
            connection.execute("DELETE FROM frame WHERE frame_index > ?", (last_frame,))

    def count(self) -> int:
        """Frames that are kept."""
        with errors_named(self._path):
            return int(self._connection.execute("SELECT count(*) FROM frame").fetchone()[0])

    def evidence_on(self, frame_index: int) -> tuple[FrameEvidence, ...]:
        """Of all tracks on a frame; what cannot be decoded is left out."""
        with errors_named(self._path):
            return evidence_on(self._connection, frame_index)

    def scores(self) -> StoredScores:
        """Of which frames it tells."""
        with errors_named(self._path):
            return scores_in(self._connection)

    def close(self) -> None:
        """Fold the log in, so that the file can be given away alone; may be called twice."""
        with suppress(sqlite3.Error):  # somebody reads it: it stays with its log
            self._connection.execute("PRAGMA journal_mode = DELETE")
        with suppress(sqlite3.Error):
            self._connection.close()

    @property
    def used_bytes(self) -> int:
        """Of the file, without what is free in it."""
        pages, free = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count")
        )
        return int(pages - free) * int(self._page_size)

    def _write(self, kept: KeptFrame, data: bytes) -> None:
        evidence, connection = kept.evidence, self._connection
        place = (evidence.frame_index, evidence.track_id, int(evidence.is_backward))
        where = "WHERE frame_index = ? AND track_id = ? AND is_backward = ?"
        numbers = (*map(float, evidence.box), float(evidence.score))
        same = "(x, y, width, height, score) = (?, ?, ?, ?, ?)"
        looks = f"SELECT row_id, reasons, {same} FROM frame {where} ORDER BY row_id DESC"
        earlier = connection.execute(looks, (*numbers, *place)).fetchall()
        reasons = int(kept.reasons)
        for _, known, is_same in earlier:
            reasons |= known if is_same else 0
        others = [row_id for row_id, _, is_same in earlier if not is_same]
        gone = {row_id for row_id, _, _ in earlier}.difference(others[: self._looks_kept - 1])
        for table in ("content", "frame"):
            connection.executemany(f"DELETE FROM {table} WHERE row_id = ?", [(each,) for each in gone])
        row_id = connection.execute(
            "INSERT INTO frame VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *place,
                kept.run_id,
                reasons,
                *numbers,
                int(evidence.is_found),
                int(evidence.is_manual),
            ),
        ).lastrowid
        connection.execute("INSERT OR REPLACE INTO content VALUES (?, ?)", (row_id, data))

    def _shorten(self) -> None:
        """Less may be allowed than the last time."""
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            has_dropped = self._make_room()
        if has_dropped:
            # Each step frees one page and gives no row, so that `execute` would end after the first.
            connection.executescript("PRAGMA incremental_vacuum")

    def _make_room(self) -> bool:
        """Drop the oldest frames beyond the limit; whether any had to go."""
        has_dropped, limit = False, self._limit_bytes
        while limit is not None and self.used_bytes > limit:
            for condition in ("WHERE reasons = 0", ""):
                query = f"SELECT row_id FROM frame {condition} ORDER BY row_id LIMIT {_DROPPED_AT_ONCE}"
                rows = self._connection.execute(query).fetchall()
                if rows:
                    break
            else:
                break
            for table in ("content", "frame"):
                self._connection.executemany(f"DELETE FROM {table} WHERE row_id = ?", rows)
            has_dropped = True
        return has_dropped


def _is_of_no_use(path: Path, video: VideoIdentity) -> bool:
    """Whether a sidecar is damaged, or about another video; TraceError where it is no sidecar, or a newer one."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    try:
        with closing(connected(path, read_only=True)) as connection, errors_named(path):
            row = connection.execute("SELECT * FROM about").fetchone()
            if row is not None and row[1] != TraceKind.SIDECAR.value:
                raise TraceError(path, ANOTHER_FILE)
            return row is None or not facts_from(row[2:]).is_about(video)
    except DamagedTraceError:
        return True
