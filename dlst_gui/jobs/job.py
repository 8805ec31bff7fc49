"""A job: one video of a list, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from dlst_gui.project.counts import ProjectCounts


@dataclass(frozen=True, slots=True)
class Job:
    """One video that is to be labelled.

    Attributes:
        video: file, folder of images or sequence folder; absolute.
        project: where its project lies, where that is not where `found_project` looks; absolute.
    """

    video: Path
    project: Path | None = None


@dataclass(frozen=True, slots=True)
class JobList:
    """Jobs in their order.

    Attributes:
        path: the folder or the job file that it comes from; None for files that were picked.
    """

    jobs: tuple[Job, ...]
    path: Path | None = None

    @property
    def folder(self) -> Path:
        """The deepest folder that all videos lie in: what is left of their paths names them."""
        parents = [job.video.parent for job in self.jobs]
        folder = parents[0]
        while not all(parent.is_relative_to(folder) for parent in parents) and folder != folder.parent:
            folder = folder.parent
        return folder

    @property
    def names(self) -> tuple[str, ...]:
        """Of each job, short and different: its path from `folder` on."""
        folder = self.folder
        return tuple(
            job.video.relative_to(folder).as_posix() if job.video.is_relative_to(folder) else str(job.video)
            for job in self.jobs
        )


class JobState(Enum):
    """How a job stands; the value is what a person reads."""

    NEW = "new"
    IN_WORK = "in work"
    DONE = "done"
    MISSING = "missing file"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class JobProgress:
    """What was found out about a job, without opening it.

    Attributes:
        counts: of its project; None where it has none, or that cannot be read.
        problem: why the project cannot be read; empty where it can.
    """

    state: JobState
    counts: ProjectCounts | None = None
    problem: str = ""
