"""The window's side of the tracker: commands in, and out comes only what the current run says."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal, Slot

from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.owned_thread import OwnedThread
from dlst_gui.session.run_events import RunChanged, RunEvent
from dlst_gui.session.tracker_worker import ManualBox, RunStart, TrackerWorker
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import TrackRequest
from tracker_core import Box


@dataclass(frozen=True, slots=True)
class ActiveRun:
    """The run whose results count; `cancelled` reaches into its learning."""

    run_id: int
    requests: tuple[TrackRequest, ...]
    cancelled: threading.Event


class TrackerThread(QObject):
    """Owns the tracker's thread. Results of a run that was stopped or replaced are dropped by their run id."""

    told = Signal(object)  # RunEvent

    _run_started = Signal(object)
    _pause_requested = Signal(int)
    _resume_requested = Signal(int, object)
    _end_set = Signal(int, int)
    _stop_requested = Signal(int)
    _manual_box_given = Signal(object)
    _diagnostics_wanted = Signal(bool)

    def __init__(self, make_tracker: MakeTracker, open_source: OpenSource, cache: FrameCache) -> None:
        super().__init__()
        self._last_run_id = 0
        self._active: ActiveRun | None = None
        worker = TrackerWorker(make_tracker, open_source, cache)
        queued = Qt.ConnectionType.QueuedConnection
        self._run_started.connect(worker.on_run_started, queued)
        self._pause_requested.connect(worker.on_pause_requested, queued)
        self._resume_requested.connect(worker.on_resume_requested, queued)
        self._end_set.connect(worker.on_end_set, queued)
        self._stop_requested.connect(worker.on_stop_requested, queued)
        self._manual_box_given.connect(worker.on_manual_box_given, queued)
        self._diagnostics_wanted.connect(worker.on_diagnostics_wanted, queued)
        worker.told.connect(self._on_told, queued)
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
    ) -> int:
        """Begin a run, abandoning the one before; returns its id, which the requests are given."""
        self.stop()
        self._last_run_id += 1
        numbered = tuple(replace(request, run_id=self._last_run_id) for request in requests)
        self._active = ActiveRun(self._last_run_id, numbered, threading.Event())
        self._run_started.emit(
            RunStart(numbered, source_path, settings, self._active.cancelled, frame_budget, lost_rule)
        )
        return self._last_run_id

    def pause(self) -> None:
        """Pause the run after the step it has begun."""
        if self._active is not None:
            self._pause_requested.emit(self._active.run_id)

    def resume(self, frame_budget: int | None) -> None:
        """Resume a paused run, for `frame_budget` frames or to its end."""
        if self._active is not None:
            self._resume_requested.emit(self._active.run_id, frame_budget)

    def end_at(self, frame_index: int) -> None:
        """Let a paused run end at this frame, which all its targets must have ahead."""
        if self._active is not None:
            ended = tuple(replace(request, stop_frame=frame_index) for request in self._active.requests)
            self._active = replace(self._active, requests=ended)
            self._end_set.emit(self._active.run_id, frame_index)

    def apply_correction(self, frame_index: int, box: Box, *, continues: bool, track_id: int = 0) -> None:
        """Hand a manual box to a paused run: on its target's last frame or one that is still to come."""
        if self._active is not None:
            given = ManualBox(self._active.run_id, track_id, frame_index, box, continues)
            self._manual_box_given.emit(given)

    def stop(self) -> None:
        """Abandon the run at once: learning is left early, and nothing of it is heard any more."""
        if self._active is not None:
            self._active.cancelled.set()
            self._stop_requested.emit(self._active.run_id)
            self._active = None

    def set_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether results carry `Diagnostics`."""
        self._diagnostics_wanted.emit(is_wanted)

    def close(self) -> None:
        """Stop and end the thread; waits for the step it has begun."""
        self.stop()
        self._thread.close()

    @Slot(object)
    def _on_told(self, event: RunEvent) -> None:
        if self._active is None or self._active.run_id != event.run_id:
            return
        if isinstance(event, RunChanged) and event.phase.is_end:
            self._active = None
        self.told.emit(event)
