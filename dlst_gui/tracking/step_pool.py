"""Threads on which targets of one run are tracked at the same time. No Qt."""

from __future__ import annotations

import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Protocol

from dlst_gui.tracking.devices import compute_here_with
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import OnProgress, ShouldCancel

_POLL_S = 0.02  # between two looks at who may want to stop, or to hear of progress


class StepWork(Protocol):
    """What a step does; left early where `should_cancel` answers True."""

    def __call__(self, *, should_cancel: ShouldCancel, on_progress: OnProgress) -> FrameTracked:
        """Take it."""
        ...


class StepPool:
    """Steps are begun in the order in which they come. The threads end with the pool, also where nobody closes it.

    Args:
        threads: that take steps.
        threads_each: torch computes with in each of them.
    """

    def __init__(self, threads: int, *, threads_each: int) -> None:
        self._closing = Event()
        self._executor = ThreadPoolExecutor(
            threads, "target", initializer=compute_here_with, initargs=(threads_each,)
        )
        self._end = weakref.finalize(self, _end, self._executor, self._closing)

    def start(self, work: StepWork) -> StartedStep:
        """Take a step as soon as a thread is free."""
        return StartedStep(self._executor.submit, work, self._closing)

    def close(self) -> None:
        """Leave all steps early and wait until the threads have ended; may be called twice."""
        self._end()
        self._executor.shutdown()


class StartedStep:
    """A step that waits for a thread, is being taken, or was taken; asked from one thread, as `JointRun` is."""

    def __init__(
        self, submit: Callable[[Callable[[], FrameTracked]], Future[FrameTracked]], work: StepWork, closing: Event
    ) -> None:
        self._stopping = stopping = Event()
        self._fractions = fractions = deque([0.0], maxlen=1)  # learned so far; said by the thread that learns
        self._told = 0.0

        def taken() -> FrameTracked:
            return work(should_cancel=lambda: stopping.is_set() or closing.is_set(), on_progress=fractions.append)

        self._future = submit(taken)

    def wait(self, should_cancel: ShouldCancel | None, on_progress: OnProgress | None) -> bool:
        """Wait for the end and tell how far learning is; False once `should_cancel` answers True."""
        is_done = False
        while not is_done:
            if should_cancel is not None and should_cancel():
                return False
            is_done = bool(wait([self._future], timeout=_POLL_S).done)
            fraction = self._fractions[-1]
            if on_progress is not None and fraction > self._told:
                self._told = fraction
                on_progress(fraction)
        return True

    def result(self) -> FrameTracked:
        """Of a step that was waited for; raises what it has raised."""
        return self._future.result()

    def stop(self) -> None:
        """Let it end early; does not wait."""
        self._stopping.set()

    def is_taken_after_all(self) -> bool:
        """Stop it and wait for that; True where it was too late."""
        self.stop()
        return not self._future.cancel() and self._future.exception() is None


def _end(executor: ThreadPoolExecutor, closing: Event) -> None:
    closing.set()
    executor.shutdown(wait=False, cancel_futures=True)
