"""Brings what was written without waiting onto the disk, beside the thread that wrote it."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from dlst_gui.project.errors import ProjectFileError, sqlite_errors_named
from dlst_gui.project.file_guard import FileGuard
from dlst_gui.project.project_file import connect_unchecked

SYNCS_PER_CHECKPOINT = 16
"""At four writes a second, and one sync each, the log is folded in every four seconds: it stays short enough for
the writer never to do it by itself, which takes much longer than a write."""


class BackgroundSync:
    """Syncs the log of one project file, in a thread of its own; `close` waits for it.

    Nobody else folds the log in: whoever else writes into the database is found by that.
    """

    def __init__(self, path: Path, guard: FileGuard) -> None:
        self._path = path
        self._guard = guard
        self._connection: sqlite3.Connection | None = None
        self._log = path.with_name(f"{path.name}-wal")
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._latest: Future[None] | None = None
        self._failure: ProjectFileError | None = None
        self._count = 0
        self._commits = 0

    def check(self) -> None:
        """Raise ProjectFileError where a sync has failed; once for each."""
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure

    def request(self) -> None:
        """Have all that was written so far synced soon."""
        # One that is under way may have begun before the latest write; one that waits has not.
        is_waiting = self._latest is not None and not (self._latest.running() or self._latest.done())
        if not is_waiting:
            self._latest = self._pool.submit(self._sync)

    def note_commit(self) -> None:
        """Something was written and synced by who wrote it; now and then the log is folded in."""
        self._commits += 1
        if self._commits % SYNCS_PER_CHECKPOINT == 0:
            self._pool.submit(self._fold_when_due)

    def close(self) -> None:
        """Wait for what is under way. What was written last is synced when the file is closed."""
        self._pool.shutdown(cancel_futures=True)
        if self._connection is not None:
            self._connection.close()

    def _sync(self) -> None:
        try:
            self._sync_log()
            self._count += 1
            if self._count % SYNCS_PER_CHECKPOINT == 0:
                self._fold_log_in()
        except ProjectFileError as error:
            self._failure = error

    def _fold_when_due(self) -> None:
        try:
            self._fold_log_in()
        except ProjectFileError as error:
            self._failure = error

    def _sync_log(self) -> None:
        """SQLite locks other files than the log, so that opening and closing it here frees no lock."""
        try:
            log = os.open(self._log, os.O_RDWR)
            try:
                os.fsync(log)
            finally:
                os.close(log)
        except OSError as error:
            problem = f"the disk reports an error ({error.strerror}); save a copy elsewhere"
            raise ProjectFileError(self._path, problem) from error

    def _fold_log_in(self) -> None:
        """By a connection that stays open: opened anew, it might be to a file that has taken the name since."""
        with self._guard.own_write() as may_write, sqlite_errors_named(self._path):
            if not may_write:
                return
            if self._connection is None:
                self._connection = connect_unchecked(self._path, read_only=False, is_for_one_thread=False)
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
