"""Hands out the work, keeps what comes back, and notes what is finished. Belongs to the thread that calls it.

At most so many videos are begun as keep the workers busy, so that memory does not grow with the number of jobs.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import partial
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
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.writer_lock import lock_file

if TYPE_CHECKING:
    from distributed import Future

    from dlst_gui.batch.assembly import AssembledVideo
    from dlst_gui.batch.units import PreparedVideo, Unit
    from dlst_gui.tracking.tracker_factory import MakeTracker

PICTURES = "report/pictures"
"""Where the pages' pictures lie in the output folder."""
_DEATH = (
    "the processes that worked on it have died, the last one with nothing else to do, most often for lack of "
    "memory; close other programs, and start the same call again"
)
_LOST = "the scheduler is gone; start it again, then the same call"

QUEUED_PER_SLOT = 3
"""Ours: pieces of work that wait for each that is being done, so that no worker waits for this process."""
_PRIORITY = {worker.assemble: 2, worker.label: 2, worker.track: 1, worker.begin: 0}
"""What is nearest to its end goes first: what is finished early is safe, and takes no memory."""
_POLL_S = 0.2
_COUNTED_EVERY_S = 5.0
_KEPT_FROM_S = 1.0
"""Ours: a result that took less is worked out again sooner than it is kept."""
_AT_ONCE_FRAMES = 1000
"""Ours: a video of one piece that is no longer is done in one task, of which nothing is kept before its end."""
_MOST_FETCHED = 32
"""Ours: results that are fetched together; fetching takes as long for one, and they are in memory meanwhile."""


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


@dataclass(slots=True)
class _Running:
    """A task that was handed out.

    Attributes:
        name: of its video.
        tell: takes what it gave.
        again: hands it out once more, for the last time; None where this is the last time.
        frames: how many it has tracked, as its worker has told last; fewer again where another one began anew.
    """

    future: Future
    name: str
    tell: Callable[[worker.Outcome[Any]], None]
    again: Callable[[], None] | None
    frames: int = 0


