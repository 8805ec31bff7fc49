"""The lock of the one who writes a project: a file beside it, which is there only as long as the lock is held."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui import files
from dlst_gui.project.errors import ProjectInUseError, ReadOnlyFolderError
from dlst_gui.project.placement import takes_files

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TRIES = 5
"""Ours. Each but the last has met somebody who was just giving the lock up."""


class ProjectLock:
    """A lock that is held, until `release` or the process ends, however it ends.

    On POSIX its file is removed while it is still locked. Whoever has opened that file meanwhile locks what has no
    name any more, which `lock_file` notices; whoever comes later makes another, when everything is written.
    Windows lets nobody remove a file that is open, so filelock removes it there once it is not.
    """

    def __init__(self, lock: BaseFileLock) -> None:
        self._lock = lock

    @property
    def path(self) -> Path:
        return Path(self._lock.lock_file)

    @property
    def is_locked(self) -> bool:
        return self._lock.is_locked

    @property
    def guards_its_name(self) -> bool:
        """Whether the file that is locked is still the one under the name."""
        handle = self._lock._context.lock_file_fd  # filelock tells it nowhere else
        if handle is None:
            return False
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Give it up, and remove its file, unless that is somebody else's by now. May be called twice."""
        from filelock import SoftFileLock  # noqa: PLC0415 - as below

        # Where a file system knows no locks, filelock takes the file itself for one, and removes it as well.
        if os.name != "nt" and not isinstance(self._lock, SoftFileLock) and self.guards_its_name:
            with suppress(OSError):
                self.path.unlink()
        self._lock.release()


def load_locks() -> None:
    """Load what the first lock would wait for, in any thread: filelock loads asyncio, which takes 30 to 120 ms."""
    import filelock  # noqa: F401, PLC0415 - as in `lock_file`


def lock_path_of(path: Path) -> Path:
    """The file that whoever writes a project holds locked."""
    return path.with_name(f"{path.name}.lock")


def lock_file(path: Path, wait_s: float = 0.0) -> ProjectLock:
    """Become the only writer of a project.

    Args:
        path: of the project, which need not be there yet.
        wait_s: how long to wait for another writer to finish.

    Raises:
        ProjectInUseError: another window or command still writes it.
        ReadOnlyFolderError: the folder takes no lock file.
    """
    from filelock import FileLock, Timeout  # noqa: PLC0415 - who only reads needs none

    if not path.parent.is_dir():  # filelock would make it
        raise ReadOnlyFolderError(path, "there is no such folder")
    waited = f" (waited {wait_s:g} s)" if wait_s else ""
    in_use = f"another window or command has this project open{waited}; close it there, or open it read-only"
    for _ in range(_TRIES):
        # Opened in one thread, a project is used in another one.
        held = FileLock(lock_path_of(path), thread_local=False)
        lock = ProjectLock(held)
        try:
            held.acquire(timeout=wait_s, poll_interval=0.02)
        except Timeout as error:
            if lock.path.exists():
                raise ProjectInUseError(path, in_use) from error
            continue
        except OSError as error:
            raise ReadOnlyFolderError(path, f"its folder takes no files ({error.strerror})") from error
        if lock.guards_its_name:
            with suppress(OSError):
                files.settle(path.parent)  # what killed writers have left
            return lock
        lock.release()
    if takes_files(path.parent):
        raise ProjectInUseError(path, in_use)
    # filelock takes a folder in which files cannot even be named, such as one of /proc, for a busy one.
    raise ReadOnlyFolderError(path, "its folder takes no files")
