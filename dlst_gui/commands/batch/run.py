"""Tracks all jobs, and tells what was done and what was not."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from dlst_gui.batch.batch_job import BatchError
from dlst_gui.batch.cluster import Crew, check_dask, local_crew, remote_crew
from dlst_gui.batch.coordinator import Coordinator, Outputs, SchedulerLostError
from dlst_gui.batch.job_sources import find_jobs
from dlst_gui.batch.ledger import FOLDER, Entry, WorkFolder
from dlst_gui.batch.report_pages import FOLDER as FOLDER_OF_PAGES
from dlst_gui.batch.report_pages import page_name
from dlst_gui.batch.reporting import write_reports
from dlst_gui.batch.resuming import Resumed, resume
from dlst_gui.commands.batch.command import BatchOptions
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.format_choice import known_format
from dlst_gui.commands.running.full_disk import DiskPatience
from dlst_gui.commands.running.interrupt import Interrupt, noticing_interrupts
from dlst_gui.commands.running.line_file import LineFile
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.commands.running.terminal import answer, answer_json, say, warn
from dlst_gui.commands.running.tracker_choice import tracker_settings
from dlst_gui.counting import counted
from dlst_gui.project.opening import projects_folder
from dlst_gui.tracking.devices import resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker
from tracker_core.evaluation.report import JsonValue

SOME_FAILED = 1
_KEPT = "what is finished is kept; the same call goes on from there"
_FAILURES_SHOWN = 20
_FRAMES_TOLD_EVERY_S = 1.0
_MADE = ("projects", "labels", FOLDER, "report", "summary.csv", "summary.parquet")


def run_batch(options: BatchOptions, make_tracker: MakeTracker) -> int:
    """Track all jobs that no earlier call has finished; returns the exit status.

    Raises:
        CommandError: nothing could be begun.
    """
    try:
        return _run(options, make_tracker)
    except BatchError as error:
        raise CommandError(str(error)) from error
    except KeyboardInterrupt:
        say(_KEPT)
        raise


def _run(options: BatchOptions, make_tracker: MakeTracker) -> int:
    check_dask()
    label_format = "" if options.format is None else known_format(options.format).name
    settings = tracker_settings(options, _device(options))
    jobs = find_jobs(options.jobs, settings, projects_folder(), is_in_place=options.in_place)
    claim_folder(options.out, "batch", _MADE, inputs=(options.jobs,), is_forced=False)
    work = WorkFolder(options.out / FOLDER)
    with _alone(work), noticing_interrupts(signal.SIGTERM) as interrupt:
        known = work.read()
        resumed = resume(jobs, known.entries, options.out, label_format)
        _tell_resumed(resumed, len(jobs))
        patience = DiskPatience.of_terminal(interrupt.should_cancel)
        with LineFile(work.ledger, patience, keep_bytes=known.whole_bytes, waiting="what is finished") as lines:
            outputs = Outputs(
                options.out,
                work,
                label_format,
                known.made,
                lines.append,
                partial(_patiently, patience, "a result"),
            )
            watcher = _Watcher(interrupt, len(jobs), tells_events=options.events)
            for entry in resumed.finished:
                watcher.on_video(entry)
            lost = ""
            if resumed.open_jobs:
                with _crew(options, settings.device) as crew:
                    lost = _track(Coordinator(crew, outputs, make_tracker, watcher), crew, resumed, watcher)
        if watcher.done or watcher.failed:
            names = {job.name for job in jobs}
            write_reports(work, options.out, names, partial(_patiently, patience, "the report"))
        return _report(options, watcher, lost)


def _patiently(patience: DiskPatience, waiting: str, action: Callable[[], None], path: Path) -> None:
    patience.until_done(action, path, waiting=waiting)


def _track(coordinator: Coordinator, crew: Crew, resumed: Resumed, watcher: _Watcher) -> str:
    """Why it ended early, without anybody wanting so; "" where it did not."""
    if crew.link:
        say(f"{counted(crew.slots(), 'worker')}; dashboard: {crew.link}")
    with progress_bar(0, "tracking") as bar:
        watcher.bar = bar
        watcher.show()
        try:
            coordinator.run(resumed.open_jobs)
        except SchedulerLostError as error:
            return str(error)
    if watcher.should_cancel():
        say("ending what is being tracked (the same again ends at once)")
    return ""


def _device(options: BatchOptions) -> str:
    """Of the workers; what this machine has says nothing about a cluster's, on which a GPU has to be asked for."""
    if options.scheduler is None:
        return resolve_device(options.device).name
    return "cuda" if options.device == "cuda" else "cpu"