@dataclass(frozen=True, slots=True)
class _Progress:
    """So many frames a task has tracked since it began on its worker."""

    key: str
    frames: int


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
        self._heard: SimpleQueue[Future | _Progress] = SimpleQueue()
        self._running: dict[str, _Running] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._alone: deque[Callable[[], None]] = deque()
        """What workers have died of: done again at the end, one by one, since another may have been the cause."""
        self._has_kept = outputs.work.has_units()

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
        if following is not None:
            self._begin_video(_Video(*following))
            return True
        if self._alone and not self._running:
            self._alone.popleft()()
            return True
        return False

    def _begin_video(self, video: _Video) -> None:
        # Not where something is known that could spare the tracking, nor on a GPU's worker, which only tracks.
        is_new = not (
            self._has_kept or self._crew.resources or (video.before is not None and video.before.is_done)
        )
        most_frames = _AT_ONCE_FRAMES if is_new else 0
        given = (video.job, self._make_tracker, self._topic, self._outputs.format_name, most_frames)
        self._submit(video, lambda done: self._on_begun(video, done), worker.begin, *given)

    def _submit(
        self,
        video: _Video,
        heard: Callable[[worker.Outcome[Any]], None],
        task: Callable[..., Any],
        *given: object,
        is_last_time: bool = False,
    ) -> None:
        resources = self._crew.resources if task is worker.track else {}
        # What comes before the number is a group, of which the scheduler forgets none: not one for each video.
        key = f"dlst-{task.__name__}-{uuid4().hex}"
        future = self._crew.client.submit(
            task, *given, key=key, pure=False, resources=dict(resources) or None, priority=_PRIORITY[task]
        )
        again = None if is_last_time else partial(self._submit, video, heard, task, *given, is_last_time=True)
        self._running[key] = _Running(future, video.job.name, heard, again)
        future.add_done_callback(self._heard.put)

    def _hear(self) -> None:
        """Take what has come, waiting a little for the first."""
        heard: list[Future | _Progress] = []
        try:
            heard.append(self._heard.get(timeout=_POLL_S))
            while len(heard) < _MOST_FETCHED:
                heard.append(self._heard.get_nowait())
        except Empty:
            if not heard and self._crew.client.status != "running":
                # Whether it comes back or not: it has forgotten the work.
                raise SchedulerLostError(_LOST) from None
        self._take(heard)

    def _take(self, heard: Sequence[Future | _Progress]) -> None:
        finished: dict[str, Future] = {}
        for each in heard:
            if each.key not in self._running:
                continue
            if isinstance(each, _Progress):
                self._count(self._running[each.key], each.frames)
            elif each.status in {"lost", "pending"}:
                # The worker that held the result died: it is worked out again.
                each.add_done_callback(self._heard.put)
            elif each.status == "error":
                self._take_error(self._ended(each.key))
            elif each.status == "finished":
                finished[each.key] = each
            else:
                raise SchedulerLostError(_LOST)
        for key, outcome in self._fetched(finished).items():
            running = self._ended(key)
            running.future.release()
            if outcome.trace:
                _log.error("%s: %s", running.name, outcome.trace)
            running.tell(outcome)

    def _count(self, running: _Running, frames: int) -> None:
        """Tell how many more a task has tracked."""
        self._listener.on_frames(frames - running.frames)
        running.frames = frames

    def _ended(self, key: str) -> _Running:
        """A task that runs no more; its frames are counted by who takes what it gave."""
        running = self._running.pop(key)
        self._count(running, 0)
        return running

    def _fetched(self, finished: Mapping[str, Future]) -> dict[str, worker.Outcome[Any]]:
        """What they gave, all together; those that were lost meanwhile and have not come again are heard again."""
        if not finished:
            return {}
        try:
            found = self._crew.client.gather(dict(finished), errors="skip")
        except OSError as error:
            raise SchedulerLostError(_LOST) from error
        for key, outcome in found.items():
            if outcome is None:
                self._heard.put(finished[key])
        return {key: outcome for key, outcome in found.items() if outcome is not None}

    def _take_error(self, running: _Running) -> None:
        """A task does not raise by itself: its worker has died."""
        error = running.future.exception()
        running.future.release()
        is_death = type(error).__name__ == "KilledWorker"
        if is_death and running.again is not None:
            self._alone.append(running.again)
            return
        words = _DEATH if is_death else f"unexpected error: {type(error).__name__}: {' '.join(str(error).split())}"
        running.tell(worker.Outcome(None, words))

    def _on_event(self, event: tuple[object, object]) -> None:
        """In Dask's thread; another program may write events under the same topic."""
        match event:
            case _, {"task": str(task), "frames": int(frames)}:
                self._heard.put(_Progress(task, frames))

    def _on_begun(self, video: _Video, outcome: worker.Outcome[worker.Begun]) -> None:
        if outcome.done is None:
            self._fail(video, outcome.reason)
            return
        prepared = outcome.done.prepared
        video.prepared, video.units = prepared, prepared.units()
        if outcome.done.finished is None:
            self._cut(video)
            return
        frames = sum(unit.frame_count - 1 for unit in video.units)
        self._listener.on_prepared(frames)
        self._listener.on_frames(frames)
        self._on_assembled(video, outcome.done.finished)

    def _cut(self, video: _Video) -> None:
        """What of a video is still to be tracked waits from now on."""
        before = video.before
        if before is not None and self._is_done(video, before):
            if self._outputs.format_name in {"", before.format_name}:
                self._note(_renewed(before, video.inputs))
            else:
                self._label(video, before)
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

    def _is_done(self, video: _Video, before: Entry) -> bool:
        """Whether all boxes were written, and where they are wanted now."""
        is_there = before.is_done and before.content == _content(video.units) and self._are_there(before)
        return is_there and (_project_of(video.job) in before.files) != video.job.is_in_place

    def _label(self, video: _Video, before: Entry) -> None:
        """Labels in another format, of what is tracked already."""
        name = _project_of(video.job)
        project = None if video.job.is_in_place else (self._outputs.out / name).read_bytes()
        if project is not None and sha256(project).hexdigest() != before.files[name][1]:
            words = "was changed since it was made; write its labels with `dlst export`"
            self._listener.on_video(replace(before, problem=f"{self._outputs.out / name} {words}"))
            return
        self._submit(
            video,
            lambda done: self._on_labelled(video, before, done),
            worker.label,
            video.job,
            project,
            self._outputs.format_name,
        )

    def _on_labelled(
        self, video: _Video, before: Entry, outcome: worker.Outcome[tuple[tuple[str, bytes], ...]]
    ) -> None:
        files = {f"labels/{name}": data for name, data in outcome.done or ()}
        changed = self._changed_since(files)
        problem = outcome.reason
        if changed:
            problem = f"{self._outputs.out / changed} was changed since it was made; move it elsewhere"
        if problem:  # the boxes are there; the next call tries it again
            self._listener.on_video(replace(before, problem=problem))
            return
        stale = _stale(before, files)
        facts = {**before.files, **_facts(files)}
        self._outputs.append(replace(_renewed(before, ""), files=facts).line())  # as when a project is written
        for name, data in files.items():
            self._write(self._outputs.out / name, data)
        self._remove(before, stale)
        facts = {name: fact for name, fact in facts.items() if name not in stale}
        done = replace(_renewed(before, video.inputs), files=facts, format_name=self._outputs.format_name)
        self._note(done)

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
        try:
            self._put(video, outcome.done)
        except ProjectFileError as error:
            self._fail(video, str(error))

    def _put(self, video: _Video, made: AssembledVideo) -> None:
        """Write what was made of a video; ProjectFileError where a window has its project open."""
        files = {f"labels/{name}": data for name, data in made.labels}
        files[f"{PICTURES}/{video.job.name}.jpg"] = made.picture
        if made.project:
            files[_project_of(video.job)] = made.project
        changed = self._changed_since(files)
        if changed:
            self._fail(video, f"{self._outputs.out / changed} was changed since it was made; move it elsewhere")
            return
        with self._held(_project_of(video.job), files):
            self._write_all(video, made, files)

    @contextmanager
    def _held(self, project: str, files: Mapping[str, bytes]) -> Iterator[None]:
        """Nobody else writes a project that is replaced: a window would go on with a file without a name."""
        path = self._outputs.out / project
        lock = lock_file(path.resolve()) if project in files and path.exists() else None
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    def _write_all(self, video: _Video, made: AssembledVideo, files: Mapping[str, bytes]) -> None:
        facts = _facts(files)
        # First, so that another call knows them for this program's own wherever this one ends.
        begun = Entry(video.job.name, video.inputs, "", facts, {}, "ended while written", is_done=False)
        self._outputs.append(begun.line())
        for name, data in files.items():
            self._write(self._outputs.out / name, data)
        if video.before is not None:
            self._remove(video.before, _stale(video.before, files))
        report = {
            "video": str(video.job.video),
            "project": made.project_path or _project_of(video.job),
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
        entry = Entry(video.job.name, inputs, _content(video.units), facts, report, made.problem)
        self._note(replace(entry, format_name=self._outputs.format_name))
        self._outputs.work.drop_units(video.kept)

    def _remove(self, before: Entry, stale: Set[str]) -> None:
        """Files of an earlier call, unless somebody has changed them since."""
        for name in stale:
            path = self._outputs.out / name
            with suppress(OSError):
                if sha256(path.read_bytes()).hexdigest() == before.files[name][1]:
                    path.unlink()
                    path.parent.rmdir()  # where it is empty now

    def _changed_since(self, files: Mapping[str, bytes]) -> str:
        """A file that would be replaced, and that is not as this program has made it; "" where there is none."""
        for name, new in files.items():
            path = self._outputs.out / name
            if not path.exists():
                continue
            if not path.is_file():
                return name
            data = path.read_bytes()
            if data != new and sha256(data).hexdigest() not in self._outputs.made.get(name, ()):
                return name
        return ""

    def _write(self, path: Path, data: bytes) -> None:
        self._outputs.patiently(lambda: write_whole(path, data), path)

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


def _project_of(job: BatchJob) -> str:
    """Where that is which is made of a job, in the output folder."""
    return f"projects/{job.name}{SUFFIX}"


def _stale(before: Entry, files: Mapping[str, bytes]) -> frozenset[str]:
    """Labels of an earlier call in a folder that is given others: those of two formats in one are of neither."""
    folders = {name.split("/")[1] for name in files if name.startswith("labels/") and name.count("/") > 1}
    known = (name for name in before.files if name.startswith("labels/") and name.count("/") > 1)
    return frozenset(name for name in known if name.split("/")[1] in folders and name not in files)


def _facts(files: Mapping[str, bytes]) -> dict[str, tuple[int, str]]:
    """Sizes and hashes."""
    return {name: (len(data), sha256(data).hexdigest()) for name, data in files.items()}


def _renewed(entry: Entry, inputs: str) -> Entry:
    return replace(entry, inputs=inputs, report=None)
