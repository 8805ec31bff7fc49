"""Runs of an evaluation that are kept as they are finished, so that the same call goes on where it was ended."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from dlst_gui.commands.running.progress import progress_bar
from dlst_gui.commands.running.terminal import say
from dlst_gui.commands.sequence_runs.jobs import Done, Listener, RunTask, run_tasks
from dlst_gui.counting import counted
from dlst_gui.tracking.devices import core_count
from tracker_core import ShouldCancel

MAX_JOBS = 8
"""Of the default; each process needs about 1 GB."""


class KeptTask(Protocol):
    """A run to be done."""

    @property
    def key(self) -> Hashable:
        """What tells it from the other runs."""
        ...

    @property
    def frame_count(self) -> int: ...


AnyTask = TypeVar("AnyTask", bound=KeptTask)
AnyTask_contra = TypeVar("AnyTask_contra", bound=KeptTask, contravariant=True)


class RunStore(Protocol[AnyTask_contra, Done]):
    """Where finished runs are kept."""

    def find(self, task: AnyTask_contra) -> Done | None:
        """What the run gave if it was finished before, as it would be run now."""
        ...

    def keep(self, task: AnyTask_contra, done: Done) -> None:
        """Write a finished run."""
        ...


@dataclass(frozen=True, slots=True)
class HowToRun:
    """How runs are done: `folder` is named to the user, `is_forced` does finished ones again."""

    folder: Path
    jobs: int
    threads: int
    is_forced: bool


def default_jobs(device: str, threads: int) -> int:
    """One run per core; one on a GPU."""
    return max(1, min(core_count() // threads, MAX_JOBS)) if device == "cpu" else 1


def finish_tasks(
    tasks: Sequence[AnyTask],
    run_task: RunTask[AnyTask, Done],
    store: RunStore[AnyTask, Done],
    how: HowToRun,
    should_cancel: ShouldCancel,
    *,
    died: Callable[[str], Done],
) -> Mapping[Hashable, Done]:
    """What the runs gave that were finished before, or are now, by key; not all where `should_cancel` said so.

    `died` makes what a run comes to whose process died, from the reason. It is not kept: the next call tries anew.
    """
    finished: dict[Hashable, Done] = {}
    for task in () if how.is_forced else tasks:
        if (found := store.find(task)) is not None:
            finished[task.key] = found
    missing = [task for task in tasks if task.key not in finished]
    if finished:
        verb = "was" if len(finished) == 1 else "were"
        say(f"{counted(len(finished), 'run')} {verb} finished before, in {how.folder}; --force runs them again")
    with ExitStack() as stack:
        bar = stack.enter_context(progress_bar(sum(task.frame_count for task in missing), "evaluating"))

        def on_finished(task: AnyTask, done: Done) -> None:
            store.keep(task, done)
            finished[task.key] = done
            bar.set_postfix_str(f"{len(finished)} of {len(tasks)} runs", refresh=False)

        def on_died(task: AnyTask, why: str) -> None:
            finished[task.key] = died(why)

        listener = Listener(bar.update, on_finished, on_died, should_cancel)
        run_tasks(missing, run_task, jobs=how.jobs, threads=how.threads, listener=listener)
    return finished
