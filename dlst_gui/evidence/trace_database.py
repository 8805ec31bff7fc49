"""A file of evidence as a database: its tables, and opening it with suspicion.

`frame` has a row for each look at a frame, of a track and direction, that is kept, `content` what was seen (see
`tracker_core.evidence.encoded`), so that rows can be gone through without it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from enum import Enum
from pathlib import Path

from dlst_gui.evidence.trace_facts import (
    DamagedTraceError,
    FullDiskTraceError,
    TraceError,
    TraceFacts,
    UnreadableTraceError,
)
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError
from dlst_gui.project.project_file import connect_unchecked
from tracker_core.evidence import LARGEST_EVIDENCE

ANOTHER_FILE = "another file has this name; move it away, and evidence is kept here again"

_APPLICATION_ID = 0x444C5452  # "DLTR"
_VERSION = 2
_PAGE_BYTES = (
    16384  # a frame of the default system has 2.8 kB: five fill a page, and one alone would waste one of 4 kB
)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_TOOBIG)
_LARGEST_VALUE = LARGEST_EVIDENCE + 2**16  # bytes, with what a row has beside it

_TABLES = (
    """CREATE TABLE about (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        kind TEXT NOT NULL,
        program_version TEXT NOT NULL,
        video_name TEXT NOT NULL,
        frame_count INTEGER NOT NULL,
        width INTEGER NOT NULL,
        height INTEGER NOT NULL,
        fps REAL NOT NULL,
        fingerprints TEXT NOT NULL
    ) STRICT""",
    "CREATE TABLE run (run_id INTEGER PRIMARY KEY, facts TEXT NOT NULL) STRICT",
    """CREATE TABLE frame (
        row_id INTEGER PRIMARY KEY,
        frame_index INTEGER NOT NULL,
        track_id INTEGER NOT NULL,
        is_backward INTEGER NOT NULL,
        run_id INTEGER NOT NULL,
        reasons INTEGER NOT NULL,
        x REAL NOT NULL,
        y REAL NOT NULL,
        width REAL NOT NULL,
        height REAL NOT NULL,
        score REAL NOT NULL,
        is_found INTEGER NOT NULL,
        is_manual INTEGER NOT NULL
    ) STRICT""",
    "CREATE INDEX frame_of_track ON frame (frame_index, track_id, is_backward)",
    "CREATE INDEX ordinary_frame ON frame (row_id) WHERE reasons = 0",
    "CREATE TABLE content (row_id INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT",
)

_CHANGED_TABLE = 2  # of `_TABLES`: the one that version 1 had otherwise
_TABLE_OF_VERSION_1 = _TABLES[_CHANGED_TABLE].replace(
    "is_manual INTEGER NOT NULL",
    "is_manual INTEGER NOT NULL,\n        UNIQUE (frame_index, track_id, is_backward)",
)
_TABLES_OF = {
    1: (*_TABLES[:_CHANGED_TABLE], _TABLE_OF_VERSION_1, *_TABLES[_CHANGED_TABLE + 2 :]),
    _VERSION: _TABLES,
}
"""By version; files of all of them are read."""


class TraceKind(Enum):
    """SIDECAR lies beside a project, and the program writes and shortens it; TRACE is a person's file."""

    SIDECAR = "sidecar"
    TRACE = "trace"


def kind_of(path: Path) -> TraceKind:
    """Whose a file of evidence is; TraceError where it is none, or damaged."""
    with closing(connected(path, read_only=True)) as connection, errors_named(path):
        row = connection.execute("SELECT kind FROM about").fetchone()
        return TraceKind(None if row is None else row[0])


def is_trace_of_a_person(path: Path) -> bool:
    """Whether a file of evidence is a person's, who may have it replaced: not the one beside a project."""
    try:
        return kind_of(path) is TraceKind.TRACE
    except TraceError:
        return False


def create(path: Path, facts: TraceFacts, kind: TraceKind) -> None:
    """Make a file without frames, where there is none or an empty one.

    Raises:
        TraceError: it cannot be written, or another program's database has its name.
    """
    with errors_named(path), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise TraceError(path, ANOTHER_FILE)
        connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("BEGIN IMMEDIATE")
        for table in _TABLES:
            connection.execute(table)
        connection.execute("INSERT INTO about VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", (kind.value, *facts.row()))
        connection.execute(f"PRAGMA user_version = {_VERSION}")
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute("COMMIT")


def connected(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a file of evidence so that nothing in it can run; any thread may use it, one after the other.

    Raises:
        TraceError: it is none, a newer one, or holds what none holds.
        UnreadableTraceError: it is no database.
        DamagedTraceError: part of it cannot be read.
    """
    try:
        connection = connect_unchecked(path, read_only=read_only, is_for_one_thread=False)
    except DamagedProjectError as error:
        raise DamagedTraceError(path, f"it is damaged ({error.details})") from error
    except ProjectFileError as error:
        if getattr(error.__cause__, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
            raise UnreadableTraceError(path, f"it cannot be read as evidence ({error.details})") from error
        problem = "it cannot be read as evidence" if path.exists() else "there is no such file"
        raise TraceError(path, f"{problem}{f' ({error.details})' if error.details else ''}") from error
    try:
        with errors_named(path):
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE)
            _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Let a file of an earlier version take what this one writes; one of this version stays as it is.

    In version 1, a frame of a track and direction had one row, so that a run that was tracked over left nothing.
    """
    if connection.execute("PRAGMA user_version").fetchone()[0] == _VERSION:
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ALTER TABLE frame RENAME TO frame_of_version_1")
        connection.execute(_TABLES[_CHANGED_TABLE])
        connection.execute("INSERT INTO frame SELECT * FROM frame_of_version_1")
        connection.execute("DROP TABLE frame_of_version_1")
        for index in _TABLES[_CHANGED_TABLE + 1 : _CHANGED_TABLE + 3]:
            connection.execute(index)
        connection.execute(f"PRAGMA user_version = {_VERSION}")


@contextmanager
def errors_named(path: Path) -> Iterator[None]:
    """Turn errors of SQLite into `TraceError`; damage, and values that make no sense, into `DamagedTraceError`."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
        if code in _DAMAGE:
            raise DamagedTraceError(path, f"it is damaged ({error})") from error
        if code == sqlite3.SQLITE_NOTADB:
            raise UnreadableTraceError(path, f"it cannot be read as evidence ({error})") from error
        if code == sqlite3.SQLITE_FULL:
            raise FullDiskTraceError(path, "the disk is full") from error
        raise TraceError(path, f"it cannot be read or written ({error})") from error
    except ValueError as error:  # broken text as well
        raise DamagedTraceError(path, f"it is damaged ({error})") from error


def _check(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION_ID:
        raise TraceError(path, "this is no file of evidence")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in _TABLES_OF:
        raise TraceError(path, f"it has version {version}, and this program reads {_VERSION}; update the program")
    if _schema_of(connection) != _expected_schema(version):
        raise TraceError(path, "it holds other tables than it should; do not trust this file")


def _expected_schema(version: int) -> dict[str, str | None]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for table in _TABLES_OF[version]:
            connection.execute(table)
        return _schema_of(connection)


def _schema_of(connection: sqlite3.Connection) -> dict[str, str | None]:
    return dict(connection.execute("SELECT name, sql FROM sqlite_schema"))
