"""The state the window shows, and the only place that changes it: views read it and call its functions."""

from __future__ import annotations

from collections import deque
from pathlib import Path
from statistics import fmean

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.frame_reader import OpenSource, ReadFailure
from dlst_gui.playhead import Playhead
from dlst_gui.project.model import Track
from dlst_gui.project.tracks import Keyframe, Prediction
from dlst_gui.recent_diagnostics import RecentDiagnostics
from dlst_gui.run_state import STATE_OF_PHASE, RunState
from dlst_gui.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracker_thread import TrackerThread
from dlst_gui.tracker_worker import LearningProgress, RunChanged, RunPhase
from dlst_gui.tracking_run import FrameTracked, TrackRequest
from tracker_core import Box


class Session(QObject):
    """One video, one target and its run. Lives in the window's thread; `close` ends its threads."""

    state_changed = Signal()
    boxes_changed = Signal()  # by hand or by opening; tracked frames have their own signal
    settings_changed = Signal()
    frame_tracked = Signal(object)  # FrameTracked, every one of them
    noted = Signal(str)  # for the status bar
    failed = Signal(str, str)  # title; what happened and what to do

    def __init__(self, open_source: OpenSource, make_tracker: MakeTracker, settings: TrackerSettings) -> None:
        super().__init__()
        self._settings = settings
        self._state = RunState.EMPTY
        self._target = Track()
        self._diagnostics = RecentDiagnostics()
        self._last_tracked: int | None = None
        self._learning_fraction = 0.0
        self._frame_times_s: deque[float] = deque(maxlen=20)
        self._follows_tracker = True
        self._continues_after_correction = True
        self._tracker = TrackerThread(make_tracker, open_source)
        self._tracker.frame_tracked.connect(self._on_frame_tracked)
        self._tracker.run_changed.connect(self._on_run_changed)
        self._tracker.learning_progressed.connect(self._on_learning_progressed)
        self.playhead = Playhead(open_source)
        self.playhead.source_changed.connect(self._on_source_changed)
        self.playhead.failed.connect(self._on_read_failed)

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def settings(self) -> TrackerSettings:
        return self._settings

    @property
    def target(self) -> Track:
        """The boxes, to be read; they change through this session only."""
        return self._target

    @property
    def diagnostics(self) -> RecentDiagnostics:
        return self._diagnostics

    @property
    def last_tracked(self) -> int | None:
        """The frame the latest run has reached."""
        return self._last_tracked

    @property
    def learning_fraction(self) -> float:
        return self._learning_fraction

    @property
    def frames_per_second(self) -> float | None:
        """Of the last tracked frames, learning on human boxes aside; None before the first."""
        return 1 / max(fmean(self._frame_times_s), 1e-6) if self._frame_times_s else None

    @property
    def is_lost(self) -> bool:
        """Whether the tracker does not believe the box of the current frame."""
        index = self.playhead.frame_index
        prediction = self._target.prediction(index)
        return self._target.keyframe(index) is None and prediction is not None and not prediction.is_found

    @property
    def follows_tracker(self) -> bool:
        """Whether the shown frame moves along with the run."""
        return self._follows_tracker

    @property
    def continues_after_correction(self) -> bool:
        return self._continues_after_correction

    @property
    def can_track(self) -> bool:
        return not self._state.is_busy and bool(self._target.keyframe_indices)

    def open(self, path: Path) -> None:
        """Open a video file, image folder or sequence folder; the present one stays if that fails."""
        self.playhead.open(path)

    def seek(self, frame_index: int) -> None:
        """Show a frame. While a run goes on, this stops following it."""
        if self._state.is_busy and frame_index != self.playhead.frame_index:
            self.set_follows_tracker(False)
        self.playhead.seek(frame_index)

    def seek_by(self, frames: int) -> None:
        """Show the frame that many frames on, or back."""
        self.seek(self.playhead.frame_index + frames)

    def toggle_play(self) -> None:
        """Play the view, or halt it; the tracker is not touched, only no longer followed."""
        if self._state.is_busy:
            self.set_follows_tracker(False)
        self.playhead.toggle_play()

    def seek_keyframe(self, *, forward: bool) -> None:
        """Show the next or previous frame with a human box, if there is one."""
        here = self.playhead.frame_index
        found = self._target.keyframe_after(here) if forward else self._target.keyframe_before(here)
        if found is not None:
            self.seek(found.frame_index)

    def set_box(self, frame_index: int, box: Box) -> None:
        """Record a human box. Where the tracker had spoken it is a correction, which the tracker learns at once.

        On the last tracked frame of a paused run the tracker learns it and goes on from there; on an earlier
        frame a new run starts from it.
        """
        if self._state is RunState.EMPTY or self._state.is_busy:
            return
        is_correction = self._target.is_predicted_from(frame_index)
        self._target.set_keyframe(Keyframe(frame_index, box))
        run = self._tracker.active
        if (
            run is not None
            and run.requests[0].start_frame < frame_index
            and (self._last_tracked or 0) <= frame_index
        ):
            self._tracker.give_box(frame_index, box, continues=self._continues_after_correction)
            if frame_index == self._last_tracked:
                self._begin_learning()
        else:
            self.stop()
            if is_correction and self._continues_after_correction:
                self._start_run(frame_index, frame_budget=None)
        self.boxes_changed.emit()

    def remove_box(self) -> None:
        """Take back the human box of the current frame, and what the tracker made of it."""
        frame_index = self.playhead.frame_index
        if self._state.is_busy or self._target.keyframe(frame_index) is None:
            return
        self.stop()
        self._target.remove_keyframe(frame_index)
        self.boxes_changed.emit()

    def use_first_box(self) -> None:
        """Start from the source's own annotation of its first frame."""
        source = self.playhead.source
        if source is not None and source.first_box is not None:
            self.seek(0)
            self.set_box(0, source.first_box)

    def toggle_tracking(self) -> None:
        """Pause a run that is at work, else track."""
        if self._state.is_busy:
            self.pause()
        else:
            self.track()

    def track(self) -> None:
        """Go on with the paused run, else start one at the last human box up to the current frame."""
        self._advance(frame_budget=None)

    def step(self) -> None:
        """Track one frame, then pause."""
        self._advance(frame_budget=1)

    def pause(self) -> None:
        """Halt between two frames; learning that has begun is finished first."""
        self._tracker.pause()

    def stop(self) -> None:
        """End the run at once and keep its boxes."""
        self._tracker.stop()
        if self._state is not RunState.EMPTY:
            self._set_state(RunState.READY)

    def set_settings(self, settings: TrackerSettings) -> None:
        """For the next run; one that has begun keeps its tracker."""
        if settings == self._settings:
            return
        self._settings = settings
        self.settings_changed.emit()
        if self._tracker.active is not None:
            self.noted.emit("The new settings apply from the next run on. Stop ends this one.")

    def set_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether somebody looks at what the tracker sees; making it costs time."""
        self._tracker.set_diagnostics_wanted(is_wanted)

    def set_follows_tracker(self, follows: bool) -> None:
        """Whether the shown frame moves along with the run."""
        if follows == self._follows_tracker:
            return
        self._follows_tracker = follows
        if follows and self._state.is_busy and self._last_tracked is not None:
            self.playhead.seek(self._last_tracked)
        self.state_changed.emit()

    def set_continues_after_correction(self, continues: bool) -> None:
        """Whether tracking goes on by itself once a correction is learned."""
        self._continues_after_correction = continues
        self.state_changed.emit()

    def close(self) -> None:
        """End both threads, also in the middle of learning; waits for them."""
        self._tracker.close()
        self.playhead.close()

    def _advance(self, *, frame_budget: int | None) -> None:
        if self._state.is_busy:
            return
        self.playhead.halt()
        if self._tracker.active is not None:
            self._follow_anew()
            self._tracker.resume(frame_budget)
            self._set_state(RunState.TRACKING)
            return
        here = self.playhead.frame_index
        keyframe = self._target.keyframe_at_or_before(here) or self._target.keyframe_after(here)
        if keyframe is None:
            self.noted.emit("Drag a box around the object first.")
        elif keyframe.frame_index == self.playhead.last_frame:
            self.noted.emit("This is the last frame: there is nothing to track after it.")
        else:
            self._start_run(keyframe.frame_index, frame_budget=frame_budget)

    def _start_run(self, start_frame: int, *, frame_budget: int | None) -> None:
        source = self.playhead.source
        if source is None:
            return
        self._last_tracked = None
        self._frame_times_s.clear()
        self._tracker.start(
            [TrackRequest(0, self._target.human_boxes(), start_frame, self.playhead.last_frame)],
            source_path=source.path,
            settings=self._settings,
            frame_budget=frame_budget,
        )
        self._follow_anew()
        self.playhead.seek(start_frame)
        self._begin_learning()

    def _begin_learning(self) -> None:
        self._learning_fraction = 0.0
        self._set_state(RunState.LEARNING)

    def _follow_anew(self) -> None:
        self.set_follows_tracker(True)
        if self._last_tracked is not None:
            self.playhead.seek(self._last_tracked)

    def _set_state(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit()

    @Slot()
    def _on_source_changed(self) -> None:
        self._tracker.stop()
        self._target = Track()
        self._diagnostics.clear()
        self._last_tracked = None
        self._frame_times_s.clear()
        self._set_state(RunState.READY)
        self.boxes_changed.emit()

    @Slot(object)
    def _on_read_failed(self, failure: ReadFailure) -> None:
        if failure.frame_index is None:
            self.failed.emit("Cannot open", failure.message)
        else:
            self.noted.emit(failure.message)

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        result, index = tracked.result, tracked.frame_index
        if not tracked.is_human:
            prediction = Prediction(
                index, result.box, result.score, result.is_found, tracked.run_id, result.update
            )
            self._target.add_prediction(prediction)
            self._frame_times_s.append(tracked.elapsed_s)
            # What an earlier run saw explains nothing here; a correction keeps it, to show what went wrong.
            self._diagnostics.discard(index)
        if result.diagnostics is not None:
            self._diagnostics.record(index, result.diagnostics)
        self._last_tracked = index
        if self._follows_tracker:
            self.playhead.seek(index)
        self.frame_tracked.emit(tracked)

    @Slot(object)
    def _on_run_changed(self, change: RunChanged) -> None:
        if change.phase in (RunPhase.PREPARING, RunPhase.LEARNING):
            self._learning_fraction = 0.0
        self._set_state(STATE_OF_PHASE[change.phase])
        if change.phase is RunPhase.BROKEN_SOURCE:
            self.failed.emit(f"The video ends at frame {change.frame_index}", change.message)
        elif change.phase is RunPhase.FAILED:
            self.failed.emit("Tracking stopped", change.message)

    @Slot(object)
    def _on_learning_progressed(self, progress: LearningProgress) -> None:
        self._learning_fraction = progress.fraction
        self.state_changed.emit()
