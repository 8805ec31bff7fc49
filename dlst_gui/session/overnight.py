"""All videos of a list tracked on by `dlst batch`, in a process of its own; a step of undo in each project."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal, Slot

from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import write_job_file
from dlst_gui.tracking.tracker_factory import TrackerSettings

COMMAND = (sys.executable, "-m", "dlst_gui")
LIST_NAME = "videos.dlstjobs"
_BAR = "tracking:"
"""How lines of the command's progress begin."""
_ENDING_MS = 10_000
"""Ours: longer than the command needs to put away what it has begun."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ended:
    """How it came to its end.

    Attributes:
        words: why nothing was tracked, or not all; "" where every video was.
    """

    words: str


class Overnight(QObject):
    """One run at a time. Lives in the window's thread; `close` ends it and waits.

    Attributes:
        count, ended_count: of videos.
        frame_count, tracked_frames: of videos that were not finished before; the first is 0 until some have been
            opened, and an estimate until all have.
        problems: names of videos, and why each was not tracked.

    Args:
        folder: what is finished is kept below it, so that another run goes on there.
        command: runs `dlst`; None: this program's own.
    """

    changed = Signal()  # it begins, goes on, or is over
    video_ended = Signal(object)  # the path of its video
    ended = Signal(object)  # Ended

    def __init__(self, folder: Path, command: Sequence[str] | None = None) -> None:
        super().__init__()
        self._folder = folder
        self._command = tuple(command or COMMAND)
        self._process: QProcess | None = None
        self._videos: dict[str, Path] = {}
        self._unread = b""
        self._said = b""
        self._is_stopped = False
        self.count = 0
        self.ended_count = 0
        self.frame_count = self.tracked_frames = 0
        self.problems: list[tuple[str, str]] = []

    @property
    def is_going(self) -> bool:
        return self._process is not None

    @property
    def is_length_known(self) -> bool:
        """Whether `frame_count` says how much there is to do."""
        return 0 < self.frame_count >= self.tracked_frames

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end, and is still at it."""
        return self.is_going and self._is_stopped

    def begin(self, jobs: Sequence[Job], settings: TrackerSettings) -> None:
        """Track these on from all their manual boxes, each with the settings.

        Raises:
            OSError, JobFileError: the list cannot be handed over.
        """
        self.close()
        listed = JobList(tuple(jobs))
        out = self._folder / _named(jobs)
        out.mkdir(parents=True, exist_ok=True)
        written = write_job_file(listed, out / LIST_NAME)
        self._videos = dict(zip(names_of(listed), (job.video for job in jobs), strict=True))
        self.count, self.ended_count, self.problems = len(jobs), 0, []
        self.frame_count = self.tracked_frames = 0
        self._unread = self._said = b""
        self._is_stopped = False
        assert written.path is not None
        words = [*self._command[1:], "batch", str(written.path), "--out", str(out), "--in-place", "--events"]
        words += ["--preset", settings.preset, "--speed", settings.speed, "--seed", str(settings.seed)]
        words += [
            "--guide",
            settings.guide or "none",
            "--backbone",
            settings.backbone,
            "--device",
            settings.device,
        ]
        process = QProcess(self)
        process.readyReadStandardOutput.connect(self._on_told)
        process.readyReadStandardError.connect(self._on_said)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self._process = process
        process.start(self._command[0], words)
        self.changed.emit()

    def stop(self) -> None:
        """Ask it to end; what is finished stays, and another run goes on from there."""
        if self._process is not None:
            self._is_stopped = True
            _interrupt(self._process)
            self.changed.emit()

    def close(self) -> None:
        """End it, and wait; nobody hears of that."""
        process, self._process = self._process, None
        if process is None:
            return
        process.finished.disconnect(self._on_finished)
        process.errorOccurred.disconnect(self._on_error)
        _interrupt(process)
        if not process.waitForFinished(_ENDING_MS):
            process.kill()
            process.waitForFinished(_ENDING_MS)
        process.deleteLater()
        self.changed.emit()

    @Slot()
    def _on_told(self) -> None:
        if self._process is None:
            return
        *lines, self._unread = (self._unread + self._process.readAllStandardOutput().data()).split(b"\n")
        for line in lines:
            self._take(line)

    def _take(self, line: bytes) -> None:
        """A line of `--events`; the last one, of the whole call, is none."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict):
            return
        if "of_frames" in event:
            self.tracked_frames, self.frame_count = int(event["tracked_frames"]), int(event["of_frames"])
            self.changed.emit()
            return
        video = self._videos.get(str(event.get("name")))
        if video is None:
            return
        self.ended_count += 1
        if event.get("problem"):
            self.problems.append((str(event["name"]), str(event["problem"])))
        self.video_ended.emit(video)
        self.changed.emit()

    @Slot()
    def _on_said(self) -> None:
        if self._process is not None:
            self._said = (self._said + self._process.readAllStandardError().data())[-10_000:]

    @Slot()
    def _on_finished(self) -> None:
        process = self._process
        if process is None:
            return
        self._on_told()
        self._on_said()
        self._process = None
        words = self._why(process.exitCode(), is_crash=process.exitStatus() is QProcess.ExitStatus.CrashExit)
        process.deleteLater()
        self.changed.emit()
        self.ended.emit(Ended(words))

    @Slot()
    def _on_error(self) -> None:
        """It could not be started: only then there is no end that would be heard of."""
        if self._process is not None and self._process.error() is QProcess.ProcessError.FailedToStart:
            process, self._process = self._process, None
            words = process.errorString()
            process.deleteLater()
            self.changed.emit()
            self.ended.emit(Ended(words))

    def _why(self, status: int, *, is_crash: bool) -> str:
        if self.ended_count == self.count:
            return ""
        said = self._said.decode("utf-8", "replace")
        _log.info("batch ended with status %s%s: %s", status, " by a signal" if is_crash else "", said)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        told = [line for line in lines if line.startswith(("dlst: ", "warning: "))]
        if told:
            return told[-1].partition(": ")[2]
        if self._is_stopped or (not is_crash and not status):
            return ""
        last = next((line for line in reversed(lines) if not line.startswith(_BAR)), "")
        how = (
            f"Its process was killed, or it crashed ({status})." if is_crash else f"It ended with status {status}."
        )
        return f"{how} Its last words: {last}" if last else how


def names_of(jobs: JobList) -> tuple[str, ...]:
    """What `dlst batch` calls the videos of a list."""
    from dlst_gui.batch.batch_job import BatchJob  # noqa: PLC0415 - only where a run begins
    from dlst_gui.batch.job_table import named_jobs  # noqa: PLC0415

    return tuple(each.name for each in named_jobs([BatchJob("", job.video, ()) for job in jobs.jobs]))


def _named(jobs: Sequence[Job]) -> str:
    """The same for the same videos."""
    paths = "\n".join(str(job.video) for job in jobs)
    return blake2b(paths.encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()


def _interrupt(process: QProcess) -> None:
    if sys.platform == "win32":
        process.kill()  # which knows no other way; what is finished is on the disk
    else:
        process.terminate()  # Ctrl+C is ignored by what was begun by a shell in the background
