"""A project file as a database: made whole or not at all, opened with suspicion."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from pathlib import Path

from dlst_gui import files, limits
from dlst_gui.project.conversions import Tell, untold
from dlst_gui.project.errors import (
    DamagedProjectError,
    ProjectExistsError,
    ProjectFileError,
    ReadOnlyFolderError,
    contents_checked,
    sqlite_errors_named,
)
from dlst_gui.project.placement import logs_of
from dlst_gui.project.rows import video_row
from dlst_gui.project.schema import MIGRATIONS, check_schema, migrate, user_version
from dlst_gui.project.video_identity import VideoIdentity

CONVERTED_AT_ONCE = 4 * 2**20
"""Bytes. An older file of that size takes a tenth of a second to convert."""

CHECKED_UP_TO = 64 * 2**20
"""Bytes. Larger files are opened first, and checked by `find_damage` later: that reads all of them."""

_STEPS_BETWEEN_ASKING = 20_000
"""Of SQLite's virtual machine: some milliseconds."""


def create_file(path: Path, video: VideoIdentity) -> None:
    """Make a project file without tracks; it appears under its name once it is complete. Called under its lock.

    Raises:
        ProjectExistsError: there is a file of this name; it is left as it is.
        ProjectFileError: the folder takes none.
    """
    with published(path) as unfinished, sqlite_errors_named(path):
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            fill_new(connection, video)
        finally:
            connection.close()
        _put_stale_logs_away(path)


def fill_new(connection: sqlite3.Connection, video: VideoIdentity) -> None:
    """Give an empty database the tables and the video of a project."""
    migrate(connection)
    connection.execute("INSERT INTO video VALUES (1, ?, ?, ?, ?, ?, ?)", video_row(video))


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """As `files.replaced_whole`: a name to write to, of which the file takes the place of `path` at the end.

    Raises:
        ReadOnlyFolderError: the folder takes no files.
    """
    with _folder_named(path), files.replaced_whole(path) as unfinished:
        yield unfinished


@contextmanager
def published(path: Path) -> Iterator[Path]:
    """As `replaced_whole`, but where something has the name already, it stays and ProjectExistsError is raised."""
    with _folder_named(path):
        if path.exists():
            raise FileExistsError(path)
        with files.published_new(path) as unfinished:
            yield unfinished


@contextmanager
def _folder_named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        problem = "a file with this name already exists; open it, or choose another name"
        raise ProjectExistsError(path, problem) from error
    except OSError as error:
        raise ReadOnlyFolderError(path, f"its folder takes no files ({error.strerror})") from error


def _put_stale_logs_away(path: Path) -> None:
    """A log whose database is gone would be replayed into the one that takes its name, and damage it."""
    for log in logs_of(path):
        if log.exists():
            log.replace(log.with_name(f"{log.name}.left-over"))


def connect(path: Path, *, read_only: bool, tell: Tell = untold) -> sqlite3.Connection:
    """Open a project file that has passed all checks, at the newest schema version.

    An older file is copied beside itself (`.v1.bak`) and migrated; to be read only, it is migrated into a
    temporary file. `tell` hears how far that is; where it raises, nothing has changed.

    Raises:
        ProjectFileError: no project, one of a newer version, or one that holds what no project holds.
        DamagedProjectError: SQLite's checks fail.
    """
    connection = connect_unchecked(path, read_only=read_only, is_for_one_thread=False)
    try:
        with contents_checked(path):
            check_schema(connection, path)
            _check_integrity(connection, path)
            if user_version(connection) < len(MIGRATIONS):
                connection = _migrated(connection, path, read_only=read_only, tell=tell)
            connection.execute("PRAGMA foreign_keys = ON")
            if not read_only:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute("PRAGMA wal_autocheckpoint = 0")  # `BackgroundSync` folds the log in
                # A new mode begins with the next read; folding the log in before that finds the file locked.
                connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def connect_unchecked(path: Path, *, read_only: bool, is_for_one_thread: bool = True) -> sqlite3.Connection:
    """Open a database so that nothing in it can run.

    Args:
        path: of the database.
        read_only: whether it is to be left as it is.
        is_for_one_thread: whether only the calling thread will use it, or one after the other.

    Raises:
        ProjectFileError: there is no such file, or it is no database.
    """
    uri = path.resolve().as_uri()
    with sqlite_errors_named(path):
        connection = _opened(f"{uri}?mode={'ro' if read_only else 'rw'}", is_for_one_thread)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if not read_only or _has_unfolded_pages(path):
                raise
            # A file in WAL mode needs a writable folder even to be read, unless nobody can change it.
            connection = _opened(f"{uri}?mode=ro&immutable=1", is_for_one_thread)
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
    return connection


def logs_beside(path: Path) -> frozenset[Path]:
    """The logs that are there, for `tidy_after_reading`."""
    return frozenset(log for log in logs_of(path) if log.exists())


