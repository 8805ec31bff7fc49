"""Import Labels: which file, what is in it, and what becomes of its boxes."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.counting import counted
from dlst_gui.exchange.incoming import IncomingChoice, IncomingLabels, read_incoming
from dlst_gui.exchange.progress import Progress
from dlst_gui.formats.labels.model import LabelSet
from dlst_gui.formats.registry import READERS
from dlst_gui.formats.transfer.import_edit import ImportAs
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.session import Session
from dlst_gui.views.exchange.format_box import FormatBox
from dlst_gui.views.exchange.incoming_table import IncomingTable
from dlst_gui.views.exchange.reading_choices import ReadingChoices
from dlst_gui.views.exchange.report_view import ReportView
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.window.fitting_size import fitting_size

WIDTH, HEIGHT = 560, 640  # pixels
READ_DELAY_MS = 300  # ours: a path is typed letter by letter

_BECOME = {
    ImportAs.HUMAN: "Manual boxes (the tracker learns from them)",
    ImportAs.PREDICTIONS: "Tracked boxes, to be reviewed",
}
_DETECT = ("Detect automatically", "CSV, JSON, XML, folders, and zips of them")


class ImportDialog(QDialog):
    """Stays beside the window. Nothing changes before *Import*, and one Undo takes it back."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._job: BackgroundJob | None = None
        self._is_job_stale = False
        self._incoming: IncomingLabels | None = None
        self._is_outdated = False
        self._head = ""
        self._taken: LabelSet | None = None
        self.setWindowTitle("Import Labels")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        self.line = QLineEdit()
        self.line.setPlaceholderText("A file, a folder, or a zip of either")
        self.line.setAccessibleName("Labels to import")
        self.file = QPushButton("&File…")
        self.folder = QPushButton("F&older…")
        self.formats = FormatBox(_DETECT, READERS)
        self.choices = ReadingChoices()
        self.table = IncomingTable()
        self.become = QComboBox()
        self.become.setAccessibleName("Import as")
        for choice, words in _BECOME.items():
            self.become.addItem(words, choice)
        self.known = QComboBox()
        self.known.setAccessibleName("Objects that are already there")
        self.report = ReportView()
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.take = QPushButton("&Import")
        self.take.setObjectName("primary")
        self.take.setDefault(True)
        self.cancel = QPushButton("&Cancel Import")
        self.cancel.setAutoDefault(False)
        self._read_timer = QTimer(self, singleShot=True, interval=READ_DELAY_MS)
        self._lay_out()
        self._connect()
        self._forget()

    def close_jobs(self) -> None:
        """Wait until nothing is read any more."""
        self._read_timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.close()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._on_wanted()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.line, stretch=1)
        row.addWidget(self.file)
        row.addWidget(self.folder)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(9)
        form.addRow("Labels", row)
        form.addRow("Format", self.formats)
        self.last = QFormLayout()
        self.last.setHorizontalSpacing(14)
        self.last.setVerticalSpacing(9)
        self.last.addRow("Already there", self.known)
        self.last.addRow("Import as", self.become)
        _align_labels(form, self.choices.form, self.last)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.take, QDialogButtonBox.ButtonRole.ActionRole)
        self.cancel.hide()  # which the box would show
        buttons.rejected.connect(self.reject)
        for button in (self.file, self.folder, buttons.button(QDialogButtonBox.StandardButton.Close)):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(11)
        layout.addLayout(form)
        layout.addWidget(self.choices)
        layout.addWidget(self.table, stretch=1)
        layout.addWidget(self.note)
        layout.addWidget(self.report)
        layout.addLayout(self.last)
        layout.addWidget(buttons)

    def _connect(self) -> None:
        self.file.clicked.connect(self._on_file)
        self.folder.clicked.connect(self._on_folder)
        self.line.textChanged.connect(self._on_renamed)
        self.choices.changed.connect(self._on_wanted)
        self.formats.currentIndexChanged.connect(self._on_wanted)
        self.known.currentIndexChanged.connect(self._on_known)
        self.take.clicked.connect(self._on_take)
        self._read_timer.timeout.connect(self._on_read_due)
        self._session.project_opened.connect(self._on_wanted)
        self._session.state_changed.connect(self._on_state_changed)
        self._session.labels_added.connect(self._on_added)
        self._session.long_change.reverted.connect(self._on_reverted)
        self.cancel.clicked.connect(self._session.stop_change)
        self._session.project_changed.connect(self._on_project_changed)

    def choose(self, path: Path) -> None:
        """Read this file or folder, as if it had been typed."""
        self.line.setText(str(path))

    def _forget(self) -> None:
        self._incoming, self._is_outdated = None, False
        self.table.show_objects(())
        self.report.show_sentences((), head="", beside=Path())
        self.last.setRowVisible(self.known, False)
        self._refresh_button()

    @Slot(object)
    def _on_project_changed(self, track_ids: frozenset[int]) -> None:
        """What the file has in common with the project is found anew where objects in question are others now."""
        incoming, project = self._incoming, self._session.project
        known = () if incoming is None else incoming.known.values()
        self._is_outdated |= project is not None and any(
            project.has_track(track_id) for track_id in track_ids.intersection(known)
        )
        self._on_known()
        self._read_again()

    def _read_again(self) -> None:
        if self._is_outdated and self._session.is_free:  # a run changes them all the time
            self._on_wanted()

    @Slot()
    def _refresh_button(self) -> None:
        wanted = self._wanted
        self.take.setEnabled(self._session.is_free and wanted is not None and bool(wanted.tracks))

    @Slot()
    def _on_renamed(self) -> None:
        self.choices.forget_parts()
        self._on_wanted()

    @Slot()
    def _on_wanted(self) -> None:
        """Something else is to be read; also where the video is another now."""
        self._forget()
        is_named = bool(self.line.text().strip())
        self._say("Reading …" if is_named else "Choose what to import.", StatusLevel.CALM)
        if is_named and self.isVisible():
            self._read_timer.start()

    @Slot()
    def _on_read_due(self) -> None:
        source = self._session.playhead.source
        if source is None:
            return
        if self._job is not None:
            self._is_job_stale = True
            self._job.cancel()
            return
        path = Path(self.line.text().strip()).expanduser()
        project = self._session.project
        work = partial(
            read_incoming,
            *(path, self.formats.chosen, source.annotated, self.choices.options),
            project=None if project is None else project.copied(),
        )
        self._job = BackgroundJob(work, "label reader")
        self._job.progressed.connect(self._on_progressed)
        self._job.ended.connect(self._on_read)

    @Slot(object)
    def _on_progressed(self, progress: Progress) -> None:
        if progress.total > 1 and not self._is_job_stale:
            self._say(f"Reading … {progress.done * 100 // progress.total} %", StatusLevel.CALM)

    @Slot(object)
    def _on_read(self, outcome: object) -> None:
        self._job = None
        if self._is_job_stale or self._read_timer.isActive():
            if self._is_job_stale:
                self._is_job_stale = False
                self._read_timer.start()
            return
        if isinstance(outcome, JobFailed):
            self._say(f"Cannot import these labels.\n{outcome.message}", StatusLevel.WARNING)
        elif isinstance(outcome, IncomingChoice):
            self.choices.ask_for_part(outcome.titles)
            count = len(outcome.titles)
            self._say(f"The file is about {count:,} videos. Choose the one that is open.", StatusLevel.WARNING)
        elif isinstance(outcome, IncomingLabels):
            self._show(outcome)

    def _show(self, incoming: IncomingLabels) -> None:
        objects = incoming.objects()
        self.table.show_objects(objects, incoming.known)
        self._offer_known(len(incoming.known), len(objects))
        if not objects:
            self._say(f"{incoming.label_format.title}: there are no boxes in it.", StatusLevel.WARNING)
            return
        self._incoming = incoming
        self._refresh_button()
        report = incoming.labels.report
        in_file = counted(report.boxes_in_file, "box", "boxes")
        read = "all read" if not report.skipped_count else f"{report.read:,} read"
        head = f"{incoming.label_format.title}: {in_file} in the file, {read}."
        sentences = report.sentences()
        self.report.show_sentences(sentences, head=f"{incoming.path}\n{head}", beside=incoming.path)
        self._head = head
        self._on_known()

    @Slot()
    def _on_known(self) -> None:
        """Say what becomes of the objects of the file, and of those of the project."""
        wanted, incoming, project = self._wanted, self._incoming, self._session.project
        self._refresh_button()
        if wanted is None or incoming is None:
            return
        existing = 0 if project is None else len(project.tracks())
        stay = "The existing object stays" if existing == 1 else f"The {existing} existing objects stay"
        said = f"\n{stay} unchanged; what is imported is added as new." if existing else ""
        if not wanted.tracks:
            said = "\nEvery object is in the project already, so there is nothing to import."
        self._say(f"{self._head}{said}", StatusLevel.CALM if incoming.labels.notices else StatusLevel.GOOD)

    def _offer_known(self, known: int, count: int) -> None:
        """Ask what becomes of objects that the project has already, box for box."""
        self.last.setRowVisible(self.known, known > 0)
        which = "all of them" if known == count else counted(known, "object")
        self.known.clear()
        self.known.addItem(f"Skip {which}, as every box is there", False)
        self.known.addItem("Import them again, as new objects", True)

    @property
    def _wanted(self) -> LabelSet | None:
        """What is to be imported."""
        incoming = self._incoming
        if incoming is None:
            return None
        project = self._session.project
        is_again = bool(self.known.currentData())
        there = {
            track_id
            for track_id, known in incoming.known.items()
            if not is_again and project is not None and project.has_track(known)
        }
        return incoming.labels.without(there)

    @Slot()
    def _on_take(self) -> None:
        wanted = self._wanted
        if wanted is None:
            return
        self._taken = wanted
        if not self._session.add_labels(wanted, ImportAs(self.become.currentData())):
            self._taken = None

    @Slot()
    def _on_state_changed(self) -> None:
        change = self._session.long_change
        self.cancel.setVisible(self._taken is not None and change.is_going)
        if self._taken is not None and change.is_going:
            self._say(f"Importing … {change.fraction:.0%}", StatusLevel.CALM)
        self._read_again()
        self._refresh_button()

    @Slot()
    def _on_reverted(self) -> None:
        if self._taken is not None:
            self._taken = None
            self._say("Not imported; the project is as it was.", StatusLevel.CALM)

    @Slot()
    def _on_added(self) -> None:
        taken, self._taken = self._taken, None
        if taken is None:
            return
        boxes = counted(taken.box_count(), "box", "boxes")
        words = f"{boxes} of {counted(len(taken.tracks), 'object')}"
        self._forget()
        self._say(f"Imported {words}. One Undo removes them.", StatusLevel.GOOD)

    def _say(self, text: str, level: StatusLevel) -> None:
        set_status(self.note, text, level)

    def _on_file(self) -> None:
        self._ask(QFileDialog.FileMode.ExistingFile)

    def _on_folder(self) -> None:
        self._ask(QFileDialog.FileMode.Directory)

    def _ask(self, mode: QFileDialog.FileMode) -> None:
        source = self._session.playhead.source
        beside = "" if source is None else str(source.path.absolute().parent)
        dialog = QFileDialog(self, "Import Labels", self.line.text() or beside)
        dialog.setFileMode(mode)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()


def _align_labels(*forms: QFormLayout) -> None:
    """Let all fields begin below each other."""
    rows = ((form, row) for form in forms for row in range(form.rowCount()))
    items = (form.itemAt(row, QFormLayout.ItemRole.LabelRole) for form, row in rows)
    labels = [label for item in items if item is not None and (label := item.widget()) is not None]
    widest = max(label.sizeHint().width() for label in labels)
    for label in labels:
        label.setMinimumWidth(widest)
