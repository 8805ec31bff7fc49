"""Export Annotated Video: which objects, what is drawn, where to."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.exchange.labelled_video import VideoStyle
from dlst_gui.exchange.snapshot import VideoReport
from dlst_gui.formats.transfer.selection import Selection
from dlst_gui.session.background_job import JobFailed
from dlst_gui.session.exporting import Exporting
from dlst_gui.session.session import Session
from dlst_gui.settings.preferences import PastExport
from dlst_gui.views.dialogs.questions import ask_to_replace
from dlst_gui.views.exchange.job_bar import JobBar
from dlst_gui.views.exchange.object_box import ObjectBox
from dlst_gui.views.exchange.target_field import TargetField
from dlst_gui.views.frame_bar.number_field import NumberField
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.status_level import StatusLevel

VIDEO_NAME = "video"
LONGEST_TRAIL = 1000  # frames; ours
WIDTH = 520  # pixels
BAR_HEIGHT = 60  # pixels: kept free, so that nothing moves when the work begins or ends


class VideoDialog(QDialog):
    """Stays beside the window. The video shows the boxes as they are when *Export* is pressed."""

    def __init__(self, session: Session, user: UserSettings, exporting: Exporting, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._user = user
        self._exporting = exporting
        self.setWindowTitle("Export Annotated Video")
        self.setMinimumWidth(WIDTH)
        self.objects = ObjectBox()
        self.labels = QCheckBox("&Labels and numbers above the boxes")
        self.labels.setChecked(True)
        self.trails = QCheckBox("&Trails over the last")
        self.trails.setChecked(True)
        self.trail_frames = NumberField()
        self.trail_frames.setRange(1, LONGEST_TRAIL)
        self.trail_frames.setValue(VideoStyle().trail_frames)
        self.trail_frames.setSuffix(" frames")
        self.trail_frames.setAccessibleName("Trail length")
        self.target = TargetField("Video file")
        self.bar = JobBar()
        self.bar.setMinimumHeight(BAR_HEIGHT)
        self.export = QPushButton("&Export")
        self.export.setObjectName("primary")
        self.export.setDefault(True)
        self._lay_out()
        self._connect()

    @property
    def style_chosen(self) -> VideoStyle:
        """What is drawn."""
        trail = self.trail_frames.value() if self.trails.isChecked() else 0
        return VideoStyle(labels=self.labels.isChecked(), trail_frames=trail)

    def close_jobs(self) -> None:
        """End what is being done, and wait; a video that is not complete leaves what was there."""
        self.bar.close_job()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_project_opened()

    def _lay_out(self) -> None:
        words = QLabel("H.264 in an MP4 file, with the original timestamps. Boxes have their objects' colours.")
        words.setProperty("quiet", True)
        words.setWordWrap(True)
        trail = QHBoxLayout()
        trail.setSpacing(8)
        trail.addWidget(self.trails)
        trail.addWidget(self.trail_frames)
        trail.addStretch(1)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        form.addRow("Objects", self.objects)
        form.addRow("Drawn", self.labels)
        form.addRow("", trail)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in (buttons.button(QDialogButtonBox.StandardButton.Close), self.target.browse, self.bar.cancel):
            button.setAutoDefault(False)
        self.bar.show_in_folder.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addWidget(self.target)
        layout.addStretch(1)
        layout.addWidget(self.bar)
        layout.addWidget(buttons)

    def _connect(self) -> None:
        self.trails.toggled.connect(self.trail_frames.setEnabled)
        self.target.changed.connect(self._refresh)
        self.export.clicked.connect(self._on_export)
        self.bar.ended.connect(self._on_ended)
        self._session.project_opened.connect(self._on_project_opened)
        self._session.project_changed.connect(self._refresh)
        self._session.selection_changed.connect(self._refresh)

    @Slot()
    def _on_project_opened(self) -> None:
        if not self.isVisible():
            return
        if not self.bar.is_running:
            self.bar.clear()
        past = self._user.preferences.export_of(self._exporting.project_key, VIDEO_NAME)
        self.target.show_path(self._exporting.default_video_target() if past is None else past.target, ".mp4")
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        project = self._session.project
        self.objects.show_tracks(() if project is None else project.tracks(), self._session.selected_track)
        self.export.setEnabled(project is not None and self.target.path is not None and not self.bar.is_running)

    @Slot()
    def _on_export(self) -> None:
        target = self.target.path
        if target is not None:
            self._run(target, is_forced=False)

    def _run(self, target: Path, *, is_forced: bool) -> None:
        snapshot = self._exporting.snapshot()
        if snapshot is None or self.bar.is_running:
            return
        made = PastExport(self._exporting.project_key, VIDEO_NAME, target)
        self._user.set_preferences(self._user.preferences.with_export(made))
        selection = Selection(track_ids=self.objects.track_ids)
        work = partial(snapshot.export_video, target, selection, self.style_chosen, force=is_forced)
        self.bar.run(work, "video export")
        self._refresh()

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._refresh()
        self.target.refresh()
        if isinstance(outcome, VideoReport):
            words = f"Video written: {outcome.frame_count:,} frames."
            self.bar.show_note(words, StatusLevel.GOOD, outcome.target)
        else:
            self.bar.show_unfinished(outcome)
            if isinstance(outcome, JobFailed) and outcome.foreign is not None:
                ask_to_replace(self, outcome.foreign, partial(self._run, outcome.foreign, is_forced=True))
        if not self.isVisible():
            self._session.noted.emit(self.bar.note)
