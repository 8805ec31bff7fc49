"""What a worker does, one call at a time. A module of a worker's process: torch and OpenCV are loaded when needed.

Nothing is raised: an error crosses as text, since those of libraries do not survive pickling. A worker leaves
nothing on its disk, so that workers need no folder in common but that of the videos.
"""

from __future__ import annotations

import errno
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from dlst_gui.tracking.allocator import prepare_for_torch

if TYPE_CHECKING:
    from dlst_gui.batch.assembly import AssembledVideo
    from dlst_gui.batch.batch_job import BatchJob
    from dlst_gui.batch.units import PreparedVideo, Unit
    from dlst_gui.tracking.tracker_factory import MakeTracker
    from tracker_core import ShouldCancel

Done = TypeVar("Done")

FRAMES_TOPIC = "dlst-frames"
"""Of Dask's events: how many frames each task has done so far."""
_TOLD_EVERY_S = 1.0
_LONGEST_TRACE = 20_000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Done]):
    """What a call gave.

    Attributes:
        done: None where it has failed.
        reason: why, for the user.
        trace: of an error that nobody expected.
    """

    done: Done | None
    reason: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Begun:
    """A video that was opened.

    Attributes:
        finished: what became of it where all of it was done at once; None where it is still to be tracked.
    """

    prepared: PreparedVideo
    finished: Outcome[AssembledVideo] | None = None


def begin(
    job: BatchJob, make_tracker: MakeTracker, topic: str, format_name: str, most_frames: int
) -> Outcome[Begun]:
    """Find what is to be tracked; where that is one piece of at most so many frames, do it at once.

    Three tasks for each of many short videos cost those who hand them out more than the videos are worth.

    Args:
        job: what to do.
        make_tracker: see `track`.
        topic: see `track`.
        format_name: see `assemble`.
        most_frames: 0: it is never done at once.
    """
    prepared = prepare(job)
    if prepared.done is None:
        return Outcome(None, prepared.reason, prepared.trace)
    units = prepared.done.units()
    if len(units) > 1 or sum(unit.frame_count for unit in units) > most_frames:
        return Outcome(Begun(prepared.done))
    results = []
    for unit in units:
        tracked = track(unit, make_tracker, topic)
        if tracked.done is None:
            failed: Outcome[AssembledVideo] = Outcome(None, f"{unit.words}: {tracked.reason}")
            return Outcome(Begun(prepared.done, failed), trace=tracked.trace)
        results.append(tracked.done)
    made = assemble(job, prepared.done, results, format_name)
    return Outcome(Begun(prepared.done, made), trace=made.trace)


def prepare(job: BatchJob) -> Outcome[PreparedVideo]:
    """See `prepare_video`."""

    def work() -> PreparedVideo:
        from dlst_gui.batch.preparation import prepare_video  # noqa: PLC0415 - torch

        return prepare_video(job)

    return _told(work, threads=1)


def track(unit: Unit, make_tracker: MakeTracker, topic: str) -> Outcome[bytes]:
    """Track one unit; the answer is `UnitResult.to_bytes`.

    Args:
        unit: what to do.
        make_tracker: builds the tracker; crosses by its name.
        topic: of the call, under which Dask's events tell how many frames the task has done so far.
    """

    def work() -> bytes:
        from dlst_gui.batch.batch_job import BatchError  # noqa: PLC0415 - torch
        from dlst_gui.batch.unit_result import UnitResult  # noqa: PLC0415
        from dlst_gui.tracking.headless_run import RunEnd, run_headless  # noqa: PLC0415
        from dlst_gui.tracking.tracking_run import TrackingRun  # noqa: PLC0415
        from dlst_gui.video import InParts, VideoError, open_source  # noqa: PLC0415

        tell = _Teller(topic)
        with open_source(unit.path) as source:
            if source.frame_count != unit.video.frame_count:
                raise VideoError(f"{unit.path} has changed since this call began; start it again")
            run = TrackingRun(unit.request, InParts(source), make_tracker(unit.settings))
            result = run_headless(run, on_frame=lambda _: tell.add_one(), should_cancel=_is_unwanted())
        if result.end is RunEnd.INTERRUPTED:
            raise BatchError("ended early")
        if result.end is RunEnd.SOURCE_DAMAGED and not result.frames:
            raise VideoError(result.message)
        return UnitResult.of(unit.key, result.frames, result.message).to_bytes()

    return _told(work, threads=unit.settings.threads)


