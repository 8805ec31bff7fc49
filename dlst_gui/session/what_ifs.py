"""What-ifs: an object tracked again beside its real boxes, in a thread of its own; nothing changes until taken.

One ghost is tracked at a time, others wait. While the tracker itself is at work the ghost rests, as they would
take the processor from each other. They share nothing that changes: the ghost has its own tracker and decoder, and
torch counts its threads for each thread that asks.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from enum import Enum
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.evidence.ghost_evidence import GhostEvidence
from dlst_gui.exchange.progress import Watch
from dlst_gui.session.background_job import BackgroundJob, JobCancelled, JobFailed
from dlst_gui.session.frame_reader import OpenSource
from dlst_gui.session.session import Session
from dlst_gui.tracking.headless_run import HeadlessResult, RunEnd
from dlst_gui.tracking.run_plans import PlanError
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from dlst_gui.tracking.what_if import Ghost, WhatIfPlan, plan_what_if, shown_boxes, take_ghost, track_ghost
from dlst_gui.video.read_ahead import ReadAhead
from tracker_core import TrackerInputError, WeightsError
from tracker_core.evidence import RunBoxes

MOST_GHOSTS = 3  # ours: more cannot be told apart in the picture
TAKEN_IN_EVERY_MS = 50  # ours: what the eye can follow
LOOKED_EVERY_S = 0.05  # whether a ghost that rests may go on
FULL = f"There are {MOST_GHOSTS} what-ifs already: take or discard one first."


class GhostState(Enum):
    """What a ghost is doing, in words for people."""

    WAITING = "waiting for its turn"
    LEARNING = "learning"
    TRACKING = "tracking"
    RESTING = "resting while the tracker works"
    COMPLETE = "complete"
    STOPPED = "stopped"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        return self in (GhostState.COMPLETE, GhostState.STOPPED, GhostState.FAILED)


class WhatIf:
    """One ghost as the window has it.

    Attributes:
        number: from 1; that of one that is gone is given again.
        ghost: as far as it has come.
        state: what it is doing.
        learned: of a manual box that it is learning, 0 to 1.
        message: what went wrong; "" where nothing did.
        evidence: what its tracker saw.
    """

    def __init__(self, number: int, ghost: Ghost) -> None:
        self.number = number
        self.ghost = ghost
        self.state = GhostState.WAITING
        self.learned = 0.0
        self.message = ""
        self.evidence = GhostEvidence()

    @property
    def name(self) -> str:
        return f"What-if {self.number}"

    @property
    def is_takeable(self) -> bool:
        """Whether it has come to its end, or was stopped, and has boxes."""
        return self.state.is_over and len(self.ghost) > 1

    @property
    def fraction(self) -> float:
        """How much of it is tracked, 0 to 1."""
        return len(self.ghost) / self.ghost.request.frame_count


class WhatIfs(QObject):
    """At most `MOST_GHOSTS`, of one video. They end with the window, or when another video comes."""

    changed = Signal()  # which there are, and what they are doing
    advanced = Signal(object, int, int)  # WhatIf; first and last of the frames that have come

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._kept: list[WhatIf] = []
        self._at_work: tuple[WhatIf, _GhostWork, BackgroundJob] | None = None
        self._leaving: list[BackgroundJob] = []
        self._seconds: dict[int, NDArray[np.float32]] = {}
        self._timer = QTimer(self, interval=TAKEN_IN_EVERY_MS)
        self._timer.timeout.connect(self._take_in)
        session.run.state_changed.connect(self._on_run_state_changed)
        session.frame_tracked.connect(self._on_frame_tracked)
        session.project_changed.connect(self._on_project_changed)
        session.project_closing.connect(self._on_project_closing)

    @property
    def ghosts(self) -> tuple[WhatIf, ...]:
        """By number."""
        return tuple(sorted(self._kept, key=lambda each: each.number))

    def get(self, number: int) -> WhatIf | None:
        """The one of this number; None where it is gone."""
        return next((each for each in self._kept if each.number == number), None)

    def of_track(self, track_id: int | None) -> tuple[WhatIf, ...]:
        """Those of an object."""
        return tuple(each for each in self.ghosts if each.ghost.track_id == track_id)

    def plan(self, *, to_frame: int | None = None, begins_here: bool = False) -> WhatIfPlan:
        """What would be tracked again of the selected object, from the shown frame; see `plan_what_if`.

        Args:
            to_frame: where it ends; None: with the video.
            begins_here: begin with the box of this frame, not with the manual box before it.

        Raises:
            PlanError: it cannot be tracked so.
        """
        session = self._session
        project, track_id = session.project, session.selected_track
        if project is None or track_id is None:
            raise PlanError("Select an object first.")
        session.run.write()  # the box of this frame may be among what the run has just found
        last = session.playhead.last_frame
        return plan_what_if(
            project,
            track_id,
            session.playhead.frame_index,
            last_frame=last if to_frame is None else min(to_frame, last),
            begins_here=begins_here,
        )

    def begin(self, plan: WhatIfPlan, settings: TrackerSettings) -> WhatIf | None:
        """Track again, beside what is there; None where there is no room for another one, which a note says."""
        if self._session.playhead.source is None or len(self._kept) == MOST_GHOSTS:
            self._session.noted.emit(FULL)
            return None
        taken = {each.number for each in self._kept}
        number = min(set(range(1, MOST_GHOSTS + 1)) - taken)
        begun = WhatIf(number, Ghost(plan, settings))
        self._kept.append(begun)
        self._work_on()
        self.changed.emit()
        return begun

    def stop(self, what_if: WhatIf) -> None:
        """End it where it is, and keep what it has found."""
        if what_if.state is GhostState.WAITING:
            what_if.state = GhostState.STOPPED
            self.changed.emit()
        elif self._at_work is not None and self._at_work[0] is what_if:
            self._at_work[2].cancel()

    def discard(self, what_if: WhatIf) -> None:
        """Let it go with all that it has found."""
        if what_if not in self._kept:
            return
        self._kept.remove(what_if)
        if self._at_work is not None and self._at_work[0] is what_if:
            self._leave()
        self._work_on()
        self.changed.emit()

    def take(self, what_if: WhatIf) -> bool:
        """Let its boxes take the place of the tracked ones, as one step of undo; else a note says why not.

        Many boxes take a while, see `Session.do_long`: it is there until they are in the project.
        """
        session, ghost = self._session, what_if.ghost
        if not what_if.is_takeable or what_if not in self._kept:
            return False
        if not session.run.leaves_free(ghost.track_id):
            session.noted.emit("Pause the tracker first: it is at work on this object.")
            return False
        run_id = session.current_project.next_run_id()
        return session.do_long(
            "taking the what-if",
            lambda project: take_ghost(project, ghost, run_id),
            partial(self._on_taken, what_if, run_id),
            box_count=len(ghost),
        )

    def _on_taken(self, what_if: WhatIf, run_id: int) -> None:
        """Its boxes are in the project."""
        session = self._session
        session.current_project.remember_run(run_id, what_if.ghost.settings)
        session.evidence.adopt(what_if.evidence, run_id)
        self.discard(what_if)
        session.noted.emit(f"{what_if.name} taken. Undo brings back the boxes that were there.")

    def real_boxes(self, track_id: int, first: int, last: int) -> RunBoxes:
        """What the project shows of an object on these frames, with their pace where this window tracked them."""
        project = self._session.project
        if project is None or not project.has_track(track_id) or first > last:
            return RunBoxes.empty()
        return shown_boxes(project, track_id, first, last, self._seconds.get(track_id))

    def close(self) -> None:
        """End all of them, and wait for their threads."""
        self._kept.clear()
        self._leave()
        for job in self._leaving:
            job.close()
        self._leaving.clear()

    def _work_on(self) -> None:
        """Begin the next one where none is at work, and none is still being left."""
        source = self._session.playhead.source
        waiting = next((each for each in self._kept if each.state is GhostState.WAITING), None)
        if waiting is None or source is None or self._at_work is not None or self._leaving:
            return
        work = _GhostWork(
            waiting.ghost,
            self._session.make_tracker,
            self._session.open_source,
            source.path,
            with_diagnostics=self._session.run.are_diagnostics_wanted,
        )
        work.set_resting(self._session.run.state.is_busy)
        job = BackgroundJob(work, "what if")
        job.ended.connect(self._on_ended)
        self._at_work = waiting, work, job
        self._timer.start()
        self._show_state()

    def _leave(self) -> None:
        """Nobody waits for the one at work any more: its thread ends when it can."""
        if self._at_work is None:
            return
        _, _, job = self._at_work
        self._at_work = None
        self._timer.stop()
        self._leaving.append(job)
        job.cancel()

    @Slot()
    def _take_in(self) -> None:
        """Take in what has come."""
        if self._at_work is None:
            return
        what_if, work, _ = self._at_work
        first = len(what_if.ghost)
        while work.frames:
            self._add(what_if, work.frames.popleft())
        come = len(what_if.ghost) - first
        if come:
            begins = what_if.ghost.first_frame + first
            self.advanced.emit(what_if, begins, begins + come - 1)
        what_if.learned = work.learned
        self._show_state()

    def _add(self, what_if: WhatIf, tracked: FrameTracked) -> None:
        what_if.ghost.add(tracked)
        if tracked.result.diagnostics is not None and not tracked.is_human:
            seen = self._session.evidence.of_frame(tracked, what_if.ghost.settings.system)
            what_if.evidence.add(seen)

    def _show_state(self) -> None:
        assert self._at_work is not None
        what_if, work, _ = self._at_work
        if work.is_resting:
            state = GhostState.RESTING
        else:
            state = GhostState.TRACKING if len(what_if.ghost) else GhostState.LEARNING
        if state is not what_if.state:
            what_if.state = state
            self.changed.emit()

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        job = self.sender()
        if self._at_work is not None and self._at_work[2] is job:
            self._take_in()
            what_if = self._at_work[0]
            self._at_work = None
            self._timer.stop()
            self._settle(what_if, outcome)
        else:
            self._leaving = [each for each in self._leaving if each is not job]
        self._work_on()
        self.changed.emit()

    def _settle(self, what_if: WhatIf, outcome: object) -> None:
        match outcome:
            case HeadlessResult(end=RunEnd.COMPLETED):
                what_if.state = GhostState.COMPLETE
            case HeadlessResult(message=message):
                what_if.state, what_if.message = GhostState.STOPPED, message
            case JobCancelled():
                what_if.state = GhostState.STOPPED
            case JobFailed(message=message):
                what_if.state, what_if.message = GhostState.FAILED, message

    @Slot()
    def _on_run_state_changed(self) -> None:
        if self._at_work is not None:
            self._at_work[1].set_resting(self._session.run.state.is_busy)
            self._show_state()

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        """How long the real run took, to be compared with."""
        seconds = self._seconds.get(tracked.track_id)
        if seconds is None:
            seconds = np.full(self._session.playhead.last_frame + 1, np.nan, np.float32)
            self._seconds[tracked.track_id] = seconds
        seconds[tracked.frame_index] = np.nan if tracked.is_human else tracked.elapsed_s

    @Slot()
    def _on_project_changed(self) -> None:
        project = self._session.project
        for each in self.ghosts:
            if project is None or not project.has_track(each.ghost.track_id):
                self.discard(each)

    @Slot()
    def _on_project_closing(self) -> None:
        self._seconds.clear()
        if self._kept:
            self._kept.clear()
            self._leave()
            self.changed.emit()


class _GhostWork:
    """What a ghost's thread does. The window takes `frames` from one end while the thread adds at the other."""

    def __init__(
        self,
        ghost: Ghost,
        make_tracker: MakeTracker,
        open_source: OpenSource,
        path: Path,
        *,
        with_diagnostics: bool,
    ) -> None:
        self.frames: deque[FrameTracked] = deque()
        self.learned = 0.0
        self._ghost = ghost  # of which this thread reads what never changes
        self._make_tracker = make_tracker
        self._open_source = open_source
        self._path = path
        self._with_diagnostics = with_diagnostics
        self._may_go = threading.Event()

    @property
    def is_resting(self) -> bool:
        return not self._may_go.is_set()

    def set_resting(self, rests: bool) -> None:
        """Let it rest from the next frame or training step on, or go on."""
        (self._may_go.clear if rests else self._may_go.set)()

    def __call__(self, watch: Watch) -> object:
        try:
            with self._open_source(self._path) as source, ReadAhead(source) as frames:
                return track_ghost(
                    self._ghost,
                    frames,
                    self._make_tracker,
                    on_frame=self.frames.append,
                    should_cancel=lambda: self._must_leave(watch.should_cancel),
                    on_progress=self._on_progress,
                    with_diagnostics=self._with_diagnostics,
                )
        except (TrackerInputError, WeightsError) as error:
            return JobFailed(str(error))

    def _must_leave(self, should_cancel: Callable[[], bool]) -> bool:
        """Asked between frames and training steps: this is where it rests."""
        while not should_cancel() and not self._may_go.wait(LOOKED_EVERY_S):
            pass
        return should_cancel()

    def _on_progress(self, fraction: float) -> None:
        self.learned = fraction
