"""What the window asks a person: files, names, frames, how much. No question blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from dlst_gui.evidence.trace_name import SUFFIX as TRACE_SUFFIX
from dlst_gui.jobs.discovery import VIDEO_SUFFIXES
from dlst_gui.project.choices import Choice, UndecidedProjectError
from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.session import LOCKED, Session
from dlst_gui.settings.preferences import DeleteScope
from dlst_gui.tracking.run_plans import TrackedStretch
from dlst_gui.views.crowd.identity_dialog import Change, IdentityDialog
from dlst_gui.views.dialogs.closing_dialogs import Asked, closing_with_project
from dlst_gui.views.dialogs.problem_dialog import show_problem
from dlst_gui.views.dialogs.questions import (
    ask_about_project,
    ask_attributes,
    ask_color,
    ask_delete_scope,
    ask_frame_to_track_to,
    ask_label,
    ask_where_to_track,
)
from dlst_gui.views.dialogs.range_dialog import range_dialog
from dlst_gui.views.dialogs.restore_dialog import RestoreDialog
from dlst_gui.views.exchange.exchange_dialogs import ExchangeDialogs
from dlst_gui.views.keyframes.keyframes_dialog import KeyframesDialog
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.start.starting_folder import starting_folder

VIDEO_ENDINGS = " ".join(f"*{suffix}" for suffix in (*VIDEO_SUFFIXES, ".tif", ".tiff", ".webp", ".gif"))
OPEN_FILTER = (
    f"Videos, projects, job lists and evidence (*.dlst *.dlstjobs *{TRACE_SUFFIX} {VIDEO_ENDINGS});;All files (*)"
)
VIDEO_FILTER = f"Videos ({VIDEO_ENDINGS});;All files (*)"


class Dialogs(QObject):
    """Asks over `window`, and hands the answers to the session; also what the session itself asks or reports."""

    def __init__(
        self, window: QWidget, session: Session, editing: Editing, identities: Identities, user: UserSettings
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._editing = editing
        self._identities = identities
        self._user = user
        self._exchange = ExchangeDialogs(window, session, user)
        self.choose_range = range_dialog(window, session)
        session.asked.connect(self._on_asked)
        session.video_missing.connect(self._on_video_missing)
        session.failed.connect(self._on_failed)
        session.tracking.unclear.connect(self._on_unclear)

    @property
    def exchange(self) -> ExchangeDialogs:
        return self._exchange

    def delete_boxes(self) -> None:
        """Delete as the user has set once, or ask how much is meant."""
        preferences = self._user.preferences
        if not preferences.asks_on_delete:
            self._editing.delete(preferences.delete_scope)
            return

        def take(scope: DeleteScope, asks_again: bool) -> None:
            self._user.set_preferences(
                replace(self._user.preferences, asks_on_delete=asks_again, delete_scope=scope)
            )
            self._editing.delete(scope)

        self._of_project(ask_delete_scope(self._window, take))

    def choose_label(self) -> None:
        """Ask for the selected track's label."""
        project, track_id = self._session.project, self._session.selected_track
        if project is not None and track_id is not None:
            labels = [label.name for label in project.labels()]
            self._of_project(
                ask_label(self._window, labels, project.track(track_id).label, self._editing.set_label)
            )

    def choose_color(self) -> None:
        """Ask for the selected track's colour."""
        project, track_id = self._session.project, self._session.selected_track
        if project is not None and track_id is not None:
            self._of_project(ask_color(self._window, project.track(track_id).color, self._editing.set_color))

    def choose_attributes(self, *, of_frame: bool) -> None:
        """Ask for what is said about the selected track, on all frames or on this one."""
        track, frame = self._editing.attributes
        if of_frame:
            words, present, take = "Attributes on this frame", frame, self._editing.set_frame_attributes
        else:
            words, present, take = "Attributes of the object", track, self._editing.set_attributes
        self._of_project(ask_attributes(self._window, words, present, take))

    def swap_objects(self) -> None:
        """Ask with which object the selected one is swapped from here on, and show what that does."""
        self._ask_identity(Change.SWAP)

    def merge_objects(self) -> None:
        """Ask which object the selected one takes in, and show what that does."""
        self._ask_identity(Change.MERGE)

    def _ask_identity(self, change: Change) -> None:
        project = self._session.project
        if project is not None and self._session.selected_track is not None and len(project.tracks()) > 1:
            self._of_project(IdentityDialog(self._session, self._identities, change, self._window)).open()

    def choose_frame_to_track_to(self) -> None:
        """Ask up to which frame to track the selected track from the shown one, in either direction."""
        playhead = self._session.playhead
        here, last = playhead.frame_index, playhead.last_frame
        offered = min(here + self._user.preferences.long_step, last)
        words = f"Track from frame {here} to frame (0 to {last}):"
        take = self._session.tracking.track_to
        self._of_project(ask_frame_to_track_to(self._window, words, offered=offered, last=last, take=take))

    def choose_keyframes(self) -> None:
        """Ask which tracked boxes of the selected track become how few manual ones."""
        track_id = self._session.selected_track
        if track_id is None or self._session.selection.is_locked:
            self._session.noted.emit("Select an object first." if track_id is None else LOCKED)
            return
        dialog = KeyframesDialog(self._session, self._editing, track_id, self._window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def choose_copy(self) -> None:
        """Ask where a copy of the project goes."""
        dialog = QFileDialog(self._window, "Save a Copy", self._folder(), "Projects (*.dlst)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("dlst")
        _ask_path(self._of_project(dialog), self._session.save_copy)

    def choose_earlier_state(self) -> None:
        """Ask which earlier state of the project to restore."""
        backups = self._session.backups
        states, present = backups.states(), backups.present_counts()
        self._of_project(RestoreDialog(states, present, self._session.restore, self._window)).open()

    def choose_file(self) -> None:
        """Ask for a video file, or several, which become a list."""
        dialog = QFileDialog(self._window, "Open Video", self._folder(), OPEN_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        _ask_paths(dialog, self._session.open_paths)

    def choose_folder(self) -> None:
        """Ask for a folder of images or of videos."""
        dialog = QFileDialog(self._window, "Open Folder", self._folder())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        _ask_paths(dialog, self._session.open_paths)

    def _of_project(self, dialog: Asked) -> Asked:
        return closing_with_project(dialog, self._session)

    def _folder(self) -> str:
        return starting_folder(self._user.preferences.recent)

    @Slot(object)
    def _on_asked(self, question: UndecidedProjectError) -> None:
        def decide(choice: Choice) -> None:
            if choice is Choice.SAVE_ELSEWHERE:
                self._choose_where_to_save(question)
            elif choice is Choice.RESTORE:
                self._choose_state_for(question)
            else:
                self._session.decide(question, choice)

        self._of_project(ask_about_project(self._window, question, decide))

    def _choose_state_for(self, question: UndecidedProjectError) -> None:
        """What to put in a damaged project's place; who chooses nothing is asked again."""
        states = self._session.backups.states_of(question.project_path)
        dialog = RestoreDialog(
            states,
            None,
            lambda state: self._session.decide(question, Choice.RESTORE, state.path),
            self._window,
        )
        dialog.rejected.connect(lambda: self._on_asked(question))
        self._of_project(dialog).open()

    def _choose_where_to_save(self, question: UndecidedProjectError) -> None:
        """A project that is there already is opened, not replaced; who chooses no place is asked again."""
        dialog = QFileDialog(self._window, "Save the Project As", str(Path.home() / question.project_path.name))
        dialog.setNameFilter("Projects (*.dlst)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setDefaultSuffix("dlst")
        dialog.rejected.connect(lambda: self._on_asked(question))
        _ask_path(
            self._of_project(dialog), lambda path: self._session.decide(question, Choice.SAVE_ELSEWHERE, path)
        )

    @Slot(object, object)
    def _on_unclear(self, stretch: TrackedStretch, frame_budget: int | None) -> None:
        tracking = self._session.tracking
        box = ask_where_to_track(
            self._window,
            stretch,
            go_on=lambda: tracking.go_on(stretch, frame_budget),
            again=lambda: tracking.track_again(stretch, frame_budget),
        )
        self._of_project(box)

    @Slot(object)
    def _on_video_missing(self, project: Path) -> None:
        title = f"Locate the Video of {project.name}"
        dialog = QFileDialog(self._window, title, str(project.parent), VIDEO_FILTER)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        _ask_path(dialog, lambda video: self._session.open_with(project, video))

    @Slot(str, str, str)
    def _on_failed(self, title: str, message: str, details: str) -> None:
        show_problem(self._window, title, message, details)


def _ask_paths(dialog: QFileDialog, take: Callable[[list[Path]], None]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(lambda paths: take([Path(path) for path in paths]))
    dialog.open()


def _ask_path(dialog: QFileDialog, take: Callable[[Path], None]) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda path: take(Path(path)))
    dialog.open()
