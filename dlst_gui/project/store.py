"""A project on disk: its state and the journal of its edits, each step written in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dlst_gui.project.background_sync import BackgroundSync
from dlst_gui.project.changes import Change, Edit
from dlst_gui.project.errors import ProjectFileError, contents_checked, sqlite_errors_named
from dlst_gui.project.journal import change_from, journal_row
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import connect, copy_to, create_file, fill_new, lock_file
from dlst_gui.project.rows import Json, parsed_json, text, whole_number
from dlst_gui.project.state_tables import read_state, read_video, write_state
from dlst_gui.project.video_identity import VideoIdentity

if TYPE_CHECKING:
    from filelock import FileLock

IN_MEMORY = "a project that is not saved"


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of the history, without its changes; see `Edit`."""

    edit_id: int
    title: str
    frame_index: int | None
    track_id: int | None
    is_undone: bool = False


class ProjectStore:
    """An opened project file. Belongs to the thread that opened it; `close` gives it back.

    What was written is on the disk when a function returns, but for what need not be `durable`: a killed process
    loses nothing of that either, a computer without power the last second. Every function raises ProjectFileError
    where the file cannot be written or read; the file is then as it was before.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None, lock: FileLock | None) -> None:
        self._connection = connection
        self._path = path
        self._lock = lock
        self._sync = None if path is None or lock is None else BackgroundSync(path)

    @classmethod
    def create(cls, path: Path, video: VideoIdentity, *, wait_s: float = 0.0) -> Self:
        """Make a project file and open it; ProjectExistsError where there is one."""
        return cls._locked(path, wait_s, lambda: create_file(path, video))

    @classmethod
    def open_or_create(cls, path: Path, video: VideoIdentity, *, wait_s: float = 0.0) -> Self:
        """Open a project file to write, or make it where there is none; which of both is decided under its lock.

        Raises:
            ProjectFileError: as `open`.
        """
        return cls._locked(path, wait_s, lambda: None if path.exists() else create_file(path, video))

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False, wait_s: float = 0.0) -> Self:
        """Open a project file, to write unless `read_only`.

        Args:
            path: of the file.
            read_only: nothing is locked; everything that would change it raises.
            wait_s: how long to wait for another writer to finish.

        Raises:
            ProjectFileError: it is no project, or a newer one; ProjectInUseError: another window writes it;
                DamagedProjectError: part of it cannot be read.
        """
        _refuse_missing(path)
        if read_only:
            return cls(connect(path, read_only=True), path, None)
        return cls._locked(path, wait_s, lambda: _refuse_missing(path))

    @classmethod
    def _locked(cls, path: Path, wait_s: float, prepare: Callable[[], None]) -> Self:
        lock = lock_file(path.resolve(), wait_s)
        try:
            prepare()
            return cls(connect(path, read_only=False), path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def in_memory(cls, video: VideoIdentity) -> Self:
        """A project that is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("PRAGMA foreign_keys = ON")
        fill_new(connection, video)
        return cls(connection, None, None)

    @property
    def path(self) -> Path | None:
        """None: in memory."""
        return self._path

    @property
    def is_read_only(self) -> bool:
        return self._path is not None and self._lock is None

    def read_project(self) -> Project:
        """The present state; DamagedProjectError where it makes no sense."""
        with contents_checked(self._name), self._snapshot():
            project = Project(read_video(self._connection))
            for change in read_state(self._connection):
                project.apply(change)
        return project

    def steps(self) -> tuple[Step, ...]:
        """All edits from the first on; those that are undone come last."""
        query = "SELECT edit_id, title, frame_index, track_id, is_undone FROM edit ORDER BY edit_id"
        with contents_checked(self._name):
            steps = tuple(_step_from(*row) for row in self._connection.execute(query))
            if any(one.is_undone and not other.is_undone for one, other in pairwise(steps)):
                raise ValueError("an edit that is done comes after one that is undone")
        return steps

    def changes(self, edit_id: int) -> tuple[Change, ...]:
        """What an edit changed, in order."""
        query = "SELECT kind, track_id, spans, before, after FROM change WHERE edit_id = ? ORDER BY change_id"
        with contents_checked(self._name):
            return tuple(change_from(row) for row in self._connection.execute(query, (edit_id,)))

    def append(self, edit: Edit, project: Project, *, durable: bool = True) -> Step:
        """Write an edit that the project has just taken; what was undone can no longer be redone."""
        with self._transaction(durable=durable):
            self._connection.execute("DELETE FROM edit WHERE is_undone = 1")
            query = "INSERT INTO edit (title, frame_index, track_id, is_undone) VALUES (?, ?, ?, 0)"
            edit_id = self._connection.execute(query, (edit.title, edit.frame_index, edit.track_id)).lastrowid
            if edit_id is None:
                raise RuntimeError("SQLite gave no id to an inserted row")
            self._write(edit_id, edit.changes, project)
        return Step(edit_id, edit.title, edit.frame_index, edit.track_id)

    def extend(self, edit_id: int, changes: Iterable[Change], project: Project, *, durable: bool = True) -> None:
        """Write more changes of the latest edit, which the project has just taken."""
        with self._transaction(durable=durable):
            self._write(edit_id, tuple(changes), project)

    def mark(self, edit_id: int, *, is_undone: bool, changes: Iterable[Change], project: Project) -> None:
        """Write that an edit was undone or redone, by changes that the project has just taken."""
        with self._transaction():
            query = "UPDATE edit SET is_undone = ? WHERE edit_id = ?"
            self._connection.execute(query, (int(is_undone), edit_id))
            write_state(self._connection, project, changes)

    def write_state(self, changes: Iterable[Change], project: Project) -> None:
        """Write changes that the project has just taken and that undo leaves alone, such as a salvage."""
        with self._transaction():
            write_state(self._connection, project, changes)

    def meta(self, key: str) -> Json:
        """A small thing that is no edit, such as the position of the view; None where there is none."""
        with contents_checked(self._name):
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            return None if row is None else parsed_json(text(row[0], f"the value of {key!r}"))

    def meta_keys(self, prefix: str) -> tuple[str, ...]:
        """The keys of `metas`, whatever they lead to."""
        query = "SELECT key FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key"
        with contents_checked(self._name):
            return tuple(text(key, "a key") for (key,) in self._connection.execute(query, (len(prefix), prefix)))

    def metas(self, prefix: str) -> dict[str, Json]:
        """All small things whose keys begin with `prefix`, by key."""
        query = "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key"
        with contents_checked(self._name):
            rows = self._connection.execute(query, (len(prefix), prefix))
            return {text(key, "a key"): parsed_json(text(value, f"the value of {key!r}")) for key, value in rows}

    def set_meta(self, key: str, value: Json, *, durable: bool = True) -> None:
        """Keep a small thing that is no edit; ValueError for numbers that are not finite."""
        data = json.dumps(value, allow_nan=False)
        with self._transaction(durable=durable):
            self._connection.execute("REPLACE INTO meta VALUES (?, ?)", (key, data))

    def save_copy(self, path: Path) -> None:
        """Write a compact copy with all edits, in place of whatever is at `path`; it appears when complete."""
        if self._path is not None and path.resolve() == self._path.resolve():
            raise ProjectFileError(
                path, "this is the project itself, which is saved automatically; choose another name"
            )
        if not path.exists():
            copy_to(self._connection, path, replaces=False)
            return
        lock = lock_file(path.resolve())  # whoever has it open would go on writing into a file without a name
        try:
            copy_to(self._connection, path)
        finally:
            lock.release()

    def close(self) -> None:
        """Leave one file behind, without logs beside it; may be called twice."""
        try:
            if self._sync is not None:
                self._sync.close()
            with sqlite_errors_named(self._name):
                if self._lock is not None and self._lock.is_locked:
                    self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            self._connection.close()
            if self._lock is not None:
                self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def _name(self) -> Path | str:
        return IN_MEMORY if self._path is None else self._path

    def _write(self, edit_id: int, changes: tuple[Change, ...], project: Project) -> None:
        query = "INSERT INTO change (edit_id, kind, track_id, spans, before, after) VALUES (?, ?, ?, ?, ?, ?)"
        self._connection.executemany(query, [(edit_id, *journal_row(change).columns) for change in changes])
        write_state(self._connection, project, changes)

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[None]:
        if self.is_read_only:
            raise ProjectFileError(self._name, "it is open read-only; save a copy to make changes")
        if self._sync is not None:
            self._sync.check()
        with sqlite_errors_named(self._name):
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has rolled back after some errors, such as a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        if self._sync is not None and not durable:
            self._sync.request()

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """All that is read inside is one consistent snapshot, also while another window writes."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")


def _refuse_missing(path: Path) -> None:
    if not path.is_file():
        raise ProjectFileError(path, "there is no such file; check its name and folder")


def _step_from(edit_id: object, title: object, frame_index: object, track_id: object, is_undone: object) -> Step:
    return Step(
        whole_number(edit_id, "an edit's id"),
        text(title, "an edit's title"),
        None if frame_index is None else whole_number(frame_index, "a frame index"),
        None if track_id is None else whole_number(track_id, "a track's id"),
        bool(whole_number(is_undone, "a flag", most=1)),
    )
