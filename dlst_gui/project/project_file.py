"""A project file as a database: made whole or not at all, opened with suspicion, written by one window."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from dlst_gui.project.errors import (
    DamagedProjectError,
    ProjectFileError,
    ProjectInUseError,
    contents_checked,
    sqlite_errors_named,
)
from dlst_gui.project.rows import video_row
from dlst_gui.project.schema import MIGRATIONS, check_schema, migrate, user_version
from dlst_gui.project.video_identity import VideoIdentity

if TYPE_CHECKING:
    from filelock import FileLock

FULL_CHECK_UP_TO = 64 * 2**20
"""Bytes. Larger files get SQLite's quick check, which leaves out whether indexes match their tables."""

LARGEST_VALUE = 256 * 2**20
"""Bytes. A change that deletes the predictions of five million frames fits; more is no project's."""


def create_file(path: Path, video: VideoIdentity) -> None:
    """Make a project file without tracks; it appears under its name once it is complete.

    Raises:
        ProjectFileError: there is a file of this name, or the folder takes none.
    """
    if path.exists():
        raise ProjectFileError(path, "a file with this name already exists; open it, or choose another name")
    with replaced_whole(path) as unfinished, sqlite_errors_named(path):
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            fill_new(connection, video)
        finally:
            connection.close()


def fill_new(connection: sqlite3.Connection, video: VideoIdentity) -> None:
    """Give an empty database the tables and the video of a project."""
    migrate(connection)
    connection.execute("INSERT INTO video VALUES (1, ?, ?, ?, ?, ?, ?)", video_row(video))


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; what lies there at the end takes the place of `path` at once.

    Raises:
        ProjectFileError: the folder takes no files.
    """
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        unfinished.touch(exist_ok=False)
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as error:
        problem = (
            f"the folder cannot be written ({error.strerror}); check its permissions and space, or choose another"
        )
        raise ProjectFileError(path, problem) from error
    finally:
        with _os_errors_ignored():
            unfinished.unlink(missing_ok=True)


def lock_file(path: Path) -> FileLock:
    """Become the only writer of a project, until the lock is released or the process ends, however it ends.

    Raises:
        ProjectInUseError: another window is.
        ProjectFileError: the folder takes no lock file.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - who only reads needs none

    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        problem = "another window has this project open; close it there, or open it here read-only"
        raise ProjectInUseError(path, problem) from error
    except OSError as error:
        problem = (
            f"no lock file can be made in its folder ({error.strerror}); open it read-only, or move it elsewhere"
        )
        raise ProjectFileError(path, problem) from error
    return lock


def connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a project file that has passed all checks, at the newest schema version.

    An older file is copied beside itself (`.v1.bak`) and migrated; to be read only, it is migrated in memory.

    Raises:
        ProjectFileError: no project, one of a newer version, or one that holds what no project holds.
        DamagedProjectError: SQLite's checks fail.
    """
    connection = connect_unchecked(path, read_only=read_only)
    try:
        with contents_checked(path):
            check_schema(connection, path)
            _check_integrity(connection, path)
            if user_version(connection) < len(MIGRATIONS):
                connection = _migrated(connection, path, read_only=read_only)
            connection.execute("PRAGMA foreign_keys = ON")
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                # A new mode begins with the next read; folding the log in before that finds the file locked.
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_unchecked(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a database so that nothing in it can run.

    Raises:
        ProjectFileError: there is no such file, or it is no database.
    """
    uri = path.resolve().as_uri()
    with sqlite_errors_named(path):
        connection = _opened(f"{uri}?mode={'ro' if read_only else 'rw'}")
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if not read_only or _has_unfolded_pages(path):
                raise
            # A file in WAL mode needs a writable folder even to be read, unless nobody can change it.
            connection = _opened(f"{uri}?mode=ro&immutable=1")
        except sqlite3.Error:
            connection.close()
            raise
    return connection


def copy_to(connection: sqlite3.Connection, path: Path) -> None:
    """Write a whole, compact copy that takes the place of whatever is at `path`."""
    with replaced_whole(path) as unfinished, sqlite_errors_named(path):
        connection.execute("VACUUM INTO ?", (str(unfinished),))


def _opened(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=2, check_same_thread=False)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    check = "integrity_check" if path.stat().st_size <= FULL_CHECK_UP_TO else "quick_check"
    problem = connection.execute(f"PRAGMA {check}(1)").fetchone()[0]
    if problem == "ok" and (broken := connection.execute("PRAGMA foreign_key_check").fetchone()):
        problem = f"{broken[0]} names a {broken[2]} that is missing"
    if problem != "ok":
        raise DamagedProjectError(path, str(problem))


def _migrated(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> sqlite3.Connection:
    if read_only:
        in_memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.backup(in_memory)
        connection.close()
        connection = in_memory
    else:
        copy_to(connection, path.with_name(f"{path.name}.v{user_version(connection)}.bak"))
    migrate(connection)
    # Only for its size: the older tables leave as much room as they took.
    with suppress(sqlite3.OperationalError):
        connection.execute("VACUUM")
    return connection


def _has_unfolded_pages(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


@contextmanager
def _os_errors_ignored() -> Iterator[None]:
    try:
        yield
    except OSError:
        return
