"""Does the runs of an evaluation, one after the other or several at a time in processes of their own.

Each run computes with the same number of threads either way and has its own tracker, so its boxes depend neither
on the number of jobs nor on the order. Tasks, what does them and what they give cross to other processes.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.allocator import keep_freed_memory
from dlst_gui.tracking.devices import cpu_threads
from tracker_core import ShouldCancel

if TYPE_CHECKING:
    from multiprocessing.queues import Queue
    from multiprocessing.synchronize import Event

POLL_S = 0.2

Task = TypeVar("Task")
Task_contra = TypeVar("Task_contra", contravariant=True)
Done = TypeVar("Done")
Done_co = TypeVar("Done_co", covariant=True)


class RunTask(Protocol[Task_contra, Done_co]):
    """Does one task; None where it was cancelled. A function of a module."""

    def __call__(  # noqa: D102 - see the class
        self, task: Task_contra, /, *, should_cancel: ShouldCancel, on_frame: Callable[[], None]
    ) -> Done_co | None: ...


@dataclass(frozen=True, slots=True)
class Listener(Generic[Task, Done]):
    """Who hears how the runs are going, in the calling thread."""

    on_frames: Callable[[int], None]
    on_finished: Callable[[Task, Done], None]
    should_cancel: ShouldCancel


def run_tasks(
    tasks: Sequence[Task],
    run_task: RunTask[Task, Done],
    *,
    jobs: int,
    threads: int,
    listener: Listener[Task, Done],
) -> None:
    """Do all tasks, or as many as come before `should_cancel` answers True.

    Raises:
        VideoError, TrackerInputError: a sequence that cannot be tracked; later runs are not done.
        CommandError: a process died.
    """
    if jobs == 1 or len(tasks) <= 1:
        _run_here(tasks, run_task, threads, listener)
    else:
        _run_in_processes(tasks, run_task, min(jobs, len(tasks)), threads, listener)


def _run_here(
    tasks: Sequence[Task], run_task: RunTask[Task, Done], threads: int, listener: Listener[Task, Done]
) -> None:
    with cpu_threads(threads):
        for task in tasks:
            done = run_task(task, should_cancel=listener.should_cancel, on_frame=lambda: listener.on_frames(1))
            if done is None:
                return
            listener.on_finished(task, done)


@dataclass(frozen=True, slots=True)
class _Finished(Generic[Done]):
    """A worker's answer to a task; `done` is None where it was cancelled."""

    index: int
    done: Done | None


@dataclass(frozen=True, slots=True)
class _Failed:
    """A worker's task that raised."""

    error: Exception


_Message = int | _Finished[Done] | _Failed
"""What a worker sends: finished frames, or the end of a task."""


def _run_in_processes(
    tasks: Sequence[Task],
    run_task: RunTask[Task, Done],
    jobs: int,
    threads: int,
    listener: Listener[Task, Done],
) -> None:
    context = multiprocessing.get_context("spawn")
    waiting: Queue[tuple[int, Task] | None] = context.Queue()
    messages: Queue[_Message[Done]] = context.Queue()
    cancelled = context.Event()
    for item in (*enumerate(tasks), *[None] * jobs):
        waiting.put(item)
    workers = [
        context.Process(target=_work, args=(run_task, waiting, messages, cancelled, threads), daemon=True)
        for _ in range(jobs)
    ]
    try:
        with _without_interrupts():
            for worker in workers:
                worker.start()
        _listen(tasks, workers, messages, cancelled, listener)
    finally:
        cancelled.set()
        # A process does not end before its last messages are taken.
        while any(worker.is_alive() for worker in workers):
            with suppress(queue.Empty):
                messages.get(timeout=POLL_S)
        for channel in (waiting, messages):
            channel.cancel_join_thread()
            channel.close()


def _listen(
    tasks: Sequence[Task],
    workers: Sequence[BaseProcess],
    messages: Queue[_Message[Done]],
    cancelled: Event,
    listener: Listener[Task, Done],
) -> None:
    unfinished = len(tasks)
    while unfinished:
        if listener.should_cancel():
            cancelled.set()
        try:
            message = messages.get(timeout=POLL_S)
        except queue.Empty:
            _check_alive(workers)
            if all(worker.exitcode == 0 for worker in workers):
                return
            continue
        match message:
            case int(frames):
                listener.on_frames(frames)
            case _Failed(error):
                raise error
            case _Finished(index, done):
                unfinished -= 1
                if done is not None:
                    listener.on_finished(tasks[index], done)


def _check_alive(workers: Sequence[BaseProcess]) -> None:
    for worker in workers:
        if worker.exitcode:
            raise CommandError(
                f"a process of the evaluation died (exit status {worker.exitcode}), most often for lack of "
                "memory; try fewer --jobs: finished runs are reused"
            )


def _work(
    run_task: RunTask[Task, Done],
    waiting: Queue[tuple[int, Task] | None],
    messages: Queue[_Message[Done]],
    cancelled: Event,
    threads: int,
) -> None:
    """A worker process: does tasks until there are no more."""
    _end_with_parent()
    keep_freed_memory()
    with cpu_threads(threads):
        while (item := waiting.get()) is not None:
            index, task = item
            if cancelled.is_set():
                continue
            try:
                done = run_task(task, should_cancel=cancelled.is_set, on_frame=lambda: messages.put(1))
            except Exception as error:
                error.add_note(traceback.format_exc())
                messages.put(_Failed(_portable(error)))
                return
            messages.put(_Finished(index, done))


def _end_with_parent() -> None:
    """Nobody takes the work of a process whose parent was killed: it ends too, at once."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, name="end with parent", daemon=True).start()


def _portable(error: Exception) -> Exception:
    """The error, or one that says the same where it cannot cross to another process."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started meanwhile never see Ctrl+C: they are told through `cancelled`."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
