"""Looks through a large project once it is open, so that nobody waits for that.

Its boxes were not read when it was opened, or its file not checked, because that takes time. What is damaged is
told soon, and not when somebody happens to look at it; and what was read is in memory, if the file is taken away.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.exchange.progress import Watch
from dlst_gui.project.errors import DamagedProjectError
from dlst_gui.project.opening import UnreadPages
from dlst_gui.project.project_file import find_damage, is_checked_when_opened
from dlst_gui.session.background_job import BackgroundJob

START_MS = 1000
"""By then the first frame is shown: reading would only make that wait."""


class DamageWatch(QObject):
    """One check at a time, in a thread of its own; `close` interrupts it."""

    found = Signal(object)  # DamagedProjectError

    def __init__(self) -> None:
        super().__init__()
        self._job: BackgroundJob | None = None
        self._checked: tuple[Path, UnreadPages] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)

    @property
    def is_checking(self) -> bool:
        """Whether a check is going on, or about to begin."""
        return self._checked is not None

    def open(self, path: Path | None, unread: UnreadPages) -> None:
        """A project was opened from here, and these pages of it were not read."""
        self.close()
        if path is not None and (unread or not is_checked_when_opened(path)):
            self._checked = path, unread
            self._timer.start(START_MS)

    def close(self) -> None:
        """Leave the check early, and wait until it has ended."""
        self._timer.stop()
        self._checked = None
        job, self._job = self._job, None
        if job is not None:
            job.close()

    @Slot()
    def _on_due(self) -> None:
        if self._checked is None:
            return
        path, unread = self._checked

        def work(watch: Watch) -> object:
            try:
                for page in unread:
                    if watch.should_cancel():
                        return None
                    page.look()
            except DamagedProjectError as error:
                return error
            problem = "" if is_checked_when_opened(path) else find_damage(path, watch.should_cancel)
            return DamagedProjectError(path, problem) if problem else None

        self._job = BackgroundJob(work, "damage watch")
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._job = self._checked = None
        if isinstance(outcome, DamagedProjectError):
            self.found.emit(outcome)
