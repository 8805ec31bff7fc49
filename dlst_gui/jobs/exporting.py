"""The export of a list: one file or folder for each video; one that fails costs itself alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from dlst_gui.api import SavedProject
from dlst_gui.exchange.errors import ExportError
from dlst_gui.exchange.export import ExportReport
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import ExportCancelled, Watch
from dlst_gui.formats.errors import FormatError
from dlst_gui.jobs.job import Job, JobList
from dlst_gui.jobs.progress import found_project
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.store import ProjectStore
from dlst_gui.video import VideoError, VideoSource

EXPECTED = (ExportError, FormatError, ProjectFileError, VideoError, OSError)
"""Whose messages are written for users."""

_log = logging.getLogger(__name__)

_LONGEST_NAME = 180
"""Ours, in bytes: disks take 255, and files get endings, also while they are written."""


@dataclass(frozen=True, slots=True)
class JobExport:
    """One job that has a project.

    Attributes:
        name: of what is written for it, without an ending; another one for each job.
    """

    job: Job
    project: Path
    name: str


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What an export of a list takes.

    Attributes:
        unbegun: names of jobs without a project, which are left out.
    """

    exports: tuple[JobExport, ...]
    unbegun: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListOutcome:
    """What has become of an export.

    Attributes:
        failed: what went wrong, by name.
        is_cancelled: a person has ended it; what was written before stays.
    """

    done: tuple[ExportReport, ...]
    failed: tuple[tuple[str, str], ...]
    is_cancelled: bool = False


def plan_of(jobs: JobList, data_folder: Path | None, taken: Iterable[str] = ()) -> ListPlan:
    """Which jobs are exported, and under which names: those of their paths in the list, "day1-clip"."""
    exports, unbegun, names = [], [], FreeNames(taken)
    for job, job_name in zip(jobs.jobs, jobs.names, strict=True):
        project = found_project(job, data_folder)
        if project is None and not job.video.exists():
            project = job.video.with_name(job.video.name + SUFFIX)  # neither is there, which its export will say
        if project is None:
            unbegun.append(job_name)
            continue
        exports.append(JobExport(job, project, names.take(flat_name(job_name, job.video))))
    return ListPlan(tuple(exports), tuple(unbegun))


class FreeNames:
    """Gives names that are not taken; letters' case does not tell names apart on every disk.

    Args:
        taken: names that nobody may be given.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {each.casefold() for each in taken}
        self._following: dict[str, int] = {}

    def take(self, wanted: str) -> str:
        """The name, with a number where it is taken; from now on it is."""
        name, folded = wanted, wanted.casefold()
        number = self._following.get(folded, 2)
        while name.casefold() in self._taken:
            name, number = f"{wanted}-{number}", number + 1
        self._following[folded] = number
        self._taken.add(name.casefold())
        return name


def export_list(
    exports: Iterable[JobExport],
    plan_for: Callable[[JobExport], ExportPlan],
    open_source: Callable[[Path], VideoSource],
    watch: Watch,
    on_job: Callable[[int], None] = lambda number: None,
) -> ListOutcome:
    """Write all of them.

    Args:
        exports: what to write.
        plan_for: how and where each is written.
        open_source: opens videos in the thread that calls.
        watch: how far each is, and leaving early.
        on_job: hears the number of each, from 0, as it begins.
    """
    done: list[ExportReport] = []
    failed: list[tuple[str, str]] = []
    for number, each in enumerate(exports):
        on_job(number)
        try:
            done.append(_export(each, plan_for(each), open_source, watch))
        except ExportCancelled:
            return ListOutcome(tuple(done), tuple(failed), is_cancelled=True)
        except EXPECTED as error:
            failed.append((each.name, str(error)))
        except Exception as error:
            _log.exception("export of %s", each.project)
            failed.append((each.name, f"unexpected error: {type(error).__name__}: {error}"))
    return ListOutcome(tuple(done), tuple(failed))


def _export(
    each: JobExport, plan: ExportPlan, open_source: Callable[[Path], VideoSource], watch: Watch
) -> ExportReport:
    store = ProjectStore.open(each.project, read_only=True)
    try:
        project = SavedProject(each.project, store, each.job.video, open_source)
    except BaseException:
        store.close()
        raise
    with project:
        return project.run(plan, watch)


def flat_name(name: str, video: Path) -> str:
    """A path within a list as one name, without the ending: "day1-clip"."""
    path = Path(name)
    parts = path.parts if not path.is_absolute() else (video.name,)
    return _shortened("-".join((*parts[:-1], Path(parts[-1]).stem)))


def _shortened(name: str) -> str:
    """The same where files can be called so; else its beginning, and a hash that sets it apart."""
    whole = name.encode(errors="surrogateescape")
    if len(whole) <= _LONGEST_NAME:
        return name
    digest = blake2b(whole, digest_size=4).hexdigest()
    return f"{whole[: _LONGEST_NAME - len(digest) - 1].decode(errors='ignore')}-{digest}"
