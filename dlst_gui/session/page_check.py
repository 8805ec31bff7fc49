"""Looks through the boxes of a project that was just opened, in a thread of its own.

A large project is opened without reading its boxes. What is damaged is thereby told soon, and not when somebody
happens to look at it.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.exchange.progress import Watch
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.project.pages import Page
from dlst_gui.project.prediction_pages import PageRows
from dlst_gui.session.background_job import BackgroundJob

START_MS = 1000
"""By then the first frame is shown: reading would only make that wait."""


class PageCheck(QObject):
    """One check at a time; `close` ends it."""

    failed = Signal(object)  # ProjectFileError

    def __init__(self) -> None:
        super().__init__()
        self._pages: Sequence[Page[PageRows] | Page[KeyframeBlock]] = ()
        self._job: BackgroundJob | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._on_due)

    def begin(self, pages: Sequence[Page[PageRows] | Page[KeyframeBlock]]) -> None:
        """Read these soon, in place of what was being read."""
        self.close()
        self._pages = pages
        if pages:
            self._timer.start(START_MS)

    def close(self) -> None:
        """Read no further; waits for the page that is being read."""
        self._timer.stop()
        self._pages = ()
        job, self._job = self._job, None
        if job is not None:
            job.close()

    @Slot()
    def _on_due(self) -> None:
        pages = self._pages

        def work(watch: Watch) -> ProjectFileError | None:
            try:
                for page in pages:
                    if watch.should_cancel():
                        break
                    page.look()
            except ProjectFileError as error:
                return error
            return None

        self._job = BackgroundJob(work, "page check")
        self._job.ended.connect(self._on_ended)

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._pages = ()
        if isinstance(outcome, ProjectFileError):
            self.failed.emit(outcome)
