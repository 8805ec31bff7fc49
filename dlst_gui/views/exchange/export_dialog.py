"""Export Labels: which format, what of the project, where to, and what to check before."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import counted
from dlst_gui.exchange.export import ExportReport
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.preflight import Finding
from dlst_gui.exchange.snapshot import ExportPreview
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS
from dlst_gui.project.findings.review_findings import FindingRules
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.exporting import Exporting
from dlst_gui.session.session import Session
from dlst_gui.settings.preferences import PastExport
from dlst_gui.views.dialogs.questions import ask_to_replace
from dlst_gui.views.exchange.convention_card import ConventionCard
from dlst_gui.views.exchange.export_choices import ExportChoices
from dlst_gui.views.exchange.findings_view import FindingsView
from dlst_gui.views.exchange.format_box import FormatBox
from dlst_gui.views.exchange.job_bar import JobBar
from dlst_gui.views.exchange.target_field import TargetField
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.style.status_level import StatusLevel
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH, HEIGHT = 520, 730  # pixels: narrow, so that the frame beside it can be seen
SMALLEST_SHOWN_PX = 0.001  # ours: nobody wants to read 3.1e-07
SHORTEST_LIST = 100  # pixels
PREVIEW_DELAY_MS = 250  # ours: the list waits while the user types or the tracker writes


class ExportDialog(QDialog):
    """Stays beside the window. What is exported is the project as it is when *Export* is pressed."""

    def __init__(self, session: Session, user: UserSettings, exporting: Exporting, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._user = user
        self._exporting = exporting
        self._preview_job: BackgroundJob | None = None
        self._is_preview_stale = False
        self._latest: ExportPlan | None = None
        self.setWindowTitle("Export Labels")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        self.formats = FormatBox()
        self.card = ConventionCard()
        self.choices = ExportChoices()
        self.findings = FindingsView()
        self.findings.setMinimumHeight(SHORTEST_LIST)
        self.summary = QLabel()
        self.target = TargetField("Export to")
        self.bar = JobBar()
        self.export = QPushButton("&Export")
        self.export.setObjectName("primary")
        self.export.setDefault(True)
        self._preview_timer = QTimer(self, singleShot=True, interval=PREVIEW_DELAY_MS)
        self._lay_out()
        self._connect()

    @property
    def label_format(self) -> Format:
        chosen = self.formats.chosen
        return chosen if isinstance(chosen, Format) else FORMATS[0]

    def close_jobs(self) -> None:
        """End what is being done, and wait; an export that is not complete leaves what was there."""
        self._preview_timer.stop()
        self.bar.close_job()
        job, self._preview_job = self._preview_job, None
        if job is not None:
            job.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_project_opened()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._preview_timer.stop()

    def _lay_out(self) -> None:
        heads = QHBoxLayout()
        title = QLabel("Before you export")
        title.setObjectName("heading")
        self.summary.setObjectName("heading")
        heads.addWidget(title)
        heads.addStretch(1)
        heads.addWidget(self.summary)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.target.browse.setAutoDefault(False)
        for button in (self.bar.cancel, self.bar.show_in_folder):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(9)
        content = QWidget()
        upper = QVBoxLayout(content)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(layout.spacing())
        for above in (self.formats, self.card, self.choices):
            upper.addWidget(above)
        upper.addLayout(heads)
        upper.addWidget(self.findings, stretch=1)
        area = QScrollArea()  # for small screens: the buttons stay in sight
        area.setObjectName("within_dialog")
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        layout.addWidget(area, stretch=1)
        for below in (self.target, self.bar, buttons):
            layout.addWidget(below)

    def _connect(self) -> None:
        session = self._session
        self.formats.currentIndexChanged.connect(self._on_format_changed)
        self.choices.changed.connect(self._on_edited)
        self.target.changed.connect(self._refresh_button)
        self.findings.sought.connect(self._on_sought)
        self.export.clicked.connect(self._on_export)
        self.bar.ended.connect(self._on_ended)
        self._preview_timer.timeout.connect(self._on_preview_due)
        session.project_opened.connect(self._on_project_opened)
        session.project_changed.connect(self._on_project_changed)
        session.selection_changed.connect(self._show_objects)

    def _plan(self) -> ExportPlan | None:
        target = self.target.path
        if target is None:
            return None
        choices, rules = self.choices, FindingRules(self._user.preferences.interpolated_frames)
        return ExportPlan(
            self.label_format, target, choices.selection, choices.options, choices.image_choice, rules=rules
        )

    def _show_objects(self) -> None:
        project = self._session.project
        tracks = () if project is None else project.tracks()
        self.choices.objects.show_tracks(tracks, self._session.selected_track)

    @Slot()
    def _on_project_opened(self) -> None:
        if not self.isVisible():
            return
        self._show_objects()
        if not self.bar.is_running:
            self.bar.clear()
        mine = (each for each in self._user.preferences.exports if each.project == self._exporting.project_key)
        known = {each.name: each for each in FORMATS}
        latest = next((known[each.format_name] for each in mine if each.format_name in known), None)
        if latest is not None:
            self.formats.choose(latest)
        self._on_format_changed()

    @Slot(object)
    def _on_project_changed(self, _track_ids: frozenset[int]) -> None:
        self._show_objects()
        self._request_preview()

    @Slot()
    def _on_format_changed(self) -> None:
        chosen, key = self.label_format, self._exporting.project_key
        self.card.show_format(chosen)
        self.choices.show_format(chosen)
        past = self._user.preferences.export_of(key, chosen.name)
        self.target.show_path(self._new_target(chosen) if past is None else past.target, chosen.suffix)
        if not self.bar.is_running:
            self.bar.clear()  # what is told there is about another format
        self._on_edited()

    def _new_target(self, chosen: Format) -> Path:
        """Where the project goes in a format in which it was not exported yet: beside its latest export."""
        usual, key = self._exporting.default_target(chosen), self._exporting.project_key
        latest = next((each.target for each in self._user.preferences.exports if each.project == key), usual)
        return latest.with_name(usual.name)

    @Slot()
    def _on_edited(self) -> None:
        self._refresh_button()
        self._request_preview()

    @Slot()
    def _refresh_button(self) -> None:
        self.export.setEnabled(
            self._plan() is not None and self._session.project is not None and not self.bar.is_running
        )

    def _request_preview(self) -> None:
        if self.isVisible():
            self._preview_timer.start()

    @Slot()
    def _on_preview_due(self) -> None:
        if self._preview_job is not None:
            self._is_preview_stale = True
            return
        snapshot, plan = self._exporting.snapshot(), self._plan()
        if snapshot is not None and plan is not None:
            self._preview_job = BackgroundJob(partial(snapshot.preview, plan), "export preview")
            self._preview_job.ended.connect(self._on_preview_ended)
            if not self.summary.text():
                self.summary.setText("Checking …")

    @Slot(object)
    def _on_preview_ended(self, outcome: object) -> None:
        self._preview_job = None
        if self._is_preview_stale:
            self._is_preview_stale = False
            self._request_preview()
        elif isinstance(outcome, ExportPreview):
            self.findings.show_findings(outcome.findings)
            self.summary.setText(_summary(outcome))
        elif isinstance(outcome, JobFailed):
            self.summary.setText(outcome.message)

    @Slot(object)
    def _on_sought(self, finding: Finding) -> None:
        if finding.track_id is not None:
            self._session.selection.select(finding.track_id)
        if finding.first is not None:
            self._session.playhead.halt()
            self._session.seek(finding.first)

    @Slot()
    def _on_export(self) -> None:
        plan = self._plan()
        if plan is not None:
            self._run(plan)

    def _run(self, plan: ExportPlan) -> None:
        snapshot = self._exporting.snapshot()
        if snapshot is None or self.bar.is_running:
            return
        self._latest = plan
        made = PastExport(self._exporting.project_key, plan.label_format.name, plan.target)
        self._user.set_preferences(self._user.preferences.with_export(made))
        self.bar.run(partial(snapshot.export, plan), "export")
        self._refresh_button()

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._refresh_button()
        self.target.refresh()
        if isinstance(outcome, ExportReport):
            self.bar.show_note(report_words(outcome), StatusLevel.GOOD, outcome.target)
        else:
            self.bar.show_unfinished(outcome)
            if isinstance(outcome, JobFailed) and outcome.foreign is not None and self._latest is not None:
                ask_to_replace(self, outcome.foreign, partial(self._run, replace(self._latest, is_forced=True)))
        if not self.isVisible():
            self._session.noted.emit(self.bar.note)


def report_words(report: ExportReport) -> str:
    """What was written, and that it was read back."""
    read_back = report.comparison
    images = f", {counted(report.image_count, 'image')}" if report.image_count else ""
    off_px = read_back.largest_difference_px
    largest = f"{off_px:.2g} px" if off_px >= SMALLEST_SHOWN_PX else f"under {SMALLEST_SHOWN_PX} px"
    return (
        f"{counted(read_back.box_count, 'box', 'boxes')} on {counted(report.frame_count, 'frame')}{images}. "
        "Read back and verified; "
        f"largest difference {largest}."
    )


def _summary(preview: ExportPreview) -> str:
    boxes = f"{counted(preview.box_count, 'box', 'boxes')}, {counted(preview.frame_count, 'frame')}"
    count = sum(each.first is not None for each in preview.findings)
    if not count:
        return f"{boxes} · nothing to check"
    return f"{boxes} · {count:,} to check"
