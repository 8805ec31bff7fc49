"""Job lists as files (`.dlstjobs`): plain JSON that says where videos and projects lie, and nothing else.

Paths are relative to the file, with slashes, so that a folder with its list can be moved and given to others. A
file is read without believing: nothing in it is executed, and what it names is only ever opened as a video or a
project.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath

from dlst_gui import limits
from dlst_gui.files import replaced_whole
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.project.placement import SUFFIX as PROJECT_SUFFIX

SUFFIX = ".dlstjobs"

_KIND = "DLST Studio job list"
_VERSION = 1


class JobFileError(Exception):
    """A job file that cannot be read or written; the message names it and says what to do."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")


def read_job_file(path: Path) -> JobList:
    """The list that a file holds.

    Raises:
        JobFileError: there is no such file, or it holds something else.
    """
    content = _parsed(path)
    if content.get("kind") != _KIND:
        raise JobFileError(path, f'it is no job list: expected "kind": "{_KIND}"')
    version = content.get("version")
    if type(version) is not int or version < 1:
        raise JobFileError(path, f"expected a version of 1 or more, got {version!r:.40}")
    if version > _VERSION:
        raise JobFileError(
            path, f"it was made by a newer version of DLST Studio (list version {version}); update the program"
        )
    jobs = content.get("jobs")
    if not isinstance(jobs, list) or not jobs:
        raise JobFileError(path, 'expected a list of "jobs" with at least one video')
    if len(jobs) > limits.MOST_JOBS:
        raise JobFileError(path, f"it has {len(jobs):,} jobs; at most {limits.MOST_JOBS:,} are read")
    folder = path.absolute().parent
    found = (_job(path, folder, number, each) for number, each in enumerate(jobs, start=1))
    return JobList(tuple(dict.fromkeys(found)), path.absolute())


def write_job_file(jobs: JobList, path: Path) -> JobList:
    """Write a list, in place of whatever list is there; the list as it is then.

    Raises:
        JobFileError: it cannot be written, or would replace something that is no job list.
    """
    path = path.absolute()
    if path.suffix != SUFFIX:
        raise JobFileError(path, f"a job list's name ends in {SUFFIX}; choose such a name")
    if path.exists():
        read_job_file(path)  # or say that it is none
    rows = [
        {"video": _relative(job.video, path.parent)}
        | ({} if job.project is None else {"project": _relative(job.project, path.parent)})
        for job in jobs.jobs
    ]
    content = {"kind": _KIND, "version": _VERSION, "jobs": rows}
    try:
        with replaced_whole(path) as new:
            new.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    except (OSError, UnicodeError) as error:
        raise JobFileError(path, f"it cannot be written ({error}); choose another folder") from error
    return JobList(jobs.jobs, path)


def _parsed(path: Path) -> Mapping[str, object]:
    try:
        if not path.is_file():
            raise JobFileError(path, "there is no such file; check its name and folder")
        with path.open("rb") as file:
            data = file.read(limits.LARGEST_JOB_FILE + 1)
    except OSError as error:
        raise JobFileError(path, f"it cannot be read ({error.strerror})") from error
    if len(data) > limits.LARGEST_JOB_FILE:
        raise JobFileError(path, f"it is over {limits.LARGEST_JOB_FILE:,} bytes, so it is no job list")
    try:
        content: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise JobFileError(path, f"it is no job list ({error})") from error
    if not isinstance(content, dict):
        raise JobFileError(path, f"expected a JSON object, got {type(content).__name__}")
    return content


def _job(path: Path, folder: Path, number: int, row: object) -> Job:
    if not isinstance(row, dict):
        raise JobFileError(path, f"job {number}: expected an object, got {row!r:.40}")
    video = _place(path, folder, f"the video of job {number}", row.get("video"))
    if "project" not in row:
        return Job(video)
    project = _place(path, folder, f"the project of job {number}", row["project"])
    if project.suffix != PROJECT_SUFFIX:
        raise JobFileError(path, f"the project of job {number}: expected a name that ends in {PROJECT_SUFFIX}")
    return Job(video, project)


def _place(path: Path, folder: Path, what: str, text: object) -> Path:
    """Where it lies. Other computers are not asked: on Windows, that would tell them who is logged in here."""
    if not isinstance(text, str) or not text or not text.isprintable():
        raise JobFileError(path, f"{what}: expected a path, got {text!r:.60}")
    if len(text) > limits.LONGEST_PATH:
        raise JobFileError(path, f"{what}: a path has at most {limits.LONGEST_PATH:,} characters")
    if text.startswith(("//", "\\\\")):
        raise JobFileError(path, f"{what} lies on another computer ({text[:60]}); give the path of a drive")
    # Without following links, so that a list names what its writer named.
    return Path(os.path.normpath(folder / text))


def _relative(path: Path, folder: Path) -> str:
    """As a file names it; whole where it lies on another drive."""
    try:
        text = PurePath(os.path.relpath(path, folder))
    except ValueError:  # Windows
        text = path
    # A name of Linux may hold a backslash, which is part of it there.
    return text.as_posix() if sys.platform == "win32" else str(text)
