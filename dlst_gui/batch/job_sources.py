"""What a person means by JOBS: a table, a list of the window, a folder of projects, a folder of videos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from dlst_gui import limits
from dlst_gui.batch.batch_job import BatchError, BatchJob, Target
from dlst_gui.batch.job_table import SUFFIXES as TABLE_SUFFIXES
from dlst_gui.batch.job_table import named_jobs, read_job_table
from dlst_gui.jobs.discovery import VIDEO_SUFFIXES, opened_paths
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import SUFFIX as LIST_SUFFIX
from dlst_gui.jobs.job_file import JobFileError, read_job_file
from dlst_gui.jobs.progress import found_project
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.opening import ProjectOpener
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.video.sequence_folder import IMAGE_SUFFIXES


def find_jobs(
    path: Path, settings: TrackerSettings, data_folder: Path | None, *, is_in_place: bool = False
) -> tuple[BatchJob, ...]:
    """The jobs, each with a name of its own.

    Args:
        path: a table (CSV, JSON lines, Parquet), a `.dlstjobs` list, a folder of projects, or a folder of videos.
        settings: what tracks where a table does not say otherwise.
        data_folder: where projects lie whose videos' folders take no files.
        is_in_place: the boxes go into the videos' own projects.

    Raises:
        BatchError: there is nothing to track, or it cannot be read.
    """
    if not path.exists():
        raise BatchError(f"{path} does not exist; expected a table, a job list, or a folder of projects or videos")
    if path.suffix.lower() in TABLE_SUFFIXES and not path.is_dir():
        jobs = read_job_table(path, settings)
    elif path.suffix == LIST_SUFFIX and not path.is_dir():
        jobs = _of_list(_read(path), settings, data_folder)
    elif path.is_dir():
        jobs = _of_folder(path, settings, data_folder)
    else:
        raise BatchError(
            f"{path}: expected a table ({', '.join(TABLE_SUFFIXES)}), a job list ({LIST_SUFFIX}), or a folder of "
            "projects or videos"
        )
    if not is_in_place:
        return jobs
    return tuple(
        replace(job, is_in_place=True, project=job.project or found_project(Job(job.video), data_folder))
        for job in jobs
    )


def _read(path: Path) -> JobList:
    try:
        return read_job_file(path)
    except JobFileError as error:
        raise BatchError(str(error)) from error


def _of_folder(path: Path, settings: TrackerSettings, data_folder: Path | None) -> tuple[BatchJob, ...]:
    projects = sorted(each for each in path.glob(f"*{PROJECT_SUFFIX}") if each.is_file())
    if projects:
        return named_jobs([_of_project(project, settings) for project in projects])
    try:
        found = opened_paths([path])
    except (JobFileError, OSError) as error:
        raise BatchError(str(error)) from error
    jobs = JobList((Job(path.absolute()),)) if isinstance(found, Path) else found
    return _of_list(jobs, settings, data_folder)


def _of_project(project: Path, settings: TrackerSettings) -> BatchJob:
    try:
        video = ProjectOpener(None).video_of(project)
    except ProjectFileError:
        video = None  # which the job will say
    beside = project.with_name(project.name.removesuffix(PROJECT_SUFFIX))
    return BatchJob("", (video or beside).absolute(), (Target(project.name, settings),), project.absolute())


def _of_list(jobs: JobList, settings: TrackerSettings, data_folder: Path | None) -> tuple[BatchJob, ...]:
    """Each with what belongs to its video: a project, else labels beside it, else true boxes of its own."""
    beside: dict[Path, dict[str, list[Path]]] = {}
    found = []
    for job in jobs.jobs:
        target = Target(job.video.name, settings)
        project = found_project(job, data_folder)
        if project is None:
            folder = job.video.parent
            if folder not in beside:
                beside[folder] = _labels_in(folder)
            labels = beside[folder].get(job.video.stem if job.video.is_file() else job.video.name, [])
            if len(labels) > 1:
                names = ", ".join(each.name for each in labels)
                raise BatchError(
                    f"{job.video}: several files may be its labels ({names}); leave one, or use a table"
                )
            target = replace(target, labels=labels[0] if labels else None)
        found.append(BatchJob("", job.video, (target,), project))
    return named_jobs(found)


def _labels_in(folder: Path) -> dict[str, list[Path]]:
    """Files that may be labels of the videos beside them, by their names without endings."""
    named: dict[str, list[Path]] = {}
    for each in _entries(folder):
        others = (*VIDEO_SUFFIXES, *IMAGE_SUFFIXES, LIST_SUFFIX, PROJECT_SUFFIX)
        is_other = each.suffix.lower() in others or each.is_dir()
        if not is_other and not each.name.startswith("."):
            named.setdefault(each.stem, []).append(each)
    return named


def _entries(folder: Path) -> Iterator[Path]:
    try:
        for number, each in enumerate(sorted(folder.iterdir())):
            if number >= limits.MOST_FILES:
                raise BatchError(f"{folder} holds over {limits.MOST_FILES:,} files")
            yield each
    except OSError as error:
        raise BatchError(f"{folder} cannot be looked into ({error.strerror})") from error
