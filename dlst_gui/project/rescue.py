"""A project whose file was taken away while it was open, written to a new one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.project.changes import (
    Change,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    TrackChange,
)
from dlst_gui.project.damaged_file import read_rows
from dlst_gui.project.errors import ProjectExistsError, ProjectFileError, ProjectInUseError, sqlite_errors_named
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.placement import SUFFIX, numbered
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import fill_new, lock_file, published
from dlst_gui.project.salvage import fitting_steps, write_steps
from dlst_gui.project.state_tables import read_state, write_state

if TYPE_CHECKING:
    from filelock import FileLock

MOST_NAMES = 1000
"""Ours. Names that are tried in one folder."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """A project that went on in another file.

    Attributes:
        problem: what happened to the old file, to follow its name in a sentence.
        has_history: whether all that was done before can still be undone.
    """

    old_path: Path
    new_path: Path
    problem: str
    has_history: bool

    def __str__(self) -> str:
        lost = "" if self.has_history else " Not all of what was done before can still be undone."
        return (
            f"{self.old_path} {self.problem} while it was open. Everything up to the last edit is in "
            f"{self.new_path}, and work goes on there.{lost}"
        )


def rescue_into_new_file(
    connection: sqlite3.Connection, project: Project, path: Path, data_folder: Path | None
) -> tuple[Path, FileLock, bool]:
    """Write all of an open project beside its old name, or in the data folder where that takes nothing.

    Returns:
        the new file; its lock, which is held; whether the history is in it.

    Raises:
        ProjectFileError: it can be written at neither place.
    """
    rescued = f"{path.name.removesuffix(SUFFIX)} rescued{SUFFIX}"
    failure = ProjectFileError(path, "there is no folder to write it to")
    for folder in (path.parent, data_folder):
        if folder is None:
            continue
        if folder == data_folder:
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
        try:
            return _written_in(connection, project, folder / rescued)
        except ProjectFileError as error:
            failure = error
    raise failure


def write_whole(connection: sqlite3.Connection, project: Project, path: Path) -> bool:
    """Write a project to an empty file, with its history where the database still gives back what memory holds.

    Returns:
        whether the history is in it.
    """
    try:
        connection.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(path),))
        if _holds(path, project):
            return True
    except (sqlite3.Error, ValueError, ProjectFileError):
        pass
    path.unlink(missing_ok=True)
    found = read_rows(connection)
    unreadable = list(found.unreadable)
    steps = fitting_steps(project, found, unreadable)
    with sqlite_errors_named(path), closing(sqlite3.connect(path, isolation_level=None)) as made:
        fill_new(made, project.video)
        made.execute("BEGIN")
        write_state(made, project, all_of(project))
        write_steps(made, steps)
        made.executemany("INSERT OR IGNORE INTO meta VALUES (?, ?)", found.rows["meta"])
        made.execute("COMMIT")
    return len(steps) == len(found.rows["edit"]) and not {"edit", "change"} & set(unreadable)


def all_of(project: Project) -> Iterator[Change]:
    """The changes that lead from an empty project of the same video to this one."""
    yield from (LabelChange(None, label) for label in project.labels())
    for track in project.tracks():
        track_id = track.track_id
        yield TrackChange(None, track)
        for first in range(0, max(project.video.frame_count, 1), FRAMES_PER_PAGE):
            last = first + FRAMES_PER_PAGE - 1
            with suppress(ProjectFileError):  # a page that was in the file alone, and is gone with it
                keyframes = project.keyframe_block(track_id, first, last)
                if len(keyframes):
                    yield KeyframesChange(None, keyframes, track_id)
            with suppress(ProjectFileError):
                block = project.predictions(track_id, first, last)
                if len(block):
                    yield PredictionChange(None, block, track_id)
        if review := project.review(track_id):
            yield ReviewChange((), review, track_id)


def _written_in(connection: sqlite3.Connection, project: Project, path: Path) -> tuple[Path, FileLock, bool]:
    for candidate in chain((path,), islice(numbered(path), MOST_NAMES)):
        if candidate.exists():
            continue
        try:
            lock = lock_file(candidate)
        except ProjectInUseError:
            continue
        try:
            with published(candidate) as unfinished:
                has_history = write_whole(connection, project, unfinished)
        except ProjectExistsError:
            lock.release()
            continue
        except BaseException:
            lock.release()
            raise
        return candidate, lock, has_history
    raise ProjectFileError(path, f"there are {MOST_NAMES} projects of this name; delete some")


def _holds(path: Path, project: Project) -> bool:
    """Whether a file holds exactly this project, and its steps can be read."""
    with closing(sqlite3.connect(path)) as connection:
        if connection.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok":
            return False
        return _is_same(read_state(connection, PageFile(connection, path)), project)


def _is_same(one: Project, other: Project) -> bool:
    if (one.video, one.labels(), one.tracks()) != (other.video, other.labels(), other.tracks()):
        return False
    return all(
        one.keyframe_block(track_id) == other.keyframe_block(track_id)
        and one.predictions(track_id) == other.predictions(track_id)
        and one.review(track_id) == other.review(track_id)
        for track_id in (track.track_id for track in one.tracks())
    )
