"""A project on disk: its state and the journal of its edits, each step written in one transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

from dlst_gui.project.background_sync import BackgroundSync
from dlst_gui.project.changes import Change, Edit, LongEdit
from dlst_gui.project.errors import ProjectFileError, contents_checked, sqlite_errors_named
from dlst_gui.project.journal import change_from, journal_row
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import connect, connect_unchecked, copy_to, create_file, fill_new, lock_file
from dlst_gui.project.rows import Json, parsed_json, text, whole_number
from dlst_gui.project.state_tables import WrittenPages, read_state, read_video, write_state
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

    Projects that were read from it go on reading from it, in any thread. When it is closed, those that are still
    in use are read to the end. One that is opened to be read stays as it was, whatever another window writes.

    What was written is on the disk when a function returns, but for what need not be `durable`: a killed process
    loses nothing of that either, a computer without power the last second. Every function raises ProjectFileError
    where the file cannot be written or read; the file is then as it was before.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None, lock: FileLock | None) -> None:
        self._connection = connection
        self._path = path
        self._lock = lock
        self._sync = None if path is None or lock is None else BackgroundSync(path)
        self._pages = PageFile(connection, self._name)
        self._read: list[WeakSet[Project]] = []

    @classmethod
    def create(cls, path: Path, video: VideoIdentity) -> Self:
        """Make a project file and open it."""
        create_file(path, video)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a project file, to write unless `read_only`.

        Raises:
            ProjectFileError: it is no project, or a newer one; ProjectInUseError: another window writes it;
                DamagedProjectError: part of it cannot be read.
        """
        if not path.is_file():
            raise ProjectFileError(path, "there is no such file; check its name and folder")
        if read_only:
            return cls(connect(path, read_only=True), path, None)
        lock = lock_file(path.resolve())
        try:
            return cls(connect(path, read_only=False), path, lock)
        except BaseException:
            lock.release()
            raise

    @classmethod
    def in_memory(cls, video: VideoIdentity) -> Self:
        """A project that is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
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
        """The present state; DamagedProjectError where it makes no sense.

        Boxes are read when they are asked for, and may then turn out to be damaged; see `check_pages`.
        """
        with contents_checked(self._name), self._snapshot():
            project = read_state(self._connection, self._pages)
        self._read.append(project.relatives)
        return project

    def read_video(self) -> VideoIdentity:
        """The video it was made for; DamagedProjectError where that makes no sense."""
        with self._reading():
            return read_video(self._connection)

    def last_run_id(self) -> int:
        """The largest run id of all predictions; 0 where there are none."""
        query = "SELECT max(last_run) FROM prediction_page"
        with self._reading():
            return int(self._connection.execute(query).fetchone()[0] or 0)

    def steps(self) -> tuple[Step, ...]:
        """All edits from the first on; those that are undone come last."""
        query = "SELECT edit_id, title, frame_index, track_id, is_undone FROM edit ORDER BY edit_id"
        with self._reading():
            steps = tuple(_step_from(*row) for row in self._connection.execute(query))
            if any(one.is_undone and not other.is_undone for one, other in pairwise(steps)):
                raise ValueError("an edit that is done comes after one that is undone")
        return steps

    def changes(self, edit_id: int) -> tuple[Change, ...]:
        """What an edit changed, in order."""
        query = "SELECT kind, track_id, spans, before, after FROM change WHERE edit_id = ? ORDER BY change_id"
        with self._reading():
            return tuple(change_from(row) for row in self._connection.execute(query, (edit_id,)))

    def append(self, edit: Edit, project: Project, *, durable: bool = True) -> Step:
        """Write an edit that the project has just taken; what was undone can no longer be redone."""
        with self._transaction(durable=durable) as written:
            step = self._begin_step(edit)
            written.append(self._write(step.edit_id, edit.changes, project))
        return step

    def append_long(self, edit: LongEdit, project: Project) -> Step | None:
        """Let the project take an edit part by part and write it, in one transaction; None where it has no part.

        Where it fails, the project has taken some parts and the file none: it is then to be read again.
        """
        step: Step | None = None
        with self._transaction():
            for changes in edit.parts:
                project.apply(*changes)
                if step is None:
                    step = self._begin_step(Edit(edit.title, edit.frame_index, None, ()))
                written = self._write(step.edit_id, changes, project)
                if self._path is not None:
                    written.settle(self._pages)
        return step

    def extend(self, edit_id: int, changes: Iterable[Change], project: Project, *, durable: bool = True) -> None:
        """Write more changes of the latest edit, which the project has just taken."""
        with self._transaction(durable=durable) as written:
            written.append(self._write(edit_id, tuple(changes), project))

    def mark(self, edit_id: int, *, is_undone: bool, changes: Iterable[Change], project: Project) -> None:
        """Write that an edit was undone or redone, by changes that the project has just taken."""
        with self._transaction() as written:
            query = "UPDATE edit SET is_undone = ? WHERE edit_id = ?"
            self._connection.execute(query, (int(is_undone), edit_id))
            written.append(write_state(self._connection, project, changes))

    def write_state(self, changes: Iterable[Change], project: Project) -> None:
        """Write changes that the project has just taken and that undo leaves alone, such as a salvage."""
        with self._transaction() as written:
            written.append(write_state(self._connection, project, changes))

    def meta(self, key: str) -> Json:
        """A small thing that is no edit, such as the position of the view; None where there is none."""
        with self._reading():
            row = self._connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
            return None if row is None else parsed_json(text(row[0], f"the value of {key!r}"))

    def meta_keys(self, prefix: str) -> tuple[str, ...]:
        """The keys of `metas`, whatever they lead to."""
        query = "SELECT key FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key"
        with self._reading():
            return tuple(text(key, "a key") for (key,) in self._connection.execute(query, (len(prefix), prefix)))

    def metas(self, prefix: str) -> dict[str, Json]:
        """All small things whose keys begin with `prefix`, by key."""
        query = "SELECT key, value FROM meta WHERE substr(key, 1, ?) = ? ORDER BY key"
        with self._reading():
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
        if self._connection.in_transaction:  # it is read-only, and stays at what it has read
            connection = connect_unchecked(self._path or path, read_only=True)
            try:
                copy_to(connection, path)
            finally:
                connection.close()
        else:
            copy_to(self._connection, path)

    def release(self, project: Project) -> None:
        """Note that a project that was read is no longer used, but for its copies."""
        project.relatives.discard(project)

    def close(self) -> None:
        """Leave one file behind, without logs beside it; may be called twice."""
        try:
            if self._sync is not None:
                self._sync.close()
            read, self._read = self._read, []
            for project in (each for relatives in read for each in tuple(relatives)):
                with suppress(ProjectFileError):  # it says so again when what is damaged is asked for
                    project.keep_pages()
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

    def _begin_step(self, edit: Edit) -> Step:
        self._connection.execute("DELETE FROM edit WHERE is_undone = 1")
        query = "INSERT INTO edit (title, frame_index, track_id, is_undone) VALUES (?, ?, ?, 0)"
        edit_id = self._connection.execute(query, (edit.title, edit.frame_index, edit.track_id)).lastrowid
        if edit_id is None:
            raise RuntimeError("SQLite gave no id to an inserted row")
        return Step(edit_id, edit.title, edit.frame_index, edit.track_id)

    def _write(self, edit_id: int, changes: tuple[Change, ...], project: Project) -> WrittenPages:
        query = "INSERT INTO change (edit_id, kind, track_id, spans, before, after) VALUES (?, ?, ?, ?, ?, ?)"
        self._connection.executemany(query, ((edit_id, *journal_row(change).columns) for change in changes))
        return write_state(self._connection, project, changes)

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[list[WrittenPages]]:
        """Write all that is done inside, or nothing; what it yields takes the pages that were written."""
        written: list[WrittenPages] = []
        if self.is_read_only:
            raise ProjectFileError(self._name, "it is open read-only; save a copy to make changes")
        if self._sync is not None:
            self._sync.check()
        with self._pages.lock, sqlite_errors_named(self._name):
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield written
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite itself has rolled back after some errors, such as a full disk.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
            if self._path is not None:
                for each in written:
                    each.settle(self._pages)
        if self._sync is not None and not durable:
            self._sync.request()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with self._pages.lock, contents_checked(self._name):
            yield

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """All that is read inside is one consistent snapshot, also while another window writes.

        Read-only, it lasts until the file is closed: pages are still to be read from it.
        """
        with self._pages.lock:
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN")
            try:
                yield
            finally:
                if not self.is_read_only:
                    self._connection.execute("ROLLBACK")


def _step_from(edit_id: object, title: object, frame_index: object, track_id: object, is_undone: object) -> Step:
    return Step(
        whole_number(edit_id, "an edit's id"),
        text(title, "an edit's title"),
        None if frame_index is None else whole_number(frame_index, "a frame index"),
        None if track_id is None else whole_number(track_id, "a track's id"),
        bool(whole_number(is_undone, "a flag", most=1)),
    )
