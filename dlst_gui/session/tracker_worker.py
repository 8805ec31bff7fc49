"""Runs the tracker on a thread of its own: one frame per turn of that thread's event loop.

Between two frames the thread answers whatever was queued meanwhile (pause, stop, a manual box, close), so none of
them waits longer than one frame; learning is left early through `should_cancel`. The video is opened in this
thread, trackers are made in it or in the threads of a `JointRun`, and never leave it: only frozen records cross.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot

from dlst_gui.session.frame_cache import CachedFrames, FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import Worker
from dlst_gui.session.run_events import LearningProgress, RunChanged, RunPhase
from dlst_gui.tracking.joint_run import JointRun, shared_threads
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.run_progress import ProgressMeter
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked, TrackRequest
from dlst_gui.video.read_ahead import ReadAhead
from dlst_gui.video.video_source import DecoderCrashError, VideoError, VideoSource
from tracker_core import Box, Frame, TrackerInputError, TrackingCancelled, WeightsError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to begin; `cancelled` is the one thing both threads share, so that learning can be left early.

    Attributes:
        requests: one or more, of one run id: see `JointRun`.
        frame_budget: frames, tracked for all targets, after which the run pauses by itself; None to go on.
        lost_rule: when a lost target is paused; the run pauses once no other can go on; None for never.
    """

    requests: tuple[TrackRequest, ...]
    source_path: Path
    settings: TrackerSettings
    cancelled: threading.Event
    frame_budget: int | None
    lost_rule: LostRule | None


@dataclass(frozen=True, slots=True)
class ManualBox:
    """A box drawn while run `run_id` is paused; `continues` lets the run go on once it is learned."""

    run_id: int
    track_id: int
    frame_index: int
    box: Box
    continues: bool


class TrackerWorker(Worker):
    """Hosts one `JointRun` at a time; a new one replaces the old."""

    told = Signal(object)  # RunEvent

    _turn_due = Signal()

    def __init__(self, make_tracker: MakeTracker, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._make_tracker = make_tracker
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
        self._is_going = False
        self._is_turn_queued = False
        self._with_diagnostics = False
        self._phase = RunPhase.ENDED
        self._turn_due.connect(self._on_turn_due, Qt.ConnectionType.QueuedConnection)

    @Slot(object)
    def on_run_started(self, start: RunStart) -> None:
        """Build the tracker and begin; an unfinished run is dropped."""
        self._drop_run()
        self._cancelled, self._frame_budget = start.cancelled, start.frame_budget
        if self._cancelled.is_set():
            return
        first = start.requests[0]
        self._meter = ProgressMeter(first.run_id)
        self._last_frame = first.start_frame
        self._report(first.run_id, RunPhase.PREPARING, first.start_frame)
        at_once, settings = shared_threads(start.requests, start.settings)
        try:
            self._run = JointRun(
                start.requests,
                self._frames_of(start.source_path),
                partial(self._make_tracker, settings),
                start.lost_rule,
                at_once=at_once,
                threads_each=settings.threads,
            )
            self._first_frame = self._run.next_frame
        except Exception as error:
            self._fail(first.run_id, first.start_frame, error)
            return
        self._go()

    @Slot(int)
    def on_pause_requested(self, run_id: int) -> None:
        """Pause before the next frame."""
        run = self._current(run_id)
        if run is not None and self._is_going:
            self._is_going = False
            self._report(run_id, RunPhase.PAUSED, self._last_frame)

    @Slot(int, object)
    def on_resume_requested(self, run_id: int, frame_budget: int | None) -> None:
        """Resume the run, with lost targets too."""
        run = self._current(run_id)
        if run is not None:
            run.wake()
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
        """Learn it now where it is for the frame just tracked, else when the run comes to its frame."""
        run = self._current(given.run_id)
        if run is None:
            return
        if run.has_just_tracked(given.track_id, given.frame_index):
            self._is_going, self._frame_budget = False, None
            self._report(given.run_id, RunPhase.LEARNING, given.frame_index)
        tracked = self._guarded(lambda: self._apply_correction(run, given), given.frame_index)
        if tracked is not None:
            self.told.emit(tracked)
            self._go_on_or_rest(run, goes_on=given.continues)

    @Slot()
    def _on_turn_due(self) -> None:
        self._is_turn_queued = False
        run = self._run
        if run is None or not self._is_going:
            return
        index = run.next_frame
        if index is None:  # a keyframe right ahead at which it stops was given since
            self._go_on_or_rest(run, goes_on=False)
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

    def _is_in_budget(self, run: JointRun, tracked: FrameTracked) -> bool:
        """Whether the run may go on; a frame counts when all targets have seen it, the first one not at all."""
        if self._frame_budget is None:
            return True
        if tracked.frame_index not in (run.next_frame, self._first_frame):
            self._frame_budget -= 1
        return self._frame_budget > 0

    def release(self) -> None:  # noqa: D102 - see Worker
        self._drop_run()
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        if self._source is not None:
            self._source.close()
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
            should_cancel=self._cancelled.is_set,
            on_progress=self._on_learning_progressed,
        )

    def _guarded(self, work: Callable[[], FrameTracked | None], frame_index: int) -> FrameTracked | None:
        """The finished frame, if there is one; None where the run ended or paused without it."""
        assert self._run is not None
        try:
            return work()
        except TrackingCancelled:
            self._end(RunPhase.CANCELLED, frame_index)
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
            self._is_going = False
            self._report(run.run_id, RunPhase.PAUSED, self._last_frame)

    def _go(self) -> None:
        self._is_going = True
        if not self._is_turn_queued:
            self._is_turn_queued = True
            self._turn_due.emit()

    def _current(self, run_id: int) -> JointRun | None:
        return self._run if self._run is not None and self._run.run_id == run_id else None

    def _frames_of(self, path: Path) -> ReadAhead[Frame]:
        """This thread's own source; kept while runs stay on one video."""
        if self._frames is None or self._source_path != path:
            self.release()
            self._source, self._source_path = self._open_source(path), path
            self._frames = ReadAhead(CachedFrames(self._source, self._cache))
        return self._frames

    def _end(self, phase: RunPhase, frame_index: int, message: str = "") -> None:
        assert self._run is not None
        run_id = self._run.run_id
        self._drop_run()
        self._report(run_id, phase, frame_index, message)

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
        run, self._run, self._is_going = self._run, None, False
        if run is not None:
            run.close()

    def _report(self, run_id: int, phase: RunPhase, frame_index: int, message: str = "") -> None:
        if phase is self._phase is RunPhase.TRACKING:
            return
        self._phase = phase
        self.told.emit(RunChanged(run_id, phase, frame_index, message))

    def _on_learning_progressed(self, fraction: float) -> None:
        if self._run is not None:
            self.told.emit(LearningProgress(self._run.run_id, fraction))
