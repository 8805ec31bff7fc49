"""Work beside the window that a person waits for: what it is doing, how far it is, and giving it up."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.exchange.progress import Progress
from dlst_gui.session.background_job import BackgroundJob, Work


class BackgroundTask(QObject):
    """One at a time. `close` gives it up and waits; `done` hears nothing then."""

    changed = Signal()  # it goes on, is farther, or is over

    def __init__(self) -> None:
        super().__init__()
        self._job: BackgroundJob | None = None
        self._done: Callable[[object], None] | None = None
        self._word = ""
        self._fraction = 0.0

    @property
    def is_going(self) -> bool:
        return self._job is not None

    @property
    def word(self) -> str:
        """What it is doing, such as "saving a copy"."""
        return self._word

    @property
    def fraction(self) -> float:
        """How much of it is done, 0 to 1; 0 also where that is not known."""
        return self._fraction

    def begin(self, word: str, work: Work, done: Callable[[object], None]) -> None:
        """Begin, in place of what is going on.

        Args:
            word: what it is doing.
            work: done in a thread of its own.
            done: gets what the work has returned, `JobFailed` or `JobCancelled`.
        """
        self.close()
        self._word, self._fraction, self._done = word, 0.0, done
        self._job = BackgroundJob(work, word)
        self._job.progressed.connect(self._on_progressed)
        self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def stop(self) -> None:
        """Ask it to end early."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """End it early, and wait."""
        job, self._job, self._done = self._job, None, None
        if job is not None:
            job.close()
            self.changed.emit()

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        self._fraction = progress.done / progress.total if progress.total else 0.0
        self.changed.emit()

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        if self.sender() is not self._job:
            return  # what was given up
        done, self._job, self._done = self._done, None, None
        self.changed.emit()
        if done is not None:
            done(outcome)
