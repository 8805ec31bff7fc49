"""What a person asks of the tracker, and the habits by which it is done."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.project.project import Project
from dlst_gui.session.current_project import CurrentProject
from dlst_gui.session.playhead import Playhead
from dlst_gui.session.run_control import RunControl
from dlst_gui.session.run_targets import WaitingTarget
from dlst_gui.session.selected_track import SelectedTrack
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.run_plans import (
    PlanError,
    RunPlan,
    TrackedStretch,
    plan_between,
    plan_interpolated,
    plan_on,
    plan_one_way,
    plan_to,
    tracked_stretch,
)
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, TrackRequest
from tracker_core import Box

MOST_BOXES_LEARNED_AHEAD = 3  # ours: who draws more of an object without tracking it labels by hand
ALL_TRACKED = "All objects are tracked to their end, or lost there. Track tracks the selected one again."
REACTION_S = 0.6  # from seeing something to having pressed a key


class TrackingCommands(QObject):
    """Begins runs of the selected track, resumes and corrects them; pausing and stopping is `RunControl`'s."""

    # A run is asked for, or another video comes: boxes being changed should be in the project, or given up, now.
    requested = Signal()
    changed = Signal()  # follows or goes on otherwise than before
    settings_changed = Signal()
    noted = Signal(str)  # why nothing was begun
    unclear = Signal(object, object)  # TrackedStretch, frame budget; answered by `go_on` or `track_again`

    def __init__(
        self,
        current_project: CurrentProject,
        run: RunControl,
        playhead: Playhead,
        selection: SelectedTrack,
        settings: TrackerSettings,
    ) -> None:
        super().__init__()
        self._current_project = current_project
        self._run = run
        self._playhead = playhead
        self._selection = selection
        self._settings = settings
        self._follows_tracker = True
        self._continues_after_correction = True
        self._stops_at_keyframe = False
        self._lost_rule: LostRule | None = LostRule()
        self._lost_at_s = -math.inf
        self._taken_back: tuple[int, int] | None = None  # track and frame of a box whose learning was left
        self._follows_again = False
        selection.changed.connect(self._on_selection_changed)

    @property
    def settings(self) -> TrackerSettings:
        """Of the next run."""
        return self._settings

    @property
    def follows_tracker(self) -> bool:
        """Whether the shown frame moves along with the run."""
        return self._follows_tracker

    @property
    def continues_after_correction(self) -> bool:
        return self._continues_after_correction

    @property
    def can_track(self) -> bool:
        """Whether there is an object to track, and the tracker is free."""
        return self._is_free and self._selection.has_manual_boxes

    @Slot()
    def prepare(self) -> None:
        """Make ready what a run would need now: the tracker, its video."""
        source = self._playhead.source
        self._run.prepare(self._settings, None if source is None or source.is_trace else source.path)

    def leave_video(self) -> None:
        """End the run and forget what it was about; habits stay. A box that is being changed is given before."""
        self.requested.emit()
        self._run.leave_video()
        self._taken_back, self._lost_at_s = None, -math.inf

    def learn_ahead(self, track_id: int, frame_index: int) -> None:
        """Let the tracker learn a manual box before it is asked to track from there, as it is likely to be."""
        project, source = self._current_project.project, self._playhead.source
        if project is None or source is None or not self._is_free:
            return
        if len(project.manual_boxes(track_id)) > MOST_BOXES_LEARNED_AHEAD:
            return
        with suppress(PlanError):
            plan = self._plan_one_way(project, [track_id], frame_index, Direction.FORWARD)
            self._run.learn_ahead(plan, source_path=source.path, settings=self._settings)

    def toggle(self) -> None:
        """Pause a run that is at work, else track.

        Who sees the target go may press the key just after the run has paused by itself, and means that pause.
        """
        if self._run.state.is_busy:
            self._run.pause()
        elif time.monotonic() - self._lost_at_s > REACTION_S:
            self.continue_track()

    def continue_track(self, direction: Direction = Direction.FORWARD, *, frame_budget: int | None = None) -> None:
        """Go on with the track's paused run of this direction, else where its boxes end.

        `unclear` asks where the frames ahead have boxes already, or where the tracker has lost the object at their
        end.

        Args:
            direction: forward or backward.
            frame_budget: frames to track before it pauses; None for no limit.
        """
        project, track_id = self._current_project.project, self._selection.track_id
        self.requested.emit()
        if project is None or track_id is None or not self._is_free:
            return
        self._playhead.halt()
        if self._run.is_about(track_id) and self._run.resume(direction, frame_budget):
            self._resume_following()
            return
        here, last_frame = self._playhead.frame_index, self._playhead.last_frame
        try:
            stretch = tracked_stretch(project, track_id, here, direction=direction, last_frame=last_frame)
        except PlanError as error:
            self.noted.emit(str(error))
            return
        if stretch.end == stretch.start:
            self.track_again(stretch, frame_budget)
        elif stretch.can_go_on and not stretch.is_lost and stretch.is_behind(here):
            self.go_on(stretch, frame_budget)
        else:
            self.unclear.emit(stretch, frame_budget)

    def continue_all(self) -> None:
        """Go on with the paused run of all tracks that are neither hidden nor locked, else where their boxes end.

        Those that are complete, or lost at their end, stay as they are; so do those that cannot be tracked.
        """
        project = self._current_project.project
        self.requested.emit()
        if project is None or not self._is_free:
            return
        self._playhead.halt()
        chosen = _all_of(project)
        others = [track_id for track_id in chosen if not self._run.is_about(track_id)]
        of_others, reasons = self._rest_of(project, others)
        if len(others) < len(chosen) and not of_others and self._run.resume(Direction.FORWARD, None):
            self._resume_following()
            return
        requests, more = self._rest_of(project, [each for each in chosen if each not in others])
        requests, reasons = [*requests, *of_others], [ALL_TRACKED, *more, *reasons]
        if requests:
            self._start(lambda: RunPlan("Track", tuple(requests)))
        else:
            self.noted.emit(reasons[-1])

    def _rest_of(self, project: Project, track_ids: Iterable[int]) -> tuple[list[TrackRequest], list[str]]:
        """What is left to track of these, and why some cannot be tracked."""
        requests: list[TrackRequest] = []
        reasons: list[str] = []
        for track_id in track_ids:
            try:
                plan = self._plan_rest(project, track_id)
            except PlanError as error:
                reasons.append(str(error))
            else:
                requests.extend(() if plan is None else plan.requests)
        return requests, reasons

    def _plan_rest(self, project: Project, track_id: int) -> RunPlan | None:
        """What is left to track of one track; None where that is nothing, or where nobody knows from which box."""
        here, last_frame, forward = self._playhead.frame_index, self._playhead.last_frame, Direction.FORWARD
        stretch = tracked_stretch(project, track_id, here, direction=forward, last_frame=last_frame)
        if stretch.end == stretch.start:
            return self._plan_one_way(project, [track_id], here, forward)
        if stretch.is_lost or not stretch.can_go_on:
            return None
        return plan_on(project, stretch, last_frame=last_frame, stops_at_keyframe=self._stops_at_keyframe)

    def go_on(self, stretch: TrackedStretch, frame_budget: int | None = None) -> None:
        """Track on from where a stretch ends."""
        project, stops = self._current_project.project, self._stops_at_keyframe
        last_frame = self._playhead.last_frame
        if project is not None and project.has_track(stretch.track_id) and self._is_free:
            self._start(
                lambda: plan_on(project, stretch, last_frame=last_frame, stops_at_keyframe=stops),
                frame_budget=frame_budget,
            )

    def track_again(self, stretch: TrackedStretch, frame_budget: int | None = None) -> None:
        """Track from the manual box that a stretch begins with, whether or not the frames have boxes already."""
        project = self._current_project.project
        if project is not None and project.has_track(stretch.track_id) and self._is_free:
            self._start(
                lambda: self._plan_one_way(project, [stretch.track_id], stretch.start, stretch.direction),
                frame_budget=frame_budget,
            )

    def track(self, direction: Direction = Direction.FORWARD, *, all_tracks: bool = False) -> None:
        """Go on with the tracks' paused run of this direction, else start one at the nearest manual box behind.

        Args:
            direction: forward or backward.
            all_tracks: every track that is neither hidden nor locked, not only the selected one.
        """
        self._advance(direction, frame_budget=None, all_tracks=all_tracks)

    def track_to(self, frame_index: int) -> None:
        """Track from the shown frame to this one, forward or backward, and end there.

        A paused run that has it ahead goes on; another one starts from a manual box, as `track` does.
        """
        project = self._current_project.project
        track_id, here = self._selection.track_id, self._playhead.frame_index
        self.requested.emit()
        if project is None or track_id is None or not self._is_free:
            return
        self._playhead.halt()
        to_frame = min(max(frame_index, 0), self._playhead.last_frame)
        direction = Direction.FORWARD if to_frame >= here else Direction.BACKWARD
        if self._run.is_about(track_id) and self._run.resume_to(direction, to_frame):
            self._resume_following()
        else:
            self._start_to(track_id, here, to_frame)

    def track_between(self) -> None:
        """Track bidirectionally between the manual boxes around this frame, and fuse both passes."""
        project = self._current_project.project
        track_id, here = self._selection.track_id, self._playhead.frame_index
        self.requested.emit()
        if project is not None and track_id is not None and self._is_free:
            self._start(lambda: plan_between(project, track_id, here))

    def track_interpolated(self) -> None:
        """Track the interpolated boxes around this frame, between the manual boxes, which stay."""
        project = self._current_project.project
        track_id, here, last = self._selection.track_id, self._playhead.frame_index, self._playhead.last_frame
        self.requested.emit()
        if project is not None and track_id is not None and self._is_free:
            self._start(lambda: plan_interpolated(project, track_id, here, last_frame=last))

    def step(self, direction: Direction = Direction.FORWARD) -> None:
        """Track one frame, then pause."""
        self._advance(direction, frame_budget=1)

    def has_predictions_from(self, track_id: int, frame_index: int) -> bool:
        """Whether there are predictions on this frame or after it, before the next manual box."""
        project = self._current_project.project
        if project is None:
            return False
        following = project.keyframe_after(track_id, frame_index)
        last = self._playhead.last_frame if following is None else following.frame_index - 1
        is_fresh = self._run.unwritten(track_id, frame_index) is not None
        return is_fresh or bool(project.valid_predictions(track_id, frame_index, last))

    def teach(self, track_id: int, frame_index: int, box: Box) -> bool:
        """Let a paused run learn a manual box, at once or when it comes to it; False where none can."""
        self._taken_back = None
        waited = self._run.targets.is_waiting(track_id)
        if not self._run.apply_correction(track_id, frame_index, box, continues=self._continues_after_correction):
            return False
        if not self._run.state.is_busy and self._run.can_resume:
            self.noted.emit(f"The run will learn this box when it reaches frame {frame_index}.")
        if waited and self._follows_again and self._run.state.is_busy:
            self._follows_again, self._follows_tracker = False, True
            self.changed.emit()
        return True

    def begin_at(self, track_id: int, frame_index: int, *, is_correction: bool) -> None:
        """After a manual box that no run can learn: where it corrects, a new run starts; else it is foreseen.

        A paused run of other tracks stays as it is, and so does one of several.
        """
        if self._run.state.is_busy or self._run.targets.are_several:
            return
        if self._run.can_resume and not self._run.is_about(track_id):
            return
        direction, to_frame = self._run.direction, self._run.to_frame
        self._run.stop()
        if not is_correction or not self._continues_after_correction:
            self.learn_ahead(track_id, frame_index)
        elif direction is None:
            self.noted.emit("Track Between was stopped: run it again on either side of the new box.")
        elif to_frame is not None and (to_frame - frame_index) * direction > 0:
            self._start_to(track_id, frame_index, to_frame)
        else:
            self._advance(direction, frame_budget=None)

    @property
    def is_learning_here(self) -> bool:
        """Whether the box that is shown of the selected track was just given and is being learned by its run."""
        return self._run.correction == (self._selection.track_id, self._playhead.frame_index)

    @Slot()
    def hold(self) -> None:
        """A person begins to change the shown box: what is being learned of it is left at once."""
        if self.is_learning_here:
            self._taken_back = self._run.correction
            self._run.take_back_correction()

    @Slot()
    def let_go(self) -> None:
        """The box stays as it was after all: it is learned anew where that was left."""
        taken_back, self._taken_back = self._taken_back, None
        project = self._current_project.project
        if taken_back is None or project is None or not self._run.can_resume:
            return
        keyframe = project.keyframe(*taken_back) if project.has_track(taken_back[0]) else None
        if keyframe is not None:
            self.teach(*taken_back, keyframe.box)

    def reach(self) -> None:
        """A person reaches for the shown box while the tracker is at work: hold on.

        Of several targets this one waits, and the shown frame stays, as it does for an object that is not tracked;
        else the run pauses.
        """
        track_id = self._selection.track_id
        if track_id is not None and not self._run.is_about(track_id):
            self.set_follows_tracker(False)
            return
        if track_id is None or not self._run.targets.are_several:
            self._run.pause()
            return
        follows_again = self._follows_again or self._follows_tracker
        self.set_follows_tracker(False)
        self._follows_again = follows_again
        self._run.hold(track_id)

    def show_waiting(self, target: WaitingTarget) -> None:
        """Go where one of several targets waits, and select it; the tracker is followed again once it goes on."""
        follows_again = self._follows_again or self._follows_tracker
        self.requested.emit()
        self.set_follows_tracker(False)
        self._follows_again = follows_again
        self._selection.select(target.track_id)
        self._playhead.halt()
        self._playhead.seek(target.since_frame)

    def show_next_waiting(self) -> None:
        """Go to the target that waits after the selected one, round and round."""
        target = self._run.targets.next_waiting(self._selection.track_id)
        if target is None:
            self.noted.emit("No object waits for you.")
        else:
            self.show_waiting(target)

    @Slot()
    def _on_selection_changed(self) -> None:
        """Who turns to another object leaves a held one to the tracker."""
        self._release_held(self._selection.track_id)

    def _release_held(self, kept: int | None) -> None:
        """All but one."""
        for track_id in self._run.targets.held:
            if track_id != kept:
                self._run.release(track_id)

    def note_lost(self) -> None:
        """A run has just paused by itself, or may have."""
        self._lost_at_s = time.monotonic()

    def set_settings(self, settings: TrackerSettings) -> None:
        """For the next run; one that has begun keeps its tracker."""
        if settings == self._settings:
            return
        self._settings = settings
        self.prepare()
        self.settings_changed.emit()
        if self._run.state.is_busy or self._run.can_resume:
            self.noted.emit("The new settings apply to the next run. Stop this run to use them now.")

    def set_follows_tracker(self, follows: bool) -> None:
        """Whether the shown frame moves along with the run."""
        if follows == self._follows_tracker:
            return
        self._follows_tracker, self._follows_again = follows, False
        if follows:
            self._release_held(None)
        if follows and self._run.state.is_busy and self._run.latest_frame is not None:
            self._playhead.seek(self._run.latest_frame)
        self.changed.emit()

    def set_continues_after_correction(self, continues: bool) -> None:
        """Whether tracking goes on by itself once a correction is learned."""
        self._continues_after_correction = continues
        self.changed.emit()

    def set_lost_rule(self, rule: LostRule | None) -> None:
        """When a target waits because it is lost, or on another one's target; None for never. For the next run."""
        self._lost_rule = rule

    def set_stops_at_keyframe(self, stops: bool) -> None:
        """Whether a run ends before the next manual box instead of going on through it. For the next run."""
        self._stops_at_keyframe = stops

    @property
    def _is_free(self) -> bool:
        return self._current_project.is_writable and not self._run.state.is_busy

    def _advance(self, direction: Direction, *, frame_budget: int | None, all_tracks: bool = False) -> None:
        project = self._current_project.project
        self.requested.emit()
        if project is None or not self._is_free:
            return
        self._playhead.halt()
        selected = self._selection.track_id
        chosen = [] if selected is None else [selected]
        if all_tracks:
            chosen = _all_of(project)
        # A paused run of another track is not what is asked for.
        is_meant = bool(chosen) and all(map(self._run.is_about, chosen))
        if is_meant and self._run.resume(direction, frame_budget):
            self._resume_following()
            return
        self._start(
            lambda: self._plan_one_way(project, chosen, self._playhead.frame_index, direction),
            frame_budget=frame_budget,
        )

    def _plan_one_way(
        self, project: Project, track_ids: Sequence[int], frame_index: int, direction: Direction
    ) -> RunPlan:
        return plan_one_way(
            project,
            track_ids,
            frame_index,
            direction=direction,
            last_frame=self._playhead.last_frame,
            stops_at_keyframe=self._stops_at_keyframe,
        )

    def _start_to(self, track_id: int, here: int, to_frame: int) -> None:
        project, stops = self._current_project.project, self._stops_at_keyframe
        if project is not None:
            self._start(lambda: plan_to(project, track_id, here, to_frame, stops_at_keyframe=stops))

    def _start(self, make_plan: Callable[[], RunPlan], *, frame_budget: int | None = None) -> None:
        source = self._playhead.source
        if source is None or not self._run.write():  # what the run before has found goes first, as before an edit
            return
        try:
            plan = make_plan()
        except PlanError as error:
            self.noted.emit(str(error))
            return
        self._run.start(
            plan,
            source_path=source.path,
            settings=self._settings,
            frame_budget=frame_budget,
            lost_rule=self._lost_rule,
        )
        self._resume_following()
        self._playhead.seek(plan.requests[0].start_frame)

    def _resume_following(self) -> None:
        self.set_follows_tracker(True)
        if self._run.latest_frame is not None:
            self._playhead.seek(self._run.latest_frame)


def _all_of(project: Project) -> list[int]:
    """The tracks that are meant by all."""
    return [track.track_id for track in project.tracks() if not (track.is_hidden or track.is_locked)]
