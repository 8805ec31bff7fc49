"""Opens sources in processes of their own, and keeps one process ready for the next."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from dlst_gui.video.isolation.decoder_process import DecoderProcess
from dlst_gui.video.isolation.frame_crashes import FrameCrashes
from dlst_gui.video.isolation.isolated_source import USUAL_PATIENCE, IsolatedSource, Patience
from dlst_gui.video.video_source import UNWATCHED, ClosedOnExit, OpeningStopped, OpeningWatch, VideoError

OPENER = "dlst_gui.video:open_source"
"""What opens sources in the child."""


class IsolatedOpener(ClosedOnExit):
    """Called with a path, gives an `IsolatedSource`. Any thread.

    `close` ends all of its processes; on Linux they also end with the program, however that ends.

    Args:
        opener: `module:function` that opens paths in the child; another one than `OPENER` is for tests.
        patience: how long decoders may take.
    """

    def __init__(self, opener: str = OPENER, patience: Patience = USUAL_PATIENCE) -> None:
        self._opener = opener
        self._patience = patience
        # A thread for starting alone: processes end with the thread that started them.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="decoder starter")
        self._lock = threading.Lock()
        self._is_closed = False
        self._sources: WeakSet[IsolatedSource] = WeakSet()
        self._crashes: dict[tuple[Path, int, int], FrameCrashes] = {}
        self._spare: Future[DecoderProcess] | None = self._started()

    def __call__(self, path: Path, watch: OpeningWatch = UNWATCHED) -> IsolatedSource:
        """Open a source, as `open_source` does; the calling thread is the one it belongs to.

        Raises:
            VideoError: it cannot be used, or its decoder has crashed.
            OpeningStopped: `watch` said so, or this is closed.
        """
        source = IsolatedSource(path, self._taken, self._crashes_of(path), self._patience)
        with self._lock:
            self._sources.add(source)
        source.open(watch)
        return source

    def close(self) -> None:
        """End all processes; reads in other threads fail at once. May be called twice."""
        with self._lock:
            self._is_closed = True
            spare, self._spare = self._spare, None
            sources = list(self._sources)
        for source in sources:
            source.close()
        if spare is not None:
            with suppress(OSError):
                spare.result().end()
        self._starter.shutdown()

    def _taken(self) -> DecoderProcess:
        """A process for one source; another one is started for the next."""
        while True:
            with self._lock:
                if self._is_closed:
                    raise OpeningStopped("the program is closing, so nothing is opened any more")
                ready, self._spare = self._spare or self._started(), None
            try:
                process = ready.result()
            except OSError as error:
                raise VideoError(f"no process for a decoder can be started: {error}") from error
            if process.is_running:
                self._prepare()
                return process
            process.end()

    def _prepare(self) -> None:
        with self._lock:
            if self._spare is None and not self._is_closed:
                self._spare = self._started()

    def _started(self) -> Future[DecoderProcess]:
        return self._starter.submit(DecoderProcess.start, self._opener)

    def _crashes_of(self, path: Path) -> FrameCrashes:
        """Those of this version of the file."""
        key = path.absolute(), *_version(path)
        with self._lock:
            return self._crashes.setdefault(key, FrameCrashes())


def _version(path: Path) -> tuple[int, int]:
    """Size and time of change; zeros where it cannot be looked at, which opening it will tell."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
