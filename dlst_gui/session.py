"""The state the window shows, and the only place that changes it: views read it and call its functions."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from dlst_gui.frame_reader import OpenSource, ReadFailure
from dlst_gui.lost_rule import LostRule, TargetLost
from dlst_gui.playhead import Playhead
from dlst_gui.project.changes import Edit
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.errors import ProjectFileError
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.project import Project
from dlst_gui.project.track_colors import next_color
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Shown, ShownKind, Visibility
from dlst_gui.project_desk import MakeEdit, ProjectDesk
from dlst_gui.project_opening import Choice, ProjectOpener, UndecidedProjectError
from dlst_gui.recent_diagnostics import RecentDiagnostics
from dlst_gui.run_control import RunControl
from dlst_gui.run_plans import PlanError, RunPlan, plan_between, plan_one_way
from dlst_gui.run_state import RunState
from dlst_gui.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking_run import Direction, FrameTracked
from tracker_core import Box

FIRST_LABEL = "object"
LOCKED = "This track is locked: unlock it to change it."
REACTION_S = 0.6  # from seeing something to having pressed a key


class Session(QObject):
    """One video, its project and the run at work. Lives in the window's thread; `close` ends its threads."""

    state_changed = Signal()
    project_opened = Signal()
    project_changed = Signal(object)  # frozenset of the ids of tracks whose boxes or looks are others now
    selection_changed = Signal()
    settings_changed = Signal()
    frame_tracked = Signal(object)  # FrameTracked, every one of them
    noted = Signal(str)  # for the status bar
    failed = Signal(str, str)  # title; what happened and what to do
    asked = Signal(object)  # UndecidedProjectError; answered by `decide`
    video_missing = Signal(object)  # path of the project; answered by `open_with`

    def __init__(
        self,
        open_source: OpenSource,
        make_tracker: MakeTracker,
        settings: TrackerSettings,
        projects: ProjectOpener,
    ) -> None:
        super().__init__()
        self._settings = settings
        self._selected: int | None = None
        self._begins_new_track = False
        self._wanted_project: Path | None = None
        self._diagnostics = RecentDiagnostics()
        self._follows_tracker = True
        self._continues_after_correction = True
        self._stops_at_keyframe = False
        self._lost_rule: LostRule | None = LostRule()
        self._lost_at_s = -math.inf
        self.desk = ProjectDesk(projects)
        self.run = RunControl(make_tracker, open_source, self.desk)
        self.run.state_changed.connect(self.state_changed)
        self.run.frame_tracked.connect(self._on_frame_tracked)
        self.run.recorded.connect(self.project_changed)
        self.run.failed.connect(self.failed)
        self.run.target_lost.connect(self._on_target_lost)
        self.playhead = Playhead(open_source)
        self.playhead.source_changed.connect(self._on_source_changed)
        self.playhead.failed.connect(self._on_read_failed)

    @property
    def state(self) -> RunState:
        return RunState.EMPTY if self.playhead.source is None else self.run.state

    @property
    def settings(self) -> TrackerSettings:
        return self._settings

    @property
    def project(self) -> Project | None:
        """To be read; it changes through this session only."""
        return self.desk.project

    @property
    def can_edit(self) -> bool:
        return self.project is not None and not self.desk.is_read_only and not self.state.is_busy

    @property
    def selected_track(self) -> int | None:
        """The track that is edited, tracked and explained."""
        return self._selected

    @property
    def begins_new_track(self) -> bool:
        """Whether the next box that is drawn begins a track."""
        return self._begins_new_track or self._selected is None

    @property
    def diagnostics(self) -> RecentDiagnostics:
        """Of the selected track."""
        return self._diagnostics

    @property
    def has_human_boxes(self) -> bool:
        """Whether the selected track can be learned from."""
        project, track_id = self.project, self._selected
        return project is not None and track_id is not None and project.has_human_boxes(track_id)

    @property
    def is_locked(self) -> bool:
        """Whether the selected track is protected from being changed."""
        project, track_id = self.project, self._selected
        return project is not None and track_id is not None and project.track(track_id).is_locked

    @property
    def has_predictions(self) -> bool:
        """Whether a tracker has spoken about the selected track."""
        if self.project is None or self._selected is None:
            return False
        return bool(self.project.valid_predictions(self._selected, 0))

    @property
    def can_track(self) -> bool:
        return self.can_edit and self.has_human_boxes

    @property
    def is_paused_here(self) -> bool:
        """Whether there is a paused run of the selected track, which would go on."""
        if self._selected is None or self.state is not RunState.PAUSED:
            return False
        return self.run.is_about(self._selected)

    @property
    def is_lost(self) -> bool:
        """Whether the tracker does not believe the selected track's box on the current frame."""
        shown = self.shown_here
        if shown is None or shown.kind is not ShownKind.TRACKED:
            return False
        return shown.prediction is not None and not shown.prediction.is_found

    @property
    def shown_here(self) -> Shown | None:
        """What the current frame shows of the selected track."""
        return None if self._selected is None else self.shown(self._selected, self.playhead.frame_index)

    @property
    def follows_tracker(self) -> bool:
        """Whether the shown frame moves along with the run."""
        return self._follows_tracker

    @property
    def continues_after_correction(self) -> bool:
        return self._continues_after_correction

    def shown(self, track_id: int, frame_index: int) -> Shown | None:
        """What a frame shows of a track, also where the run's latest boxes are not in the project yet."""
        if self.project is None or not self.project.has_track(track_id):
            return None
        shown = self.project.shown(track_id, frame_index)
        fresh = self.run.unwritten(track_id, frame_index)
        if fresh is None or (shown is not None and shown.kind is ShownKind.HUMAN):
            return shown
        return Shown(fresh.box, ShownKind.TRACKED, Visibility.VISIBLE, fresh, None)

    def open(self, path: Path) -> None:
        """Open a video file, image folder, sequence folder or project; the present one stays if that fails."""
        if path.suffix != SUFFIX:
            self.open_with(None, path)
            return
        try:
            video = self.desk.opener.video_of(path)
        except ProjectFileError as error:
            self.failed.emit("Cannot open the project", str(error))
            return
        if video is None:
            self.video_missing.emit(path)
        else:
            self.open_with(path, video)

    def open_with(self, project: Path | None, video: Path) -> None:
        """Open a video with the project of that name, or with its own."""
        self._wanted_project = project
        self.playhead.open(video)

    def seek(self, frame_index: int) -> None:
        """Show a frame. While a run goes on, this stops following it."""
        if self.state.is_busy and frame_index != self.playhead.frame_index:
            self.set_follows_tracker(False)
        self.playhead.seek(frame_index)

    def seek_by(self, frames: int) -> None:
        """Show the frame that many frames on, or back."""
        self.seek(self.playhead.frame_index + frames)

    def toggle_play(self) -> None:
        """Play the view, or halt it; the tracker is not touched, only no longer followed."""
        if self.state.is_busy:
            self.set_follows_tracker(False)
        self.playhead.toggle_play()

    def select(self, track_id: int | None) -> None:
        """Make a track the selected one."""
        is_known = track_id is None or (self.project is not None and self.project.has_track(track_id))
        if track_id != self._selected and is_known:
            self._selected, self._begins_new_track = track_id, False
            self._diagnostics.clear()
            self.selection_changed.emit()

    def begin_new_track(self) -> None:
        """Let the next box that is drawn be that of a new track."""
        self._begins_new_track = True
        self.state_changed.emit()

    def cancel_new_track(self) -> None:
        """Let the next box be the selected track's after all."""
        self._begins_new_track = False
        self.state_changed.emit()

    def do(self, make_edit: MakeEdit) -> Edit | None:
        """Make an edit and write it; None where it was not made, which a note or a dialog explains."""
        if self.desk.is_read_only:
            self.noted.emit(self.desk.notice)
        if not self.can_edit or not self.run.write():
            return None
        try:
            edit = self.desk.do(make_edit)
        except EditError as error:
            self.noted.emit(str(error))
            return None
        except ProjectFileError as error:
            self.failed.emit("Not saved", str(error))
            return None
        self._tell_changes(edit)
        return edit

    def undo(self) -> None:
        """Take the latest step back, and show where it was."""
        self._move_in_history(self.desk.undo, "Undone")

    def redo(self) -> None:
        """Make the step that was undone last again, and show where it is."""
        self._move_in_history(self.desk.redo, "Done again")

    def set_box(self, frame_index: int, box: Box, *, origin: BoxOrigin = BoxOrigin.DRAWN) -> None:
        """Record a human box of the selected track, or of a new one where none is selected or one was begun.

        Where the tracker had spoken it is a correction, which the tracker learns at once: on the last tracked
        frame of a paused run it goes on from there; on an earlier frame a new run starts from it.
        """
        project, track_id = self.project, self._selected
        if project is None:
            return
        keyframe = Keyframe(frame_index, box, origin=origin)
        if track_id is None or self._begins_new_track:
            label = FIRST_LABEL if track_id is None else project.track(track_id).label
            color = next_color(project)
            edit = self.do(lambda p: add_track(p, label=label, color=color, keyframe=keyframe))
            if edit is not None:
                self.run.stop()
                self.select(edit.track_id)
            return
        if self.is_locked:
            self.noted.emit(LOCKED)
            return
        before = project.keyframe(track_id, frame_index)
        if before is not None:
            keyframe = replace(keyframe, attributes=before.attributes)
        is_correction = self._is_tracked_from(project, track_id, frame_index)
        if self.do(lambda p: set_keyframe(p, track_id, keyframe)) is not None:
            self._teach(track_id, frame_index, box, is_correction=is_correction)

    def use_first_box(self) -> None:
        """Start from the source's own annotation of its first frame."""
        source = self.playhead.source
        if source is not None and source.first_box is not None:
            self.seek(0)
            self.set_box(0, source.first_box)

    def toggle_tracking(self) -> None:
        """Pause a run that is at work, else track.

        Who sees the target go may press the key just after the run has paused by itself, and means that pause.
        """
        if self.state.is_busy:
            self.pause()
        elif time.monotonic() - self._lost_at_s > REACTION_S:
            self.track()

    def track(self, direction: Direction = Direction.FORWARD, *, all_tracks: bool = False) -> None:
        """Go on with the tracks' paused run of this direction, else start one at the nearest human box behind.

        Args:
            direction: forward or backward.
            all_tracks: every track that is neither hidden nor locked, not only the selected one.
        """
        self._advance(direction, frame_budget=None, all_tracks=all_tracks)

    def track_between(self) -> None:
        """Track both ways between the human boxes around this frame, and fuse what is found."""
        project, track_id, here = self.project, self._selected, self.playhead.frame_index
        if project is None or track_id is None or not self.can_edit:
            return
        self._start(lambda: plan_between(project, track_id, here), frame_budget=None)

    def step(self, direction: Direction = Direction.FORWARD) -> None:
        """Track one frame, then pause."""
        self._advance(direction, frame_budget=1)

    def pause(self) -> None:
        """Halt between two frames; learning that has begun is finished first."""
        self.run.pause()

    def stop(self) -> None:
        """End the run at once and keep its boxes."""
        self.run.stop()

    def set_settings(self, settings: TrackerSettings) -> None:
        """For the next run; one that has begun keeps its tracker."""
        if settings == self._settings:
            return
        self._settings = settings
        self.settings_changed.emit()
        if self.state.is_busy or self.run.is_resting:
            self.noted.emit("The new settings apply from the next run on. Stop ends this one.")

    def set_follows_tracker(self, follows: bool) -> None:
        """Whether the shown frame moves along with the run."""
        if follows == self._follows_tracker:
            return
        self._follows_tracker = follows
        if follows and self.state.is_busy and self.run.latest_frame is not None:
            self.playhead.seek(self.run.latest_frame)
        self.state_changed.emit()

    def set_continues_after_correction(self, continues: bool) -> None:
        """Whether tracking goes on by itself once a correction is learned."""
        self._continues_after_correction = continues
        self.state_changed.emit()

    def set_lost_rule(self, rule: LostRule | None) -> None:
        """When a run pauses by itself because its target is lost; None for never. For the next run."""
        self._lost_rule = rule

    def set_stops_at_keyframe(self, stops: bool) -> None:
        """Whether a run ends before the next human box instead of going on through it. For the next run."""
        self._stops_at_keyframe = stops

    def is_work_saved(self) -> bool:
        """Whether there is a project in a file that takes everything that is done."""
        return self.desk.path is not None and not self.desk.is_read_only

    def decide(self, question: UndecidedProjectError, choice: Choice) -> None:
        """Answer `asked`: open the project of the present video accordingly."""
        self._open_project(path=question.project_path, choice=choice)

    def save_copy(self, path: Path) -> None:
        """Write a compact copy of the project elsewhere."""
        if not self.run.write():
            return
        try:
            self.desk.save_copy(path)
        except ProjectFileError as error:
            self.failed.emit("Copy not saved", str(error))
        else:
            self.noted.emit(f"A copy is at {path}")

    def close(self) -> None:
        """End both threads, also in the middle of learning, and the project; waits for them."""
        self.run.close()
        self.playhead.close()
        self._close_project()

    def _open_project(self, *, path: Path | None = None, choice: Choice | None = None) -> None:
        source = self.playhead.source
        if source is None:
            return
        self._close_project()
        try:
            self.desk.open_for(source.identity, path=path, choice=choice)
        except UndecidedProjectError as question:
            self.asked.emit(question)
        except ProjectFileError as error:
            self.failed.emit("Cannot open the project", str(error))
        tracks = () if self.project is None else self.project.tracks()
        self._selected = tracks[0].track_id if tracks else None
        self.project_opened.emit()
        self.selection_changed.emit()
        self.state_changed.emit()
        if self.desk.notice:
            self.noted.emit(self.desk.notice)

    def _close_project(self) -> None:
        self._selected, self._begins_new_track = None, False
        try:
            self.desk.close()
        except ProjectFileError as error:
            self.failed.emit("Project not closed in order", f"{error} Every edit is in the file already.")

    def _move_in_history(self, move: Callable[[], Edit | None], word: str) -> None:
        if self.project is None or self.desk.is_read_only:
            return
        self.stop()
        try:
            edit = move()
        except ProjectFileError as error:
            self.failed.emit("Not saved", str(error))
            return
        if edit is None:
            return
        self._tell_changes(edit)
        self.noted.emit(f"{word}: {edit.title}{self._where(edit)}")
        if edit.track_id is not None:
            self.select(edit.track_id)
        if edit.frame_index is not None:
            self.seek(edit.frame_index)

    def _where(self, edit: Edit) -> str:
        """Track and frame of an edit in brackets; empty where it has neither."""
        parts = []
        if self.project is not None and edit.track_id is not None and self.project.has_track(edit.track_id):
            parts.append(f"{self.project.track(edit.track_id).label} {edit.track_id}")
        if edit.frame_index is not None:
            parts.append(f"frame {edit.frame_index}")
        return f" ({', '.join(parts)})" if parts else ""

    def _tell_changes(self, edit: Edit) -> None:
        assert self.project is not None
        ids = (getattr(change, "track_id", None) for change in edit.changes)
        changed = frozenset(each for each in (edit.track_id, *ids) if each is not None)
        if self._selected is not None and not self.project.has_track(self._selected):
            tracks = self.project.tracks()
            self.select(tracks[-1].track_id if tracks else None)
        self.project_changed.emit(changed)

    def _advance(self, direction: Direction, *, frame_budget: int | None, all_tracks: bool = False) -> None:
        project = self.project
        if project is None or not self.can_edit:
            return
        self.playhead.halt()
        chosen = [] if self._selected is None else [self._selected]
        if all_tracks:
            chosen = [track.track_id for track in project.tracks() if not (track.is_hidden or track.is_locked)]
        # A run at rest of another track is not what is asked for.
        if all(map(self.run.is_about, chosen)) and self.run.resume(direction, frame_budget):
            self._follow_anew()
            return
        self._start(
            lambda: plan_one_way(
                project,
                chosen,
                self.playhead.frame_index,
                direction=direction,
                last_frame=self.playhead.last_frame,
                stops_at_keyframe=self._stops_at_keyframe,
            ),
            frame_budget=frame_budget,
        )

    def _start(self, make_plan: Callable[[], RunPlan], *, frame_budget: int | None) -> None:
        source = self.playhead.source
        if source is None:
            return
        try:
            plan = make_plan()
        except PlanError as error:
            self.noted.emit(str(error))
            return
        self.run.start(
            plan,
            source_path=source.path,
            settings=self._settings,
            frame_budget=frame_budget,
            lost_rule=self._lost_rule,
        )
        self._follow_anew()
        self.playhead.seek(plan.requests[0].start_frame)

    def _teach(self, track_id: int, frame_index: int, box: Box, *, is_correction: bool) -> None:
        """Let the run at rest learn a human box, or a new run where it cannot."""
        if self.run.teach(track_id, frame_index, box, continues=self._continues_after_correction):
            return
        if self.run.is_resting and not self.run.is_about(track_id):
            return
        self.run.stop()
        if is_correction and self._continues_after_correction:
            self._advance(Direction.FORWARD, frame_budget=None)

    def _is_tracked_from(self, project: Project, track_id: int, frame_index: int) -> bool:
        """Whether a tracker has spoken on this frame or after it, before the next human box."""
        following = project.keyframe_after(track_id, frame_index)
        last = self.playhead.last_frame if following is None else following.frame_index - 1
        is_fresh = self.run.unwritten(track_id, frame_index) is not None
        return is_fresh or bool(project.valid_predictions(track_id, frame_index, last))

    def _follow_anew(self) -> None:
        self.set_follows_tracker(True)
        if self.run.latest_frame is not None:
            self.playhead.seek(self.run.latest_frame)

    @Slot()
    def _on_source_changed(self) -> None:
        self.run.stop()
        self._diagnostics.clear()
        wanted, self._wanted_project = self._wanted_project, None
        self._open_project(path=wanted)

    @Slot(object)
    def _on_read_failed(self, failure: ReadFailure) -> None:
        if failure.frame_index is None:
            self._wanted_project = None
            self.failed.emit("Cannot open", failure.message)
        else:
            self.noted.emit(failure.message)

    @Slot(object)
    def _on_frame_tracked(self, tracked: FrameTracked) -> None:
        if tracked.track_id == self._selected:
            if not tracked.is_human:
                # What an earlier run saw explains nothing here; a correction keeps it, to show what went wrong.
                self._diagnostics.discard(tracked.frame_index)
            if tracked.result.diagnostics is not None:
                self._diagnostics.record(tracked.frame_index, tracked.result.diagnostics)
        if self._follows_tracker:
            self.playhead.seek(tracked.frame_index)
        self.frame_tracked.emit(tracked)

    @Slot(object)
    def _on_target_lost(self, lost: TargetLost) -> None:
        self._lost_at_s = time.monotonic()
        self.select(lost.track_id)
        self.noted.emit(
            f"Lost since frame {lost.since_frame}: drag a box around the object, press O where it is gone, "
            "or T to go on"
        )
