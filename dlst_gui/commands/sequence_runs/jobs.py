"""Does the runs of an evaluation, one after the other or several at a time in processes of their own.

Each run computes with the same number of threads either way and has its own tracker, so its boxes depend neither
on the number of jobs nor on the order. Tasks, what does them and what they give cross to other processes.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, Protocol, TypeVar

from dlst_gui.tracking.allocator import keep_freed_memory
from dlst_gui.tracking.devices import cpu_threads
from tracker_core import ShouldCancel

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
    """Who hears how the runs are going, in the calling thread.

    Attributes:
        on_died: of a task whose process died, and why.
    """

    on_frames: Callable[[int], None]
    on_finished: Callable[[Task, Done], None]
    on_died: Callable[[Task, str], None]
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

    A process that dies costs the run that it did; another takes its place. A single job is done in this process.

    Raises:
        whatever a task raises; later ones are not done.
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
    """A worker's answer to its task; `done` is None where it was cancelled."""

    done: Done | None


@dataclass(frozen=True, slots=True)
class _Failed:
    """A worker's task that raised."""

    error: Exception


@dataclass(frozen=True, slots=True)
class _Died:
    """Instead of an answer."""

    why: str


_FRAME = "a frame"
"""What a worker sends for each, before `_Finished` or `_Failed`."""


class _Worker(Generic[Task, Done]):
    """A process that does one task after the other, with a pipe of its own: a dead one holds no lock of others."""

    def __init__(self, run_task: RunTask[Task, Done], threads: int) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, its_end = context.Pipe()
        self._process = context.Process(target=_work, args=(run_task, its_end, threads), daemon=True)
        with _without_interrupts():
            self._process.start()
        its_end.close()  # or its death would not end what is read from the pipe

    def send(self, task: Task | None) -> None:
        """Hand it a task. None ends its task early, and then the process."""
        with suppress(OSError):  # it has died, which is noticed when it is read from
            self.pipe.send(task)

    def receive(self) -> _Finished[Done] | _Failed | _Died | str:
        """The next message, once there is one."""
        try:
            message: _Finished[Done] | _Failed | str = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            status = self._process.exitcode
            why = f"its process died (exit status {status}), most often for lack of memory; try fewer --jobs"
            return _Died(why)
        return message

    def end(self) -> None:
        """Let it end, whatever it is doing."""
        self.send(None)
        with suppress(EOFError, OSError):
            while True:  # it does not end before its last messages are taken
                self.pipe.recv()
        self._process.join()
        self.pipe.close()


def _run_in_processes(
    tasks: Sequence[Task],
    run_task: RunTask[Task, Done],
    jobs: int,
    threads: int,
    listener: Listener[Task, Done],
) -> None:
    waiting = deque(tasks)
    at_work: dict[_Worker[Task, Done], Task] = {}
    idle: list[_Worker[Task, Done]] = []
    is_cancelled = False
    try:
        while at_work or (waiting and not is_cancelled):
            while waiting and len(at_work) < jobs and not is_cancelled:
                worker = idle.pop() if idle else _Worker(run_task, threads)
                at_work[worker] = waiting.popleft()
                worker.send(at_work[worker])
            if not is_cancelled and listener.should_cancel():
                is_cancelled = True
                for worker in at_work:
                    worker.send(None)
            heard = wait([worker.pipe for worker in at_work], timeout=POLL_S)
            for worker in [worker for worker in at_work if worker.pipe in heard]:
                message = worker.receive()
                if isinstance(message, str):
                    listener.on_frames(1)
                    continue
                task = at_work.pop(worker)
                if isinstance(message, _Died):
                    worker.end()
                else:
                    idle.append(worker)
                _tell(listener, task, message, is_cancelled=is_cancelled)
    finally:
        for worker in (*at_work, *idle):
            worker.end()


def _tell(
    listener: Listener[Task, Done], task: Task, message: _Finished[Done] | _Failed | _Died, *, is_cancelled: bool
) -> None:
    match message:
        case _Failed(error):
            raise error
        case _Died(why) if not is_cancelled:
            listener.on_died(task, why)
        case _Finished(done) if done is not None:
            listener.on_finished(task, done)


def _work(run_task: RunTask[Task, Done], pipe: Connection, threads: int) -> None:
    """A worker process: does tasks until it is sent None."""
    _end_with_parent()
    keep_freed_memory()
    with cpu_threads(threads):
        while (task := pipe.recv()) is not None:
            try:
                done = run_task(task, should_cancel=pipe.poll, on_frame=lambda: pipe.send(_FRAME))
            except Exception as error:
                error.add_note(traceback.format_exc())
                pipe.send(_Failed(_portable(error)))
            else:
                pipe.send(_Finished(done))


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