def assemble(
    job: BatchJob, prepared: PreparedVideo, results: Sequence[bytes], format_name: str
) -> Outcome[AssembledVideo]:
    """See `dlst_gui.batch.assembly.assemble`; the results are those of `track`."""

    def work() -> AssembledVideo:
        from dlst_gui.batch.assembly import assemble as assemble_video  # noqa: PLC0415
        from dlst_gui.batch.unit_result import UnitResult  # noqa: PLC0415

        units = prepared.units()
        read = [UnitResult.from_bytes(data, unit.key) for unit, data in zip(units, results, strict=True)]
        return assemble_video(job, prepared, read, format_name=format_name, scratch=_scratch())

    return _told(work, threads=1)


def label(job: BatchJob, project: bytes | None, format_name: str) -> Outcome[tuple[tuple[str, bytes], ...]]:
    """See `dlst_gui.batch.assembly.labels_of`."""

    def work() -> tuple[tuple[str, bytes], ...]:
        from dlst_gui.batch.assembly import labels_of  # noqa: PLC0415

        return labels_of(job, project, format_name=format_name, scratch=_scratch())

    return _told(work, threads=1)


def _told(work: Callable[[], Done], *, threads: int) -> Outcome[Done]:
    with _computing_with(threads):
        try:
            return Outcome(work())
        except MemoryError:
            return Outcome(None, "out of memory; use fewer workers (--workers)")
        except Exception as error:
            return _failed(error)


def _failed(error: Exception) -> Outcome[Done]:
    from dlst_gui.batch.batch_job import BatchError  # noqa: PLC0415
    from dlst_gui.jobs.exporting import EXPECTED  # noqa: PLC0415
    from dlst_gui.project.choices import UndecidedProjectError  # noqa: PLC0415
    from tracker_core import TrackerInputError, WeightsError  # noqa: PLC0415

    message = " ".join(str(error).split())
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Outcome(None, f"the disk of a worker is full ({error.filename})")
    if isinstance(error, (*EXPECTED, BatchError, UndecidedProjectError, TrackerInputError, WeightsError)):
        return Outcome(None, message)
    trace = "".join(traceback.format_exception(error))
    return Outcome(None, f"unexpected error: {type(error).__name__}: {message}", trace[-_LONGEST_TRACE:])


@contextmanager
def _computing_with(threads: int) -> Iterator[None]:
    """Everything that computes keeps to as many threads: Dask bounds torch, but leaves OpenCV all cores."""
    prepare_for_torch()
    from dlst_gui.tracking.devices import cpu_threads  # noqa: PLC0415 - torch

    with cpu_threads(threads):
        yield


def _scratch() -> Path:
    """This worker's own folder: where it is killed, Dask empties it when another worker starts on the machine."""
    from distributed import get_worker  # noqa: PLC0415 - an extra

    return Path(get_worker().local_directory)


def _is_unwanted() -> ShouldCancel:
    """Whether nobody waits any more for what this thread does: Dask lets tasks run on that were cancelled."""
    from distributed import get_worker  # noqa: PLC0415 - an extra
    from distributed.core import Status  # noqa: PLC0415

    worker = get_worker()
    key = worker.get_current_task()

    def answer() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state != "executing" or worker.status is not Status.running

    return answer


class _Teller:
    """Tells the client how many frames the present task has done, now and then."""

    def __init__(self, topic: str) -> None:
        from distributed import get_worker  # noqa: PLC0415 - an extra

        self._worker = get_worker()
        self._task = self._worker.get_current_task()
        self._topic = topic
        self._frames = 0
        self._told_at_s = time.monotonic()

    def add_one(self) -> None:
        """One more."""
        self._frames += 1
        if time.monotonic() - self._told_at_s >= _TOLD_EVERY_S:
            self._worker.log_event(self._topic, {"task": self._task, "frames": self._frames})
            self._told_at_s = time.monotonic()
