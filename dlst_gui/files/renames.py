"""What `os` lacks: a rename that replaces nothing, and two names that change places in one step."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

_NOREPLACE, _EXCHANGE = 1, 2
"""Source: linux/fs.h."""
_AT_FDCWD = -100
_UNKNOWN = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
"""What a file system or a kernel answers that does not know a flag."""


def rename_new(source: Path, target: Path) -> None:
    """Give a file or folder another name that nothing has yet, in one step where the system can.

    Where it cannot (no `renameat2`, no second names of files), a kill at the wrong moment may leave an empty file.

    Raises:
        FileExistsError: something has the name; nothing was changed.
        OSError: as a rename.
    """
    if not rename_new_at_once(source, target):
        _rename_in_steps(source, target)


def rename_new_at_once(source: Path, target: Path) -> bool:
    """As `rename_new`; False, and nothing done, where the system cannot do it in one step."""
    if sys.platform == "win32":
        source.rename(target)  # which replaces nothing there
        return True
    return _renamed(source, target, _NOREPLACE)


def exchange(one: Path, other: Path) -> bool:
    """Let two names change places in one step; False, and nothing done, where the system cannot."""
    return _renamed(one, other, _EXCHANGE)


def _renamed(source: Path, target: Path, flags: int) -> bool:
    """False where the flags are not known here."""
    call = _renameat2()
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(source), _AT_FDCWD, os.fsencode(target), flags) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


def _rename_in_steps(source: Path, target: Path) -> None:
    if source.is_dir():
        target.mkdir()  # a folder may take the place of an empty one
        source.rename(target)
        return
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:  # no second names here
        target.touch(exist_ok=False)
        try:
            source.replace(target)
        except BaseException:
            target.unlink()
            raise
    else:
        source.unlink()


@cache
def _renameat2() -> Callable[[int, bytes, int, bytes, int], int] | None:
    if not sys.platform.startswith("linux"):
        return None
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:  # glibc before 2.28
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    call.restype = ctypes.c_int

    def rename(from_folder: int, source: bytes, to_folder: int, target: bytes, flags: int) -> int:
        return int(call(from_folder, source, to_folder, target, flags))

    return rename
