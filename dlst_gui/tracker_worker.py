"""Runs the tracker on a thread of its own: one frame per turn of that thread's event loop.

Between two frames the thread answers whatever was queued meanwhile (pause, stop, a human box, close), so none of
them waits longer than one frame; learning is left early through `should_cancel`. The tracker and its video are
made in this thread and never leave it: only frozen records cross.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal, Slot

from dlst_gui.frame_reader import OpenSource
from dlst_gui.owned_thread import Worker
from dlst_gui.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video.read_ahead import ReadAhead
from dlst_gui.video.video_source import VideoError, VideoSource
from tracker_core import Box, TrackerInputError, TrackingCancelled, WeightsError

_log = logging.getLogger(__name__)


class RunPhase(Enum):
    """What a run is doing, or how it ended."""

    PREPARING = "preparing"
    LEARNING = "learning"
    TRACKING = "tracking"
    PAUSED = "paused"
    ENDED = "ended"
    BROKEN_SOURCE = "broken source"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RunStart:
    """A run to begin; `cancelled` is the one thing both threads share, so that learning can be left early.

    Attributes:
        frame_budget: tracked frames after which the run pauses by itself; None to go on to the end.
    """

    request: TrackRequest
    source_path: Path
    settings: TrackerSettings
    cancelled: threading.Event
    frame_budget: int | None


@dataclass(frozen=True, slots=True)
class HumanBox:
    """A box drawn while run `run_id` is paused; `continues` lets the run go on once it is learned."""

    run_id: int
    frame_index: int
    box: Box
    continues: bool


@dataclass(frozen=True, slots=True)
class RunChanged:
    """A run entered `phase` at `frame_index`; `message` is what a user should read, if anything."""

    run_id: int
    phase: RunPhase
    frame_index: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class LearningProgress:
    """Finished fraction (0..1) of the learning on a human box."""

    run_id: int
    fraction: float


class TrackerWorker(Worker):
    """Hosts one `TrackingRun` at a time; a new one replaces the old."""

    frame_tracked = Signal(object)  # FrameTracked
    run_changed = Signal(object)  # RunChanged
    learning_progressed = Signal(object)  # LearningProgress

    _turn_due = Signal()

    def __init__(self, make_tracker: MakeTracker, open_source: OpenSource) -> None:
        super().__init__()
        self._make_tracker = make_tracker
        self._open_source = open_source
        self._source: VideoSource | None = None
        self._frames: ReadAhead | None = None
        self._source_path: Path | None = None
        self._run: TrackingRun | None = None
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
        self._run, self._is_going = None, False
        self._cancelled, self._frame_budget = start.cancelled, start.frame_budget
        request = start.request
        if self._cancelled.is_set():
            return
        self._report(request.run_id, RunPhase.PREPARING, request.start_frame)
        try:
            frames = self._frames_of(start.source_path)
            self._run = TrackingRun(request, frames, self._make_tracker(start.settings))
        except Exception as error:
            self._fail(request.run_id, request.start_frame, error)
            return
        self._go()

    @Slot(int)
    def on_pause_requested(self, run_id: int) -> None:
        """Rest before the next frame."""
        run = self._current(run_id)
        if run is not None and self._is_going:
            self._is_going = False
            self._report(run_id, RunPhase.PAUSED, run.next_frame - 1)

    @Slot(int, object)
    def on_resume_requested(self, run_id: int, frame_budget: int | None) -> None:
        """Go on from where the run rests."""
        if self._current(run_id) is not None:
            self._frame_budget = frame_budget
            self._go()

    @Slot(int)
    def on_stop_requested(self, run_id: int) -> None:
        """End the run."""
        run = self._current(run_id)
        if run is not None:
            self._end(RunPhase.CANCELLED, run.next_frame - 1)

    @Slot(bool)
    def on_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether frames from now on carry `Diagnostics`."""
        self._with_diagnostics = is_wanted

    @Slot(object)
    def on_human_box_given(self, given: HumanBox) -> None:
        """Learn it now where it is for the frame just tracked, else when the run comes to its frame."""
        run = self._current(given.run_id)
        if run is None:
            return
        if given.frame_index >= run.next_frame:
            keyframes = MappingProxyType({**run.request.keyframes, given.frame_index: given.box})
            run.request = replace(run.request, keyframes=keyframes)
            return
        self._is_going, self._frame_budget = False, None
        self._report(given.run_id, RunPhase.LEARNING, given.frame_index)
        tracked = self._guarded(lambda: self._correct(run, given), given.frame_index)
        if tracked is not None:
            self.frame_tracked.emit(tracked)
            self._go_on_or_rest(run, goes_on=given.continues)

    @Slot()
    def _on_turn_due(self) -> None:
        self._is_turn_queued = False
        run = self._run
        if run is None or not self._is_going:
            return
        index = run.next_frame
        is_human = index in run.request.keyframes
        self._report(run.request.run_id, RunPhase.LEARNING if is_human else RunPhase.TRACKING, index)
        tracked = self._guarded(lambda: self._step(run), index)
        if tracked is None:
            return
        self.frame_tracked.emit(tracked)
        if self._frame_budget is not None and index != run.request.start_frame:
            self._frame_budget -= 1
        self._go_on_or_rest(run, goes_on=self._frame_budget is None or self._frame_budget > 0)

    def release(self) -> None:  # noqa: D102 - see Worker
        self._run = None
        if self._frames is not None:
            self._frames.close()
            self._frames = None
        if self._source is not None:
            self._source.close()
            self._source, self._source_path = None, None

    def _step(self, run: TrackingRun) -> FrameTracked:
        return run.step(
            with_diagnostics=self._with_diagnostics,
            should_cancel=self._cancelled.is_set,
            on_progress=self._on_learning_progressed,
        )

    def _correct(self, run: TrackingRun, given: HumanBox) -> FrameTracked:
        return run.correct(
            given.frame_index,
            given.box,
            should_cancel=self._cancelled.is_set,
            on_progress=self._on_learning_progressed,
        )

    def _guarded(self, work: Callable[[], FrameTracked], frame_index: int) -> FrameTracked | None:
        """The finished frame, or None where the run ended with it."""
        assert self._run is not None
        try:
            return work()
        except TrackingCancelled:
            self._end(RunPhase.CANCELLED, frame_index)
        except VideoError as error:
            self._end(RunPhase.BROKEN_SOURCE, frame_index, str(error))
        except Exception as error:
            self._fail(self._run.request.run_id, frame_index, error)
        return None

    def _go_on_or_rest(self, run: TrackingRun, *, goes_on: bool) -> None:
        if run.is_finished:
            self._end(RunPhase.ENDED, run.next_frame - 1)
        elif goes_on:
            self._go()
        else:
            self._is_going = False
            self._report(run.request.run_id, RunPhase.PAUSED, run.next_frame - 1)

    def _go(self) -> None:
        self._is_going = True
        if not self._is_turn_queued:
            self._is_turn_queued = True
            self._turn_due.emit()

    def _current(self, run_id: int) -> TrackingRun | None:
        return self._run if self._run is not None and self._run.request.run_id == run_id else None

    def _frames_of(self, path: Path) -> ReadAhead:
        """This thread's own source; kept while runs stay on one video."""
        if self._frames is None or self._source_path != path:
            self.release()
            self._source, self._source_path = self._open_source(path), path
            self._frames = ReadAhead(self._source)
        return self._frames

    def _end(self, phase: RunPhase, frame_index: int, message: str = "") -> None:
        assert self._run is not None
        run_id = self._run.request.run_id
        self._run, self._is_going = None, False
        self._report(run_id, phase, frame_index, message)

    def _fail(self, run_id: int, frame_index: int, error: Exception) -> None:
        self._run, self._is_going = None, False
        if isinstance(error, (TrackerInputError, WeightsError, VideoError)):
            message = str(error)
        else:
            _log.error("run %d failed at frame %d", run_id, frame_index, exc_info=error)
            message = f"{type(error).__name__} at frame {frame_index}: {error}"
        self._report(run_id, RunPhase.FAILED, frame_index, message)

    def _report(self, run_id: int, phase: RunPhase, frame_index: int, message: str = "") -> None:
        if phase is self._phase is RunPhase.TRACKING:
            return
        self._phase = phase
        self.run_changed.emit(RunChanged(run_id, phase, frame_index, message))

    def _on_learning_progressed(self, fraction: float) -> None:
        if self._run is not None:
            self.learning_progressed.emit(LearningProgress(self._run.request.run_id, fraction))
