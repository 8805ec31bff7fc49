"""The window's runs: started, paused, corrected and stopped here, and written into the project as they go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.project.tracks import Prediction
from dlst_gui.session.current_project import CurrentProject
from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.run_events import LearningProgress, RunChanged, RunEvent, RunPhase, TargetHeld
from dlst_gui.session.run_state import STATE_OF_PHASE, RunState
from dlst_gui.session.run_targets import Learning, RunTargets
from dlst_gui.session.tracker_thread import TrackerThread
from dlst_gui.session.tracker_worker import Ask
from dlst_gui.tracking.lost_rule import LostRule, TargetLost
from dlst_gui.tracking.meeting_watch import MeetingRule, TargetsMet
from dlst_gui.tracking.run_memory import RunMemory
from dlst_gui.tracking.run_plans import RunPlan
from dlst_gui.tracking.run_progress import RunProgress
from dlst_gui.tracking.run_recorder import WRITTEN_EVERY_S, RunRecorder
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import Box


class RunControl(QObject):
    """One run at a time. Lives in the window's thread; `close` ends the tracker's.

    Attributes:
        targets: of the active run, paused or not, and how far each has come.
    """

    state_changed = Signal()
    learning_progressed = Signal()
    told = Signal(object)  # RunEvent, once it has been taken into account
    recorded = Signal(object)  # frozenset of the tracks whose boxes are in the project now
    waiting_changed = Signal()  # which targets wait for a person
    failed = Signal(str, str, str)  # as `Session.failed`

    def __init__(
        self,
        make_tracker: MakeTracker,
        open_source: OpenSource,
        cache: FrameCache,
        current_project: CurrentProject,
    ) -> None:
        super().__init__()
        self._current_project = current_project
        self._state = RunState.READY
        self._plan: RunPlan | None = None
        self._settings: TrackerSettings | None = None
        self._recorder: RunRecorder | None = None
        self.are_diagnostics_wanted = False
        self.targets = RunTargets()
        self._latest_frame: int | None = None
        self._correction: tuple[int, int] | None = None
        self._is_held = False
        self._learning_fraction = 0.0
        self._progress: RunProgress | None = None
        self._write_timer = QTimer(self)
        self._write_timer.setInterval(int(1000 * WRITTEN_EVERY_S / 2))
        self._write_timer.timeout.connect(self._write_if_due)
        self._tracker = TrackerThread(make_tracker, open_source, cache)
        self._tracker.told.connect(self._on_told)

    @property
    def state(self) -> RunState:
        return self._state

    @property
    def can_resume(self) -> bool:
        """Whether there is a run that could go on."""
        return self._tracker.active is not None and not self._state.is_busy

    @property
    def latest_frame(self) -> int | None:
        """The frame the latest run has reached."""
        return self._latest_frame

    @property
    def correction(self) -> tuple[int, int] | None:
        """Track and frame of the manual box on its last tracked frame that a run is learning now, if any."""
        return self._correction if self._state is RunState.LEARNING else None

    def take_back_correction(self) -> None:
        """Leave the learning of `correction` at once: the run rests on its frame, as if the box was not given."""
        if self.correction is not None:
            self._is_held = True
            self._tracker.take_back()
            self._set_state(RunState.PAUSED)

    @property
    def learning_fraction(self) -> float:
        return self._learning_fraction

    @property
    def progress(self) -> RunProgress | None:
        return self._progress if self._state.is_busy else None

    @property
    def frames_per_second(self) -> float | None:
        """Of the latest run; of several targets, each frame of each counts. None before the first."""
        return None if self._progress is None else self._progress.frames_per_second

    @property
    def recorded_run_id(self) -> int:
        """Number, within the project, of the latest run that has found something; 0 where there is none."""
        return 0 if self._recorder is None else self._recorder.run_id

    @property
    def system(self) -> str:
        """Which tracker the latest run tracks with; "" where there was none."""
        return "" if self._settings is None else self._settings.system

    def unwritten(self, track_id: int, frame_index: int) -> Prediction | None:
        """What was found on a frame and is not in the project yet."""
        return None if self._recorder is None else self._recorder.unwritten(track_id, frame_index)

    def prepare(self, settings: TrackerSettings, source_path: Path | None) -> None:
        """Make ready what the next run will need."""
        self._tracker.prepare(settings, source_path)

    def learn_ahead(self, plan: RunPlan, *, source_path: Path, settings: TrackerSettings) -> None:
        """Learn the first frame of a run of one target before it is asked for."""
        self._tracker.learn_ahead(plan.requests[0], source_path=source_path, settings=settings)

    def start(
        self,
        plan: RunPlan,
        *,
        source_path: Path,
        settings: TrackerSettings,
        frame_budget: int | None,
        lost_rule: LostRule | None,
    ) -> None:
        """Begin a run, ending the one before."""
        self.stop()
        self._plan, self._settings, self._progress = plan, settings, None
        self._correction, self._is_held = None, False
        self.targets.begin(plan.requests)
        self._latest_frame = None
        self._tracker.start(
            plan.requests,
            source_path=source_path,
            settings=settings,
            frame_budget=frame_budget,
            lost_rule=None if plan.is_bidirectional else lost_rule,
            meeting_rule=None if plan.is_bidirectional or lost_rule is None else MeetingRule(),
            trusted=self._current_project.trusted_pairs,
        )
        self._begin_learning()

    @property
    def to_frame(self) -> int | None:
        """Where a person wanted the latest run to end; None: at the end of the video."""
        return None if self._plan is None else self._plan.to_frame

    @property
    def direction(self) -> Direction | None:
        """Of the run that could go on; None where it goes both ways. Forward where there is none."""
        active = self._tracker.active
        directions = {Direction.FORWARD} if active is None else {request.direction for request in active.requests}
        return directions.pop() if len(directions) == 1 else None

    def resume(self, direction: Direction, frame_budget: int | None) -> bool:
        """Resume a paused run; False where there is none of this direction."""
        if self._tracker.active is None or self.direction is not direction:
            return False
        self._correction, self._is_held = None, False
        self.targets.release_all()
        self.waiting_changed.emit()
        self._tracker.resume(frame_budget)
        self._set_state(RunState.TRACKING)
        return True

    def resume_to(self, direction: Direction, to_frame: int) -> bool:
        """Resume a paused run and end it at a frame; False where none of this direction has it ahead."""
        active = self._tracker.active
        if active is None or self._plan is None or not self.targets.is_ahead(to_frame):
            return False
        self._tracker.end_at(to_frame)
        self.targets.end_at(to_frame)
        self._plan = replace(self._plan, to_frame=to_frame)
        return self.resume(direction, None)

    def apply_correction(self, track_id: int, frame_index: int, box: Box, *, continues: bool) -> bool:
        """Let the run learn a manual box: now, or when it comes to its frame; False where it cannot.

        Of several targets, one that is past the frame, or waits, begins again there; the others go on.
        """
        project = self._current_project.project
        learning = self.targets.learning_of(track_id, frame_index)
        if project is None or learning is Learning.NEVER or not self.leaves_free(track_id):
            return False
        was_going, self._is_held = self._state.is_busy, False
        keyframes = {**project.manual_boxes(track_id), frame_index: box}
        self._tracker.apply_correction(
            frame_index, box, continues=continues, track_id=track_id, keyframes=keyframes
        )
        self.targets.learn(track_id, frame_index)
        self.waiting_changed.emit()
        if learning is Learning.NOW:
            self._correction = track_id, frame_index
            self._begin_learning()
        elif learning is Learning.ANEW and (continues or was_going):
            self._set_state(RunState.TRACKING)
        return True

    def leaves_free(self, track_id: int | None) -> bool:
        """Whether a track's boxes can be changed now: the run is paused, is not about it, or it waits."""
        if not self._state.is_busy or track_id is None or not self.is_about(track_id):
            return True
        return self.targets.is_waiting(track_id) or (self.targets.are_several and self.targets.is_at_end(track_id))

    def hold(self, track_id: int) -> None:
        """Let one of several targets wait for a person: it is among those that wait as soon as it does."""
        if self.is_about(track_id) and not self.targets.is_waiting(track_id):
            self.targets.hold(track_id)
            self._tracker.ask(track_id, Ask.HOLD)

    def release(self, track_id: int) -> None:
        """Let a target that waits, or is about to be held, go on as it is."""
        if self.targets.is_waiting(track_id) or track_id in self.targets.held:
            self.targets.release(track_id)
            self._tracker.ask(track_id, Ask.RELEASE)
            self.waiting_changed.emit()

    def leave(self, track_id: int) -> None:
        """End one of several targets where it is; the others go on. A manual box begins it again."""
        if self.is_about(track_id):
            self.targets.leave(track_id)
            self._tracker.ask(track_id, Ask.LEAVE)
            self.waiting_changed.emit()

    def trust(self, track_id: int, other_id: int) -> None:
        """These two are two objects: neither waits because of the other any more."""
        self._tracker.ask(track_id, Ask.TRUST, other_id)
        for each in self.targets.waiting:
            if each.other_id is not None and {each.track_id, each.other_id} == {track_id, other_id}:
                self.release(each.track_id)

    def exchange(self, track_id: int, other_id: int) -> None:
        """Let the trackers of two targets that wait go on as each other's; their boxes are exchanged already."""
        project = self._current_project.project
        if project is None or not (self.is_about(track_id) and self.is_about(other_id)):
            return
        keyframes = {
            each: project.manual_boxes(each) if project.has_track(each) else {} for each in (track_id, other_id)
        }
        self._tracker.exchange(track_id, other_id, keyframes)
        self.targets.exchange(track_id, other_id)
        self.waiting_changed.emit()

    def is_about(self, track_id: int) -> bool:
        """Whether the active run, paused or not, tracks this one."""
        active = self._tracker.active
        return active is not None and any(request.track_id == track_id for request in active.requests)

    def pause(self) -> None:
        """Halt between two frames; learning that has begun is finished first."""
        self._tracker.pause()

    def stop(self) -> None:
        """End the run at once and keep its boxes."""
        self._tracker.stop()
        self._end_record()
        self._plan = None
        self._forget_targets()
        self._set_state(RunState.READY)

    def stop_for(self, track_ids: Collection[int]) -> None:
        """These tracks have become others: they leave the run, which ends where it has no others, or rests."""
        changed = [each for each in self.targets.track_ids if each in track_ids]
        is_alone = not (self.targets.are_several or self._state.is_busy)
        if is_alone or len(changed) == len(self.targets.track_ids):
            self.stop()
            return
        for each in changed:
            self.leave(each)

    def write(self) -> bool:
        """Write what the run has found so far; False where it could not be written."""
        if self._recorder is None:
            return True
        try:
            written = self._recorder.write()
        except ProjectFileError as error:
            self._write_timer.stop()
            self._tracker.pause()
            self.failed.emit("Tracked boxes not saved yet", *plain_words(error))
            return False
        if written:
            self.recorded.emit(written)
        return True

    def set_diagnostics_wanted(self, is_wanted: bool) -> None:
        """Whether what the tracker sees is remembered; making diagnostics costs a little time."""
        self.are_diagnostics_wanted = is_wanted
        self._tracker.set_diagnostics_wanted(is_wanted)

    def keep_memory_of(self, track_id: int | None) -> None:
        """Tell of a target what its tracker knows when it ends, too; None for nobody. It is told by `told`."""
        self._tracker.keep_memory_of(track_id)

    def ask_memory(self, track_id: int) -> None:
        """Ask what a target of the active run has learned from; `told` has the answer, a `MemoryTold`."""
        if self.is_about(track_id):
            self._tracker.ask_memory(track_id)

    def ask_removal(self, memory: RunMemory, rows: NDArray[np.int64], *, is_for_good: bool) -> bool:
        """Ask a run that rests what leaving out samples does, or have them forgotten.

        `told` has the answer, a `RemovalTold`; False where there is no such run.
        """
        if not self.can_resume or not self.is_about(memory.track_id):
            return False
        self._tracker.ask_removal(memory, rows, is_for_good=is_for_good)
        return True

    def leave_project(self) -> None:
        """End the run; boxes that could not be written are given up with the project that they are of."""
        self.stop()
        self._recorder = None
        self._write_timer.stop()

    def leave_video(self) -> None:
        """End the run, and forget all that is known of it: another video comes."""
        self.leave_project()
        self._settings = self._progress = self._latest_frame = self._correction = None
        self._is_held, self._learning_fraction = False, 0.0

    def close(self) -> None:
        """End the tracker's thread, also in the middle of learning; waits. Boxes are written."""
        self._tracker.close()
        self._end_record()

    def _end_record(self) -> None:
        """The run is over: it is one step of undo, unless something else was done meanwhile."""
        if self.write():
            self._recorder = None
            self._write_timer.stop()

    def _forget_targets(self) -> None:
        has_waited = bool(self.targets.waiting)
        self.targets.begin(())
        if has_waited:
            self.waiting_changed.emit()

    def _begin_learning(self) -> None:
        self._learning_fraction = 0.0
        self._set_state(RunState.LEARNING)

    def _set_state(self, state: RunState) -> None:
        if state is not self._state:
            self._state = state
            self.state_changed.emit()

    @Slot(object)
    def _on_told(self, event: RunEvent) -> None:
        match event:
            case FrameTracked():
                self._take(event)
            case RunChanged():
                self._enter(event)
            case RunProgress():
                self._progress = event
            case TargetLost() | TargetHeld() | TargetsMet():
                self.targets.add(event)
                self.waiting_changed.emit()
            case LearningProgress():
                self._learning_fraction = event.fraction
                self.learning_progressed.emit()
        self.told.emit(event)

    def _take(self, tracked: FrameTracked) -> None:
        if not tracked.is_human:
            self._record(tracked)
        self.targets.add(tracked)
        self._latest_frame = tracked.frame_index

    def _record(self, tracked: FrameTracked) -> None:
        project, history, plan = self._current_project.project, self._current_project.history, self._plan
        if project is None or history is None or plan is None:
            return
        if self._recorder is None:
            run_id = self._current_project.next_run_id()
            if self._settings is not None:
                self._current_project.remember_run(run_id, self._settings)
            self._recorder = RunRecorder(
                project,
                history,
                title=plan.title,
                frame_index=tracked.frame_index,
                run_id=run_id,
                requests=plan.requests,
            )
            self._write_timer.start()
        self._recorder.add(tracked)
        self._write_if_due()

    @Slot()
    def _write_if_due(self) -> None:
        if self._recorder is not None and self._recorder.is_due:
            self.write()

    def _enter(self, change: RunChanged) -> None:
        state = STATE_OF_PHASE[change.phase]
        if self._is_held and state.is_busy:
            return  # told before the box was taken back
        if state is RunState.LEARNING:
            self._learning_fraction = 0.0
        elif state is RunState.PAUSED:
            self.write()
        elif not state.is_busy:
            self._end_record()
            self._forget_targets()
        self._set_state(state)
        if change.phase is RunPhase.PAUSED and change.message:
            self.failed.emit("Tracking paused", change.message, "")
        elif change.phase is RunPhase.BROKEN_SOURCE:
            self.failed.emit(f"Frame {change.frame_index} cannot be read", change.message, "")
        elif change.phase is RunPhase.FAILED:
            self.failed.emit("Tracking stopped", change.message, "")
