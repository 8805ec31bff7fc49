"""Ends a process by SIGKILL just before or just after its n-th call that changes names or files."""

from __future__ import annotations

import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from dlst_gui.files import renames

CALLS = ("rename", "replace", "link", "symlink", "unlink", "remove", "rmdir", "mkdir", "fsync", "sync", "truncate")
"""Of `os`; opening a file to write and `renameat2` count as well."""

Work = Callable[[], object]


class Moment(Enum):
    """When the process ends: before the call, or with what it did done."""

    BEFORE = "before"
    AFTER = "after"


class End(Enum):
    """How a process ended."""

    DONE = 0
    FAILED = 1
    KILLED = -signal.SIGKILL


def call_count(work: Work) -> int:
    """How many such calls the work makes in a process of its own; AssertionError where it fails."""
    reader, writer = os.pipe()

    def counted() -> None:
        calls = _counting(-1, Moment.BEFORE)
        work()
        os.write(writer, str(calls()).encode())

    end = _in_a_process(counted)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    assert end is End.DONE, end
    return int(text)


def killed(work: Work, number: int, moment: Moment) -> End:
    """Do the work in a process that is killed at call `number`, counted from 0."""

    def until_killed() -> None:
        _counting(number, moment)
        work()

    return _in_a_process(until_killed)


def kill_points(count: int, moments: Iterable[Moment] = Moment) -> Iterator[tuple[int, Moment]]:
    """Before and after each call; between one and the next nothing is changed, so one of them says nearly all."""
    return ((number, moment) for number in range(count) for moment in moments)


def _in_a_process(work: Work) -> End:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            traceback.print_exc()
            os._exit(End.FAILED.value)
        os._exit(End.DONE.value)
    return End(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _counting(fatal: int, moment: Moment) -> Callable[[], int]:
    """Count calls from now on in this process, which is killed at the fatal one; gives what tells the count."""
    made = 0

    def wrapped(call: Callable) -> Callable:
        def calling(*arguments: object, **options: object) -> object:
            nonlocal made
            number, made = made, made + 1
            if number == fatal and moment is Moment.BEFORE:
                os.kill(os.getpid(), signal.SIGKILL)
            try:
                return call(*arguments, **options)
            finally:
                if number == fatal and moment is Moment.AFTER:
                    os.kill(os.getpid(), signal.SIGKILL)

        return calling

    for name in CALLS:
        # No waiting for the disk: what a killed process has written is there without it.
        call = (lambda *_arguments: None) if name.endswith("sync") else getattr(os, name)
        setattr(os, name, wrapped(call))
    open_file = io.open
    open_to_write = wrapped(open_file)

    def opening(file: object, mode: str = "r", *arguments: object, **options: object) -> object:
        is_read = mode.strip("bt") == "r"
        return (open_file if is_read else open_to_write)(file, mode, *arguments, **options)

    io.open = opening
    renameat2 = renames._renameat2()
    if renameat2 is not None:
        exchanging = wrapped(renameat2)
        renames._renameat2 = lambda: exchanging
    return lambda: made
