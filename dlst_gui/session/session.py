"""The state the window shows, and the only place that changes it: views read it and call its functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from dlst_gui.evidence.trace_project import frames_told_of, is_long_to_read, trace_project
from dlst_gui.exchange.errors import TargetError
from dlst_gui.exchange.progress import Stage, Watch
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.transfer.import_edit import ImportAs, import_edit
from dlst_gui.project.backups import BACKUPS_FOLDER, EarlierState
from dlst_gui.project.changes import Edit, LongEdit
from dlst_gui.project.choices import Choice, UndecidedProjectError, unusable
from dlst_gui.project.conversions import Tell
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.errors import ProjectFileError, plain_words
from dlst_gui.project.history import Moved
from dlst_gui.project.last_view import LastView
from dlst_gui.project.opening import OpenProject, ProjectOpener
from dlst_gui.project.placement import SUFFIX
from dlst_gui.project.project import Project
from dlst_gui.project.rescue import Rescue
from dlst_gui.project.restoring import become
from dlst_gui.project.store import Step
from dlst_gui.project.track_colors import color_for
from dlst_gui.project.tracks import BoxOrigin, Keyframe, ShownKind
from dlst_gui.session.background_job import JobCancelled, JobFailed
from dlst_gui.session.background_task import BackgroundTask
from dlst_gui.session.backup_keeper import BackupKeeper
from dlst_gui.session.current_project import CurrentProject, MakeEdit
from dlst_gui.session.cut_outs import CutOuts
from dlst_gui.session.damage_watch import DamageWatch
from dlst_gui.session.disk_look import DiskLook
from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.frame_reader import OpenSource, ReadFailure
from dlst_gui.session.jobs import FoundList, FoundNothing, Jobs
from dlst_gui.session.kept_evidence import KeptEvidence
from dlst_gui.session.long_change import LongChange, Steps
from dlst_gui.session.playhead import Playhead
from dlst_gui.session.run_control import RunControl
from dlst_gui.session.run_events import RunEvent
from dlst_gui.session.run_state import RunState
from dlst_gui.session.selected_track import SelectedTrack
from dlst_gui.session.thumbnails import Thumbnails
from dlst_gui.session.tracking_commands import TrackingCommands
from dlst_gui.tracking.lost_rule import TargetLost
from dlst_gui.tracking.meeting_watch import TargetsMet
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked
from tracker_core import Box

FIRST_LABEL = "object"
WATCHED_EVERY_MS = 400  # ours: a lost file is noticed within a second, also on a busy machine
LOOKING_TOLD_AFTER_MS = 600  # ours: most disks have answered by then
STAYED_FOR_MS = 400  # ours: whoever only goes through a list needs no tracker, which opens the video once more
JOB_COUNTED_AFTER_MS = 1500  # ours: the list need not follow every box
BOXES_AT_ONCE = 20_000  # ours: that many are imported in a tenth of a second
BOXES_IN_A_TURN = 8192  # ours: that many boxes of one object are replaced in 30 ms
PROJECT_GONE = (
    "{} is not there, which the list names as the project of {}. Bring it back, or connect the disk it lies on. "
    "To begin a new project, open the video by itself."
)
LOCKED = "This object is locked: unlock it to change it."


class Session(QObject):
    """One video, its project and the run at work. Lives in the window's thread; `close` ends its threads.

    Attributes:
        open_source: opens a video in the thread that calls.
        make_tracker: builds one there, and lets torch compute there with the threads asked for.
        current_project: the one in use.
        run: pauses and stops what is at work.
        playhead: the video and the frame of it that is shown.
        thumbnails: small pictures of its frames.
        cut_outs: small pictures of boxes in them.
        selection: the track that is edited, tracked and explained.
        evidence: what trackers saw, also on past frames.
        tracking: begins runs, and has the habits of tracking.
        long_change: a change of the project that takes long, such as an import.
        task: what goes on in the background and a person waits for, such as a copy.
        backups: keeps earlier states of the project.
        damage_watch: checks a large project once it is open.
        jobs: the list of videos, if one is open.
    """

    state_changed = Signal()
    project_opened = Signal()
    project_closing = Signal()  # it is still there; whoever works on a copy of it leaves that now
    project_changed = Signal(object)  # frozenset of the ids of tracks whose boxes or appearance changed
    selection_changed = Signal()
    frame_tracked = Signal(object)  # FrameTracked, every one of them
    noted = Signal(str)  # shown for a while; "" where the one before is about another video
    failed = Signal(str, str, str)  # title; what happened and what to do; for who wants to know more
    labels_added = Signal()
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
        self._wanted_project: Path | None = None
        self._last_loss = ""
        self.open_source = open_source
        self.make_tracker = make_tracker
        self.current_project = CurrentProject(projects)
        cache = FrameCache()
        self.run = RunControl(make_tracker, open_source, cache, self.current_project)
        self.playhead = Playhead(open_source, cache)
        self.thumbnails = Thumbnails(open_source, cache)
        self.cut_outs = CutOuts(open_source, cache)
        self.evidence = KeptEvidence(self.current_project, self.run, self.playhead)
        self.selection = SelectedTrack(self.current_project, self.run, self.playhead, self.evidence)
        self.tracking = TrackingCommands(self.current_project, self.run, self.playhead, self.selection, settings)
        data_folder = projects.data_folder
        self.backups = BackupKeeper(
            self.current_project, None if data_folder is None else data_folder / BACKUPS_FOLDER
        )
        self.damage_watch = DamageWatch()
        self._watch_timer = QTimer(self)
        self._watch_timer.setInterval(WATCHED_EVERY_MS)
        self._watch_timer.timeout.connect(self._on_watch_due)
        self._file_look = DiskLook("project file look")
        self._file_look.answered.connect(self._on_file_looked_at)
        self.long_change = LongChange(self.current_project)
        self.task = BackgroundTask()
        self.jobs = Jobs(projects.data_folder)
        self._job_timer = QTimer(self, singleShot=True, interval=JOB_COUNTED_AFTER_MS)
        self._looking_timer = QTimer(self, singleShot=True, interval=LOOKING_TOLD_AFTER_MS)
        self._looking_timer.timeout.connect(lambda: self.noted.emit("Looking for videos …"))
        self._prepare_timer = QTimer(self, singleShot=True, interval=STAYED_FOR_MS)
        self._prepare_timer.timeout.connect(self.tracking.prepare)
        self._job_timer.timeout.connect(self._on_job_due)
        self._opening: _OpenBeside | None = None
        self._connect()

    @property
    def state(self) -> RunState:
        if self.playhead.source is None:
            return RunState.EMPTY
        return RunState.CHANGING if self.long_change.is_going else self.run.state

    @property
    def project(self) -> Project | None:
        """To be read; it changes through this session only."""
        return self.current_project.project

    @property
    def is_trace(self) -> bool:
        """Whether a file of evidence is open, without its video: it can be looked at, and nothing else."""
        return self.playhead.source is not None and self.playhead.source.is_trace

    @property
    def can_edit(self) -> bool:
        """Whether the selected track can be changed, or a new one begun; also beside a run of other tracks."""
        return self.current_project.is_writable and self.run.leaves_free(self.selection.drawn_track)

    @property
    def is_free(self) -> bool:
        """Whether every track can be changed: no run is at work."""
        return self.current_project.is_writable and not self.run.state.is_busy

    @property
    def selected_track(self) -> int | None:
        return self.selection.track_id

    def open(self, path: Path) -> None:
        """Open a video file, image or sequence folder, project or file of evidence; else the present one stays."""
        if path.suffix != SUFFIX:
            self.open_with(None, path)
            return
        try:
            video = self.current_project.opener.video_of(path)
        except ProjectFileError as error:
            self.failed.emit("Cannot open the project", *plain_words(error))
            return
        if video is None:
            self.video_missing.emit(path)
        else:
            self.open_with(path, video)

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what a person has picked: one video or project, or a list of videos.

        A folder of videos, a job file and several files are a list, of which the first one that is not done is
        opened.
        """
        self._looking_timer.start()
        self.jobs.find(paths)

    def open_job(self, row: int) -> None:
        """Open a video of the list."""
        job = self.jobs.jobs[row]
        if job.project is not None and not job.project.exists():
            self.failed.emit("Cannot open the project", PROJECT_GONE.format(job.project, job.video.name), "")
            return
        self.playhead.settle()  # what was asked for before is answered by then
        self.jobs.ask(row)
        if job.project is None:
            self.open(job.video)
        else:
            self.open_with(job.project, job.video)

    def open_next_job(self, *, forward: bool) -> None:
        """Open the next video of the list that its filter shows, or the one before."""
        row = self.jobs.next_row(forward=forward, opening=self.playhead.opening)
        if row is None:
            self.noted.emit(f"There is no {'next' if forward else 'previous'} video in the list.")
        else:
            self.open_job(row)

    def set_done(self, is_done: bool) -> None:
        """Note that a person is done with the open video, or is not."""
        try:
            self.current_project.set_done(is_done)
        except ProjectFileError as error:
            self.failed.emit("Not saved", *plain_words(error))
        self._look_at_job()
        self.state_changed.emit()

    def open_with(self, project: Path | None, video: Path) -> None:
        """Open a video with the project of that name, or with its own."""
        self.playhead.settle()
        self._wanted_project = project
        self.playhead.open(video)

    def stop_opening(self) -> None:
        """Give up what is being opened; the present video and project stay."""
        self.playhead.settle()
        self._wanted_project = None
        self.jobs.ask(None)
        self.playhead.stop_opening()

    def seek(self, frame_index: int) -> None:
        """Show a frame. While a run goes on, this stops following it."""
        if self.state.is_busy and frame_index != self.playhead.frame_index:
            self.tracking.set_follows_tracker(False)
        self.playhead.seek(frame_index)

    def seek_by(self, frames: int) -> None:
        """Show the frame that many frames on, or back."""
        if self.state.is_busy:
            self.tracking.set_follows_tracker(False)
        self.playhead.seek_by(frames)

    def toggle_play(self) -> None:
        """Play the view, or halt it; the tracker is not touched, only no longer followed."""
        if self.state.is_busy:
            self.tracking.set_follows_tracker(False)
        self.playhead.toggle_play()

    def do(self, make_edit: MakeEdit, *, keeps_run: bool = False, beside_run: bool = False) -> Edit | None:
        """Make an edit and write it; None where it was not made, which a note or a dialog explains.

        Args:
            make_edit: makes it.
            keeps_run: whoever calls tells the run what has become of its targets.
            beside_run: whoever calls has seen that it can be made while the run goes on; else the selected track
                has to be free.
        """
        may_change = self._may_change(beside_run=beside_run)
        return self._done(make_edit, keeps_run=keeps_run) if may_change else None

    def _done(self, make_edit: MakeEdit, *, keeps_run: bool = False) -> Edit | None:
        try:
            edit = self.current_project.do(make_edit)
        except EditError as error:
            self.noted.emit(str(error))
            return None
        except ProjectFileError as error:
            self.failed.emit("Not saved", *plain_words(error))
            return None
        self.selection.select_existing()
        if edit.ends_run and not keeps_run:
            self.run.stop_for(edit.track_ids)
        self._tell_changes(edit)
        return edit

    def do_long(
        self,
        word: str,
        make_edit: Callable[[Project], LongEdit],
        done: Callable[[], None],
        *,
        box_count: int,
    ) -> bool:
        """Make an edit of one track, which may take long: then bit by bit, see `long_change`.

        Args:
            word: what is being done meanwhile.
            make_edit: makes it; whoever calls has seen that the run leaves its track free.
            done: called once it is complete and written.
            box_count: how many boxes change; of few it is complete when this returns.

        Returns:
            False where it was not begun, or not made, which a note or a dialog explains.
        """
        history, is_long = self.current_project.history, box_count > BOXES_IN_A_TURN
        if self.project is None or history is None or not self._may_change(beside_run=True):
            return False
        if is_long and self.run.state.is_busy:
            self.noted.emit("Pause the tracker first: this changes so many boxes that it takes a while.")
            return False
        try:
            edit = make_edit(self.project)
        except EditError as error:
            self.noted.emit(str(error))
            return False
        track_ids = frozenset(() if edit.track_id is None else (edit.track_id,))
        is_made = False

        def show(_: object) -> None:
            nonlocal is_made
            is_made = True
            self.selection.select_existing()
            if edit.ends_run:
                self.run.stop_for(track_ids)
            self.project_changed.emit(track_ids)
            done()

        self.long_change.begin(word, history.doing(edit), show)
        if not is_long:
            self.long_change.finish()
        return is_long or is_made

    def undo(self) -> None:
        """Take the latest step back, and show where it was; a large one bit by bit, see `long_change`."""
        history = self.current_project.history
        if history is None or not self.current_project.is_writable:
            return
        self.run.stop()
        going = history.long_undo()
        if going is None:
            self._move_in_history(self.current_project.undo, "Undone")
        else:
            self._move_long("undoing", history.undoing(), going, "Undone")

    def redo(self) -> None:
        """Make the step that was undone last again, and show where it is; a large one bit by bit."""
        history = self.current_project.history
        if history is None or not self.current_project.is_writable:
            return
        self.run.stop()
        going = history.long_redo()
        if going is None:
            self._move_in_history(self.current_project.redo, "Redone")
        else:
            self._move_long("redoing", history.redoing(), going, "Redone")

    def stop(self) -> None:
        """Stop what is at work: a long change, else the run, else a task, else the opening of a video."""
        if self.state.is_busy or (self.state is RunState.PAUSED and not self.task.is_going):
            self.run.stop()
        elif self.long_change.is_going or self.task.is_going:
            self.stop_change()
        else:
            self.stop_opening()

    def stop_change(self) -> None:
        """Leave a change that takes long, or else a task, with the project as it was before."""
        if not self.long_change.is_going:
            self.task.stop()
            return
        word = self.long_change.word
        if self.long_change.stop():
            self.noted.emit(f"Stopped {word}; the project is as it was.")

    def set_box(self, frame_index: int, box: Box, *, origin: BoxOrigin = BoxOrigin.DRAWN) -> None:
        """Record a manual box of the selected track, or of a new one where none is selected or one was begun.

        A new one is interpolated only where the selected one is. Of such a track, no run learns anything.

        A paused run of the track learns it: on its last tracked frame at once, and goes on from there; on a frame
        ahead when it gets there. On an earlier frame, or without such a run, a box that corrects predictions
        starts a new run. A paused run of another track stays, and then nothing is learned yet.
        """
        project, track_id = self.project, self.selected_track
        if project is None:
            return
        keyframe = Keyframe(frame_index, box, origin=origin)
        if track_id is None or self.selection.begins_new_track:
            label = self.selection.next_label or label_of_new(project, track_id)
            color, is_line = color_for(project, label), self.selection.is_interpolated
            edit = self.do(
                lambda p: add_track(p, label=label, color=color, keyframe=keyframe, is_interpolated=is_line)
            )
            if edit is not None and edit.track_id is not None:
                self.selection.select(edit.track_id)
                self.tracking.learn_ahead(edit.track_id, frame_index)
            return
        if self.selection.is_locked:
            self.noted.emit(LOCKED)
            return
        before = project.keyframe(track_id, frame_index)
        if before is not None:
            keyframe = replace(keyframe, attributes=before.attributes)
        if not self._may_change():
            self.tracking.let_go()
            return
        if self.selection.is_interpolated:
            self._done(lambda p: set_keyframe(p, track_id, keyframe))
            return
        self._note_correction(track_id, frame_index, box, origin)
        is_correction = self.tracking.has_predictions_from(track_id, frame_index)
        is_taught = self.tracking.teach(track_id, frame_index, box)  # before it is saved, which may take a while
        is_saved = self._done(lambda p: set_keyframe(p, track_id, keyframe)) is not None
        if is_taught and not is_saved:
            self.run.stop()
        elif is_saved and not is_taught:
            self.tracking.begin_at(track_id, frame_index, is_correction=is_correction)

    def _note_correction(self, track_id: int, frame_index: int, box: Box, origin: BoxOrigin) -> None:
        """What the tracker saw is kept where a person is about to say otherwise."""
        shown = self.selection.shown(track_id, frame_index)
        if shown is None or shown.prediction is None or origin is BoxOrigin.ACCEPTED:
            return
        if shown.kind is ShownKind.TRACKED and shown.box != box:
            self.evidence.note_correction(track_id, shown.prediction)

    def add_labels(self, labels: LabelSet, become: ImportAs) -> bool:
        """Add all objects of a file as one edit, and show the first; False where that cannot be begun.

        Many boxes take a while: `long_change` tells how far they are, and `labels_added` when they are there.
        """
        project, history = self.project, self.current_project.history
        if project is None or history is None or not (self._may_change() and self.is_free):
            return False
        before = {track.track_id for track in project.tracks()}
        edit = import_edit(project, labels, run_id=self.current_project.next_run_id(), become=become)

        def show(_: object) -> None:
            added = [track.track_id for track in project.tracks() if track.track_id not in before]
            self.current_project.forget_pairs_of(added)
            self.project_changed.emit(frozenset(added))
            self.selection.select(added[0] if added else None)
            self.seek(edit.frame_index or 0)
            self.labels_added.emit()

        self.long_change.begin("importing", history.doing(edit), show)
        if labels.box_count() <= BOXES_AT_ONCE:
            self.long_change.finish()
        return True

    def restore(self, state: EarlierState) -> None:
        """Bring an earlier state back, as one edit; the present one is kept among the earlier ones first."""
        if self._is_changing() or not self.is_free or not self.run.write():
            return
        try:
            other = self.backups.read(state)
        except ProjectFileError as error:
            self.failed.emit("Not restored", *plain_words(error))
            return
        title = f"Restore the state of {state.made_at:%Y-%m-%d %H:%M}"
        edit = self.do(lambda p: become(p, other, title))
        if edit is not None:
            self.noted.emit(f"{title}: done. Undo brings back what was there before.")

    def use_first_box(self) -> None:
        """Start from the source's own annotation of its first frame."""
        source = self.playhead.source
        if source is not None and source.first_box is not None:
            self.seek(0)
            self.set_box(0, source.first_box)

    def decide(self, question: UndecidedProjectError, choice: Choice, elsewhere: Path | None = None) -> None:
        """Answer `asked`: open the project of the present video accordingly, or save it `elsewhere`."""
        self._open_project(path=question.project_path, choice=choice, elsewhere=elsewhere)

    def save_copy(self, path: Path) -> None:
        """Write a compact copy of the project elsewhere, in the background."""
        if self._is_changing() or self._is_at_task() or not self.run.write():
            return
        try:
            copying = self.current_project.copying(path)
        except TargetError as error:
            self.failed.emit("Copy not saved", str(error), "")
            return
        if copying is not None:
            work = partial(_copy, copying)
            self.task.begin("saving a copy", work, partial(self._on_copied, path=path))

    def _on_copied(self, outcome: object, path: Path) -> None:
        if isinstance(outcome, JobFailed):
            self.failed.emit("Copy not saved", outcome.message, outcome.details)
        elif isinstance(outcome, JobCancelled):
            self.noted.emit("Stopped saving a copy; nothing was written.")
        else:
            self.noted.emit(f"Copy saved to {path}")

    def _is_at_task(self) -> bool:
        """Whether something goes on in the background that a person waits for, which a note then says."""
        if self.task.is_going:
            self.noted.emit(f"Still {self.task.word}: wait until that is complete, or cancel it.")
        return self.task.is_going

    @Slot()
    def _on_watch_due(self) -> None:
        """Notice within a second that the project's file was taken away, also while nothing is edited."""
        self._tell_rescue(self.current_project.take_rescue())
        check = self.current_project.trouble_check
        if check is not None and not self._file_look.is_waiting:
            self._file_look.request(check)

    @Slot(object)
    def _on_file_looked_at(self, is_troubled: bool) -> None:
        if is_troubled:
            self._watch_file()
        else:
            self._last_loss = ""

    def _watch_file(self, *, waits: bool = False) -> None:
        """See that the project's file is still there; else go on in another, and say so."""
        try:
            self.current_project.settle(waits=waits)
        except ProjectFileError as error:
            self._tell_lost(error)
        else:
            self._last_loss = ""
        self._tell_rescue(self.current_project.take_rescue())

    def _tell_lost(self, error: ProjectFileError) -> None:
        if str(error) != self._last_loss:
            self._last_loss = str(error)
            self.run.pause()
            self.failed.emit("The project is not being saved", *plain_words(error))

    def _tell_rescue(self, rescue: Rescue | None) -> None:
        if rescue is not None:
            self.failed.emit("The project file was taken away", str(rescue), "")
            if rescue.missing and self.project is not None:
                self.project_changed.emit(frozenset(track.track_id for track in self.project.tracks()))
            self.state_changed.emit()

    def close(self) -> None:
        """End both threads, also in the middle of learning, and the project; waits for them."""
        self.jobs.close()
        self._job_timer.stop()
        self._looking_timer.stop()
        self._prepare_timer.stop()
        self.long_change.stop()
        self.run.close()
        self._remember_view()
        self.playhead.close()
        self.thumbnails.close()
        self.cut_outs.close()
        self._close_project()
        self.backups.finish()

    @Slot(object)
    def tell_damage(self, error: ProjectFileError) -> None:
        """Part of the open project turned out to be unreadable: it is closed, and a person is asked.

        Where its file was taken away, work goes on in a new one instead.
        """
        self._watch_file(waits=True)
        path = self.current_project.path
        if path is None or path != error.path:
            return
        self.run.leave_project()
        self._close_project()
        self.project_opened.emit()
        self.selection_changed.emit()
        self.state_changed.emit()
        self.asked.emit(unusable(error, path))

    def _may_change(self, *, beside_run: bool = False) -> bool:
        """Whether an edit can be made now, with all that a run has found before it; else a note says why not."""
        if self._is_changing():
            return False
        if self.current_project.is_read_only:
            self.noted.emit(self.current_project.notice)
        return (self.current_project.is_writable if beside_run else self.can_edit) and self.run.write()

    def _is_changing(self) -> bool:
        """Whether a long change is being made, which a note then says."""
        if self.long_change.is_going:
            self.noted.emit(f"Still {self.long_change.word}: wait until that is complete, or cancel it.")
        return self.long_change.is_going

    @Slot()
    def _on_change_reverted(self) -> None:
        """What was not seen meanwhile is there again."""
        if self.project is not None:
            self.selection.select_existing()
            self.project_changed.emit(frozenset(track.track_id for track in self.project.tracks()))

    def _connect(self) -> None:
        self.long_change.changed.connect(self.state_changed)
        self.task.changed.connect(self.state_changed)
        self.long_change.reverted.connect(self._on_change_reverted)
        self.long_change.failed.connect(self.failed)
        self.run.state_changed.connect(self.state_changed)
        self.run.state_changed.connect(self._on_run_state_changed)
        self.run.told.connect(self._on_run_told)
        self.run.waiting_changed.connect(self.state_changed)
        self.run.recorded.connect(self.project_changed)
        self.run.failed.connect(self.failed)
        self.playhead.source_leaving.connect(self._on_source_leaving)
        self.playhead.source_changed.connect(self._on_source_changed)
        self.playhead.source_ready.connect(self._on_source_ready)
        self.playhead.failed.connect(self._on_read_failed)
        self.selection.changed.connect(self.selection_changed)
        self.selection.wish_changed.connect(self.state_changed)
        self.tracking.changed.connect(self.state_changed)
        self.tracking.noted.connect(self.noted)
        self.backups.failed.connect(self.noted)
        self.damage_watch.found.connect(self.tell_damage)
        self.evidence.ended.connect(self._on_evidence_ended)
        self.evidence.set_aside.connect(self._on_evidence_set_aside)
        self.jobs.found.connect(self._on_found)
        self.project_changed.connect(self._on_boxes_changed)

    def _open_project(
        self, *, path: Path | None = None, choice: Choice | None = None, elsewhere: Path | None = None
    ) -> None:
        source = self.playhead.source
        if source is None:
            return
        self._close_project()
        opener, video = self.current_project.opener, source.identity
        if source.is_trace:
            open_it = partial(trace_project, source.path)
            is_long, word = is_long_to_read(source.path), "reading the evidence"
        else:
            path = opener.place_of(video, path=path)
            if path is not None:
                self.backups.leave(path)
            open_it = partial(opener.open_for, video, path=path, choice=choice, elsewhere=elsewhere)
            is_long, word = opener.is_long(video, path=path), "updating the project"
        if is_long:
            self._opening = _OpenBeside(open_it)
            self.task.begin(word, self._opening, self._on_project_loaded)
        else:
            self._take_project(_outcome_of(open_it))
        self._on_project_there()

    def _on_project_loaded(self, outcome: object) -> None:
        """The project was opened in the background, or not."""
        self._opening = None
        if isinstance(outcome, JobCancelled):
            self.noted.emit(
                "Stopped reading the evidence. Open the file again to see it."
                if self.is_trace
                else "Stopped updating the project, which is as it was. Open the video again to go on."
            )
        else:
            self._take_project(outcome)
            self._on_project_there()

    def _take_project(self, outcome: object) -> None:
        match outcome:
            case OpenProject():
                self.current_project.take(outcome)
            case UndecidedProjectError():
                self.asked.emit(outcome)
            case ProjectFileError():
                self.failed.emit("Cannot open the project", *plain_words(outcome))
            case JobFailed():
                self.failed.emit("Cannot open the project", outcome.message, outcome.details)

    def _on_project_there(self) -> None:
        if self.is_trace and self.project is not None:
            self.playhead.set_stops(frames_told_of(self.project))
        self.selection.reset()
        self.evidence.open()
        self._watch_timer.start()
        self.backups.open()
        self.damage_watch.open(self.current_project.path, self.current_project.unread)
        self.project_opened.emit()
        if self.current_project.path is not None:
            self.jobs.note_project(self.current_project.path)
        self._return_to_last_view()
        self.selection_changed.emit()
        self.state_changed.emit()
        if self.current_project.notice and not self.is_trace:  # which a hint says all the while
            self.noted.emit(self.current_project.notice)

    def _remember_view(self) -> None:
        if self.project is not None and self.project.tracks():
            self.current_project.remember_view(LastView(self.playhead.frame_index, self.selected_track))

    def _return_to_last_view(self) -> None:
        view = self.current_project.last_view()
        if view is not None:
            self.selection.select(view.track_id)
            self.playhead.seek(view.frame_index)

    def _close_project(self) -> None:
        self._watch_timer.stop()
        self._file_look.drop()
        self._last_loss = ""
        self._give_up_task()
        self.long_change.stop()
        self.project_closing.emit()
        self.damage_watch.close()
        self.backups.close()
        self.evidence.close()
        try:
            self._tell_rescue(self.current_project.close())
        except ProjectFileError as error:
            message = f"{error.plain}. All edits are already in the file."
            self.failed.emit("Project not closed cleanly", message, error.details)
        self.backups.keep_last()
        self.selection.reset()

    def _give_up_task(self) -> None:
        """What goes on in the background is about the project that is put away now."""
        if self.task.is_going:
            self.noted.emit(f"Stopped {self.task.word}.")
        self.task.close()
        opening, self._opening = self._opening, None
        if opening is not None:
            opening.put_away()

    def _move_in_history(self, move: Callable[[], Edit | None], word: str) -> None:
        try:
            edit = move()
        except ProjectFileError as error:
            self.failed.emit("Not saved", *plain_words(error))
            return
        if edit is not None:
            self._tell_changes(edit)
            self._show_step(edit, word)

    def _move_long(self, word: str, steps: Steps, going: frozenset[int], past_word: str) -> None:
        """Undo or redo bit by bit; tracks that go are not seen from its beginning on."""
        self.long_change.begin(word, steps, partial(self._show_moved, word=past_word), without=going)
        self.selection.select_existing()
        self.project_changed.emit(going)

    def _show_moved(self, moved: object, word: str) -> None:
        if isinstance(moved, Moved):
            self.selection.select_existing()
            self.project_changed.emit(moved.track_ids)
            self._show_step(moved.step, word)

    def _show_step(self, step: Edit | Step, word: str) -> None:
        self.noted.emit(f"{word}: {step.title}{self._where(step)}")
        if step.track_id is not None:
            self.selection.select(step.track_id)
        if step.frame_index is not None:
            self.seek(step.frame_index)

    def _where(self, edit: Edit | Step) -> str:
        """Track and frame of an edit in brackets; empty where it has neither."""
        parts = []
        if self.project is not None and edit.track_id is not None and self.project.has_track(edit.track_id):
            parts.append(self.current_project.name_of(edit.track_id))
        if edit.frame_index is not None:
            parts.append(f"frame {edit.frame_index}")
        return f" ({', '.join(parts)})" if parts else ""

    def _tell_changes(self, edit: Edit) -> None:
        self.selection.select_existing()  # also after undo and redo
        self.project_changed.emit(edit.track_ids)

    @Slot()
    def _on_source_leaving(self) -> None:
        """What the run has found is written, and the project put away, while views still show its video."""
        self.noted.emit("")
        self.long_change.stop()
        self.tracking.leave_video()
        self._remember_view()
        self._close_project()

    @Slot()
    def _on_source_changed(self) -> None:
        source = self.playhead.source
        self.jobs.set_current(None if source is None else source.path)
        if self.jobs.current is None:
            self.tracking.prepare()
        else:
            self._prepare_timer.start()

    @Slot()
    def _on_source_ready(self) -> None:
        wanted, self._wanted_project = self._wanted_project, None
        self._open_project(path=wanted)

    @Slot(object)
    def _on_found(self, found: Path | FoundList | FoundNothing) -> None:
        self._looking_timer.stop()
        match found:
            case Path():
                if self.jobs.row_of(found) is None:
                    self.jobs.close_list()
                self.open(found)
            case FoundList():
                self.jobs.show(found.jobs)
                self.open_job(found.row)
            case FoundNothing():
                self.failed.emit("Cannot open the list", found.message, "")

    @Slot(str)
    def _on_evidence_ended(self, message: str) -> None:
        self.noted.emit(
            f"What trackers see is kept in memory alone from now on. {message}. "
            "Mend that, or move the file away, and open the video again."
        )

    @Slot(object)
    def _on_evidence_set_aside(self, path: Path) -> None:
        self.noted.emit(
            f"What trackers had seen could not be read: that file is called {path.name} now, and is not needed. "
            "Evidence is kept in a new one."
        )

    @Slot()
    def _on_boxes_changed(self) -> None:
        self._job_timer.start()

    @Slot()
    def _on_job_due(self) -> None:
        """Show how far the open video is by now, if it is in a list; counting takes no time from a run."""
        if self.run.state.is_busy:
            self._job_timer.start()
        else:
            self._look_at_job()

    def _look_at_job(self) -> None:
        if self.jobs.current is not None:
            self.jobs.look_again(self.jobs.current)

    @Slot(object)
    def _on_read_failed(self, failure: ReadFailure) -> None:
        if failure.frame_index is None:
            self._wanted_project = None
            self.jobs.ask(None)
            self.failed.emit("Cannot open", failure.message, "")
        else:
            self.noted.emit(failure.message)

    @Slot(object)
    def _on_run_told(self, event: RunEvent) -> None:
        match event:
            case FrameTracked():
                self._show_tracked(event)
            case TargetLost():
                self._show_lost(event)
            case TargetsMet():
                names = (self.current_project.name_of(each) for each in (event.track_id, event.other_id))
                self.noted.emit(
                    f"{' and '.join(names)} seem to be on one target since frame {event.since_frame}: "
                    "one of them waits."
                )

    @Slot()
    def _on_run_state_changed(self) -> None:
        """Where nobody can go on any more, show the one that a person is asked about first."""
        targets = self.run.targets
        if self.run.state is not RunState.PAUSED or not targets.are_several or targets.is_any_going:
            return
        if self.tracking.follows_tracker and targets.waiting:
            self.tracking.show_waiting(targets.waiting[0])

    def _show_tracked(self, tracked: FrameTracked) -> None:
        self.evidence.take(tracked)
        if self.tracking.follows_tracker:
            self.playhead.seek(tracked.frame_index)
        self.frame_tracked.emit(tracked)

    def _show_lost(self, lost: TargetLost) -> None:
        name = self.current_project.name_of(lost.track_id)
        if self.run.targets.is_any_going:
            self.noted.emit(f"{name} is lost since frame {lost.since_frame} and waits; the others go on.")
            return
        self.tracking.note_lost()
        if not self.run.targets.are_several:
            self.selection.select(lost.track_id)
        self.noted.emit(f"Tracking paused: {name} is lost since frame {lost.since_frame}")


