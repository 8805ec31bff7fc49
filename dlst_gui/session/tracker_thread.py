"""The window's side of the tracker: commands in, and out comes only what the current run says."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import OwnedThread
from dlst_gui.session.run_events import RunChanged, RunEvent
from dlst_gui.session.tracker_worker import (
    Ask,
    Exchange,
    LearningAhead,
    ManualBox,
    Preparation,
    Removal,
    RunStart,
    TargetAsk,
    TrackerWorker,
)
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.meeting_watch import MeetingRule
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracker_supply import FirstFrame
from dlst_gui.tracking.tracking_run import TrackRequest
from tracker_core import Box

TOLD_IN_A_TURN_S = 0.02  # ours, of the processor: what is drawn then takes as long


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """The run whose results count; `cancelled` reaches into its learning."""

    run_id: int
    requests: tuple[TrackRequest, ...]
    cancelled: threading.Event


class TrackerThread(QObject):
    """Owns the tracker's thread. Results of a run that was stopped or replaced are dropped by their run id."""

    told = Signal(object)  # RunEvent

    _preparation_wanted = Signal(object)
    _learning_ahead_wanted = Signal(object)
    _run_started = Signal(object)
    _pause_requested = Signal(int)
    _resume_requested = Signal(int, object)
    _end_set = Signal(int, int)
    _stop_requested = Signal(int)
    _manual_box_given = Signal(object)
    _target_asked = Signal(object)
    _exchange_asked = Signal(object)
    _diagnostics_wanted = Signal(bool)
    _memory_kept = Signal(object)
    _memory_asked = Signal(int, int)
    _removal_asked = Signal(object)

    def __init__(self, make_tracker: MakeTracker, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._last_run_id = 0
        self._active: ActiveRun | None = None
        self._ahead: LearningAhead | None = None
        self._preparing = threading.Event()  # set: what is being prepared can wait
        self._taken_back = threading.Event()  # set: the latest manual box need not be learned
        self._removing = threading.Event()  # set: what leaving out samples does is not wanted any more
        worker = TrackerWorker(make_tracker, open_source, cache)
        queued = Qt.ConnectionType.QueuedConnection
        self._preparation_wanted.connect(worker.on_preparation_wanted, queued)
        self._learning_ahead_wanted.connect(worker.on_learning_ahead_wanted, queued)
        self._run_started.connect(worker.on_run_started, queued)
        self._pause_requested.connect(worker.on_pause_requested, queued)
        self._resume_requested.connect(worker.on_resume_requested, queued)
        self._end_set.connect(worker.on_end_set, queued)
        self._stop_requested.connect(worker.on_stop_requested, queued)
        self._manual_box_given.connect(worker.on_manual_box_given, queued)
        self._target_asked.connect(worker.on_target_asked, queued)
        self._exchange_asked.connect(worker.on_exchange_asked, queued)
        self._diagnostics_wanted.connect(worker.on_diagnostics_wanted, queued)
        self._memory_kept.connect(worker.on_memory_kept, queued)
        self._memory_asked.connect(worker.on_memory_asked, queued)
        self._removal_asked.connect(worker.on_removal_asked, queued)
        worker.told.connect(self._on_told, queued)
        self._told: deque[RunEvent] = deque()
        self._until_s = 0.0
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._on_turn)
        self._thread = OwnedThread(worker, "tracker")

    @property
    def active(self) -> ActiveRun | None:
        return self._active

    def start(
        self,
        requests: Sequence[TrackRequest],
        *,
        source_path: Path,
        settings: TrackerSettings,
        frame_budget: int | None = None,
        lost_rule: LostRule | None = None,
        meeting_rule: MeetingRule | None = None,
        trusted: frozenset[frozenset[int]] = frozenset(),
    ) -> int:
        """Begin a run, abandoning the one before; returns its id, which the requests are given."""
        self.stop()
        ahead = self._taken_ahead(requests, source_path, settings)
        if ahead is None:
            self._last_run_id += 1
        run_id = self._last_run_id if ahead is None else ahead.request.run_id
        numbered = tuple(replace(request, run_id=run_id) for request in requests)
        self._active = ActiveRun(run_id, numbered, threading.Event() if ahead is None else ahead.cancelled)
        self._run_started.emit(
            RunStart(
                numbered,
                source_path,
                settings,
                self._active.cancelled,
                frame_budget,
                lost_rule,
                meeting_rule,
                trusted,
            )
        )
        return run_id

    def prepare(self, settings: TrackerSettings, source_path: Path | None) -> None:
        """Make ready what the next run will need, as soon as the thread has nothing else to do."""
        self._leave_preparing()
        self._preparing = threading.Event()
        self._preparation_wanted.emit(Preparation(settings, source_path, self._preparing))

    def learn_ahead(self, request: TrackRequest, *, source_path: Path, settings: TrackerSettings) -> None:
        """Learn the first frame of a run that is likely to be started next; the one before is left at once."""
        self._leave_preparing()
        self._last_run_id += 1
        numbered = replace(request, run_id=self._last_run_id)
        first = FirstFrame.of(request, source_path, settings)
        self._ahead = LearningAhead(numbered, first, threading.Event())
        self._learning_ahead_wanted.emit(self._ahead)

    def _taken_ahead(
        self, requests: Sequence[TrackRequest], source_path: Path, settings: TrackerSettings
    ) -> LearningAhead | None:
        """What is being learned, or is, where it is the beginning of this run; any other is left."""
        ahead = self._ahead
        if ahead is None or len(requests) != 1 or ahead.first != FirstFrame.of(requests[0], source_path, settings):
            self._leave_preparing()
            return None
        self._ahead = None
        return ahead

    def _leave_preparing(self) -> None:
        """Whatever is being prepared makes way."""
        self._preparing.set()
        if self._ahead is not None:
            self._ahead.cancelled.set()
            self._ahead = None

    def pause(self) -> None:
        """Pause the run after the step it has begun."""
        if self._active is not None:
            self._pause_requested.emit(self._active.run_id)

    def resume(self, frame_budget: int | None) -> None:
        """Resume a paused run, for `frame_budget` frames or to its end."""
        self._removing.set()
        if self._active is not None:
            self._resume_requested.emit(self._active.run_id, frame_budget)

    def end_at(self, frame_index: int) -> None:
        """Let a paused run end at this frame, which all its targets must have ahead."""
        if self._active is not None:
            ended = tuple(replace(request, stop_frame=frame_index) for request in self._active.requests)
            self._active = replace(self._active, requests=ended)
            self._end_set.emit(self._active.run_id, frame_index)

    def apply_correction(
        self,
        frame_index: int,
        box: Box,
        *,
        continues: bool,
        track_id: int = 0,
        keyframes: Mapping[int, Box] | None = None,
    ) -> None:
        """Hand a manual box to a run that is paused, or whose target waits; `keyframes`: all that it has now."""
        self._removing.set()
        if self._active is not None:
            self._taken_back = threading.Event()
            known = {frame_index: box} if keyframes is None else keyframes
            given = ManualBox(self._active.run_id, track_id, frame_index, box, known, continues, self._taken_back)
            self._manual_box_given.emit(given)

    def ask(self, track_id: int, ask: Ask, other_id: int | None = None) -> None:
        """Let one target wait, go on or end while the others go on; or trust two to be two objects."""
        if self._active is not None:
            self._target_asked.emit(TargetAsk(self._active.run_id, track_id, ask, other_id))

    def exchange(self, track_id: int, other_id: int, keyframes: Mapping[int, Mapping[int, Box]]) -> None:
        """Let the trackers of two targets that wait go on as each other's."""
        if self._active is not None:
            self._exchange_asked.emit(Exchange(self._active.run_id, track_id, other_id, keyframes))

    def take_back(self) -> None:
        """Leave the learning of the latest manual box at once, and rest: another one is about to come."""
        self._taken_back.set()
        self.pause()

    def keep_memory_of(self, track_id: int | None) -> None:
        """Tell of a target what its tracker knows when it ends, too; None for nobody."""
        self._memory_kept.emit(track_id)

    def ask_memory(self, track_id: int) -> None:
        """Ask what a target's tracker knows: it tells between two frames."""
        if self._active is not None:
            self._memory_asked.emit(self._active.run_id, track_id)

    def ask_removal(self, memory: RunMemory, rows: NDArray[np.int64], *, is_for_good: bool) -> None:
        """Ask what leaving out samples does, or have them forgotten; what was asked before is left.

        It is left as well where the run goes on, learns a manual box or is stopped.
        """
        self._removing.set()
        if self._active is not None:
            self._removing = threading.Event()
            self._removal_asked.emit(Removal(self._active.run_id, memory, rows, is_for_good, self._removing))

    def stop(self) -> None:
        """Abandon the run at once: learning is left early, and nothing of it is heard any more."""
        self._removing.set()
        if self._active is not None:
            self._active.cancelled.set()
            self._stop_requested.emit(self._active.run_id)
            self._active = None
            self._told.clear()

    def set_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether results carry `Diagnostics`."""
        self._diagnostics_wanted.emit(is_wanted)

    def close(self) -> None:
        """Stop and end the thread; waits for the step it has begun."""
        self._leave_preparing()
        self.stop()
        self._thread.close()

    @Slot(object)
    def _on_told(self, event: RunEvent) -> None:
        """Tell it at once, unless much has been told in this turn of the event loop: then in one of the next.

        Where the window was busy, or other programs are, what the tracker has told meanwhile comes all at once.
        """
        self._told.append(event)
        if not self._turn.isActive():
            self._on_turn()
        elif len(self._told) == 1 and time.thread_time() < self._until_s:
            self._tell_next()

    @Slot()
    def _on_turn(self) -> None:
        self._until_s = time.thread_time() + TOLD_IN_A_TURN_S
        if self._told:
            self._turn.start()
        while self._told:
            self._tell_next()
            if time.thread_time() >= self._until_s:
                break

    def _tell_next(self) -> None:
        event = self._told.popleft()
        if self._active is None or self._active.run_id != event.run_id:
            return
        if isinstance(event, RunChanged) and event.phase.is_end:
            self._active = None
        self.told.emit(event)
