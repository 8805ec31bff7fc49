"""The tables of a project file, and how older files become newer ones.

`video`, `label`, `attribute`, `track`, `keyframe_page`, `prediction_page` and `review_mark` are the present state;
`edit` and `change` the journal of steps that led to it, for undo; `meta` small things that are no edits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dlst_gui.project.conversions import (
    Tell,
    attributes_of_free_texts,
    keyframes_into_pages,
    predictions_into_summed_pages,
    untold,
)
from dlst_gui.project.errors import DamagedProjectError, NewerProjectError, ProjectFileError

APPLICATION_ID = 0x444C5354  # "DLST"

Step = str | Callable[[sqlite3.Connection, Tell], None]
"""SQL, or what it cannot do."""

MIGRATIONS: tuple[tuple[Step, ...], ...] = (
    (
        """CREATE TABLE video (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            path TEXT NOT NULL,
            frame_count INTEGER NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            byte_count INTEGER NOT NULL,
            fingerprints TEXT NOT NULL
        ) STRICT""",
        "CREATE TABLE label (name TEXT PRIMARY KEY, color TEXT NOT NULL, hotkey TEXT NOT NULL) STRICT",
        """CREATE TABLE track (
            track_id INTEGER PRIMARY KEY,
            label TEXT NOT NULL,
            color TEXT NOT NULL,
            attributes TEXT NOT NULL,
            is_hidden INTEGER NOT NULL,
            is_locked INTEGER NOT NULL,
            is_pinned INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE keyframe (
            track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
            frame_index INTEGER NOT NULL,
            x REAL NOT NULL,
            y REAL NOT NULL,
            width REAL NOT NULL,
            height REAL NOT NULL,
            visibility TEXT NOT NULL,
            origin TEXT NOT NULL,
            attributes TEXT NOT NULL,
            PRIMARY KEY (track_id, frame_index)
        ) STRICT""",
        """CREATE TABLE prediction_page (
            track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
            page INTEGER NOT NULL,
            predictions BLOB NOT NULL,
            PRIMARY KEY (track_id, page)
        ) STRICT""",
        """CREATE TABLE review_mark (
            track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
            first_frame INTEGER NOT NULL,
            last_frame INTEGER NOT NULL,
            mark TEXT NOT NULL,
            PRIMARY KEY (track_id, first_frame)
        ) STRICT""",
        """CREATE TABLE edit (
            edit_id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            frame_index INTEGER,
            track_id INTEGER,
            is_undone INTEGER NOT NULL
        ) STRICT""",
        """CREATE TABLE change (
            change_id INTEGER PRIMARY KEY AUTOINCREMENT,
            edit_id INTEGER NOT NULL REFERENCES edit ON DELETE CASCADE,
            kind TEXT NOT NULL,
            track_id INTEGER,
            spans TEXT,
            before ANY,
            after ANY
        ) STRICT""",
        "CREATE INDEX change_of_edit ON change (edit_id)",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ),
    (
        # What is known of a page comes before its bytes: SQLite reads it without them.
        """CREATE TABLE keyframe_page (
            track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
            page INTEGER NOT NULL,
            count INTEGER NOT NULL,
            shown INTEGER NOT NULL,
            last_run INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (track_id, page)
        ) STRICT""",
        keyframes_into_pages,
        "DROP TABLE keyframe",
        "ALTER TABLE prediction_page RENAME TO old_prediction_page",
        """CREATE TABLE prediction_page (
            track_id INTEGER NOT NULL REFERENCES track DEFERRABLE INITIALLY DEFERRED,
            page INTEGER NOT NULL,
            count INTEGER NOT NULL,
            shown INTEGER NOT NULL,
            last_run INTEGER NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (track_id, page)
        ) STRICT""",
        predictions_into_summed_pages,
        "DROP TABLE old_prediction_page",
    ),
    (
        """CREATE TABLE attribute (
            attribute_id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            scope TEXT NOT NULL,
            choices TEXT NOT NULL,
            bounds TEXT NOT NULL,
            default_value TEXT NOT NULL,
            is_required INTEGER NOT NULL,
            labels TEXT NOT NULL,
            hotkey TEXT NOT NULL
        ) STRICT""",
        attributes_of_free_texts,
    ),
)
"""One entry per schema version, from 1 on; an entry is never changed once files have been made with it."""


_FIRST_BYTES = 4096
"""The schema is in the first page."""


def migrate(connection: sqlite3.Connection, to_version: int | None = None, tell: Tell = untold) -> None:
    """Bring an empty or older file to a newer schema, or the newest, in one transaction."""
    version = len(MIGRATIONS) if to_version is None else to_version
    connection.execute("BEGIN IMMEDIATE")
    for steps in MIGRATIONS[user_version(connection) : version]:
        _take(connection, steps, tell)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("COMMIT")


def user_version(connection: sqlite3.Connection) -> int:
    """The schema version of the file, 0 for an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_schema(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse files of other programs, of newer versions, and tables, views or triggers that are not ours.

    Raises:
        ProjectFileError: for those.
        DamagedProjectError: where a table of ours is missing.
    """
    found = _schema(connection)
    version = user_version(connection)
    application_id = connection.execute("PRAGMA application_id").fetchone()[0]
    if application_id != APPLICATION_ID:
        if found and found.keys() <= _expected_schema(len(MIGRATIONS)).keys():
            raise DamagedProjectError(path, "its header says that another program has made it")
        raise ProjectFileError(path, "this is not a DLST Studio project; open another file")
    if version > len(MIGRATIONS):
        raise NewerProjectError(
            path,
            f"it was made by a newer version of DLST Studio (schema {version}; this one knows {len(MIGRATIONS)}); "
            "update the program",
        )
    expected = _expected_schema(version)
    if strange := sorted(name for name, sql in found.items() if expected.get(name) != sql):
        raise ProjectFileError(path, f"it holds unexpected parts ({', '.join(strange)}); do not trust this file")
    if missing := sorted(expected.keys() - found.keys()):
        raise DamagedProjectError(path, f"missing: {', '.join(missing)}")


def was_project(path: Path) -> bool:
    """Whether a file that SQLite refuses was a project once: words of its schema are where it begins."""
    with suppress(OSError), path.open("rb") as file:
        return b"CREATE TABLE keyframe" in file.read(_FIRST_BYTES)
    return False


def _take(connection: sqlite3.Connection, steps: tuple[Step, ...], tell: Tell) -> None:
    for step in steps:
        if isinstance(step, str):
            connection.execute(step)
        else:
            step(connection, tell)


def _expected_schema(version: int) -> dict[str, str | None]:
    connection = sqlite3.connect(":memory:")
    try:
        for steps in MIGRATIONS[:version]:
            _take(connection, steps, untold)
        return _schema(connection)
    finally:
        connection.close()


def _schema(connection: sqlite3.Connection) -> dict[str, str | None]:
    """What each table, index, view or trigger was made by."""
    return {
        f"{kind} {name}": sql
        for kind, name, sql in connection.execute("SELECT type, name, sql FROM sqlite_schema")
    }
