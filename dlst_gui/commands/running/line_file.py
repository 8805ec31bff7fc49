"""Lines that survive whatever ends the process, and within a second a power cut as well."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.full_disk import DiskPatience, is_disk_full
from dlst_gui.video.video_source import ClosedOnExit

_SYNCED_EVERY_S = 1.0


class LineFile(ClosedOnExit):
    """Appends to a file; each line is with the operating system when `append` returns. Waits for a full disk.

    Syncing may take a fifth of a second on a busy disk, so it is done in a thread of its own.

    Raises:
        CommandError: it cannot be written; where the disk is full, `DiskFullError` once nobody waits any longer.
    """

    def __init__(self, path: Path, patience: DiskPatience, *, keep_bytes: int = 0, waiting: str) -> None:
        self._path = path
        self._patience = patience
        self._waiting = waiting
        try:
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            os.ftruncate(self._handle, keep_bytes)
            os.lseek(self._handle, 0, os.SEEK_END)
        except OSError as error:
            raise self._not_written(error) from error
        self._unwritten = b""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._synced: Future[None] | None = None
        self._synced_at_s = time.monotonic()

    def append(self, line: str) -> None:
        """Write one more line."""
        self._unwritten += line.encode() + b"\n"
        self._write()
        if time.monotonic() - self._synced_at_s >= _SYNCED_EVERY_S and self._is_synced():
            self._synced_at_s = time.monotonic()
            self._synced = self._pool.submit(os.fsync, self._handle)

    def close(self) -> None:
        """See `ClosedOnExit`; what was appended is on the disk afterwards."""
        if self._handle < 0:
            return
        try:
            self._pool.shutdown()
            if not self._unwritten:
                self._try(lambda: os.fsync(self._handle))
        finally:
            handle, self._handle = self._handle, -1
            os.close(handle)

    def _write(self) -> None:
        def write() -> None:
            # A full disk may take a part of what it is given: the rest comes with the next try.
            while self._unwritten:
                self._unwritten = self._unwritten[os.write(self._handle, self._unwritten) :]

        self._try(write)

    def _is_synced(self) -> bool:
        """Whether nothing is under way; an error of what was is raised, but a full disk is told by writing."""
        if self._synced is None:
            return True
        if not self._synced.done():
            return False
        error = self._synced.exception()
        if isinstance(error, OSError) and not is_disk_full(error):
            raise self._not_written(error) from error
        return True

    def _try(self, action: Callable[[], None]) -> None:
        try:
            self._patience.until_done(action, self._path, waiting=self._waiting)
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> CommandError:
        return CommandError(f"{self._path} cannot be written ({error.strerror or error})")
