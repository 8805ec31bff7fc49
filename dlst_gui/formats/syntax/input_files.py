"""Files and folders of unknown origin: only regular files are opened, and folders are listed up to a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError
from dlst_gui.formats.progress import Tick, untold

_FILES_PER_TICK = 1000


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading; FormatError where it is anything else, or cannot be read.

    A pipe or a device would be waited for, or be without end.
    """
    try:
        _check_regular(path, path.stat().st_mode)
        # Whoever puts a pipe there now does not stop us: opening it returns at once, and it is refused.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(descriptor, "rb")
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    try:
        _check_regular(path, os.fstat(descriptor).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def size_of(file: BufferedReader) -> int:
    """Bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def unreadable(path: Path, error: OSError | ValueError) -> FormatError:
    """What to say of a file that the system does not give."""
    said = error.strerror if isinstance(error, OSError) else None
    return FormatError(path, f"cannot be read ({said or error})")


def is_there(path: Path) -> bool:
    """Whether there is something of this name; FormatError where no system can tell."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except (OSError, ValueError) as error:
        raise unreadable(path, error) from error
    return True


def files_under(folder: Path, suffix: str, tick: Tick = untold) -> list[str]:
    """Paths of the files with this ending in a folder and those in it, relative to it, in order.

    Links to folders are not followed. What is no regular file is listed too: opening it says what is wrong.
    """
    found: list[str] = []
    for seen, (relative, entry) in enumerate(_entries(folder, "", 0), start=1):
        if seen > limits.MOST_FILES:
            raise FormatError(folder, f"expected at most {limits.MOST_FILES} files, there are more")
        if seen % _FILES_PER_TICK == 0:
            tick(0, 1)
        if entry.name.lower().endswith(suffix):
            found.append(relative)
    return sorted(found)


def any_files_under(folder: Path, suffix: str) -> Iterator[str]:
    """The same in any order, one by one and without an end to wait for: for whoever needs a few."""
    entries = zip(_entries(folder, "", 0), range(limits.MOST_FILES), strict=False)
    return (relative for (relative, entry), _ in entries if entry.name.lower().endswith(suffix))


def _entries(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.DirEntry[str]]]:
    if depth > limits.DEEPEST_FOLDER:
        raise FormatError(folder, f"folders are nested more than {limits.DEEPEST_FOLDER} deep")
    inner = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    inner.append(entry.name)
                elif not entry.is_dir():
                    yield f"{prefix}{entry.name}", entry
    except (OSError, ValueError) as error:
        raise unreadable(folder, error) from error
    for name in inner:
        yield from _entries(folder / name, f"{prefix}{name}/", depth + 1)


def _check_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise FormatError(path, "cannot be read (Is a directory)")
    if not stat.S_ISREG(mode):
        raise FormatError(path, "is no regular file; pipes, devices and sockets are not read")
