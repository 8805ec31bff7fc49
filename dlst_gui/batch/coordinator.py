"""Hands out the work, keeps what comes back, and notes what is finished. Belongs to the thread that calls it.

At most so many videos are begun as keep the workers busy, so that memory does not grow with the number of jobs.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from dlst_gui.batch import worker
from dlst_gui.batch.batch_job import BatchError, BatchJob
from dlst_gui.batch.cluster import Crew
from dlst_gui.batch.ledger import Entry, WorkFolder, write_whole
from dlst_gui.batch.resuming import inputs_of
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.writer_lock import lock_file

if TYPE_CHECKING:
    from distributed import Future

    from dlst_gui.batch.assembly import AssembledVideo
    from dlst_gui.batch.units import PreparedVideo, Unit
    from dlst_gui.tracking.tracker_factory import MakeTracker

PICTURES = "report/pictures"
"""Where the pages' pictures lie in the output folder."""
_LOST = "the scheduler is gone; start it again, then the same call"

QUEUED_PER_SLOT = 3
"""Ours: pieces of work that wait for each that is being done, so that no worker waits for this process."""
_PRIORITY = {worker.assemble: 2, worker.track: 1, worker.prepare: 0}
"""What is nearest to its end goes first: what is finished early is safe, and takes no memory."""
_POLL_S = 0.2
_COUNTED_EVERY_S = 5.0
_KEPT_FROM_S = 1.0
"""Ours: a result that took less is worked out again sooner than it is kept."""


_log = logging.getLogger(__name__)


class SchedulerLostError(BatchError):
    """The scheduler is gone; what was finished is kept."""


