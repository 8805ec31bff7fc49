"""Export All Videos: one format for all of a list, one file or folder for each video."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from dlst_gui.counting import counted
from dlst_gui.exchange.plan import ExportPlan
from dlst_gui.exchange.progress import Watch
from dlst_gui.formats.format import Format
from dlst_gui.formats.registry import FORMATS
from dlst_gui.jobs.exporting import JobExport, ListOutcome, ListPlan, export_list, plan_of
from dlst_gui.jobs.job import JobList
from dlst_gui.session.session import Session
from dlst_gui.video import VideoSource
from dlst_gui.views.exchange.convention_card import ConventionCard
from dlst_gui.views.exchange.export_choices import ExportChoices
from dlst_gui.views.exchange.format_box import FormatBox
from dlst_gui.views.exchange.job_bar import JobBar
from dlst_gui.views.exchange.target_field import TargetField
from dlst_gui.views.style.status_level import StatusLevel
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH, HEIGHT = 540, 620  # pixels
FAILURES_HEIGHT = 120  # pixels
FILLED = "This folder is there: earlier exports of these names are replaced, other files stay"


class ExportAllDialog(QDialog):
    """What is exported is what the projects hold when their turn comes."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Export All Videos")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        self.formats = FormatBox()
        self.card = ConventionCard()
        self.choices = ExportChoices()
        self.choices.leave_out_objects()
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setProperty("quiet", True)
        self.target = TargetField("Export to the folder", FILLED)
        self.bar = JobBar()
        self.failures = QPlainTextEdit(readOnly=True)
        self.failures.setAccessibleName("What was not exported")
        self.failures.setFixedHeight(FAILURES_HEIGHT)
        self.failures.hide()
        self.export = QPushButton("&Export All")
        self.export.setObjectName("primary")
        self.export.setDefault(True)
        self._turns = _Turns()
        self._turns.begun.connect(self._on_turn)
        self._is_of_former_list = False
        self._lay_out()
        self.formats.currentIndexChanged.connect(self._on_format_changed)
        self.target.changed.connect(self._refresh)
        self.export.clicked.connect(self._on_export)
        self.bar.ended.connect(self._on_ended)
        session.jobs.changed.connect(self._on_list_changed)
        self._on_format_changed()

    @property
    def label_format(self) -> Format:
        chosen = self.formats.chosen
        return chosen if isinstance(chosen, Format) else FORMATS[0]

    def show_list(self, jobs: JobList) -> None:
        """Offer the export of a list, into a folder beside its videos."""
        if not self.bar.is_running:
            self.bar.clear()
            self.failures.hide()
            self.target.show_path(jobs.folder / "labels", "")
        self._refresh()

    def close_jobs(self) -> None:
        """End what is being done, and wait; what is complete stays."""
        self.bar.close_job()

    def _lay_out(self) -> None:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.export, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        for button in (
            buttons.button(QDialogButtonBox.StandardButton.Close),
            self.target.browse,
            self.bar.cancel,
            self.bar.show_in_folder,
        ):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(9)
        for widget in (self.formats, self.card, self.choices, self.words, self.target, self.bar, self.failures):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(buttons)

    @Slot()
    def _on_format_changed(self) -> None:
        self.card.show_format(self.label_format)
        self.choices.show_format(self.label_format)
        what = "a folder" if self.label_format.is_folder else f"a file (*{self.label_format.suffix})"
        self.words.setText(f"Each video that has labels gets {what} of its own, named after it.")

    @Slot()
    def _on_list_changed(self) -> None:
        """Another list does not go into the folder of the one before; what is being exported goes on."""
        jobs = self._session.jobs.list
        self._is_of_former_list = self.bar.is_running
        if jobs is not None and not self.bar.is_running:
            self.show_list(jobs)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        has_list = self._session.jobs.list is not None
        self.export.setEnabled(has_list and self.target.path is not None and not self.bar.is_running)

    @Slot()
    def _on_export(self) -> None:
        jobs, folder = self._session.jobs.list, self.target.path
        if jobs is None or folder is None or not self._session.run.write():
            return
        choices = self.choices
        label_format, selection, options = self.label_format, choices.selection, choices.options
        images = choices.image_choice

        def plan_for(each: JobExport) -> ExportPlan:
            target = folder / f"{each.name}{label_format.suffix}"
            return ExportPlan(label_format, target, selection, options, images)

        self.failures.hide()
        data_folder = self._session.current_project.opener.data_folder
        work = _Work(jobs, data_folder, plan_for, self._session.open_source, self._turns)
        self.bar.run(work, "export all")
        self._refresh()

    @Slot(int, int, str)
    def _on_turn(self, number: int, count: int, name: str) -> None:
        self.words.setText(f"Video {number + 1} of {count}: {name}")

    @Slot(object)
    def _on_ended(self, outcome: object) -> None:
        self._on_format_changed()
        jobs = self._session.jobs.list
        if self._is_of_former_list and jobs is not None:
            self._is_of_former_list = False
            self.target.show_path(jobs.folder / "labels", "")
        self._refresh()
        self.target.refresh()
        if not isinstance(outcome, tuple):
            self.bar.show_unfinished(outcome)
            return
        plan, done = outcome
        self.bar.show_note(outcome_words(plan, done), _level(done), done.done[0].target if done.done else None)
        lines = [f"{name}: {words}" for name, words in done.failed]
        lines += [f"{name}: no labels yet" for name in plan.unbegun]
        self.failures.setPlainText("\n".join(lines))
        self.failures.setVisible(bool(lines))
        if not self.isVisible():
            self._session.noted.emit(self.bar.note)


class _Turns(QObject):
    """Tells the window whose turn it is, from the thread that exports."""

    begun = Signal(int, int, str)


class _Work:
    """Runs in the job's thread, where it also finds out which jobs have a project."""

    def __init__(
        self,
        jobs: JobList,
        data_folder: Path | None,
        plan_for: Callable[[JobExport], ExportPlan],
        open_source: Callable[[Path], VideoSource],
        turns: _Turns,
    ) -> None:
        self._jobs = jobs
        self._data_folder = data_folder
        self._plan_for = plan_for
        self._open_source = open_source
        self._turns = turns

    def __call__(self, watch: Watch) -> tuple[ListPlan, ListOutcome]:
        plan = plan_of(self._jobs, self._data_folder)
        begin = partial(self._begin, plan)
        return plan, export_list(plan.exports, self._plan_for, self._open_source, watch, begin)

    def _begin(self, plan: ListPlan, number: int) -> None:
        self._turns.begun.emit(number, len(plan.exports), plan.exports[number].name)


def outcome_words(plan: ListPlan, outcome: ListOutcome) -> str:
    """How many were written, and what of the others."""
    total = len(plan.exports)
    if not total:
        return "No video of this list has labels yet."
    parts = [f"{len(outcome.done):,} of {counted(total, 'video')} exported, read back and verified."]
    if outcome.is_cancelled:
        parts.insert(0, "Cancelled.")
    if outcome.failed:
        parts.append(f"{len(outcome.failed):,} could not be exported:")
    return " ".join(parts)


def _level(outcome: ListOutcome) -> StatusLevel:
    if outcome.failed or not outcome.done:
        return StatusLevel.WARNING
    return StatusLevel.CALM if outcome.is_cancelled else StatusLevel.GOOD
