"""One piece of work on a thread of its own: how far it is, leaving it early, and how it ended."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.exchange.errors import ExportError, ForeignFileError
from dlst_gui.exchange.progress import ExportCancelled, Progress, Stage, Watch
from dlst_gui.formats.errors import FormatError
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.session.owned_thread import OwnedThread, Worker
from dlst_gui.video import VideoError

TOLD_EVERY_S = 0.05  # ours: what the eye can follow

Work = Callable[[Watch], object]
"""Runs in the job's thread; what it returns crosses to the window's, and is not written to afterwards."""

_EXPECTED = (ExportError, FormatError, ProjectFileError, VideoError, OSError)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class JobFailed:
    """What went wrong, and what to do.

    Attributes:
        foreign: a file that would have been replaced; the work may be done again if a person agrees.
        details: for who wants to know more; may be empty.
    """

    message: str
    foreign: Path | None = None
    details: str = ""


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """It was cancelled before it finished."""


class _JobWorker(Worker):
    progressed = Signal(object)
    ended = Signal(object)

    def __init__(self, work: Work, cancelled: threading.Event) -> None:
        super().__init__()
        self._work: Work | None = work
        self._cancelled = cancelled
        self._stage: Stage | None = None
        self._told_at_s = 0.0

    @Slot()
    def on_start_requested(self) -> None:
        self.ended.emit(self._outcome())

    def release(self) -> None:
        self._work = None

    def _outcome(self) -> object:
        if self._work is None:
            return JobCancelled()
        try:
            return self._work(Watch(self._tell, self._cancelled.is_set))
        except ExportCancelled:
            return JobCancelled()
        except ForeignFileError as error:
            return JobFailed(f"{error.path} {error.WORDS}.", error.path)  # no word of options
        except _EXPECTED as error:
            message, details = plain_words(error)
            return JobFailed(message, details=details)
        except Exception as error:
            _log.exception("background job failed")
            return JobFailed(f"Unexpected error ({type(error).__name__}: {error}). See the log for details.")

    def _tell(self, progress: Progress) -> None:
        now_s = time.monotonic()
        if progress.stage is self._stage and now_s - self._told_at_s < TOLD_EVERY_S:
            return
        self._stage, self._told_at_s = progress.stage, now_s
        self.progressed.emit(progress)


class BackgroundJob(QObject):
    """Begins at once; its owner keeps it until it has ended, or calls `close`."""

    progressed = Signal(object)  # Progress
    ended = Signal(object)  # what the work returned, JobFailed or JobCancelled

    _start_requested = Signal()

    def __init__(self, work: Work, name: str) -> None:
        super().__init__()
        self._cancelled = threading.Event()
        worker = _JobWorker(work, self._cancelled)
        queued = Qt.ConnectionType.QueuedConnection
        self._start_requested.connect(worker.on_start_requested, queued)
        worker.progressed.connect(self._on_progressed, queued)
        worker.ended.connect(self._on_ended, queued)
        self._thread = OwnedThread(worker, name)
        self._start_requested.emit()

    def cancel(self) -> None:
        """Ask the work to end early; `ended` says when it has."""
        self._cancelled.set()

    def close(self) -> None:
        """End it early, and wait."""
        self.cancel()
        self.finish()

    def finish(self) -> None:
        """Wait until it has come to its end."""
        self._thread.close()

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        self.progressed.emit(progress)

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._thread.close()
        self.ended.emit(outcome)
