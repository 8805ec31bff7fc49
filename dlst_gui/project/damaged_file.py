"""Ways into a project file that SQLite refuses or reads only in part. The file itself is only read."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from dlst_gui.project.errors import ProjectFileError, sqlite_errors_named
from dlst_gui.project.placement import logs_of
from dlst_gui.project.project_file import connect_unchecked, logs_beside, tidy_after_reading
from dlst_gui.project.schema import MIGRATIONS, check_schema, migrate, user_version
from dlst_gui.project.state_tables import change_of, select, tables_of

PAGE_BYTES = 4096
"""Of every project: SQLite's own choice."""

_OTHER_QUERIES = {
    "video": "SELECT path, frame_count, width, height, byte_count, fingerprints FROM video",
    "edit": "SELECT edit_id, title, frame_index, track_id, is_undone FROM edit",
    "change": "SELECT edit_id, kind, track_id, spans, before, after FROM change",
    "meta": "SELECT key, value FROM meta",
}
"""By table, what a project consists of besides its state."""

_LONGEST_JUMP = 2**40
"""Rows. Nothing is beyond."""

Row = tuple[object, ...]


@dataclass
class ReadableRows:
    """What one way into a damaged file gives.

    Attributes:
        version: of its schema.
        rows: by table, each in the order in which it was written.
        unreadable: tables that were not read to the end, or whose text was broken.
    """

    version: int = len(MIGRATIONS)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)


def readable_rows(path: Path) -> ReadableRows:
    """What the best way into a file gives, damaged or not; nothing where there is none.

    The file is tried as it is, if its tables are those of a project; else copies of it whose first page, where
    SQLite keeps what lies where, is that of a new project: all projects begin alike.

    Raises:
        ProjectFileError: there is no such file.
    """
    best, best_count, before = ReadableRows(), 0, logs_beside(path)
    for is_as_it_is, connection in _ways_in(path):
        with closing(connection):
            found = read_rows(connection)
        count = _sensible_count(found)
        if count > best_count:
            best, best_count = found, count
        if count and (is_as_it_is or not found.unreadable):
            break
    tidy_after_reading(path, before)
    return best


def _sensible_count(found: ReadableRows) -> int:
    """How many rows mean something: behind a foreign first page, tables may lie in each other's places."""
    count = 0
    for table in tables_of(found.version):
        for row in found.rows.get(table, ()):
            with suppress(ValueError):
                change_of(table, row)
                count += 1
    return count + sum(len(row) == 6 and isinstance(row[5], str) for row in found.rows.get("video", ()))


def _ways_in(path: Path) -> Iterator[tuple[bool, sqlite3.Connection]]:
    if not path.is_file():
        raise ProjectFileError(path, "there is no such file; check its name and folder")
    with suppress(ProjectFileError):
        yield True, _checked(path)
    if path.stat().st_size <= PAGE_BYTES:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.dlst"
        for first_page in _first_pages():
            for with_logs in (True, False):
                if with_logs and not any(log.exists() for log in logs_of(path)[:1]):
                    continue
                _copy_behind(first_page, path, copy, with_logs=with_logs)
                with suppress(ProjectFileError):
                    yield False, _checked(copy)


def _checked(path: Path) -> sqlite3.Connection:
    connection = connect_unchecked(path, read_only=True)
    try:
        with sqlite_errors_named(path):
            check_schema(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _first_pages() -> Iterator[bytes]:
    """Of projects of every version, as they were made and as compact copies are."""
    for version in range(len(MIGRATIONS), 0, -1):
        with tempfile.TemporaryDirectory() as folder:
            made, compact = Path(folder) / "made", Path(folder) / "compact"
            with closing(sqlite3.connect(made, isolation_level=None)) as connection:
                connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
                migrate(connection, version)
                connection.execute("VACUUM INTO ?", (str(compact),))
            for path in (made, compact):
                with path.open("rb") as file:
                    yield file.read(PAGE_BYTES)


def _copy_behind(first_page: bytes, path: Path, copy: Path, *, with_logs: bool) -> None:
    shutil.copyfile(path, copy)
    for log, copied in zip(logs_of(path), logs_of(copy), strict=True):
        copied.unlink(missing_ok=True)
        if with_logs and log.name.endswith("-wal") and log.exists():
            shutil.copyfile(log, copied)
    page_count = max(copy.stat().st_size // PAGE_BYTES, 1)
    head = bytearray(first_page)
    head[18:20] = b"\2\2"  # kept with a log, so that one is read
    head[28:32] = page_count.to_bytes(4, "big")
    head[92:96] = head[24:28]  # or the number of pages would not count
    with copy.open("rb+") as file:
        file.write(head)
        file.truncate(page_count * PAGE_BYTES)


def read_rows(connection: sqlite3.Connection) -> ReadableRows:
    """What an opened file gives. The connection is left with another way of reading text."""
    found = ReadableRows()
    with suppress(sqlite3.Error):  # cut off while it was open, even its header may be gone
        found.version = user_version(connection)
    broken: list[str] = []

    def text_of(data: bytes) -> str:
        text = data.decode(errors="replace")
        if "\N{REPLACEMENT CHARACTER}" in text:
            broken.append(text)
        return text

    connection.text_factory = text_of
    queries = {**_OTHER_QUERIES, **{table: select(table) for table in tables_of(found.version)}}
    for table, query in queries.items():
        broken.clear()
        found.rows[table], is_whole = _rows(connection, query)
        if broken or not is_whole:
            found.unreadable.append(table)
    return found


def _rows(connection: sqlite3.Connection, query: str) -> tuple[list[Row], bool]:
    """All rows that are reached from either end, and beyond places that cannot be read."""
    found: dict[int, Row] = {}
    select_rows = query.replace("SELECT ", "SELECT rowid, ", 1)
    for compared, order in ((">", "ASC"), ("<", "DESC")):
        if _walk(connection, f"{select_rows} WHERE rowid {compared} ? ORDER BY rowid {order}", order, found):
            return [found[row_id] for row_id in sorted(found)], True
    return [found[row_id] for row_id in sorted(found)], False


def _walk(connection: sqlite3.Connection, query: str, order: str, found: dict[int, Row]) -> bool:
    """Follow the rows to the end, jumping farther and farther over what cannot be read; whether nothing was."""
    sign = 1 if order == "ASC" else -1
    place, jump, is_whole = -sign * (2**62), 1, True
    while jump < _LONGEST_JUMP:
        try:
            for row_id, *row in connection.execute(query, (place,)):
                found[row_id] = tuple(row)
                place, jump = row_id, 1
            return is_whole
        except (sqlite3.Error, ValueError, OverflowError):
            is_whole = False
            place = place + sign * jump if abs(place) < 2**61 else -sign
            jump *= 2
    return False
