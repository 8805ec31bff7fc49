"""What can still be read of a damaged project, copied into a new one."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from dlst_gui.project.changes import Change, TrackChange
from dlst_gui.project.errors import DamagedProjectError, ProjectFileError, sqlite_errors_named
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.placement import logs_of
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import (
    connect_unchecked,
    fill_new,
    lock_file,
    published,
    replaced_whole,
)
from dlst_gui.project.schema import user_version
from dlst_gui.project.state_tables import change_of, read_video, select, tables_of, write_state
from dlst_gui.project.track_content import StaleChangeError
from dlst_gui.project.video_identity import VideoIdentity

NAMELESS_COLOR = "#808080"
"""Of tracks of which only boxes are left."""

_NOTHING_LEFT = "nothing in it can be read; restore a backup of the file"


@dataclass(frozen=True, slots=True)
class SalvageReport:
    """What went into the new project, and which parts of the old one could not be read to the end."""

    track_count: int
    keyframe_count: int
    unreadable: tuple[str, ...]


def salvage(path: Path, to: Path) -> SalvageReport:
    """Copy what can be read of a project into a new one, without its history; the damaged file is only read.

    A video that cannot be told is left nameless, so that opening the new project asks for it.

    Raises:
        ProjectExistsError: there is something at `to`.
        ProjectFileError: `path` is no database at all, nothing in it can be read, or `to` cannot be written.
    """
    with published(to) as unfinished:
        return salvage_into(path, unfinished)


def salvage_into(path: Path, to: Path) -> SalvageReport:
    """As `salvage`, into an empty file."""
    unreadable: list[str] = []
    try:
        connection = connect_unchecked(path, read_only=True)
    except DamagedProjectError as error:
        raise ProjectFileError(path, _NOTHING_LEFT) from error
    try:
        video = _video(connection, unreadable)
        project = Project(video or VideoIdentity("", 0, 0, 0, 0))
        taken = [change for change in _changes(connection, unreadable) if _takes(project, change)]
    finally:
        connection.close()
    tracks = project.tracks()
    if not taken and video is None:
        raise ProjectFileError(path, _NOTHING_LEFT)
    with sqlite_errors_named(to), closing(sqlite3.connect(to, isolation_level=None)) as made:
        fill_new(made, project.video)
        made.execute("BEGIN")
        write_state(made, project, (*(TrackChange(None, info) for info in tracks), *taken))
        made.execute("COMMIT")
    keyframe_count = sum(len(project.keyframe_block(track.track_id)) for track in tracks)
    return SalvageReport(len(tracks), keyframe_count, tuple(dict.fromkeys(unreadable)))


def repair(path: Path) -> None:
    """Put what can be read in the project's place; the damaged file stays beside it, under another name."""
    lock = lock_file(path.resolve())
    try:
        with replaced_whole(path) as repaired:
            salvage_into(path, repaired)
            _keep_damaged(path)
    finally:
        lock.release()


def _keep_damaged(path: Path) -> None:
    """Copy a damaged file and its logs to names that nothing has; its logs, which fit no other file, are gone."""
    names = (path.with_name(f"{path.name}.damaged{number or ''}") for number in count())
    kept = next(name for name in names if not name.exists())
    for part, copy in zip((path, *logs_of(path)), (kept, *logs_of(kept)), strict=True):
        if part.exists():
            shutil.copy2(part, copy)
    for log in logs_of(path):
        log.unlink(missing_ok=True)


def _video(connection: sqlite3.Connection, unreadable: list[str]) -> VideoIdentity | None:
    try:
        return read_video(connection)
    except (sqlite3.Error, ValueError):
        unreadable.append("video")
        return None


def _changes(connection: sqlite3.Connection, unreadable: list[str]) -> Iterator[Change]:
    for table in tables_of(user_version(connection)):
        for row in _rows(connection, table, unreadable):
            try:
                yield change_of(table, row)
            except ValueError:
                unreadable.append(table)


def _rows(connection: sqlite3.Connection, table: str, unreadable: list[str]) -> Iterator[tuple[object, ...]]:
    seen: set[tuple[object, ...]] = set()
    for order in ("ASC", "DESC"):  # rows behind a damaged page are reached from the other end
        try:
            for row in connection.execute(f"{select(table)} ORDER BY rowid {order}"):
                if row not in seen:
                    seen.add(row)
                    yield row
        except sqlite3.Error:
            unreadable.append(table)
        else:
            return


def _takes(project: Project, change: Change) -> bool:
    """Whether the project took the change; a track that is gone comes back without its name."""
    track_id = getattr(change, "track_id", None)
    if track_id is not None and not project.has_track(track_id):
        project.apply(TrackChange(None, TrackInfo(track_id, "", NAMELESS_COLOR)))
    try:
        project.apply(change)
    except StaleChangeError:
        return False
    return True