def tidy_after_reading(path: Path, before: frozenset[Path]) -> None:
    """Remove what reading a project has left beside it, once its connection is closed.

    SQLite makes a log even to read a file that is kept with one, and only who may write removes it. Who has the
    file open meanwhile keeps it.
    """
    log = logs_of(path)[0]
    with suppress(OSError, sqlite3.Error, UnicodeDecodeError):
        if before or not log.exists() or log.stat().st_size:
            return
        with closing(_opened(f"{path.resolve().as_uri()}?mode=rw", True)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()


def copy_to(
    connection: sqlite3.Connection, path: Path, *, replaces: bool = True, tell: Tell | None = None
) -> None:
    """Write a whole, compact copy; it takes the place of whatever is at `path`, or raises ProjectExistsError.

    `tell` hears on the way how many bytes there are, of about how many; where it raises, nothing has changed.
    """
    with (replaced_whole if replaces else published)(path) as unfinished, sqlite_errors_named(path):
        with _telling(connection, unfinished, tell):
            connection.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(unfinished),))
        if replaces:
            for log in logs_of(path):
                log.unlink(missing_ok=True)


@contextmanager
def _telling(connection: sqlite3.Connection, growing: Path, tell: Tell | None) -> Iterator[None]:
    if tell is None:
        yield
        return
    (pages,), (page_size,) = (connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size"))
    raised: list[BaseException] = []

    def ask() -> int:
        with suppress(FileNotFoundError):
            size = growing.stat().st_size
            try:
                tell(min(size, pages * page_size), pages * page_size)
            except BaseException as error:  # SQLite would drop it, and say that it was interrupted
                raised.append(error)
        return len(raised)

    connection.set_progress_handler(ask, _STEPS_BETWEEN_ASKING)
    try:
        yield
    except sqlite3.OperationalError:
        if raised:
            raise raised[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _opened(uri: str, is_for_one_thread: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=2, check_same_thread=is_for_one_thread
    )
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, limits.LARGEST_PROJECT_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA fullfsync = ON")  # macOS alone: else a disk may report what is only in its cache
    return connection


def is_checked_when_opened(path: Path) -> bool:
    """Whether a file is small enough for its check not to be noticed."""
    try:
        return path.stat().st_size <= CHECKED_UP_TO
    except OSError:
        return True


def find_damage(path: Path, should_cancel: Callable[[], bool]) -> str:
    """Read a whole file, in any thread, while it is open elsewhere, too; what is wrong with it, or nothing.

    Raises:
        ProjectFileError: it cannot be opened.
    """
    connection = connect_unchecked(path, read_only=True)
    try:
        connection.set_progress_handler(lambda: int(should_cancel()), _STEPS_BETWEEN_ASKING)
        return _damage_in(connection)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        return "" if should_cancel() else str(error)
    finally:
        connection.close()


def _check_integrity(connection: sqlite3.Connection, path: Path) -> None:
    problem = _damage_in(connection) if is_checked_when_opened(path) else ""
    if problem:
        raise DamagedProjectError(path, problem)


def _damage_in(connection: sqlite3.Connection) -> str:
    problem = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
    if problem == "ok" and (broken := connection.execute("PRAGMA foreign_key_check").fetchone()):
        problem = f"{broken[0]} names a {broken[2]} that is missing"
    return "" if problem == "ok" else problem


def _migrated(connection: sqlite3.Connection, path: Path, *, read_only: bool, tell: Tell) -> sqlite3.Connection:
    kept: Path | None = None
    if read_only:
        # A file without a name: SQLite keeps it where temporary files go, and removes it with the connection.
        temporary = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        connection.backup(temporary)
        connection.close()
        connection = temporary
    else:
        tell(0, 1)
        kept = _keep_older(connection, path)
    try:
        migrate(connection, tell=tell)
    except BaseException:
        connection.close()
        if kept is not None:
            kept.unlink(missing_ok=True)
        raise
    # Only for its size: the older tables leave as much room as they took.
    with suppress(sqlite3.OperationalError):
        connection.execute("VACUUM")
    return connection


def is_long_to_open(path: Path) -> bool:
    """Whether opening a file takes so long that nobody should have to wait for it: it is older, and large."""
    with suppress(OSError, ProjectFileError):
        if path.stat().st_size > CONVERTED_AT_ONCE:
            with sqlite_errors_named(path), closing(connect_unchecked(path, read_only=True)) as connection:
                return user_version(connection) < len(MIGRATIONS)
    return False


def _keep_older(connection: sqlite3.Connection, path: Path) -> Path:
    """Copy a file of an older version beside itself, under a name that nothing has, which is returned."""
    version = user_version(connection)
    for number in count(1):
        kept = path.with_name(f"{path.name}.v{version}{'' if number == 1 else f'.{number}'}.bak")
        try:
            copy_to(connection, kept, replaces=False)
        except ProjectExistsError:
            continue
        return kept
    raise AssertionError("there are names without end")


def _has_unfolded_pages(path: Path) -> bool:
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0