@contextmanager
def _crew(options: BatchOptions, device: str) -> Iterator[Crew]:
    if options.scheduler is None:
        with local_crew(options.workers, threads=options.threads or 1, device=device) as crew:
            yield crew
    else:
        with remote_crew(options.scheduler, device=device) as crew:
            yield crew


@contextmanager
def _alone(work: WorkFolder) -> Iterator[None]:
    """CommandError where another call works in the same folder."""
    work.folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(work.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CommandError(f"{work.folder.parent}: another call is at work in this folder; wait for it") from None
    try:
        yield
    finally:
        lock.release()


@dataclass(slots=True)
class _Watcher:
    """Shows how far it is, and collects what became of all videos."""

    interrupt: Interrupt
    job_count: int
    tells_events: bool = False
    done: int = 0
    failed: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)
    bar: tqdm | None = None
    known_frames: int = 0
    prepared: int = 0
    frames_told_s: float = 0.0

    def should_cancel(self) -> bool:
        return self.interrupt.is_requested

    def on_prepared(self, frames: int) -> None:
        self.known_frames += frames
        self.prepared += 1
        self.show()

    def on_frames(self, frames: int) -> None:
        if self.bar is None:
            return
        self.bar.update(frames)
        now_s = time.monotonic()
        # Frames leave where a task ends, and come back with its video at once.
        if self.tells_events and frames > 0 and now_s - self.frames_told_s >= _FRAMES_TOLD_EVERY_S:
            self.frames_told_s = now_s
            self._tell({"tracked_frames": self.bar.n, "of_frames": self.bar.total})

    def on_video(self, entry: Entry) -> None:
        if entry.is_done:
            self.done += 1
        else:
            self.failed += 1
        if entry.problem:
            self.problems.append((entry.name, entry.problem))
        if self.tells_events:
            counts = {"ended": self.done + self.failed, "of": self.job_count}
            self._tell({"name": entry.name, "is_done": entry.is_done, "problem": entry.problem, **counts})
        self.show()

    @staticmethod
    def _tell(event: dict[str, JsonValue]) -> None:
        answer_json(event)
        sys.stdout.flush()

    def show(self) -> None:
        """Of videos that nobody has opened yet it is supposed that they are as long as the others."""
        if self.bar is None:
            return
        unopened = max(self.job_count - max(self.prepared, self.done) - self.failed, 0)
        mean = self.known_frames / self.prepared if self.prepared else 0
        self.bar.total = round(self.known_frames + mean * unopened)
        failed = f", {self.failed} failed" if self.failed else ""
        text = f"{self.done + self.failed} of {self.job_count} videos{failed}"
        self.bar.set_postfix_str(text, refresh=False)


def _tell_resumed(resumed: Resumed, job_count: int) -> None:
    if resumed.finished:
        say(f"{len(resumed.finished)} of {counted(job_count, 'video')} were finished before")
    for name in resumed.changed[:_FAILURES_SHOWN]:
        say(f"{name}: what it is made of has changed since, so it is looked at again")


def _report(options: BatchOptions, watcher: _Watcher, lost: str) -> int:
    for name, problem in watcher.problems[:_FAILURES_SHOWN]:
        warn(f"{name}: {problem}")
    if len(watcher.problems) > _FAILURES_SHOWN:
        warn(f"and {len(watcher.problems) - _FAILURES_SHOWN} more; all are in {options.out / 'summary.csv'}")
    left = watcher.job_count - watcher.done - watcher.failed
    if lost:
        warn(lost)
    if left:
        say(f"{counted(left, 'video')} left; {_KEPT}")
    report = options.out / FOLDER_OF_PAGES / page_name(0)
    if options.json:
        counts = {"videos": watcher.job_count, "done": watcher.done, "left": left}
        problems: JsonValue = [{"name": name, "problem": problem} for name, problem in watcher.problems]
        answer_json({**counts, "problems": problems, "out": str(options.out), "report": str(report)})
    else:
        counted_problems = counted(len(watcher.problems), "problem")
        answer(f"{report}: {watcher.done} of {counted(watcher.job_count, 'video')} done, {counted_problems}")
    if watcher.interrupt.is_requested:
        return watcher.interrupt.exit_status
    return SOME_FAILED if watcher.problems or lost else 0