def label_of_new(project: Project, track_id: int | None) -> str:
    """That of the selected track; without one the first label that is offered, those with keys first."""
    if track_id is not None:
        return project.track(track_id).label
    offered = sorted(project.labels(), key=lambda label: (not label.hotkey, label.hotkey, label.name))
    return offered[0].name if offered else FIRST_LABEL


def _outcome_of(open_it: Callable[[], OpenProject]) -> OpenProject | UndecidedProjectError | ProjectFileError:
    try:
        return open_it()
    except (UndecidedProjectError, ProjectFileError) as error:
        return error


class _OpenBeside:
    """Opens a project in another thread; where nobody waits for it any more, it is put away again."""

    def __init__(self, open_it: Callable[..., OpenProject]) -> None:
        self._open_it = open_it
        self._outcome: object = None

    def __call__(self, watch: Watch) -> object:
        self._outcome = _outcome_of(partial(self._open_it, tell=watch.ticking(Stage.UPDATING)))
        if isinstance(self._outcome, OpenProject) and watch.should_cancel():
            self.put_away()
            return JobCancelled()
        return self._outcome

    def put_away(self) -> None:
        """Close what was opened and not taken; not while the other thread is at work."""
        outcome, self._outcome = self._outcome, None
        if isinstance(outcome, OpenProject):
            with suppress(ProjectFileError):  # nothing was changed in it
                outcome.close()


def _copy(copying: Callable[[Tell], None], watch: Watch) -> object:
    copying(watch.ticking(Stage.COPYING))
    return None
