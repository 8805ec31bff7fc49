"""Runs the tracker on a thread of its own: one frame per turn of that thread's event loop.

Between two frames the thread answers whatever was queued meanwhile (pause, stop, a manual box, close), so none of
them waits longer than one frame; learning is left early through `should_cancel`. The video is opened in this
thread, trackers are made in it or in the threads of a `JointRun`, and never leave it: only frozen records cross.

While no run is at work, the thread makes ready what the next one will need, a piece per turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal, Slot

from dlst_gui.session.frame_cache import CachedFrames, FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import Worker
from dlst_gui.session.run_events import (
    LearningProgress,
    MemoryTold,
    RemovalTold,
    RunChanged,
    RunPhase,
    TargetHeld,
)
from dlst_gui.tracking.joint_run import JointRun, shared_threads
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.meeting_watch import MeetingRule, MeetingWatch
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.tracking.run_progress import ProgressMeter
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracker_supply import FirstFrame, TrackerSupply
from dlst_gui.tracking.tracking_run import FrameTracked, TrackRequest
from dlst_gui.video.read_ahead import ReadAhead
from dlst_gui.video.video_source import DecoderCrashError, VideoError, VideoSource
from tracker_core import (
    Box,
    Frame,
    RemovalEffect,
    RemovalError,
    Tracker,
    TrackerInputError,
    TrackingCancelled,
    WeightsError,
)

PROGRESS_INTERVAL_S = 0.05

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to begin; `cancelled` is the one thing both threads share, so that learning can be left early.

    Attributes:
        requests: one or more, of one run id: see `JointRun`.
        frame_budget: frames, tracked for all targets, after which the run pauses by itself; None to go on.
        lost_rule: when a lost target is paused; the run pauses once no other can go on; None for never.
        meeting_rule: when one is paused that has ended on another one's target; None for never.
        trusted: pairs of tracks that are two objects, however alike they look.
    """

    requests: tuple[TrackRequest, ...]
    source_path: Path
    settings: TrackerSettings
    cancelled: threading.Event
    frame_budget: int | None
    lost_rule: LostRule | None
    meeting_rule: MeetingRule | None = None
    trusted: frozenset[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the next run will need, as far as it can be told; `cancelled` as in `RunStart`.

    Attributes:
        settings: of its tracker.
        source_path: of its video; None where none is open.
    """

    settings: TrackerSettings
    source_path: Path | None
    cancelled: threading.Event


@dataclass(frozen=True, slots=True)
class LearningAhead:
    """A run that is likely to be asked for: its first frame is learned now; `cancelled` as in `RunStart`."""

    request: TrackRequest
    first: FirstFrame
    cancelled: threading.Event


@dataclass(frozen=True, slots=True)
class ManualBox:
    """A box drawn while run `run_id` is paused, or its target waits; `continues` lets a paused run go on with it.

    `keyframes` are all manual boxes that the target has now. `taken_back` is shared by both threads, as
    `cancelled` in `RunStart`: it leaves the learning of this box alone, and the run rests.
    """

    run_id: int
    track_id: int
    frame_index: int
    box: Box
    keyframes: Mapping[int, Box]
    continues: bool
    taken_back: threading.Event


class Ask(Enum):
    """What may become of one target of a run while the others go on."""

    HOLD = "hold"
    RELEASE = "release"
    LEAVE = "leave"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class TargetAsk:
    """Something is asked of one target of run `run_id`; with TRUST, of it and another one."""

    run_id: int
    track_id: int
    ask: Ask
    other_id: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """The trackers of two targets of run `run_id` go on as each other's; `keyframes` are what each has now."""

    run_id: int
    track_id: int
    other_id: int
    keyframes: Mapping[int, Mapping[int, Box]]


@dataclass(frozen=True, slots=True)
class Removal:
    """Samples of a target of run `run_id` are to be left out: to see what that does, or for good.

    Attributes:
        run_id: of the run, which rests.
        memory: has them.
        rows: (k,) int64, which.
        is_for_good: whether they are to be forgotten.
        cancelled: shared by both threads, as in `RunStart`.
    """

    run_id: int
    memory: RunMemory
    rows: NDArray[np.int64]
    is_for_good: bool
    cancelled: threading.Event


class TrackerWorker(Worker):
    """Hosts one `JointRun` at a time; a new one replaces the old."""

    told = Signal(object)  # RunEvent

    _turn_due = Signal()
    _preparation_due = Signal()

    def __init__(self, make_tracker: MakeTracker, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._make_tracker = make_tracker
        self._supply = TrackerSupply(make_tracker)
        self._preparation: Preparation | None = None
        self._open_source = open_source
        self._cache = cache
        self._source: VideoSource | None = None
        self._frames: ReadAhead[Frame] | None = None
        self._source_path: Path | None = None
        self._run: JointRun | None = None
        self._meter = ProgressMeter(0)
        self._first_frame: int | None = None
        self._last_frame = 0
        self._cancelled = threading.Event()
        self._frame_budget: int | None = None
        self._latest_given: ManualBox | None = None
        self._is_going = False
        self._rests_for_all = False  # it would go on by itself if a target did not wait
        self._is_turn_queued = False
        self._with_diagnostics = False
        self._memory_of: int | None = None
        self._phase = RunPhase.ENDED
        self._progress_told_s = 0.0
        self._turn_due.connect(self._on_turn_due, Qt.ConnectionType.QueuedConnection)
        self._preparation_due.connect(self._on_preparation_due, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def on_run_started(self, start: RunStart) -> None:
        """Build the tracker and begin; an unfinished run is dropped."""
        self._drop_run()
        self._latest_given = None
        self._cancelled, self._frame_budget = start.cancelled, start.frame_budget
        if self._cancelled.is_set():
            return
        first = start.requests[0]
        self._meter = ProgressMeter(first.run_id)
        self._last_frame = first.start_frame
        self._report(first.run_id, RunPhase.PREPARING, first.start_frame)
        at_once, settings = shared_threads(start.requests, start.settings)
        rule = start.meeting_rule if len(start.requests) > 1 else None
        try:
            self._run = JointRun(
                start.requests,
                self._frames_of(start.source_path),
                self._maker_for(start, settings),
                start.lost_rule,
                meeting_watch=None if rule is None else MeetingWatch(rule, start.trusted),
                at_once=at_once,
                threads_each=settings.threads,
            )
            self._run.keep_memory_of(self._memory_of)
            self._first_frame = self._run.next_frame
        except Exception as error:
            self._fail(first.run_id, first.start_frame, error)
            return
        self._go()

    def _maker_for(self, start: RunStart, settings: TrackerSettings) -> Callable[[], Tracker]:
        """Of several targets, each has its tracker made when its turn comes, perhaps in a thread of its own."""
        if len(start.requests) > 1:
            self._supply.clear()
            return partial(self._make_tracker, settings)
        return partial(self._supply.take_for, FirstFrame.of(start.requests[0], start.source_path, start.settings))

    @Slot(object)
    def on_preparation_wanted(self, preparation: Preparation) -> None:
        """Make ready what the next run will need, once nothing else is to be done."""
        self._preparation = preparation
        self._preparation_due.emit()

    @Slot()
    def _on_preparation_due(self) -> None:
        """One piece; what cannot be made ready is told of when it is asked for.

        Not beside a run, also a paused one: making a tracker sets torch's threads, and memory may not do for two.
        """
        wanted = self._preparation
        if wanted is None or self._run is not None:
            return
        try:
            if self._prepare_piece(wanted):
                self._preparation_due.emit()
        except Exception as error:
            _log.info("not prepared: %s", error)

    def _prepare_piece(self, wanted: Preparation) -> bool:
        """Whether there was one."""
        settings, path = wanted.settings, wanted.source_path
        if not self._supply.has_spare(settings):
            self._supply.make_spare(settings)
        elif path is not None and path != self._source_path:
            self._frames_of(path)
        elif not self._supply.is_warm:
            self._supply.warm_up(wanted.cancelled.is_set)
        else:
            return False
        return True

    @Slot(object)
    def on_learning_ahead_wanted(self, ahead: LearningAhead) -> None:
        """Learn the first frame of a run before it is asked for; what fails is told of when it is."""
        if ahead.cancelled.is_set() or self._run is not None:  # whose threads may be reading the video
            return
        try:
            frames = self._frames_of(ahead.first.source_path)
            self._supply.learn(
                ahead.first,
                ahead.request,
                frames,
                should_cancel=ahead.cancelled.is_set,
                on_progress=partial(self._tell_progress, ahead.request.run_id),
            )
            frames.expect(ahead.request.start_frame + ahead.request.direction)
        except TrackingCancelled:
            pass
        except Exception as error:
            _log.info("not learned ahead: %s", error)

    @Slot(int)
    def on_pause_requested(self, run_id: int) -> None:
        """Pause before the next frame."""
        run = self._current(run_id)
        self._rests_for_all = False
        if run is not None and self._is_going:
            self._is_going = False
            self._report(run_id, RunPhase.PAUSED, self._last_frame)

    @Slot(int, object)
    def on_resume_requested(self, run_id: int, frame_budget: int | None) -> None:
        """Resume the run, with lost targets too."""
        run = self._current(run_id)
        if run is not None:
            run.wake()
            self._latest_given = None
            self._frame_budget = frame_budget
            self._go()

    @Slot(int, int)
    def on_end_set(self, run_id: int, frame_index: int) -> None:
        """Let the run end at a frame that is ahead."""
        run = self._current(run_id)
        if run is not None:
            run.end_at(frame_index)

    @Slot(int)
    def on_stop_requested(self, run_id: int) -> None:
        """End the run."""
        run = self._current(run_id)
        if run is not None:
            self._end(RunPhase.CANCELLED, self._last_frame)

    @Slot(bool)
    def on_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether frames from now on carry `Diagnostics`."""
        self._with_diagnostics = is_wanted

    @Slot(object)
    def on_manual_box_given(self, given: ManualBox) -> None:
        """Learn it now where it is for the frame just tracked, else when the run comes to its frame.

        A target that is past the frame, or waits elsewhere, begins again there. Others that go on still do.
        """
        run, self._latest_given = self._current(given.run_id), given
        if run is None or given.taken_back.is_set():
            return
        goes_on = given.continues or self._is_going
        if not run.can_learn(given.track_id, given.frame_index):
            self._guarded(
                lambda: run.begin_again(given.track_id, given.frame_index, given.keyframes), given.frame_index
            )
            if self._run is run:
                self._frame_budget = None
                self._go_on_or_rest(run, goes_on=goes_on)
            return
        if run.has_just_tracked(given.track_id, given.frame_index):
            self._is_going, self._frame_budget = False, None
            self._report(given.run_id, RunPhase.LEARNING, given.frame_index)
        tracked = self._guarded(lambda: self._apply_correction(run, given), given.frame_index)
        if tracked is not None:
            self.told.emit(tracked)
            self._go_on_or_rest(run, goes_on=goes_on and not given.taken_back.is_set())

    @Slot(object)
    def on_target_asked(self, asked: TargetAsk) -> None:
        """Let one target wait, go on or end; the others do as before."""
        run = self._current(asked.run_id)
        if run is None:
            return
        match asked.ask:
            case Ask.HOLD:
                run.hold(asked.track_id)
                last = run.last_tracked(asked.track_id)
                if last is not None:
                    self.told.emit(TargetHeld(run.run_id, asked.track_id, last))
            case Ask.RELEASE:
                run.release(asked.track_id)
            case Ask.LEAVE:
                run.leave(asked.track_id)
            case Ask.TRUST if asked.other_id is not None:
                run.trust(asked.track_id, asked.other_id)
        self._look_again(run)

    @Slot(object)
    def on_exchange_asked(self, asked: Exchange) -> None:
        """Two targets go on as each other."""
        run = self._current(asked.run_id)
        if run is not None:
            run.exchange(asked.track_id, asked.other_id, asked.keyframes)

    @Slot(object)
    def on_memory_kept(self, track_id: int | None) -> None:
        """Tell what this target's tracker knows when it ends, too."""
        self._memory_of = track_id
        if self._run is not None:
            self._run.keep_memory_of(track_id)

    @Slot(int, int)
    def on_memory_asked(self, run_id: int, track_id: int) -> None:
        """Tell what a target's tracker knows, between two frames."""
        run = self._current(run_id)
        if run is not None:
            self._tell_memory(run, track_id)

    def _tell_memory(self, run: JointRun, track_id: int) -> None:
        began_s = time.perf_counter()
        memory = run.memory(track_id)
        self.told.emit(MemoryTold(run.run_id, track_id, memory, time.perf_counter() - began_s))

    @Slot(object)
    def on_removal_asked(self, asked: Removal) -> None:
        """Tell what leaving out samples does, or forget them; a run that goes on is not held up by it."""
        run = self._current(asked.run_id)
        if run is None or asked.cancelled.is_set():
            return
        began_s = time.perf_counter()
        effect: RemovalEffect | None = None
        message = ""
        try:
            if self._is_going:
                raise RemovalError("Pause the run first.")
            effect = self._removed(run, asked)
        except TrackingCancelled:
            return
        except (RemovalError, VideoError) as error:
            message = str(error)
        self.told.emit(RemovalTold(run.run_id, asked.memory, effect, message, time.perf_counter() - began_s))
        if asked.is_for_good and not message:
            self._tell_memory(run, asked.memory.track_id)

    @staticmethod
    def _removed(run: JointRun, asked: Removal) -> RemovalEffect | None:
        should_cancel = asked.cancelled.is_set
        if asked.is_for_good:
            run.forget(asked.memory, asked.rows, should_cancel=should_cancel)
            return None
        return run.removal_effect(asked.memory, asked.rows, should_cancel=should_cancel)

    def _look_again(self, run: JointRun) -> None:
        """Targets were held, released or left: a run that rests only because all wait goes on, or has ended."""
        if run.is_finished:
            self._end(RunPhase.ENDED, self._last_frame)
        elif self._rests_for_all and run.next_frame is not None:
            self._go()

    @Slot()
    def _on_turn_due(self) -> None:
        self._is_turn_queued = False
        run = self._run
        if run is None or not self._is_going:
            return
        if self._latest_given is not None and self._latest_given.taken_back.is_set():
            self._go_on_or_rest(run, goes_on=False)  # it was learned already, but the person is not done
            return
        index = run.next_frame
        if index is None:  # a keyframe right ahead at which it stops was given since, or the last one was held
            self._go_on_or_rest(run, goes_on=True)
            return
        self._report(run.run_id, RunPhase.LEARNING if run.is_to_learn else RunPhase.TRACKING, index)
        started_s = time.perf_counter()
        tracked = self._guarded(lambda: self._step(run), index)
        if tracked is None:
            return
        self._meter.add(time.perf_counter() - started_s, is_human=tracked.is_human)
        self._tell(run, tracked)
        self._go_on_or_rest(run, goes_on=self._is_in_budget(run, tracked))

    def _tell(self, run: JointRun, tracked: FrameTracked) -> None:
        self._last_frame = tracked.frame_index
        self.told.emit(tracked)
        self.told.emit(self._meter.progress(run.frames_left))
        for lost in run.lost:
            if (lost.track_id, lost.frame_index) == (tracked.track_id, tracked.frame_index):
                self.told.emit(lost)
        for met in run.take_meetings():
            self.told.emit(met)

    def _is_in_budget(self, run: JointRun, tracked: FrameTracked) -> bool:
        """Whether the run may go on; a frame counts when all targets have seen it, the first one not at all."""
        if self._frame_budget is None:
            return True
        if tracked.frame_index not in (run.next_frame, self._first_frame):
            self._frame_budget -= 1
        return self._frame_budget > 0

    def release(self) -> None:  # noqa: D102 - see Worker
        self._supply.clear()
        self._preparation = None
        self._close_source()

    def _close_source(self) -> None:
        self._drop_run()
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        if self._source is not None:
            self._source.close()
            self._cache.forget(self._source.path)  # what was decoded after the view had left it
            self._source, self._source_path = None, None

    def _step(self, run: JointRun) -> FrameTracked:
        return run.step(
            with_diagnostics=self._with_diagnostics,
            should_cancel=self._cancelled.is_set,
            on_progress=self._on_learning_progressed,
        )

    def _apply_correction(self, run: JointRun, given: ManualBox) -> FrameTracked | None:
        return run.apply_correction(
            given.track_id,
            given.frame_index,
            given.box,
            should_cancel=lambda: self._cancelled.is_set() or given.taken_back.is_set(),
            on_progress=self._on_learning_progressed,
        )

    def _guarded(self, work: Callable[[], FrameTracked | None], frame_index: int) -> FrameTracked | None:
        """The finished frame, if there is one; None where the run ended or paused without it."""
        assert self._run is not None
        try:
            return work()
        except TrackingCancelled:
            if self._cancelled.is_set():
                self._end(RunPhase.CANCELLED, frame_index)
            else:  # the manual box was taken back
                self._is_going = False
                self._report(self._run.run_id, RunPhase.PAUSED, self._last_frame)
        except DecoderCrashError as error:  # the same step can be taken again
            self._is_going = False
            self._report(self._run.run_id, RunPhase.PAUSED, self._last_frame, str(error))
        except VideoError as error:
            self._end(RunPhase.BROKEN_SOURCE, frame_index, str(error))
        except Exception as error:
            self._fail(self._run.run_id, frame_index, error)
        return None

    def _go_on_or_rest(self, run: JointRun, *, goes_on: bool) -> None:
        if run.is_finished:
            self._end(RunPhase.ENDED, self._last_frame)
        elif goes_on and run.next_frame is not None:
            self._go()
        else:
            self._is_going, self._rests_for_all = False, goes_on
            self._report(run.run_id, RunPhase.PAUSED, self._last_frame)

    def _go(self) -> None:
        self._is_going, self._rests_for_all = True, False
        if not self._is_turn_queued:
            self._is_turn_queued = True
            self._turn_due.emit()

    def _current(self, run_id: int) -> JointRun | None:
        return self._run if self._run is not None and self._run.run_id == run_id else None

    def _frames_of(self, path: Path) -> ReadAhead[Frame]:
        """This thread's own source; kept while runs stay on one video."""
        if self._frames is None or self._source_path != path:
            self._close_source()
            self._source, self._source_path = self._open_source(path), path
            self._frames = ReadAhead(CachedFrames(self._source, self._cache))
        return self._frames

    def _end(self, phase: RunPhase, frame_index: int, message: str = "") -> None:
        assert self._run is not None
        run_id = self._run.run_id
        if phase is RunPhase.ENDED and self._memory_of is not None:
            self._tell_memory(self._run, self._memory_of)
        self._drop_run()
        self._report(run_id, phase, frame_index, message)
        self._preparation_due.emit()

    def _fail(self, run_id: int, frame_index: int, error: Exception) -> None:
        self._drop_run()
        if isinstance(error, (TrackerInputError, WeightsError, VideoError)):
            message = str(error)
        else:
            _log.error("run %d failed at frame %d", run_id, frame_index, exc_info=error)
            message = f"{type(error).__name__} at frame {frame_index}: {error}"
        self._report(run_id, RunPhase.FAILED, frame_index, message)

    def _drop_run(self) -> None:
        """Whatever of it is still being tracked is left, before the source is closed or another run reads it."""
        run, self._run = self._run, None
        self._is_going = self._rests_for_all = False
        if run is not None:
            run.close()

    def _report(self, run_id: int, phase: RunPhase, frame_index: int, message: str = "") -> None:
        if phase is self._phase is RunPhase.TRACKING:
            return
        self._phase = phase
        self.told.emit(RunChanged(run_id, phase, frame_index, message))

    def _on_learning_progressed(self, fraction: float) -> None:
        if self._run is not None:
            self._tell_progress(self._run.run_id, fraction)

    def _tell_progress(self, run_id: int, fraction: float) -> None:
        """As often as it can be seen: whoever listens takes time from the learning."""
        now_s = time.monotonic()
        if now_s - self._progress_told_s >= PROGRESS_INTERVAL_S:
            self._progress_told_s = now_s
            self.told.emit(LearningProgress(run_id, fraction))
