"""Keeps earlier states of the open project, in the background, and brings them back."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.exchange.progress import Watch
from dlst_gui.project.backups import BackupLimits, Backups, EarlierState, StateCounts, counts_of, read_state_at
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.project import Project
from dlst_gui.project.project_file import connect_unchecked, logs_beside, tidy_after_reading
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.current_project import CurrentProject

FIRST_AFTER_MS = 3000  # ours: opening comes first
EVERY_MS = 10 * 60 * 1000  # ours: what is lost at most where a disk dies
MOST_BYTES_AT_THE_END = 64 * 2**20
"""Ours. A fraction of a second, in which another window that opens the project waits, and one that is closed takes
longer to end; larger ones are copied when they are opened again."""

_log = logging.getLogger(__name__)


class BackupKeeper(QObject):
    """Copies the project some time after it was opened, every ten minutes and at the end, where it has changed.

    All of it is done beside the window, which waits for `finish` alone.
    """

    failed = Signal(str)

    def __init__(self, current_project: CurrentProject, folder: Path | None) -> None:
        super().__init__()
        self._current_project = current_project
        self._backups = None if folder is None else Backups(folder)
        self._limits = BackupLimits()
        self._session = datetime.now().astimezone()
        self._job: BackgroundJob | None = None
        self._closing: Path | None = None
        self._last_states: dict[Path, BackgroundJob] = {}
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.begin)

    @property
    def limits(self) -> BackupLimits:
        return self._limits

    def set_limits(self, limits: BackupLimits) -> None:
        """Keep this much from now on."""
        self._limits = limits

    def open(self) -> None:
        """A project was opened."""
        self._session = datetime.now().astimezone()
        if self._path is not None:
            self._timer.start(FIRST_AFTER_MS)

    @Slot()
    def begin(self) -> None:
        """Copy the project in the background, unless that is being done."""
        self._timer.start(EVERY_MS)
        path, backups, limits, session = self._path, self._backups, self._limits, self._session
        if self._job is not None or path is None or backups is None:
            return

        def work(watch: Watch) -> object:
            return backups.make(path, session, limits, watch.should_cancel)

        self._job = BackgroundJob(work, "backup")
        self._job.ended.connect(self._on_ended)

    def close(self) -> None:
        """The project is about to be closed; `keep_last` comes after that."""
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.close()
        self._closing = self._path

    def keep_last(self) -> None:
        """The project is closed: copy its last state, where that is quickly done."""
        path, self._closing = self._closing, None
        backups, limits, session = self._backups, self._limits, self._session
        if path is None or backups is None:
            return

        def work(watch: Watch) -> object:
            if path.stat().st_size > MOST_BYTES_AT_THE_END:
                return None
            before = logs_beside(path)  # of somebody who has opened it meanwhile
            try:
                return backups.make(path, session, limits, watch.should_cancel)
            finally:
                tidy_after_reading(path, before)

        self.leave(path)
        job = BackgroundJob(work, "last backup")
        job.ended.connect(self._on_last_ended)
        self._last_states[path] = job

    def leave(self, path: Path) -> None:
        """A project is about to be opened, and its file to be written: give up what is being copied of it."""
        job = self._last_states.pop(path, None)
        if job is not None:
            job.close()

    def finish(self) -> None:
        """Wait for the last states of all that were closed."""
        for job in self._last_states.values():
            job.finish()
        self._last_states.clear()

    def states(self) -> tuple[EarlierState, ...]:
        """Of the open project, the latest first."""
        path = self._current_project.path
        return () if path is None or self._backups is None else self._backups.states_of(path)

    def states_of(self, path: Path) -> tuple[EarlierState, ...]:
        """Of any project, also of one that cannot be opened."""
        return () if self._backups is None else self._backups.states_of(path)

    def present_counts(self) -> StateCounts | None:
        """What the open project's file holds; None where it cannot be read."""
        path = self._current_project.path
        if path is None:
            return None
        with (
            suppress(ProjectFileError, sqlite3.Error),
            closing(connect_unchecked(path, read_only=True)) as connection,
        ):
            return counts_of(connection)
        return None

    def read(self, state: EarlierState) -> Project:
        """The project as it was; the present state is kept first. Raises `ProjectFileError`."""
        other, path = read_state_at(state.path), self._path
        if path is not None and self._backups is not None:
            self._backups.make(path, datetime.now().astimezone(), self._limits)  # may remove the one that was read
        return other

    @property
    def _path(self) -> Path | None:
        """Of a project that is written to here; whoever else writes one keeps its states."""
        return self._current_project.path if self._current_project.is_writable else None

    @Slot(object)
    def _on_last_ended(self, outcome: object) -> None:
        job = self.sender()
        self._last_states = {path: each for path, each in self._last_states.items() if each is not job}
        if isinstance(outcome, JobFailed):
            _log.info("no last state was kept: %s", outcome.message)

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._job = None
        if isinstance(outcome, JobFailed):
            _log.info("no backup was made: %s", outcome.message)
            self.failed.emit(outcome.message)
