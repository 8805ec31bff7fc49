"""What a project file holds, in numbers, read while others may write it.

Nothing is locked for longer than it takes to read a page, so whoever opens, writes or closes the project meanwhile
does not wait. The file is not changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlst_gui.project.errors import DamagedProjectError, ProjectFileError, contents_checked
from dlst_gui.project.findings.review_findings import needs_review, shows_box
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.placement import logs_of
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import connect, connect_unchecked, logs_beside, tidy_after_reading
from dlst_gui.project.schema import MIGRATIONS, check_schema, user_version
from dlst_gui.project.state_tables import read_state
from dlst_gui.project.store import ProjectStore

_DONE_KEY = "done"
_TRIES = 3
"""Ours. A page may be written between two looks; three times in a row is damage."""


class CountingStopped(Exception):  # noqa: N818 - nothing went wrong
    """Whoever wanted to know does not any more."""


@dataclass(frozen=True, slots=True)
class ProjectCounts:
    """Frames of the video, each counted once, however many objects it shows.

    Attributes:
        frame_count: of the video; 0 where it is not known.
        objects: tracks.
        labelled: frames with at least one box.
        to_review: frames of these with a box that no person gave or judged.
        is_done: a person has said so.
    """

    frame_count: int
    objects: int
    labelled: int
    to_review: int
    is_done: bool

    @property
    def reviewed(self) -> int:
        """Frames all of whose boxes a person gave or judged."""
        return self.labelled - self.to_review


def mark_done(store: ProjectStore, is_done: bool) -> None:
    """Note that a person is done with the video, or is not. No edit: nothing to undo. Raises ProjectFileError."""
    store.set_meta(_DONE_KEY, is_done)


def is_done(store: ProjectStore) -> bool:
    """What was noted last; raises ProjectFileError."""
    return store.meta(_DONE_KEY) is True


def count_project(path: Path, should_cancel: Callable[[], bool] = lambda: False) -> ProjectCounts:
    """Look through a project file, in any thread.

    Raises:
        ProjectFileError: it is no project, or damaged.
        CountingStopped: `should_cancel` said so.
    """
    for _ in range(_TRIES):
        before = _looks(path)
        try:
            return _counts(path, should_cancel)
        except DamagedProjectError:
            if _looks(path) == before:
                raise
    return _counts(path, should_cancel)


def _counts(path: Path, should_cancel: Callable[[], bool]) -> ProjectCounts:
    if not path.is_file():
        raise ProjectFileError(path, "there is no such file")
    logs = logs_beside(path)
    try:
        with closing(_opened(path)) as connection, contents_checked(path):
            connection.execute("BEGIN")
            try:
                project = read_state(connection, PageFile(connection, path))
                done = connection.execute("SELECT value FROM meta WHERE key = ?", (_DONE_KEY,)).fetchone()
            finally:
                connection.execute("ROLLBACK")
            labelled, to_review = _frames(project, should_cancel)
            return ProjectCounts(
                project.video.frame_count, len(project.tracks()), labelled, to_review, done == ("true",)
            )
    finally:
        tidy_after_reading(path, logs)


def _opened(path: Path) -> sqlite3.Connection:
    """Without SQLite's check of the whole file: every page that is read is checked when it is."""
    connection = connect_unchecked(path, read_only=True)
    try:
        with contents_checked(path):
            check_schema(connection, path)
            is_newest = user_version(connection) == len(MIGRATIONS)
    except BaseException:
        connection.close()
        raise
    if is_newest:
        return connection
    connection.close()
    return connect(path, read_only=True)  # a copy in memory, brought to the newest schema


def _frames(project: Project, should_cancel: Callable[[], bool]) -> tuple[int, int]:
    """How many frames show a box, and how many of them are to be reviewed."""
    tracks = [track.track_id for track in project.tracks()]
    frame_count = project.video.frame_count or _known_frames(project, tracks)
    is_labelled, is_to_review = np.zeros(frame_count, np.bool_), np.zeros(frame_count, np.bool_)
    for track_id in tracks if frame_count else ():
        if should_cancel():
            raise CountingStopped
        states = project.state_codes(track_id, 0, frame_count - 1)
        is_labelled |= shows_box(states)
        is_to_review |= needs_review(project, track_id, states)
    return int(np.count_nonzero(is_labelled)), int(np.count_nonzero(is_to_review))


def _known_frames(project: Project, tracks: list[int]) -> int:
    """As far as pages reach: of a repaired project the video is not known."""
    return max((page + 1 for each in tracks for page in project.page_numbers(each)), default=0) * FRAMES_PER_PAGE


def _looks(path: Path) -> tuple[tuple[int, int], ...]:
    """By which it is seen that somebody has written meanwhile."""
    found = []
    for each in (path, *logs_of(path)):
        try:
            facts = each.stat()
        except OSError:
            continue
        found.append((facts.st_size, facts.st_mtime_ns))
    return tuple(found)
