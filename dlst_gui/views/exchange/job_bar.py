"""Work in the background as a dialog shows it: how far it is, Cancel, and how it ended."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from dlst_gui.exchange.progress import Progress
from dlst_gui.session.background_job import BackgroundJob, JobCancelled, JobFailed, Work
from dlst_gui.views.style.status_level import StatusLevel, set_status


class JobBar(QWidget):
    """Runs one job at a time; its owner calls `close_job` at the end."""

    ended = Signal(object)  # as of `BackgroundJob`

    def __init__(self) -> None:
        super().__init__()
        self._job: BackgroundJob | None = None
        self._shown: Path | None = None
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._stage = QLabel()
        self._stage.setProperty("quiet", True)
        self.cancel = QPushButton("Cancel")
        self._note = QLabel()
        self._note.setObjectName("note")
        self._note.setWordWrap(True)
        self._note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.show_in_folder = QPushButton("Show in &Folder")
        self._lay_out()
        self.cancel.clicked.connect(self._on_cancel)
        self.show_in_folder.clicked.connect(self._on_show_in_folder)
        self.clear()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.addWidget(self._stage)
        words.addWidget(self._bar)
        going = QHBoxLayout()
        going.addLayout(words, stretch=1)
        going.addWidget(self.cancel)
        done = QHBoxLayout()
        done.addWidget(self._note, stretch=1)
        done.addWidget(self.show_in_folder)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(going)
        layout.addLayout(done)

    @property
    def is_running(self) -> bool:
        return self._job is not None

    @property
    def note(self) -> str:
        """How the latest job ended; empty where nothing has."""
        return self._note.text()

    def run(self, work: Work, name: str) -> None:
        """Begin; answered by `ended`."""
        self.clear()
        self._show_going(True)
        self.cancel.setEnabled(True)
        self._show_progress("Checking the labels", 0, 0)
        self._job = BackgroundJob(work, name)
        self._job.progressed.connect(self._on_progressed)
        self._job.ended.connect(self._on_ended)

    def show_note(self, text: str, level: StatusLevel, shown: Path | None = None) -> None:
        """Say how it ended; `shown` is what can be shown in its folder."""
        self._shown = shown
        set_status(self._note, text, level)
        self._note.show()
        self.show_in_folder.setVisible(shown is not None)

    def show_unfinished(self, outcome: object) -> None:
        """Say that an export was cancelled, or why it failed; TypeError for any other end."""
        if isinstance(outcome, JobCancelled):
            self.show_note("Cancelled. Existing files are unchanged.", StatusLevel.CALM)
        elif isinstance(outcome, JobFailed):
            words = f"Not exported; existing files are unchanged.\n{outcome.message}"
            self.show_note(words, StatusLevel.WARNING)
        else:
            raise TypeError(f"expected the end of an export, got {outcome!r}")

    def clear(self) -> None:
        """Show nothing."""
        self._note.clear()
        self._note.hide()
        self.show_in_folder.hide()
        self._show_going(False)

    def close_job(self) -> None:
        """End a job early, and wait; nothing is told."""
        job, self._job = self._job, None
        if job is not None:
            job.close()

    def _show_going(self, is_going: bool) -> None:
        for widget in (self._stage, self._bar, self.cancel):
            widget.setVisible(is_going)

    def _show_progress(self, words: str, done: int, total: int) -> None:
        self._stage.setText(words)
        self._bar.setRange(0, total)
        self._bar.setValue(done)

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        if progress.total > 1:
            words = f"{progress.stage.value}: {progress.done} %"
            if progress.unit != "%":
                words = f"{progress.stage.value}: {progress.done} of {progress.total} {progress.unit}"
            self._show_progress(words, progress.done, progress.total)
        else:
            self._show_progress(f"{progress.stage.value} …", 0, 0)

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        if self._job is not None:
            self._job = None
            self._show_going(False)
            self.ended.emit(outcome)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self.cancel.setEnabled(False)
            self._stage.setText("Cancelling …")
            self._job.cancel()

    def _on_show_in_folder(self) -> None:
        if self._shown is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._shown.parent)))
