"""Notices that an opened project file is no longer the one under its name, or that somebody else has changed it.

SQLite writes on into a file that was deleted or replaced, and says nothing: what it was told is gone once it is
closed. A look costs a handful of calls of the operating system.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import logs_of

_SAMPLE_BYTES = 2**17
"""Ours. The first and the last ones of a file are compared once it was written to: a new project as a whole, of a
larger one the header, with SQLite's counter of changes, and what was added last."""

Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Looks:
    """What tells that nobody has written into the database but its owner."""

    modified_ns: int
    byte_count: int
    sample: bytes


class FileGuard:
    """Watches one opened project. Functions may be called in any thread.

    It is made before SQLite opens the file and closed after SQLite has closed it: closing any handle of a database
    gives up the locks that SQLite has on it in this process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._lock: tuple[Path, Identity | None] | None = None
        self._mutex = threading.RLock()
        try:
            self._handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise ProjectFileError(path, f"it cannot be opened ({error.strerror})") from error
        self._identity = _identity(os.fstat(self._handle))
        self._logs: dict[Path, Identity] = {}
        self._log_size = 0
        self._known = self._looks()

    @property
    def path(self) -> Path:
        return self._path

    def watch_lock(self, lock: Path) -> None:
        """Have `is_lock_lost` look for this lock file, as it is now."""
        self._lock = lock, _identity_at(lock)

    def is_lock_lost(self) -> bool:
        """Whether the lock file was deleted or replaced, so that another program may take the lock, too."""
        return self._lock is not None and _identity_at(self._lock[0]) != self._lock[1]

    def begin(self) -> None:
        """SQLite has opened the file; from now on its logs are watched, too."""
        logs = {log: _identity_at(log) for log in logs_of(self._path)}
        self._logs = {log: identity for log, identity in logs.items() if identity is not None}
        self._known = self._looks()

    def problem(self, *, waits: bool) -> str:
        """What has happened to the file, to follow its name in a sentence; empty where nothing has.

        Args:
            waits: for the owner's own writing to end, however long it takes; else the content is not looked at.
        """
        if problem := self._problem_of_name() or self._problem_of_logs():
            return problem
        if not self._mutex.acquire(blocking=waits):
            return ""
        try:
            return self._problem_of_content()
        finally:
            self._mutex.release()

    def is_troubled(self) -> bool:
        """Whether `problem` or `is_lock_lost` may have something to tell.

        The owner's writing meanwhile can look like that, too: it asks them again before it does anything.
        """
        return bool(self.problem(waits=False)) or self.is_lock_lost()

    def note_log(self) -> None:
        """The owner has written to the log: it never gets shorter than it is now."""
        for log in self._logs:
            if log.name.endswith("-wal"):
                with suppress(OSError):
                    self._log_size = log.stat().st_size

    def must_not_be_folded_in(self) -> bool:
        """Whether the log, or what lies under the name, is not as its owner left it."""
        with self._mutex:
            is_lost = self._problem_of_name() or self._problem_of_content()
            return bool(is_lost) or self._problem_of_logs().endswith("cut short")

    def own_logs(self) -> tuple[Path, ...]:
        """Those logs under their names that belong to what was opened."""
        return tuple(log for log, identity in self._logs.items() if _identity_at(log) == identity)

    @contextmanager
    def own_write(self) -> Iterator[bool]:
        """Inside, the owner itself writes the log into the database; not where this gives False: it is lost."""
        with self._mutex:
            is_lost = self.must_not_be_folded_in()
            had_hole = self._has_hole()
            try:
                yield not is_lost
            finally:
                looks = self._looks()
                is_cut = looks.byte_count < self._known.byte_count or (self._has_hole() and not had_hole)
                if not is_lost and not is_cut:
                    self._known = looks

    def close(self) -> None:
        """Let go of the file; SQLite has closed it. May be called twice."""
        with self._mutex:  # or a look in another thread might read from what gets this handle's number next
            handle, self._handle = self._handle, -1
            if handle >= 0:
                os.close(handle)

    def _problem_of_name(self) -> str:
        try:
            found = self._path.stat()
        except (FileNotFoundError, NotADirectoryError):
            is_folder_there = self._path.parent.is_dir()
            return "was deleted or renamed" if is_folder_there else "is gone with its folder"
        except OSError:
            return ""  # a network that is away for a moment; writing says so
        return "" if _identity(found) == self._identity else "was replaced by another file"

    def _problem_of_content(self) -> str:
        try:
            looks = self._looks()
        except OSError:
            return ""
        if looks.byte_count < self._known.byte_count:
            return "was cut short"
        if looks.sample != self._known.sample:
            return "was overwritten by another program"
        self._known = looks  # touched, or a server's clock
        return ""

    def _problem_of_logs(self) -> str:
        for log, identity in self._logs.items():
            try:
                found = log.stat()
            except FileNotFoundError:
                return f"has lost its file {log.name}"
            except OSError:
                return ""
            if _identity(found) != identity:
                return f"has another file {log.name} than its own"
            if log.name.endswith("-wal") and found.st_size < self._log_size:
                return f"had its file {log.name} cut short"
        return ""

    def _has_hole(self) -> bool:
        """Whether a part of the file was never written, as where it is cut while its owner writes behind the cut.

        SQLite leaves none. Where a system cannot tell, none is seen.
        """
        if not hasattr(os, "SEEK_HOLE"):
            return False
        with suppress(OSError):
            return os.lseek(self._handle, 0, os.SEEK_HOLE) < os.fstat(self._handle).st_size
        return False

    def _looks(self) -> _Looks:
        found = os.fstat(self._handle)
        known: _Looks | None = getattr(self, "_known", None)
        if known is not None and (found.st_mtime_ns, found.st_size) == (known.modified_ns, known.byte_count):
            return known
        sample = blake2b()
        for start in (0, max(found.st_size - _SAMPLE_BYTES, 0)):
            os.lseek(self._handle, start, os.SEEK_SET)
            sample.update(os.read(self._handle, _SAMPLE_BYTES))
        return _Looks(found.st_mtime_ns, found.st_size, sample.digest())


def _identity_at(path: Path) -> Identity | None:
    try:
        return _identity(path.stat())
    except OSError:
        return None


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino
