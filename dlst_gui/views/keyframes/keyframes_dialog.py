"""Make Keyframes: how few manual boxes give the tracked ones back, before it is done."""
# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.exchange.progress import Watch
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.keyframing.making import SparseTrack, sparse_track, stretch_around
from dlst_gui.project.keyframing.thinning import Measure, Tolerance
from dlst_gui.project.project import Project
from dlst_gui.project.review import span_words
from dlst_gui.session.background_job import BackgroundJob, JobFailed
from dlst_gui.session.editing import Editing
from dlst_gui.session.session import Session
from dlst_gui.views.frame_bar.number_field import MARGIN
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.window.fitting_size import fitting_size

COUNT_DELAY_MS = 150  # ours: not at every step of a number that is being changed
USUAL_PX, FURTHEST_PX = 2.0, 1000.0
USUAL_IOU, LEAST_IOU, MOST_IOU = 0.9, 0.5, 0.99
WIDTH = 440  # pixels
PREVIEW_LINES, PREVIEW_MARGIN = 2, 14  # the margin in pixels: room beforehand, or the rest would be squeezed
_MEASURES = {Measure.PIXELS: "No edge is farther off than", Measure.IOU: "Each IoU is at least"}


class KeyframesDialog(QDialog):
    """Of the selected track. Counts in the background; what is done is what was counted last."""

    def __init__(self, session: Session, editing: Editing, track_id: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._editing = editing
        self._track_id = track_id
        self._job: BackgroundJob | None = None
        self._is_stale = False
        self._counted: SparseTrack | None = None
        self.setWindowTitle("Make Keyframes")
        self.setMinimumWidth(WIDTH)
        self.here, self.whole = QRadioButton(), QRadioButton()
        self.measure = QComboBox()
        for measure, words in _MEASURES.items():
            self.measure.addItem(words, measure)
        self.measure.setAccessibleName("How a tolerance is measured")
        self.pixels = _number(0, FURTHEST_PX, USUAL_PX, 0.5, " px")
        self.pixels.setDecimals(1)
        self.pixels.setAccessibleName("Farthest that an edge may be off, in pixels")
        self.iou = _number(LEAST_IOU, MOST_IOU, USUAL_IOU, 0.01, "")
        self.iou.setAccessibleName("Least IoU")
        self.preview = QLabel()
        self.preview.setWordWrap(True)
        self.preview.setObjectName("note")
        self.preview.setMinimumHeight(PREVIEW_LINES * self.fontMetrics().lineSpacing() + PREVIEW_MARGIN)
        self.make = QPushButton("&Make Keyframes")
        self.make.setObjectName("primary")
        self.make.setDefault(True)
        self._timer = QTimer(self, singleShot=True, interval=COUNT_DELAY_MS)
        self._lay_out()
        self._name_stretches()
        self._connect()
        self._on_edited()
        best = self.sizeHint()  # Qt would give it two thirds of a small screen
        self.resize(fitting_size(self, best.width(), best.height()))

    @property
    def sparse(self) -> SparseTrack | None:
        """What was counted; None while that goes on, or where there is nothing to make."""
        return self._counted

    def done(self, result: int) -> None:
        self._timer.stop()
        job, self._job = self._job, None
        if job is not None:
            job.close()
        super().done(result)

    def _lay_out(self) -> None:
        why = QLabel(
            "Tracked boxes become a few manual ones with straight lines between, to be edited as in other "
            "programs. Undo brings the tracked boxes back."
        )
        why.setWordWrap(True)
        why.setProperty("quiet", True)
        group = QButtonGroup(self)
        scope = QVBoxLayout()
        scope.setSpacing(6)
        for button in (self.here, self.whole):
            group.addButton(button)
            scope.addWidget(button)
        tolerance = QHBoxLayout()
        tolerance.setSpacing(8)
        tolerance.addWidget(self.measure, stretch=1)
        tolerance.addWidget(self.pixels)
        tolerance.addWidget(self.iou)
        form = QFormLayout()
        form.setHorizontalSpacing(14)
        form.setVerticalSpacing(12)
        form.addRow("Boxes", scope)
        form.addRow("Tolerance", tolerance)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.make, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(why)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(buttons)

    def _name_stretches(self) -> None:
        project, playhead = self._session.project, self._session.playhead
        if project is None:
            return
        here = stretch_around(project, self._track_id, playhead.frame_index, playhead.last_frame)
        self._stretch = here
        self.here.setText(f"Between the manual boxes around this frame ({span_words(*here)})")
        self.whole.setText(f"All tracked boxes of {self._session.current_project.name_of(self._track_id)}")
        has_some = bool(project.valid_predictions(self._track_id, *here))
        self.here.setEnabled(has_some)
        (self.here if has_some else self.whole).setChecked(True)

    def _connect(self) -> None:
        self.here.toggled.connect(self._on_edited)
        self.measure.currentIndexChanged.connect(self._on_edited)
        for number in (self.pixels, self.iou):
            number.valueChanged.connect(self._on_edited)
        self._timer.timeout.connect(self._on_due)
        self._session.project_changed.connect(self._on_edited)
        self._session.project_closing.connect(self.reject)
        self.make.clicked.connect(self._on_make)

    @property
    def _tolerance(self) -> Tolerance:
        measure = self.measure.currentData()
        return Tolerance(measure, self.iou.value() if measure is Measure.IOU else self.pixels.value())

    @Slot()
    def _on_edited(self) -> None:
        is_iou = self.measure.currentData() is Measure.IOU
        self.pixels.setVisible(not is_iou)
        self.iou.setVisible(is_iou)
        self._counted = None
        self.make.setEnabled(False)
        if not self.preview.text():
            set_status(self.preview, "Counting …", StatusLevel.CALM)
        self._timer.start()

    @Slot()
    def _on_due(self) -> None:
        project = self._session.project
        if project is None or not project.has_track(self._track_id):
            self.reject()
            return
        if self._job is not None:
            self._is_stale = True
            return
        frames = self._stretch if self.here.isChecked() else (0, self._session.playhead.last_frame)
        work = partial(_count, project.copied(), self._track_id, frames, self._tolerance)
        self._job = BackgroundJob(work, "keyframes")
        self._job.ended.connect(self._on_counted)

    @Slot(object)
    def _on_counted(self, outcome: object) -> None:
        if self.sender() is not self._job:
            return
        self._job = None
        if self._is_stale:
            self._is_stale = False
            self._timer.start()
        elif isinstance(outcome, SparseTrack):
            self._counted = outcome
            set_status(self.preview, outcome.words, StatusLevel.GOOD)
            self.make.setEnabled(True)
        else:
            words = outcome.message if isinstance(outcome, JobFailed) else str(outcome)
            set_status(self.preview, words, StatusLevel.WARNING)

    @Slot()
    def _on_make(self) -> None:
        if self._counted is not None and self._editing.make_keyframes(self._counted):
            self.accept()


def _count(
    project: Project, track_id: int, frames: tuple[int, int], tolerance: Tolerance, watch: Watch
) -> SparseTrack | str:
    """What it comes to, or why there is nothing; the job cannot be left before its end, which is soon."""
    try:
        return sparse_track(project, track_id, *frames, tolerance)
    except EditError as error:
        return str(error)


def _number(least: float, most: float, usual: float, step: float, suffix: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(least, most)
    box.setValue(usual)
    box.setSingleStep(step)
    box.setSuffix(suffix)
    box.setKeyboardTracking(False)
    box.lineEdit().setTextMargins(MARGIN, 0, MARGIN, 0)  # the style sheet's padding does not reach it
    return box
