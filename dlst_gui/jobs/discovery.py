"""Which videos there are in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlst_gui import limits
from dlst_gui.exchange.made_files import FOLDER_MARK, folder_mark
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.job_file import SUFFIX as LIST_SUFFIX
from dlst_gui.jobs.job_file import JobFileError, read_job_file
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX
from dlst_gui.project.store import read_video_of
from dlst_gui.video.sequence_folder import IMAGE_SUFFIXES, holds_sequence, natural_key

VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv", ".ts", ".mts"),
    *(".m2ts", ".3gp", ".mxf"),
)
"""Of files that a list is made of; a single file is opened whatever it is called."""


def opened_paths(paths: Sequence[Path]) -> Path | JobList:
    """What a person means who opens these: one video or project, or a list.

    Returns:
        the one path that the window opens as it always has, or the jobs.

    Raises:
        JobFileError: a job file cannot be read, or there are too many videos.
    """
    (first, *others) = paths
    if not others:
        if first.suffix == LIST_SUFFIX:
            return read_job_file(first)
        if not first.is_dir():
            return first
    absolute = [path.absolute() for path in paths]
    jobs = tuple(dict.fromkeys(job for path in _of_videos(absolute) for job in _jobs_at(path)))
    if not jobs or (not others and jobs == (Job(absolute[0]),)):
        return first  # one sequence, or nothing, which opening it says
    if others and len(jobs) == 1 and jobs[0].project is None:
        return jobs[0].video  # with its project, or with labels
    return JobList(jobs, absolute[0] if not others else None)


def _of_videos(paths: Sequence[Path]) -> Sequence[Path]:
    """Without what lies beside videos, such as labels; all of them where none is of a known kind."""
    known = {*VIDEO_SUFFIXES, *IMAGE_SUFFIXES, LIST_SUFFIX, PROJECT_SUFFIX}
    return [path for path in paths if path.suffix.lower() in known or path.is_dir()] or paths


def _jobs_at(path: Path) -> Iterator[Job]:
    if path.suffix == LIST_SUFFIX:
        yield from read_job_file(path).jobs
    elif path.suffix == PROJECT_SUFFIX and not path.is_dir():
        yield _job_of(path)
    elif path.is_dir():
        for number, video in enumerate(_videos_in(path, path, depth=0)):
            if number >= limits.MOST_JOBS:
                raise JobFileError(path, f"it holds over {limits.MOST_JOBS:,} videos; open one of its folders")
            yield Job(video)
    else:
        yield Job(path)


def _job_of(project: Path) -> Job:
    """The job of a project that was picked; its video lies beside it, or where it was."""
    beside = project.with_name(project.name.removesuffix(PROJECT_SUFFIX))
    if beside.exists():
        return Job(beside)
    try:
        known = Path(read_video_of(project).path)
    except ProjectFileError as error:
        raise JobFileError(project, f"it names no video ({error.plain})") from error
    return Job(known if known.name else beside, project)


def _videos_in(folder: Path, top: Path, depth: int) -> Iterator[Path]:
    """Videos and folders of images, in the order of their names; folders that cannot be looked into are left out.

    A folder of images is one video. Links to folders are not followed: they may lead back.
    """
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (entry for entry in entries if not entry.name.startswith(".")), key=lambda e: natural_key(e.name)
            )
        made = _made_in(folder, found)
        own = [entry for entry in found if entry.name not in made]
        if holds_sequence(folder, made) and not _are_clips(own):
            yield folder
            return
    except OSError:
        if folder == top:
            raise
        return
    for entry in own:
        if entry.is_dir(follow_symlinks=False):
            if depth < limits.DEEPEST_FOLDER:
                yield from _videos_in(folder / entry.name, top, depth + 1)
        elif _suffix(entry) in VIDEO_SUFFIXES and entry.is_file():
            yield folder / entry.name


def _made_in(folder: Path, entries: list[os.DirEntry[str]]) -> frozenset[str]:
    """Names of what a command of this program makes in the folder, such as the pictures of a report."""
    mark = folder_mark(folder) if any(entry.name == FOLDER_MARK for entry in entries) else None
    return frozenset() if mark is None else mark.names


def _are_clips(entries: list[os.DirEntry[str]]) -> bool:
    """Whether images lie beside more videos: they are covers of these, and not frames."""
    suffixes = [_suffix(entry) for entry in entries]
    images = sum(suffix in IMAGE_SUFFIXES for suffix in suffixes)
    return 0 < images < sum(suffix in VIDEO_SUFFIXES for suffix in suffixes)


def _suffix(entry: os.DirEntry[str]) -> str:
    return os.path.splitext(entry.name)[1].lower()  # noqa: PTH122 - a path takes ten times as long
