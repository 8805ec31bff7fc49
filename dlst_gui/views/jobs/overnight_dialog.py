"""Track All Jobs Overnight: what will be tracked, how far it is, and what went wrong."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import counted
from dlst_gui.jobs.job import Job, JobState
from dlst_gui.jobs.job_file import JobFileError
from dlst_gui.session.overnight import Ended, Overnight
from dlst_gui.session.session import Session
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH, HEIGHT = 520, 300  # pixels
PROBLEMS_HEIGHT = 120  # pixels
WHAT = (
    "Each video is tracked on from all manual boxes of its objects, into its own project, as one step of undo. "
    "What is tracked already stays. You can go on working meanwhile; a video that is open in a window is left out."
)
STARTING = "Starting; the first frames take a moment."
STOPPING = "Stopping. What is finished stays."
AGAIN = "Start it again to go on where it ended."


class OvernightDialog(QDialog):
    """Shows one run, which goes on while the dialog is closed."""

    def __init__(self, session: Session, overnight: Overnight, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._overnight = overnight
        self.setWindowTitle("Track All Jobs Overnight")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        what = QLabel(WHAT)
        what.setWordWrap(True)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setProperty("quiet", True)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("How much is tracked")
        self.bar.setTextVisible(False)
        self.problems = QPlainTextEdit(readOnly=True)
        self.problems.setAccessibleName("What was not tracked")
        self.problems.setFixedHeight(PROBLEMS_HEIGHT)
        self.problems.hide()
        self.track = QPushButton("&Track All")
        self.track.setObjectName("primary")
        self.stop = QPushButton("&Stop")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.stop, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.track, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(9)
        for widget in (what, self.words, self.bar, self.problems):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(buttons)
        self.track.clicked.connect(self._on_track)
        self.stop.clicked.connect(overnight.stop)
        overnight.changed.connect(self._refresh)
        overnight.ended.connect(self._on_ended)
        session.jobs.changed.connect(self._refresh)
        session.jobs.current_changed.connect(self._refresh)
        session.jobs.row_changed.connect(self._refresh)
        self._refresh()

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Those that are tracked: with objects, that nobody is done with, and that are not open here."""
        jobs = self._session.jobs
        wanted = (row for row in range(len(jobs.jobs)) if row != jobs.current)
        return tuple(jobs.jobs[row] for row in wanted if jobs.state(row) is JobState.IN_WORK)

    @Slot()
    def _refresh(self) -> None:
        overnight = self._overnight
        self.stop.setEnabled(overnight.is_going and not overnight.is_stopping)
        if overnight.is_going:
            self.track.setEnabled(False)
            self.words.setText(STOPPING if overnight.is_stopping else self._going())
        else:
            count = len(self.jobs)
            self.track.setEnabled(count > 0)
            if not self._overnight.ended_count:
                self.words.setText(self._offer(count))
        self.bar.setVisible(overnight.is_going or overnight.ended_count > 0)
        done, known = overnight.ended_count, overnight.count
        if overnight.is_going and overnight.is_length_known:
            done, known = overnight.tracked_frames, overnight.frame_count
        self.bar.setMaximum(max(known, 1))
        self.bar.setValue(done)
        lines = [f"{name}: {problem}" for name, problem in overnight.problems]
        if lines != self.problems.toPlainText().splitlines():
            self.problems.setPlainText("\n".join(lines))
        self.problems.setVisible(bool(lines))

    def _going(self) -> str:
        overnight = self._overnight
        if not overnight.tracked_frames and not overnight.ended_count:
            return STARTING
        words = f"{overnight.ended_count:,} of {counted(overnight.count, 'video')} ended"
        if overnight.tracked_frames and overnight.is_length_known:
            words += f", {overnight.tracked_frames:,} of {counted(overnight.frame_count, 'frame')} tracked"
        elif overnight.tracked_frames:
            words += f", {counted(overnight.tracked_frames, 'frame')} tracked"
        return f"{words}. What is tracked shows in the list at once."

    def _offer(self, count: int) -> str:
        left = len(self._session.jobs.jobs) - count
        without = f" {counted(left, 'other')} {'is' if left == 1 else 'are'} done, open here, or without objects."
        if not count:
            return f"No video is ready: draw a box in some first.{without if left else ''}"
        return f"{counted(count, 'video')} will be tracked.{without if left else ''}"

    @Slot()
    def _on_track(self) -> None:
        try:
            self._overnight.begin(self.jobs, self._session.tracking.settings)
        except (OSError, JobFileError) as error:
            self._session.failed.emit("Nothing was tracked", str(error), "")

    @Slot(object)
    def _on_ended(self, ended: Ended) -> None:
        overnight = self._overnight
        done = overnight.ended_count - len(overnight.problems)
        words = f"{done:,} of {counted(overnight.count, 'video')} tracked."
        if ended.words:
            words = f"{words} {ended.words.removesuffix('.')}."
        if overnight.ended_count < overnight.count:
            words = f"{words} {AGAIN}"
        self.words.setText(words)
        if not self.isVisible():
            self._session.noted.emit(words)
