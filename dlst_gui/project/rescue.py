"""A project whose file was taken away while it was open, written to a new one."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from pathlib import Path

from dlst_gui.counting import counted
from dlst_gui.project.backups import BACKUPS_FOLDER, Backups, opened_state
from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    KeyframesChange,
    LabelChange,
    PredictionChange,
    ReviewChange,
    TrackChange,
)
from dlst_gui.project.damaged_file import read_rows
from dlst_gui.project.errors import ProjectExistsError, ProjectFileError, ProjectInUseError, sqlite_errors_named
from dlst_gui.project.mending import Missing
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.pages import FRAMES_PER_PAGE
from dlst_gui.project.placement import SUFFIX, numbered
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import fill_new, published
from dlst_gui.project.salvage import fitting_steps, write_steps
from dlst_gui.project.state_tables import read_state, write_state
from dlst_gui.project.video_identity import MatchKind, compare
from dlst_gui.project.writer_lock import ProjectLock, lock_file

RESCUED = " rescued"
"""Follows the name that the project had."""

MOST_NAMES = 1000
"""Ours. Names that are tried in one folder."""


@dataclass(frozen=True, slots=True)
class Rescue:
    """A project that went on in another file.

    Attributes:
        problem: what happened to the old file, to follow its name in a sentence.
        has_history: whether all that was done before can still be undone.
        missing: boxes that were in the old file alone, and could not be read from it any more; by track.
        earlier: when the earlier state was made that such boxes were taken from.
    """

    old_path: Path
    new_path: Path
    problem: str
    has_history: bool
    missing: Mapping[str, Missing] = field(default_factory=dict)
    earlier: datetime | None = None

    def __str__(self) -> str:
        whole = "Everything up to the last edit is in" if not self.missing else "What can still be read is in"
        words = [
            f"{self.old_path} {self.problem} while it was open.",
            f"{whole} {self.new_path}, and work goes on there.",
        ]
        restored = {track: found.restored for track, found in self.missing.items() if found.restored}
        lost = {track: found.lost for track, found in self.missing.items() if found.lost}
        if restored and self.earlier is not None:
            when = f"{self.earlier:%Y-%m-%d %H:%M}"
            words.append(f"From the earlier state of {when} come {_listed(restored)}: look at them.")
        if lost:
            words.append(f"Lost are {_listed(lost)}.")
        if not self.has_history:
            words.append("Not all of what was done before can still be undone.")
        return " ".join(words)


@dataclass(frozen=True, slots=True)
class Rescued:
    """What was written.

    Attributes:
        path: the new file.
        lock: of it, which is held.
        has_history: whether the history is in it.
        project: what it holds, every page of which can be read.
        missing, earlier: as in `Rescue`; empty where the project is as it was.
    """

    path: Path
    lock: ProjectLock
    has_history: bool
    project: Project
    missing: Mapping[str, Missing]
    earlier: datetime | None


def rescue_into_new_file(
    connection: sqlite3.Connection, project: Project, path: Path, data_folder: Path | None
) -> Rescued:
    """Write all of an open project beside its old name, or in the data folder where that takes nothing.

    Pages that are not in memory are read from the old file, as far as that still holds them. Where it does not,
    those of the latest earlier state take their place.

    Raises:
        ProjectFileError: it can be written at neither place.
    """
    whole, missing, earlier = _mended(project, path, data_folder)
    new_path, lock, has_history = _written(connection, whole, path, data_folder)
    named = {f"{whole.track(track_id).label} {track_id}": what for track_id, what in missing.items()}
    return Rescued(new_path, lock, has_history, whole, named, earlier)


def _mended(
    project: Project, path: Path, data_folder: Path | None
) -> tuple[Project, Mapping[int, Missing], datetime | None]:
    """A copy of which every page can be read, what was missing, and when the state was made that it comes from."""
    whole, missing = project.mended(None)
    if missing and data_folder is not None:
        for state in Backups(data_folder / BACKUPS_FOLDER).states_of(path):
            with suppress(ProjectFileError), opened_state(state.path) as earlier:
                if compare(earlier.video, project.video).kind is not MatchKind.DIFFERENT:
                    return *project.mended(earlier), state.made_at
    return whole, missing, None


def _listed(counts: Mapping[str, int]) -> str:
    """Numbers of boxes with their tracks."""
    parts = [f"{counted(count, 'box', 'boxes')} of {track}" for track, count in counts.items()]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def rescued_stem(path: Path) -> str:
    """What files rescued from this one are called, before a number; one rescued again is not named so twice."""
    stem = path.name.removesuffix(SUFFIX)
    return f"{re.sub(rf'{RESCUED}( [0-9]+)?$', '', stem)}{RESCUED}"


def _written(
    connection: sqlite3.Connection, project: Project, path: Path, data_folder: Path | None
) -> tuple[Path, ProjectLock, bool]:
    """The new file, its lock, and whether the history is in it."""
    rescued = f"{rescued_stem(path)}{SUFFIX}"
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
    yield from (AttributeChange(None, attribute) for attribute in project.attributes())
    for track in project.tracks():
        track_id = track.track_id
        yield TrackChange(None, track)
        for number in project.page_numbers(track_id):
            first = number * FRAMES_PER_PAGE
            last = first + FRAMES_PER_PAGE - 1
            keyframes = project.keyframe_block(track_id, first, last)
            if len(keyframes):
                yield KeyframesChange(None, keyframes, track_id)
            block = project.predictions(track_id, first, last)
            if len(block):
                yield PredictionChange(None, block, track_id)
        if review := project.review(track_id):
            yield ReviewChange((), review, track_id)


def _written_in(connection: sqlite3.Connection, project: Project, path: Path) -> tuple[Path, ProjectLock, bool]:
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
    if (one.video, one.tracks()) != (other.video, other.tracks()):
        return False
    if (one.labels(), one.attributes()) != (other.labels(), other.attributes()):
        return False
    return all(
        one.keyframe_block(track_id) == other.keyframe_block(track_id)
        and one.predictions(track_id) == other.predictions(track_id)
        and one.review(track_id) == other.review(track_id)
        for track_id in (track.track_id for track in one.tracks())
    )
