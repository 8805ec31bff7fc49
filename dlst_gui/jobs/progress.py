"""How far a job is, looked up on the disk without opening anything for writing."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from dlst_gui.jobs.job import Job, JobList, JobProgress, JobState
from dlst_gui.project.counts import ProjectCounts, count_project
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.project.placement import logs_of, places_of


def found_project(job: Job, data_folder: Path | None) -> Path | None:
    """Where the job's project is; None where there is none yet, or none are kept. Nothing is written to find out.

    A project that a list names and that is not there is returned as well: it is missing, not unbegun.
    """
    if job.project is not None:
        return job.project
    if data_folder is None:
        return None
    there = [place for place in places_of(job.video, data_folder) if place.exists()]
    if len(there) > 1 and not os.access(job.video.resolve().parent, os.W_OK):
        return there[1]
    return there[0] if there else None


class ProgressReader:
    """Reads jobs' progress; a project that has not changed since is not read again. Any thread."""

    def __init__(self, data_folder: Path | None) -> None:
        self._data_folder = data_folder
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[object, ProjectCounts]] = {}

    def progress_of(self, job: Job, should_cancel: Callable[[], bool] = lambda: False) -> JobProgress:
        """Raises CountingStopped where `should_cancel` said so."""
        try:
            project = found_project(job, self._data_folder)
            counts = None if project is None else self._counts(project, should_cancel)
        except (ProjectFileError, OSError) as error:
            is_there = job.video.exists()
            problem = plain_words(error)[0]
            return JobProgress(JobState.DAMAGED if is_there else JobState.MISSING, problem=problem)
        if not job.video.exists():
            return JobProgress(JobState.MISSING, counts)
        if counts is None:
            return JobProgress(JobState.NEW)
        if counts.is_done:
            return JobProgress(JobState.DONE, counts)
        return JobProgress(JobState.IN_WORK if counts.objects else JobState.NEW, counts)

    def first_open(self, jobs: JobList) -> int:
        """The first job that nobody is done with, or 0; later ones are not looked at."""
        for number, job in enumerate(jobs.jobs):
            if self.progress_of(job).state in (JobState.NEW, JobState.IN_WORK):
                return number
        return 0

    def _counts(self, project: Path, should_cancel: Callable[[], bool]) -> ProjectCounts:
        looks = _looks(project)
        with self._lock:
            known = self._known.get(project)
        if known is not None and known[0] == looks:
            return known[1]
        counts = count_project(project, should_cancel)
        with self._lock:
            self._known[project] = looks, counts
        return counts


def _looks(project: Path) -> object:
    """What changes with every write: a project's log grows before the project does."""
    found: list[tuple[int, int, int] | None] = []
    for each in (project, logs_of(project)[0]):
        try:
            facts = each.stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((facts.st_ino, facts.st_size, facts.st_mtime_ns))
    return tuple(found)