class Listener(Protocol):
    """Who hears how it goes, in the calling thread."""

    def should_cancel(self) -> bool:
        """Whether to end early."""

    def on_prepared(self, frames: int) -> None:
        """A video has so many frames to track."""

    def on_frames(self, frames: int) -> None:
        """So many frames were tracked, or, below 0, were counted too early."""

    def on_video(self, entry: Entry) -> None:
        """A video is done, or has failed."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """Where things go.

    Attributes:
        out: output folder: `projects` and `labels` in it.
        work: what is kept meanwhile.
        format_name: of the labels; "": none.
        made: hashes of what earlier calls have written, by file.
        append: adds a line to the ledger.
        patiently: does something that writes a file, again and again while the disk is full.
    """

    out: Path
    work: WorkFolder
    format_name: str
    made: Mapping[str, Set[str]]
    append: Callable[[str], None]
    patiently: Callable[[Callable[[], None], Path], None]


@dataclass(slots=True)
class _Video:
    """One that has been begun."""

    job: BatchJob
    inputs: str
    before: Entry | None
    prepared: PreparedVideo | None = None
    units: tuple[Unit, ...] = ()
    results: dict[str, bytes] = field(default_factory=dict)
    kept: list[str] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Running:
    """A task that was handed out: of the video of this name, and who is told what it gave."""

    future: Future
    name: str
    tell: Callable[[worker.Outcome[Any]], None]


class Coordinator:
    """One call's work.

    Args:
        crew: who does it.
        outputs: where things go.
        make_tracker: crosses to workers by its name.
        listener: hears how it goes.
    """

    def __init__(self, crew: Crew, outputs: Outputs, make_tracker: MakeTracker, listener: Listener) -> None:
        self._crew = crew
        self._outputs = outputs
        self._make_tracker = make_tracker
        self._listener = listener
        self._topic = f"{worker.FRAMES_TOPIC}-{uuid4().hex}"
        self._heard: SimpleQueue[Future | int] = SimpleQueue()
        self._running: dict[str, _Running] = {}
        self._waiting: deque[Callable[[], None]] = deque()

    def run(self, jobs: Sequence[tuple[BatchJob, str, Entry | None]]) -> None:
        """Do all jobs, or as many as come before the listener wants to leave.

        Args:
            jobs: each with the hash of its inputs and what is known of it; see `resume`.

        Raises:
            SchedulerLostError: the scheduler is gone.
            OSError: something cannot be written.
        """
        client = self._crew.client
        client.subscribe_topic(self._topic, self._on_event)
        coming = iter(jobs)
        most, counted_at_s = 0, -math.inf
        try:
            while not self._listener.should_cancel():
                if time.monotonic() - counted_at_s >= _COUNTED_EVERY_S:  # workers come and go
                    most = self._crew.slots() * (1 + QUEUED_PER_SLOT)
                    counted_at_s = time.monotonic()
                while len(self._running) < most and self._begin_something(coming):
                    pass
                if not self._running:
                    return
                self._hear()
        finally:
            futures = [each.future for each in self._running.values()]
            self._running.clear()
            if client.status == "running":
                client.unsubscribe_topic(self._topic)
                client.cancel(futures)

    def _begin_something(self, coming: Iterator[tuple[BatchJob, str, Entry | None]]) -> bool:
        """Submit a unit of a video that was begun, else begin another one; whether there was anything."""
        if self._waiting:
            self._waiting.popleft()()
            return True
        following = next(coming, None)
        if following is None:
            return False
        video = _Video(*following)
        self._submit(video, lambda done: self._on_prepared(video, done), worker.prepare, video.job)
        return True

    def _submit(
        self, video: _Video, heard: Callable[[worker.Outcome[Any]], None], task: Callable[..., Any], *given: object
    ) -> None:
        resources = self._crew.resources if task is worker.track else {}
        # What comes before the number is a group, of which the scheduler forgets none: not one for each video.
        key = f"dlst-{task.__name__}-{uuid4().hex}"
        future = self._crew.client.submit(
            task, *given, key=key, pure=False, resources=dict(resources) or None, priority=_PRIORITY[task]
        )
        self._running[key] = _Running(future, video.job.name, heard)
        future.add_done_callback(self._heard.put)

    def _hear(self) -> None:
        """Take what has come, waiting a little for the first."""
        until_s = time.monotonic() + _POLL_S
        try:
            heard = self._heard.get(timeout=_POLL_S)
            while True:
                self._take(heard)
                if time.monotonic() > until_s:
                    return
                heard = self._heard.get_nowait()
        except Empty:
            if self._crew.client.status != "running":  # whether it comes back or not: it has forgotten the work
                raise SchedulerLostError(_LOST) from None

    def _take(self, heard: Future | int) -> None:
        if isinstance(heard, int):
            self._listener.on_frames(heard)
            return
        running = self._running.get(heard.key)
        if running is None:
            return
        future = running.future
        if future.status in {"lost", "pending"}:  # the worker that held the result died: it is worked out again
            future.add_done_callback(self._heard.put)
            return
        del self._running[heard.key]
        if future.status == "finished":
            outcome = future.result()
        elif future.status == "error":
            outcome = worker.Outcome(None, _death(future))
        else:
            raise SchedulerLostError(_LOST)
        future.release()
        if outcome.trace:
            _log.error("%s: %s", running.name, outcome.trace)
        running.tell(outcome)

    def _on_event(self, event: tuple[object, object]) -> None:
        """In Dask's thread."""
        _, frames = event
        if isinstance(frames, int):
            self._heard.put(frames)

    def _on_prepared(self, video: _Video, outcome: worker.Outcome[PreparedVideo]) -> None:
        if outcome.done is None:
            self._fail(video, outcome.reason)
            return
        video.prepared, video.units = outcome.done, outcome.done.units()
        content = _content(video.units)
        before = video.before
        if before is not None and before.is_done and before.content == content and self._are_there(before):
            self._note(_renewed(before, video.inputs))
            return
        self._listener.on_prepared(sum(unit.frame_count - 1 for unit in video.units))
        by_key = {unit.key: unit for unit in video.units}
        for key, unit in by_key.items():
            data = self._kept(key)
            if data is not None:
                video.results[key] = data
                video.kept.append(key)
                self._listener.on_frames(unit.frame_count - 1)
        video.missing = set(by_key) - set(video.results)
        self._waiting += [
            self._begin_unit(video, unit, key) for key, unit in by_key.items() if key in video.missing
        ]
        if not video.missing:
            self._assemble(video)

    def _begin_unit(self, video: _Video, unit: Unit, key: str) -> Callable[[], None]:
        def begin() -> None:
            if video.problem:
                self._on_tracked(video, unit, key, worker.Outcome(None, video.problem))
                return
            self._submit(
                video,
                lambda done: self._on_tracked(video, unit, key, done),
                worker.track,
                unit,
                self._make_tracker,
                self._topic,
            )

        return begin

    def _kept(self, key: str) -> bytes | None:
        """What an earlier call has kept of a unit, if that can be read."""
        data = self._outputs.work.unit(key)
        if data is None:
            return None
        from dlst_gui.batch.unit_result import UnitResult  # noqa: PLC0415 - torch

        try:
            UnitResult.from_bytes(data, key)
        except ValueError:
            return None
        return data

    def _on_tracked(self, video: _Video, unit: Unit, key: str, outcome: worker.Outcome[bytes]) -> None:
        video.missing.discard(key)
        if outcome.done is None:
            video.problem = video.problem or f"{unit.words}: {outcome.reason}"
        else:
            self._keep(video, key, outcome.done)
        self._listener.on_frames(unit.frame_count - 1)
        if not video.missing:
            if video.problem:
                self._fail(video, video.problem)
            else:
                self._assemble(video)

    def _keep(self, video: _Video, key: str, data: bytes) -> None:
        from dlst_gui.batch.unit_result import UnitResult  # noqa: PLC0415 - torch

        video.results[key] = data
        if UnitResult.from_bytes(data, key).seconds >= _KEPT_FROM_S:
            work = self._outputs.work
            self._outputs.patiently(lambda: work.keep_unit(key, data), work.folder)
            video.kept.append(key)

    def _assemble(self, video: _Video) -> None:
        results = [video.results[unit.key] for unit in video.units]
        video.results.clear()
        self._submit(
            video,
            lambda done: self._on_assembled(video, done),
            worker.assemble,
            video.job,
            video.prepared,
            results,
            self._outputs.format_name,
        )

    def _on_assembled(self, video: _Video, outcome: worker.Outcome[AssembledVideo]) -> None:
        if outcome.done is None:
            self._fail(video, outcome.reason)
            return
        made = outcome.done
        files = {f"labels/{name}": data for name, data in made.labels}
        files[f"{PICTURES}/{video.job.name}.jpg"] = made.picture
        if made.project:
            files[f"projects/{video.job.name}{SUFFIX}"] = made.project
        changed = self._changed_since(files)
        if changed:
            self._fail(video, f"{self._outputs.out / changed} was changed since it was made; move it elsewhere")
            return
        facts = {name: (len(data), sha256(data).hexdigest()) for name, data in files.items()}
        # First, so that another call knows them for this program's own wherever this one ends.
        begun = Entry(video.job.name, video.inputs, "", facts, {}, "ended while written", is_done=False)
        self._outputs.append(begun.line())
        for name, data in files.items():
            self._write(self._outputs.out / name, data)
        report = {
            "video": str(video.job.video),
            "project": made.project_path or f"projects/{video.job.name}{SUFFIX}",
            "frame_count": made.frame_count,
            "fps": made.fps,
            "notice": made.notice,
            "objects": [asdict(each) for each in made.objects],
            "worst": [asdict(each) for each in made.worst],
        }
        inputs = video.inputs
        if made.project_path:  # which has other boxes now: that alone is no reason to look at it again
            written = replace(video.job, project=Path(made.project_path))
            inputs = inputs_of(written, self._outputs.format_name)
        self._note(Entry(video.job.name, inputs, _content(video.units), facts, report, made.problem))
        self._outputs.work.drop_units(video.kept)

    def _changed_since(self, files: Mapping[str, bytes]) -> str:
        """A file that would be replaced, and that is not as this program has made it; "" where there is none."""
        for name, new in files.items():
            path = self._outputs.out / name
            if not path.exists():
                continue
            data = path.read_bytes()
            if data != new and sha256(data).hexdigest() not in self._outputs.made.get(name, ()):
                return name
        return ""

    def _write(self, path: Path, data: bytes) -> None:
        def write() -> None:
            if path.suffix != SUFFIX or not path.exists():
                write_whole(path, data)
                return
            lock = lock_file(path.resolve())  # a window that has it open would go on writing a file without a name
            try:
                write_whole(path, data)
            finally:
                lock.release()

        self._outputs.patiently(write, path)

    def _are_there(self, entry: Entry) -> bool:
        return all((self._outputs.out / name).exists() for name in entry.files)

    def _fail(self, video: _Video, reason: str) -> None:
        files = {} if video.before is None else video.before.files
        report = {"video": str(video.job.video)}
        self._note(Entry(video.job.name, video.inputs, "", files, report, reason, is_done=False))

    def _note(self, entry: Entry) -> None:
        self._outputs.append(entry.line())
        self._listener.on_video(entry)


def _content(units: Sequence[Unit]) -> str:
    """A hash of the work, however its pieces are ordered."""
    return sha256(" ".join(sorted(unit.key for unit in units)).encode()).hexdigest()


def _renewed(entry: Entry, inputs: str) -> Entry:
    return replace(entry, inputs=inputs, report=None)


def _death(future: Future) -> str:
    """Why a task ended that does not raise by itself: its worker has died, again and again."""
    error = future.exception()
    if type(error).__name__ == "KilledWorker":
        return (
            "the processes that worked on it have died, most often for lack of memory; use fewer workers "
            "(--workers), and start the same call again"
        )
    return f"unexpected error: {type(error).__name__}: {' '.join(str(error).split())}"
