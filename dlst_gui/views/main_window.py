"""The window: places the views, and turns menus, keys, drops and dialogs into what the session is asked."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, QUrl, Slot
from PySide6.QtGui import QCloseEvent, QDesktopServices, QDragEnterEvent, QDropEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.project.backups import BackupLimits
from dlst_gui.project.findings.review_findings import FindingRules
from dlst_gui.project.keyframe_block import KeyframeBlock
from dlst_gui.session.editing import Editing
from dlst_gui.session.identities import Identities
from dlst_gui.session.labelling import Labelling
from dlst_gui.session.memory_watch import MemoryWatch
from dlst_gui.session.reviewing import Reviewing
from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import WhatIfs
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.views.actions.action_set import ActionSet
from dlst_gui.views.actions.command_palette import CommandPalette
from dlst_gui.views.actions.command_words import key_text
from dlst_gui.views.actions.key_help import KeyHelp
from dlst_gui.views.actions.needs import OBJECT
from dlst_gui.views.crowd.crowd_bar import CrowdBar
from dlst_gui.views.dialogs.dialogs import Dialogs
from dlst_gui.views.evidence.compare.ghost_menu import ghost_menu
from dlst_gui.views.evidence.compare.what_if_dialog import WhatIfDialog, what_if_dialog
from dlst_gui.views.evidence.evidence_export import EvidenceExport
from dlst_gui.views.evidence.explain import Explain
from dlst_gui.views.evidence.late_panel import LatePanel
from dlst_gui.views.evidence.panel_spec import PanelContext, Place
from dlst_gui.views.evidence.panels import PANELS
from dlst_gui.views.frame.corrections import Corrections
from dlst_gui.views.jobs.job_dialogs import JobDialogs
from dlst_gui.views.jobs.job_dock import JobDock
from dlst_gui.views.jobs.job_panel import JobPanel
from dlst_gui.views.jobs.recent_menu import RecentMenu
from dlst_gui.views.label_set.label_panel import LabelPanel
from dlst_gui.views.label_set.label_set_dialogs import LabelSetDialogs
from dlst_gui.views.label_set.last_label_set import LastLabelSet
from dlst_gui.views.review.review_panel import ReviewPanel
from dlst_gui.views.settings.key_catcher import caught_key
from dlst_gui.views.settings.settings_dialog import SettingsDialog
from dlst_gui.views.settings.settings_panel import SettingsPanel
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.start.first_steps import FirstSteps
from dlst_gui.views.start.start_page import StartPage
from dlst_gui.views.style.looks import Looks
from dlst_gui.views.timeline.lane_menu import lane_menu
from dlst_gui.views.window.docks import Docks
from dlst_gui.views.window.fitting_size import fitting_size
from dlst_gui.views.window.run_status import RunStatus
from dlst_gui.views.window.video_note import as_sentence
from dlst_gui.views.window.window_layout import Arrangement, arrangement_in, layout_of, restore_layout
from dlst_gui.views.workspace import Workspace

PROGRAM_NAME = "DLST Studio"
LOW = 560  # screen pixels; what is lower has room for one line of words
BAR_BUTTONS = ("first", "previous", "play", "next", "last")
START_BUTTONS = ("open-file", "open-folder", "open-demo")
JOB_BUTTONS = ("previous-video", "done", "next-video")


class PagesWidget(QStackedWidget):
    """As small as the page that is shown can be."""

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return QSize() if page is None else page.minimumSizeHint()


class MainWindow(QMainWindow):
    """Shows the session it is handed, and closes it when it is closed."""

    def __init__(
        self,
        session: Session,
        user: UserSettings,
        *,
        backbones: tuple[str, ...],
        demo_clip: Path | None,
        log_folder: Path,
    ) -> None:
        super().__init__()
        self._session = session
        self._user = user
        self._demo_clip = demo_clip
        self._log_folder = log_folder
        self._is_arranged = False  # panels are, with the first video: they are hidden before
        self._panel_behind = ""  # that was hidden while another one was in front of it
        self._looks = Looks(user, self)
        self._editing = Editing(session)
        self._labelling = Labelling(session, self._editing)
        self._reviewing = Reviewing(session)
        self._identities = Identities(session)
        self._memory = MemoryWatch(session.run, session.selection)
        self._what_ifs = WhatIfs(session)
        self._show_what_if_dialog = what_if_dialog(self, session, self._what_ifs, backbones)
        self._dialogs = Dialogs(self, session, self._editing, self._identities, user)
        self._label_set = LabelSetDialogs(self, session, self._labelling, user)
        self._job_dialogs = JobDialogs(self, session, user)
        self.action_set = ActionSet(self, self)
        bar_buttons = tuple(self.action_set[n] for n in BAR_BUTTONS)
        self.workspace = Workspace(session, self._editing, self._what_ifs, bar_buttons, self)
        self._evidence_export = EvidenceExport(self, session, self.workspace.shown_frame)
        self.crowd_bar = CrowdBar(session, self.action_set)
        self.corrections = Corrections()
        self.review = ReviewPanel(session, self._reviewing)
        self.labels = LabelPanel(session, self._editing, self._labelling, self.action_set)
        self._last_label_set = LastLabelSet(session, self._labelling, user.folder, self)
        self.job_panel = JobPanel(session.jobs, tuple(self.action_set[n] for n in JOB_BUTTONS))
        self.status = RunStatus(session)
        self._settings = SettingsPanel(backbones, session.tracking.settings)
        self._start_page = StartPage(tuple(self.action_set[n] for n in START_BUTTONS))
        self._first_steps = FirstSteps(session, user)
        self.workspace.frame_view.box_edited.connect(self._first_steps.note_drawn)
        self.resize(fitting_size(self, 1280, 800))
        self._pages = PagesWidget()
        self._docks = self._place_views()
        self._job_dock = JobDock(self, self.job_panel, session.jobs)
        self._explain = Explain(self.action_set, self._docks)
        self._connect()
        self.action_set["open-demo"].setVisible(demo_clip is not None)
        recent = RecentMenu(user, lambda path: session.open_paths([path]), self)
        self.action_set.menu("&File").insertMenu(self.action_set["open-demo"], recent)
        self.setAcceptDrops(True)
        self._on_keymap_changed()
        self._on_theme_changed()
        self._on_preferences_changed()
        self._on_source_changed()
        restore_layout(self, self.action_set, self._explain, user.window_layout())

    @cached_property
    def _settings_dialog(self) -> SettingsDialog:
        return SettingsDialog(self._user, self)

    @cached_property
    def _key_help(self) -> KeyHelp:
        return KeyHelp(self._user, self)

    @property
    def session(self) -> Session:
        return self._session

    @property
    def editing(self) -> Editing:
        return self._editing

    @property
    def identities(self) -> Identities:
        return self._identities

    @property
    def labelling(self) -> Labelling:
        return self._labelling

    @property
    def label_set(self) -> LabelSetDialogs:
        return self._label_set

    @property
    def reviewing(self) -> Reviewing:
        return self._reviewing

    @property
    def what_ifs(self) -> WhatIfs:
        return self._what_ifs

    @property
    def dialogs(self) -> Dialogs:
        return self._dialogs

    @property
    def job_dialogs(self) -> JobDialogs:
        return self._job_dialogs

    @property
    def evidence_export(self) -> EvidenceExport:
        return self._evidence_export

    @property
    def user(self) -> UserSettings:
        return self._user

    @property
    def long_step(self) -> int:
        """Frames that a long step goes."""
        return self._user.preferences.long_step

    def ask_what_if(self) -> WhatIfDialog:
        """Ask what is to be tracked again, beside the panel that compares it."""
        self.action_set["compare-panel"].setChecked(True)
        self._docks.bring_to_front("compare-panel")
        return self._show_what_if_dialog()

    def _on_what_if_asked(self) -> None:
        if OBJECT.is_met(self._session):
            self.ask_what_if()
        else:
            self._session.noted.emit(OBJECT.why_not(self._session))

    def set_continues_after_correction(self, continues: bool) -> None:
        """Whether tracking goes on by itself once a correction is learned, now and at later starts."""
        self._user.set_preferences(replace(self._user.preferences, continues_after_correction=continues))

    def set_stops_at_keyframe(self, stops: bool) -> None:
        """Whether a run ends before the next manual box, now and at later starts."""
        self._user.set_preferences(replace(self._user.preferences, stops_at_keyframe=stops))

    def draw_new_track(self) -> None:
        """Let the next drag begin a track; beside a run the frame stays, to be drawn on."""
        self._session.tracking.set_follows_tracker(False)
        self._session.selection.begin_new_track()
        self.workspace.frame_view.editor.draw_new()

    def cancel_drawing(self) -> None:
        """Give up the drag, or the new track."""
        self._session.selection.cancel_new_track()
        self.workspace.frame_view.editor.cancel()

    def tell_where_saved(self) -> None:
        """Say that nothing needs to be saved, and where it is."""
        path = self._session.current_project.path
        self._session.noted.emit(
            "Not saved anywhere: this project is lost when the window closes"
            if path is None
            else f"Every change is saved automatically in {path}"
        )

    def open_demo_clip(self) -> None:
        """Open the clip that comes with the program."""
        if self._demo_clip is not None:
            self._session.open_paths([self._demo_clip])

    def show_settings(self) -> None:
        """Open the settings, or bring them to the front."""
        _bring_to_front(self._settings_dialog)

    def show_key_help(self) -> None:
        """Open the table of keys, or bring it to the front."""
        _bring_to_front(self._key_help)

    def show_command_palette(self) -> None:
        """Let a command be found by its words."""
        CommandPalette(self.action_set, self._user.keymap, self._session, self).open()

    def show_log_folder(self) -> None:
        """Open the folder of the log files in the desktop's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._log_folder)))

    def show_jobs(self, is_visible: bool) -> None:
        """Show or hide the list of videos, where there is one."""
        self._job_dock.set_wanted(is_visible)

    def show_panel(self, name: str, is_visible: bool) -> None:
        """Show or hide a panel, by the name of its toggle; one that a person asks for comes to the front."""
        self._panel_behind = name if not is_visible and self._docks.is_behind(name) else ""
        is_seen = is_visible and self._session.playhead.source is not None  # else once there is a video
        self._docks.show(name, is_seen)
        if is_seen:
            self._docks.bring_to_front(name)

    def _on_panel_asked(self, name: str) -> None:
        """Whoever asks for a panel that is behind another wants to see it, not to take it away."""
        if name == self._panel_behind:
            self.action_set[name].setChecked(True)

    @Slot(str)
    def _on_dock_closed(self, name: str) -> None:
        self.action_set[name].setChecked(False)

    def fit_frame(self) -> None:
        """Show the whole frame, and follow no object."""
        self.action_set["zoom-object"].setChecked(False)
        self.workspace.frame_view.fit()

    def set_explaining(self, is_on: bool) -> None:
        """Show how the tracker came to its box, or the object alone."""
        self._explain.set_on(is_on)
        self.workspace.set_explaining(is_on)

    def show_why(self) -> None:
        """Show the failure card of this frame, in the inspector and in the picture."""
        self.action_set["inspector"].setChecked(True)
        self._docks.bring_to_front("inspector")
        self.workspace.show_why()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Commands that cannot be given now leave their keys to whoever has the focus, and those end here.
        key = None if event.isAutoRepeat() else caught_key(event)
        need = None if key is None else self.action_set.unmet_need(key, self._user.keymap)
        if need is None:
            super().keyPressEvent(event)
        else:
            self._session.noted.emit(need.why_not(self._session))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            if len(paths) > 1 or not self._dialogs.exchange.take_labels(paths[0]):
                self._session.open_paths(paths)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow() and self.focusWidget() is None:
            # Else Qt gives it to the first field, where an arrow key changes what is chosen.
            self.workspace.frame_view.setFocus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.workspace.frame_view.set_low(self.height() < LOW)

    def closeEvent(self, event: QCloseEvent) -> None:
        arrangement = arrangement_in(self._user.window_layout())
        if self._is_arranged:
            arrangement = Arrangement(self._docks.state, self._docks.in_front or "")
        self._user.keep_window_layout(layout_of(self, self.action_set, self._explain, arrangement))
        # Gone from the screen at once; the threads need a moment to finish what they have begun.
        self.hide()
        self._dialogs.exchange.close()
        self._job_dialogs.close()
        self._what_ifs.close()
        self._evidence_export.close()
        self._session.close()
        event.accept()

    def _place_views(self) -> Docks:
        video = QWidget()
        column = QVBoxLayout(video)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._first_steps)
        column.addWidget(self.workspace.frame_view, stretch=1)
        column.addWidget(self.crowd_bar)
        column.addWidget(self.workspace.frame_bar)
        self._pages.addWidget(self._start_page)
        self._pages.addWidget(video)
        self.setCentralWidget(self._pages)
        self.setStatusBar(self.status)
        context = PanelContext(
            self._session,
            self._editing,
            self.workspace.evidence,
            self._memory,
            self._what_ifs,
            self._on_what_if_asked,
        )

        def evidence(place: Place) -> dict[str, tuple[str, QWidget]]:
            specs = [spec for spec in PANELS if spec.place is place]
            return {spec.name: (spec.title, LatePanel(partial(spec.make, context))) for spec in specs}

        return Docks(
            self,
            timeline=self.workspace.timeline,
            side={
                "inspector": ("Inspector", self.workspace.inspector),
                **evidence(Place.TAB),
                "labels": ("Labels", self.labels),
                "findings": ("Review", self.review),
                "settings": ("Tracker", self._settings),
                "corrections": ("Manual Boxes", self.corrections),
            },
            below=evidence(Place.DOCK),
        )

    def _connect(self) -> None:
        session, playhead = self._session, self._session.playhead
        for signal in (session.state_changed, session.selection_changed, playhead.opening_changed):
            signal.connect(self._refresh)
        session.selection_changed.connect(self._show_corrections)
        session.project_closing.connect(self._memory.clear)
        for name in self._docks.names:
            self.action_set[name].triggered.connect(partial(self._on_panel_asked, name))
        self._docks.closed.connect(self._on_dock_closed)
        session.project_opened.connect(self._on_project_opened)
        session.project_changed.connect(self._on_project_changed)
        self.workspace.timeline.context_requested.connect(self._on_context_requested)
        self._labelling.field_wanted.connect(self._on_field_wanted)
        self.corrections.frame_sought.connect(session.seek)
        self.corrections.removal_asked.connect(self._editing.remove_box)
        for signal in (playhead.playing_changed, playhead.frame_changed, session.tracking.settings_changed):
            signal.connect(self._refresh)
        self.workspace.redrawn.connect(self.status.refresh)
        self.status.range_asked.connect(self._dialogs.choose_range)
        session.run.learning_progressed.connect(self.status.refresh)
        playhead.source_changed.connect(self._on_source_changed)
        session.tracking.settings_changed.connect(self._on_settings_changed)
        self._settings.settings_edited.connect(session.tracking.set_settings)
        self._settings.guide_chosen.connect(self._on_guide_chosen)
        self._user.keymap_changed.connect(self._on_keymap_changed)
        self._user.preferences_changed.connect(self._on_preferences_changed)
        self._start_page.recent.chosen.connect(lambda path: session.open_paths([path]))
        session.jobs.changed.connect(self._refresh)
        self.job_panel.chosen.connect(session.open_job)
        self._start_page.recent.forgotten.connect(self._on_forgotten)
        self._looks.theme_changed.connect(self._on_theme_changed)
        self._user.not_saved.connect(session.noted)

    @Slot()
    def _refresh(self) -> None:
        opening = self._session.playhead.opening
        self._start_page.set_opening("" if opening is None else opening.name)
        self.action_set.refresh(self._session)
        self.status.refresh()

    @Slot(int)
    def _on_field_wanted(self, attribute_id: int) -> None:
        self.action_set["labels"].setChecked(True)
        self._docks.bring_to_front("labels")
        self.labels.focus_field(attribute_id)

    @Slot()
    def _show_corrections(self) -> None:
        project, track_id = self._session.project, self._session.selected_track
        block = KeyframeBlock.empty()
        if project is not None and track_id is not None:
            block = project.keyframe_block(track_id)
        self.corrections.show_keyframes(block)

    def _show_title(self) -> None:
        source = self._session.playhead.source
        limits = _limits_of(self._session)
        self.setWindowTitle(PROGRAM_NAME if source is None else f"{source.name}{limits} – {PROGRAM_NAME}")

    @Slot()
    def _on_source_changed(self) -> None:
        source = self._session.playhead.source
        self._pages.setCurrentIndex(0 if source is None else 1)
        self._show_title()
        self.workspace.frame_view.setFocus()  # keys are for the video, not for the filter of a list
        self._show_docks()
        if source is not None and not self._is_arranged:
            self._arrange_docks()
        if source is not None and source.path != self._demo_clip:
            opened = self._session.jobs.opened_as or source.path.absolute()
            self._user.set_preferences(self._user.preferences.with_recent(opened))
        if source is not None and source.notice:
            self._session.noted.emit(as_sentence(source.notice))
        self._refresh()

    def _show_docks(self) -> None:
        has_source = self._session.playhead.source is not None
        for name in self._docks.names:
            self._docks.show(name, has_source and self.action_set[name].isChecked())

    def _arrange_docks(self) -> None:
        """As they were when the program ended before; which of them are shown the View menu says."""
        self._is_arranged = True
        kept = arrangement_in(self._user.window_layout())
        self._docks.arrange(kept.state)
        self._job_dock.refresh()
        self._show_docks()
        in_front = kept.in_front
        if in_front in self._docks.names and self.action_set[in_front].isChecked():
            self._docks.bring_to_front(in_front)

    def reset_panels(self) -> None:
        """Put the panels where they are at the first start."""
        self._docks.reset()

    @Slot()
    def _on_project_opened(self) -> None:
        self._show_title()
        self._on_project_changed(frozenset())

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        self.status.count(track_ids)
        self._show_corrections()
        self._refresh()

    @Slot(int, int, QPoint)
    def _on_context_requested(self, track_id: int, frame_index: int, position: QPoint) -> None:
        what_if = self._what_ifs.get(-track_id)
        if what_if is not None:
            ghost_menu(self._what_ifs, what_if, self).popup(position)
            return
        self._session.selection.select(track_id)
        lane_menu(self._session, self.action_set, frame_index, self).popup(position)

    @Slot()
    def _on_settings_changed(self) -> None:
        self._settings.show_settings(self._session.tracking.settings)

    @Slot(str)
    def _on_guide_chosen(self, guide: str) -> None:
        self._user.set_preferences(replace(self._user.preferences, guide=guide))

    @Slot()
    def _on_keymap_changed(self) -> None:
        self.action_set.show_keys(self._user.keymap)
        self.workspace.set_hint_keys(
            track=self._key_or_name("track", "Track"), outside=self._key_or_name("outside", "Outside")
        )

    def _key_or_name(self, command: str, name: str) -> str:
        keys = self._user.keymap.keys(command)
        return key_text(keys[0]) if keys else name

    @Slot()
    def _on_theme_changed(self) -> None:
        self.action_set.show_theme(self._looks.theme)
        self.workspace.timeline.set_theme(self._looks.theme)
        self.job_panel.show_theme(self._looks.theme)
        self.workspace.inspector.card.show_theme(self._looks.theme)
        self._refresh()

    @Slot()
    def _on_preferences_changed(self) -> None:
        preferences = self._user.preferences
        self._start_page.recent.show_paths(preferences.recent)
        self.workspace.frame_bar.set_long_step(preferences.long_step)
        self._session.tracking.set_continues_after_correction(preferences.continues_after_correction)
        self._session.run.set_diagnostics_wanted(preferences.keeps_diagnostics)
        self._session.evidence.set_limit(preferences.evidence_mb * 10**6)
        self._session.tracking.set_lost_rule(
            LostRule(preferences.lost_frames) if preferences.pauses_when_lost else None
        )
        self._reviewing.findings.set_rules(FindingRules(preferences.interpolated_frames))
        self._session.backups.set_limits(BackupLimits(preferences.kept_states, preferences.backup_gb * 10**9))
        self.action_set.set_checked("continue", preferences.continues_after_correction)
        self._session.tracking.set_stops_at_keyframe(preferences.stops_at_keyframe)
        self.action_set.set_checked("stop-at-keyframe", preferences.stops_at_keyframe)
        self.workspace.inspector.set_decimals(preferences.decimals)

    @Slot(object)
    def _on_forgotten(self, path: Path) -> None:
        self._user.set_preferences(self._user.preferences.without_recent(path))


def _limits_of(session: Session) -> str:
    current = session.current_project
    if session.is_trace:
        return " (evidence, read-only)"
    if current.is_read_only:
        return " (read-only)"
    return " (not saved)" if current.is_writable and current.path is None and current.notice else ""


def _bring_to_front(dialog: QDialog) -> None:
    dialog.show()
    dialog.activateWindow()
