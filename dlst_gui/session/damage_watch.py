"""Checks a large project for damage once it is open, so that nobody waits for that."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.exchange.progress import Watch
from dlst_gui.project.project_file import find_damage, is_checked_when_opened
from dlst_gui.session.background_job import BackgroundJob


class DamageWatch(QObject):
    """One check at a time, in a thread of its own; `close` interrupts it."""

    found = Signal(object, str)  # path of the project; what is wrong with it

    def __init__(self) -> None:
        super().__init__()
        self._job: BackgroundJob | None = None
        self._path: Path | None = None

    @property
    def is_checking(self) -> bool:
        return self._job is not None

    def open(self, path: Path | None) -> None:
        """A project was opened from here; smaller ones were checked before."""
        self.close()
        if path is None or is_checked_when_opened(path):
            return

        def work(watch: Watch) -> object:
            return find_damage(path, watch.should_cancel)

        self._path = path
        self._job = BackgroundJob(work, "integrity")
        self._job.ended.connect(self._on_ended)

    def close(self) -> None:
        """Leave the check early, and wait until it has ended."""
        job, self._job = self._job, None
        if job is not None:
            job.close()

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._job = None
        if isinstance(outcome, str) and outcome:
            self.found.emit(self._path, outcome)
