"""Work beside what it is to replace: a hidden folder whose writer holds a lock for as long as it lives.

    .dlst-<16 hex digits>.part/writer     locked; a lock survives no process
    .dlst-<16 hex digits>.part/new/       what is being made

Whoever makes such a folder first removes those beside it whose writers are dead. One with a journal is left alone
here: `dlst_gui.files.file_sets` completes it.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

JOURNAL = "journal.json"
"""In a staging folder: what is being put in place."""

_NAME = re.compile(r"\.dlst-[0-9a-f]{16}\.part")
_WRITER = "writer"
_HELD = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
"""What a lock answers that another process has; anything else: the file system knows no locks."""

_SYNCED_ONE_BY_ONE = 64
"""Above this many files the whole disk is synced at once: each file alone may take a fifth of a second."""


@dataclass(frozen=True, slots=True)
class Staging:
    """A folder to work in.

    Attributes:
        folder: in the folder in which the finished work will lie.
        new: in it, for what is being made.
    """

    folder: Path
    new: Path


class WriterLock:
    """Held on an open file by the writer of a staging folder, and let go once."""

    def __init__(self, path: Path) -> None:
        self._handle: int | None = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def take(self) -> bool | None:
        """Whether this process has it now, and the file is still there; None where there are no locks here."""
        if self._handle is None:
            return False
        is_taken = _lock(self._handle)
        return is_taken and bool(os.fstat(self._handle).st_nlink)

    def close(self) -> None:
        """Let it go; may be called twice."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


@contextmanager
def replaced_whole(path: Path) -> Iterator[Path]:
    """Give a path to write a file to; at the end that file takes the place of `path`, in one step and synced.

    Whatever happens meanwhile, `path` has its old content or all of the new; where the block fails, the old one.
    A symbolic link is followed: the file it leads to is replaced. Folders that are missing are made. Nothing lies
    at the given path at first; files that a library puts beside it are removed.

    Raises:
        OSError: the folder takes no files, the disk is full, or the block has written nothing.
    """
    final = followed(path)
    with staging_beside(final) as staging:
        new = staging.new / final.name
        yield new
        sync_file(new)
        new.replace(final)
        sync_folders([final.parent])


@contextmanager
def staging_beside(final: Path) -> Iterator[Staging]:
    """A staging folder in the folder of `final`, gone at the end however the block ends. Raises OSError."""
    parent = final.parent
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    try:
        parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(parent)
        folder, lock = _made_and_locked(parent)
        try:
            new = folder / "new"
            new.mkdir()
            yield Staging(folder, new)
        finally:
            if (folder / JOURNAL).exists():  # it could be neither completed nor taken back: the next start will
                lock.close()
            else:
                remove_staging(folder, lock)
    finally:
        # Where something has come into them they are not empty, and stay.
        with suppress(OSError):
            for each in made:
                each.rmdir()


def followed(path: Path) -> Path:
    """Where a path leads, through symbolic links; OSError where they lead in a circle."""
    try:
        return path.resolve()
    except RuntimeError as error:  # up to Python 3.12
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def remove_leftovers(parent: Path) -> None:
    """Remove what writers have left that are surely dead; what cannot be removed stays."""
    for folder in abandoned(parent):
        if not (folder / JOURNAL).exists():
            with suppress(OSError), taken_over(folder) as lock:
                if lock is not None and not (folder / JOURNAL).exists():
                    remove_staging(folder, lock)


def abandoned(parent: Path) -> list[Path]:
    """Staging folders in a folder, in order; `taken_over` says whether their writers are dead."""
    try:
        with os.scandir(parent) as entries:
            return sorted(parent / entry.name for entry in entries if _NAME.fullmatch(entry.name))
    except OSError:
        return []


@contextmanager
def taken_over(folder: Path) -> Iterator[WriterLock | None]:
    """Become the writer of a staging folder; None where its writer lives, or where that cannot be told."""
    try:
        lock = WriterLock(folder / _WRITER)
    except OSError:
        yield None
        return
    try:
        yield lock if lock.take() else None
    finally:
        lock.close()


def remove_staging(folder: Path, lock: WriterLock) -> None:
    """Remove a staging folder, its journal first and its lock last; what cannot be removed stays."""
    with suppress(OSError):
        (folder / JOURNAL).unlink(missing_ok=True)
        for path in [each for each in folder.iterdir() if each.name != _WRITER]:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink()
        if sys.platform == "win32":  # which removes no open file
            lock.close()
        (folder / _WRITER).unlink()
        folder.rmdir()
    lock.close()


def sync_file(path: Path) -> None:
    """Bring a file onto the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in folders onto the disk, where the system can."""
    for folder in folders:
        # Windows opens no folders, some network file systems sync none; the files themselves are on the disk.
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def sync_all_below(folder: Path) -> None:
    """Bring everything in a folder onto the disk."""
    files: list[Path] = []
    folders = [folder]
    for entry in _entries_below(folder):
        if entry.is_dir():
            folders.append(Path(entry.path))
        elif entry.is_file():
            files.append(Path(entry.path))
        if len(files) > _SYNCED_ONE_BY_ONE and hasattr(os, "sync"):
            os.sync()
            return
    for path in files:
        sync_file(path)
    sync_folders(folders)


def _entries_below(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything in a folder and in those in it, one by one: there may be hundred thousands."""
    with os.scandir(folder) as entries:
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                yield from _entries_below(Path(entry.path))


def _made_and_locked(parent: Path) -> tuple[Path, WriterLock]:
    while True:
        folder = parent / f".dlst-{uuid4().hex[:16]}.part"
        folder.mkdir()
        try:
            lock = WriterLock(folder / _WRITER)
        except FileNotFoundError:  # somebody has taken it for a leftover before it was locked
            continue
        if lock.take() is not False:
            return folder, lock
        lock.close()


def _lock(handle: int) -> bool | None:
    """Whether this process has it now; None where the file system knows no locks."""
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True
