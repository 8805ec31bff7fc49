"""A project on disk: its state and the journal of its edits, each step written in one transaction."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet

from dlst_gui.project.background_sync import BackgroundSync
from dlst_gui.project.changes import Change, Edit, LongEdit, pieces
from dlst_gui.project.conversions import Tell, untold
from dlst_gui.project.errors import ProjectFileError, contents_checked, sqlite_errors_named
from dlst_gui.project.file_guard import FileGuard
from dlst_gui.project.journal import change_from, journal_row
from dlst_gui.project.page_file import PageFile
from dlst_gui.project.placement import logs_of
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import (
    connect,
    connect_unchecked,
    copy_to,
    create_file,
    fill_new,
    logs_beside,
    tidy_after_reading,
)
from dlst_gui.project.rescue import Rescue, rescue_into_new_file
from dlst_gui.project.rows import Json, parsed_array, parsed_json, text, whole_number
from dlst_gui.project.schema import check_schema
from dlst_gui.project.state_tables import WrittenPages, read_state, read_video, write_state
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.project.writer_lock import ProjectLock, lock_file

IN_MEMORY = "a project that is not saved"
COMMIT_LOOK_S = 0.005
"""Ours: how soon it is seen that a commit is over."""

_DIRECTION = {False: "ASC", True: "DESC"}


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of the history, without its changes; see `Edit`."""

    edit_id: int
    title: str
    frame_index: int | None
    track_id: int | None
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class _Held:
    """What the one writer of a file has besides its connection."""

    lock: ProjectLock
    guard: FileGuard
    sync: BackgroundSync
    data_folder: Path | None
    was_left_open: bool

    def finish(self, connection: sqlite3.Connection, name: Path | str) -> None:
        """Close the file, folded into one."""
        try:
            self.sync.close()
            with sqlite_errors_named(name), self.guard.own_write() as may_write:
                if may_write:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                    _leave_write_ahead_mode(connection)
        finally:
            connection.close()
            self.guard.close()
            self.lock.release()

    def leave(self, connection: sqlite3.Connection) -> None:
        """Close a file that was taken away. Its log must not get into what has its name now."""
        self.sync.close()
        logs = self.guard.own_logs() if self.guard.must_not_be_folded_in() else ()
        with suppress(OSError):
            for log in logs:
                if log.name.endswith("-wal"):
                    os.truncate(log, 0)  # SQLite folds in what it finds there as it closes, also into another file
        with suppress(sqlite3.Error):
            connection.close()
        for log in logs:
            with suppress(OSError):
                log.unlink(missing_ok=True)
        self.guard.close()
        self.lock.release()


class ProjectStore:
    """An opened project file. Belongs to the thread that opened it; `close` gives it back.

    Projects that were read from it go on reading from it, in any thread. When it is closed, those that are still
    in use are read to the end. One that is opened to be read stays as it was, whatever another window writes.

    What was written is on the disk when a function returns, but for what need not be `durable`: a killed process
    loses nothing of that either, a computer without power the last second. Every function raises ProjectFileError
    where the file cannot be written or read; the file is then as it was before.

    Attributes:
        rescue_count: how often `settle` had to go on in another file; its steps may be others then.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path | None, held: _Held | None = None) -> None:
        self._connection = connection
        self._path = path
        self._held = held
        self._pages = PageFile(connection, self._name)
        self._project: Project | None = None
        self._in_use: list[WeakSet[Project]] = []
        self._rescue: Rescue | None = None
        self._is_in_long_transaction = False
        self._logs_before: frozenset[Path] = frozenset()
        self._takes_nothing = False
        self.rescue_count = 0

    @classmethod
    def create(
        cls, path: Path, video: VideoIdentity, *, wait_s: float = 0.0, data_folder: Path | None = None
    ) -> Self:
        """Make a project file and open it; ProjectExistsError where there is one."""
        return cls._locked(path, wait_s, data_folder, lambda: create_file(path, video))

    @classmethod
    def open_or_create(
        cls,
        path: Path,
        video: VideoIdentity,
        *,
        wait_s: float = 0.0,
        data_folder: Path | None = None,
        tell: Tell = untold,
    ) -> Self:
        """Open a project file to write, or make it where there is none; which of both is decided under its lock.

        Raises:
            ProjectFileError: as `open`.
        """

        def prepare() -> None:
            if not path.exists():
                create_file(path, video)

        return cls._locked(path, wait_s, data_folder, prepare, tell)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        wait_s: float = 0.0,
        data_folder: Path | None = None,
        tell: Tell = untold,
    ) -> Self:
        """Open a project file, to write unless `read_only`.

        Args:
            path: of the file.
            read_only: nothing is locked; everything that would change it raises.
            wait_s: how long to wait for another writer to finish.
            data_folder: where everything goes if the file is taken away together with its folder.
            tell: hears how far it is where an older file is converted, and may raise to leave it as it was.

        Raises:
            ProjectFileError: it is no project, or a newer one; ProjectInUseError: another window writes it;
                DamagedProjectError: part of it cannot be read.
        """
        _refuse_missing(path)
        if read_only:
            before = logs_beside(path)
            try:
                store = cls(connect(path, read_only=True, tell=tell), path)
            except BaseException:
                tidy_after_reading(path, before)
                raise
            store._logs_before = before
            return store
        return cls._locked(path, wait_s, data_folder, lambda: _refuse_missing(path), tell)

    @classmethod
    def _locked(
        cls,
        path: Path,
        wait_s: float,
        data_folder: Path | None,
        prepare: Callable[[], None],
        tell: Tell = untold,
    ) -> Self:
        lock = lock_file(path.resolve(), wait_s)
        try:
            prepare()
            return cls(*_opened(path, lock, data_folder, tell))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def in_memory(cls, video: VideoIdentity) -> Self:
        """A project that is gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA foreign_keys = ON")
        fill_new(connection, video)
        return cls(connection, None)

    @property
    def path(self) -> Path | None:
        """None: in memory."""
        return self._path

    @property
    def is_read_only(self) -> bool:
        return self._takes_nothing or (self._path is not None and self._held is None)

    def make_read_only(self) -> None:
        """Refuse every change from now on: of a project in memory that stands for something else."""
        self._takes_nothing = True

    @property
    def was_left_open(self) -> bool:
        """Whether whoever wrote it last did not come to close it: the program or the computer has stopped."""
        return self._held is not None and self._held.was_left_open

    def settle(self, *, waits: bool = False, is_damaged: bool = False) -> Rescue | None:
        """See that the file is still the one that was opened, and as this program left it.

        Where it is not, everything in memory is written to a new file, and this store goes on there: beside the
        old one, or in the data folder where that folder takes nothing.

        Args:
            waits: for the log that another thread folds in at the moment; else the next call finds what happened.
            is_damaged: SQLite could not read it. A file that is cut while the log is folded in grows again by
                that, and looks like one that its owner has written.

        Raises:
            ProjectFileError: it is not, and nothing can be written; what is in memory can be saved elsewhere.
        """
        held, path, project = self._held, self._path, self._project
        if held is None or path is None or self._is_in_long_transaction:
            return None
        problem = held.guard.problem(waits=waits)
        if not problem and held.guard.is_lock_lost():
            problem = self._locked_again(held)
        if not problem and is_damaged:
            problem = "was damaged"
        if not problem:
            return None
        if project is None:
            raise ProjectFileError(path, f"it {problem} while it was being opened; open it again")
        try:
            new = rescue_into_new_file(self._connection, project, path, held.data_folder)
        except ProjectFileError as error:
            advice = "everything is still in memory: save a copy elsewhere before you close it"
            raise ProjectFileError(path, f"it {problem} while it was open; {advice}", str(error)) from error
        before = self._connection
        try:
            self._connection, self._path, self._held = _opened(new.path, new.lock, held.data_folder)
            self._pages.move(self._connection, new.path)
        except BaseException:
            new.lock.release()
            raise
        if new.missing:
            project.restore(new.project)
        held.leave(before)
        self._rescue = Rescue(path, new.path, problem, new.has_history, new.missing, new.earlier)
        self.rescue_count += 1
        return self._rescue

    @property
    def trouble_check(self) -> Callable[[], bool]:
        """A function for any thread, also after `close`: whether `settle` may have something to do."""
        return _no_trouble if self._held is None else self._held.guard.is_troubled

    def _locked_again(self, held: _Held) -> str:
        """Make the lock that somebody deleted anew; what has happened where another window has it by now."""
        try:
            lock = lock_file(held.guard.path)
        except ProjectFileError:
            return "was opened by another window, because its lock file had been deleted"
        held.lock.release()
        held.guard.watch_lock(lock.path)
        self._held = replace(held, lock=lock)
        return ""

    def take_rescue(self) -> Rescue | None:
        """What `settle` has done since it was asked last, for who tells people."""
        rescue, self._rescue = self._rescue, None
        return rescue

    def read_project(self) -> Project:
        """The present state; DamagedProjectError where it makes no sense.

        Boxes are read when they are asked for, and may then turn out to be damaged; see `check_pages`.
        """
        with contents_checked(self._name), self._snapshot():
            project = read_state(self._connection, self._pages)
        self._in_use.append(project.relatives)
        self._project = project
        return project

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

    def appending(self, edit: LongEdit, project: Project) -> Generator[float, None, Step | None]:
        """Let the project take an edit bit by bit and write it, in one transaction; see `_long_transaction`.

        Yields:
            how much of it is done, 0 to 1. From 1 on it cannot be taken back any more, and is not to be closed.

        Returns:
            None where the edit has no part.
        """
        step: Step | None = None
        with self._long_transaction(project, project.copied()):
            for number, changes in enumerate(edit.parts):
                small = [piece for change in changes for piece in pieces(change)]
                for position, piece in enumerate(small):
                    with self._pages.lock:
                        project.apply(piece)
                        if step is None:
                            step = self._begin_step(Edit(edit.title, edit.frame_index, edit.track_id, ()))
                        self._settle_pages(self._write(step.edit_id, (piece,), project))
                    yield (number + position / len(small)) / edit.part_count
            yield from self._committing()
        return step

    def marking(
        self, edit_id: int, *, is_undone: bool, project: Project
    ) -> Generator[float, None, frozenset[int]]:
        """Let the project undo or redo an edit bit by bit and write it, as `appending` does; needs little memory.

        Yields:
            as `appending`.

        Returns:
            the tracks that changed.

        Raises:
            StaleChangeError: the edit does not fit the project.
        """
        touched: set[int | None] = set()
        with self._reading():
            query = f"SELECT change_id FROM change WHERE edit_id = ? ORDER BY change_id {_DIRECTION[is_undone]}"
            ids = [number for (number,) in self._connection.execute(query, (edit_id,)).fetchall()]
        # A copy would hold all pages that go.
        with self._long_transaction(project, None):
            query = "UPDATE edit SET is_undone = ? WHERE edit_id = ?"
            self._connection.execute(query, (int(is_undone), edit_id))
            for count, change_id in enumerate(ids):
                change = self._change(change_id)
                for piece in pieces(change.inverse() if is_undone else change):
                    with self._pages.lock:
                        project.apply(piece)
                        self._settle_pages(write_state(self._connection, project, (piece,)))
                    touched.add(getattr(change, "track_id", None))
                    yield count / len(ids)
            yield from self._committing()
        return frozenset(each for each in touched if each is not None)

    def tracks_of(self, edit_id: int) -> frozenset[int]:
        """The tracks that come, go or are described differently by an edit."""
        query = "SELECT ifnull(before, after) FROM change WHERE edit_id = ? AND kind = 'track'"
        with self._reading():
            rows = self._connection.execute(query, (edit_id,)).fetchall()
            return frozenset(
                whole_number(next(iter(parsed_array(text(row, "a track"), "a track")), None), "a track's id")
                for (row,) in rows
            )

    def change_bytes(self, edit_id: int) -> int:
        """About how much an edit changed."""
        # Asked of a column itself, the length of a blob is known without reading it.
        query = "SELECT total(ifnull(length(before), 0) + ifnull(length(after), 0)) FROM change WHERE edit_id = ?"
        with self._reading():
            return int(self._connection.execute(query, (edit_id,)).fetchone()[0])

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
        if self._project is not None:
            self.settle()
        with self._transaction(durable=durable):
            self._connection.execute("REPLACE INTO meta VALUES (?, ?)", (key, data))

    def save_copy(self, path: Path, tell: Tell | None = None) -> None:
        """Write a compact copy with all edits, in place of whatever is at `path`; it appears when complete.

        Args:
            path: of the copy.
            tell: hears how many bytes are written, of about how many, and may raise to leave everything as it was.
                With it, any thread may call, while the owner goes on: the copy is of what the file holds then.
        """
        if self._path is not None and path.resolve() == self._path.resolve():
            raise ProjectFileError(
                path, "this is the project itself, which is saved automatically; choose another name"
            )
        if not path.exists():
            self._copy_to(path, replaces=False, tell=tell)
            return
        lock = lock_file(path.resolve())  # whoever has it open would go on writing into a file without a name
        try:
            self._copy_to(path, tell=tell)
        finally:
            lock.release()

    def release(self, project: Project) -> None:
        """Note that a project that was read is no longer used, but for its copies."""
        project.relatives.discard(project)

    def close(self) -> None:
        """Leave one file behind, without logs beside it; may be called twice."""
        held = self._held
        if held is None or not held.lock.is_locked:
            self._keep_what_is_in_use()
            self._connection.close()
            if self.is_read_only and self._path is not None:
                tidy_after_reading(self._path, self._logs_before)
            return
        try:
            if self._project is not None:
                self.settle(waits=True)
            self._keep_what_is_in_use()
        finally:
            (self._held or held).finish(self._connection, self._name)

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

    def _copy_to(self, path: Path, *, replaces: bool = True, tell: Tell | None = None) -> None:
        if self._path is None or not (tell or self._connection.in_transaction):
            with self._pages.lock:  # what is nowhere else only its own connection can read, in any thread
                copy_to(self._connection, path, replaces=replaces)
            return
        # In another thread, or read-only, staying at what it has read: not to be copied by the same connection.
        with closing(connect_unchecked(self._path, read_only=True)) as connection:
            copy_to(connection, path, replaces=replaces, tell=tell)

    def _keep_what_is_in_use(self) -> None:
        """Read the rest of projects that go on without their file."""
        in_use, self._in_use = self._in_use, []
        for project in (each for relatives in in_use for each in tuple(relatives)):
            with suppress(ProjectFileError):  # what is damaged is told to who asks for it
                project.keep_pages()

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

    def _change(self, change_id: int) -> Change:
        query = "SELECT kind, track_id, spans, before, after FROM change WHERE change_id = ?"
        with self._reading():
            return change_from(self._connection.execute(query, (change_id,)).fetchone())

    def _settle_pages(self, written: WrittenPages) -> None:
        if self._path is not None:
            written.settle(self._pages)

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[list[WrittenPages]]:
        """Write all that is done inside, or nothing; what it yields takes the pages that were written."""
        written: list[WrittenPages] = []
        with self._pages.lock, sqlite_errors_named(self._name):
            self._begin(durable=durable)
            try:
                yield written
                self._connection.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            for each in written:
                self._settle_pages(each)
        if self._held is not None:
            self._held.guard.note_log()
            (self._held.sync.note_commit if durable else self._held.sync.request)()

    @contextmanager
    def _long_transaction(self, project: Project, before: Project | None) -> Iterator[None]:
        """Write all that is done inside up to `_committing`, or nothing, and let other threads read meanwhile.

        Where it is left early, as by closing the generator that it is in, the project becomes as `before`, or is
        read again. Nothing else is written until it ends, and the file is not looked after.
        """
        with sqlite_errors_named(self._name):
            self._begin(durable=True)
            self._is_in_long_transaction = True
            try:
                yield
            except BaseException:
                with self._pages.lock:
                    is_taken_back = self._connection.in_transaction
                    self._roll_back()
                    if before is not None and is_taken_back:
                        project.restore(before)
                    else:
                        with contents_checked(self._name), self._snapshot():
                            project.restore(read_state(self._connection, self._pages))
                raise
            finally:
                self._is_in_long_transaction = False
        if self._held is not None:
            self._held.guard.note_log()
            self._held.sync.note_commit()

    def _committing(self) -> Generator[float, None, None]:
        """End a long transaction in a thread of its own: syncing a large log takes as long as the disk does."""
        with ThreadPoolExecutor(1, thread_name_prefix="commit") as pool:
            committed = pool.submit(self._commit)
            while not committed.done():
                yield 1.0
                wait((committed,), COMMIT_LOOK_S)
            committed.result()

    def _commit(self) -> None:
        with self._pages.lock:
            self._connection.execute("COMMIT")

    def _begin(self, *, durable: bool) -> None:
        if self.is_read_only:
            raise ProjectFileError(self._name, "it is open read-only; save a copy to make changes")
        if self._is_in_long_transaction:
            raise ProjectFileError(self._name, "a long change is being written; wait for it, or cancel it")
        if self._held is not None:
            self._held.sync.check()
        self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
        self._connection.execute("BEGIN IMMEDIATE")

    def _roll_back(self) -> None:
        # SQLite itself has rolled back after some errors, such as a full disk.
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

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


def read_video_of(path: Path) -> VideoIdentity:
    """The video a project file was made for, without opening it for more; raises as `ProjectStore.open`."""
    _refuse_missing(path)
    with contents_checked(path), closing(connect_unchecked(path, read_only=True)) as connection:
        check_schema(connection, path)
        return read_video(connection)


def _opened(
    path: Path, lock: ProjectLock, data_folder: Path | None, tell: Tell = untold
) -> tuple[sqlite3.Connection, Path, _Held]:
    guard = FileGuard(path)
    log = logs_of(path)[0]
    was_left_open = log.exists() and log.stat().st_size > 0
    try:
        connection = connect(path, read_only=False, tell=tell)
    except BaseException:
        guard.close()
        raise
    guard.begin()
    guard.watch_lock(lock.path)
    return connection, path, _Held(lock, guard, BackgroundSync(path, guard), data_folder, was_left_open)


def _leave_write_ahead_mode(connection: sqlite3.Connection) -> None:
    """Who only reads a file in this mode makes logs beside it that nobody removes."""
    with suppress(sqlite3.OperationalError):  # somebody reads it: the next one who writes will leave it
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


def _no_trouble() -> bool:
    """Nothing happens to what is not in a file, or only read."""
    return False


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
