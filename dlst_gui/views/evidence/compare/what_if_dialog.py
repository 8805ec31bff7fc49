"""What If…: from where an object is tracked again, and with what."""

# ruff: noqa: D102 - overrides of Qt need no words of their own

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from dlst_gui.session.session import Session
from dlst_gui.session.what_ifs import FULL, MOST_GHOSTS, WhatIfs
from dlst_gui.tracking.run_plans import PlanError
from dlst_gui.tracking.tracker_factory import TrackerSettings, config_of
from dlst_gui.tracking.what_if import WhatIfPlan
from dlst_gui.views.evidence.compare.field_table import FieldFilter, FieldModel, FieldTable
from dlst_gui.views.frame_bar.number_field import NumberField
from dlst_gui.views.settings.settings_panel import SettingsPanel
from dlst_gui.views.style.status_level import StatusLevel, set_status
from dlst_gui.views.window.fitting_size import fitting_size
from tracker_core import config_fields

WIDTH, HEIGHT = 1000, 640  # pixels
SETTINGS_WIDTH = 300  # pixels


class SearchField(QLineEdit):
    """Return goes to what was found, and does not press the dialog's button."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)


class WhatIfDialog(QDialog):
    """Stays beside the window, and follows the selected object and the shown frame."""

    def __init__(
        self, session: Session, what_ifs: WhatIfs, backbones: tuple[str, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._what_ifs = what_ifs
        self._settings = replace(session.tracking.settings, fields=())
        self.setWindowTitle("What If")
        self.resize(fitting_size(self, WIDTH, HEIGHT))
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.from_manual, self.from_here = QRadioButton(), QRadioButton()
        self.from_manual.setChecked(True)
        self._from = QButtonGroup(self)
        for button in (self.from_manual, self.from_here):
            self._from.addButton(button)
        self.to_frame = NumberField()
        self.to_frame.setAccessibleName("To frame")
        self.settings_panel = SettingsPanel(backbones, self._settings)
        self.model = FieldModel()
        self.filter = FieldFilter(self.model)
        self.table = FieldTable(self.filter)
        self.search = SearchField()
        self.search.setPlaceholderText("Search constants: sigma, count, correction …")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Search constants")
        self.changed_only = QCheckBox("Changed only")
        self.reset = QPushButton("&Reset")
        self.reset.setToolTip("Let all constants be as the preset has them at this speed")
        self.meaning = QLabel("A double click changes a value; an empty one is the default again.")
        self.meaning.setProperty("quiet", True)
        self.meaning.setWordWrap(True)
        self.meaning.setMinimumHeight(2 * self.fontMetrics().height() + 4)
        self.meaning.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.note = QLabel()
        self.note.setObjectName("note")
        self.note.setWordWrap(True)
        self.track = QPushButton("&Track")
        self.track.setObjectName("primary")
        self.track.setDefault(True)
        self._lay_out()
        self._connect()
        self._show_fields()
        self._on_place_changed()
        self.search.setFocus()

    @property
    def settings(self) -> TrackerSettings:
        """What is chosen."""
        return replace(self._settings, fields=tuple(self.model.changes.items()))

    @property
    def plan(self) -> WhatIfPlan:
        """What would be tracked; raises PlanError."""
        return self._what_ifs.plan(to_frame=self.to_frame.value(), begins_here=self.from_here.isChecked())

    def _lay_out(self) -> None:
        place = QGridLayout()
        place.setHorizontalSpacing(14)
        place.setVerticalSpacing(7)
        place.addWidget(QLabel("From"), 0, 0)
        place.addWidget(self.from_manual, 0, 1, 1, 2)
        place.addWidget(self.from_here, 1, 1, 1, 2)
        to_label = QLabel("To &frame")
        to_label.setBuddy(self.to_frame)
        place.addWidget(to_label, 2, 0)
        place.addWidget(self.to_frame, 2, 1)
        place.setColumnStretch(2, 1)
        left = QVBoxLayout()
        left.setSpacing(10)
        left.addLayout(place)
        self.settings_panel.setContentsMargins(-12, -6, -12, 0)  # those of a panel
        self.settings_panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, False)
        left.addWidget(self.settings_panel)
        left.addStretch(1)
        left_side = QWidget()
        left_side.setFixedWidth(SETTINGS_WIDTH)
        left_side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        finding = QHBoxLayout()
        finding.setSpacing(10)
        finding.addWidget(self.search, stretch=1)
        finding.addWidget(self.changed_only)
        finding.addWidget(self.reset)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addLayout(finding)
        right.addWidget(self.table, stretch=1)
        right.addWidget(self.meaning)
        sides = QHBoxLayout()
        sides.setSpacing(18)
        sides.addWidget(left_side)
        sides.addLayout(right, stretch=1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.track, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        self.reset.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(self.about)
        layout.addLayout(sides, stretch=1)
        layout.addWidget(self.note)
        layout.addWidget(buttons)

    def _connect(self) -> None:
        session = self._session
        self.settings_panel.settings_edited.connect(self._on_settings_edited)
        self.search.textChanged.connect(self.filter.set_words)
        self.search.returnPressed.connect(self.table.begin)
        self.changed_only.toggled.connect(self.filter.set_changed_only)
        self.reset.clicked.connect(self.model.reset)
        self.model.refused.connect(self._on_refused)
        self.table.described.connect(self.meaning.setText)
        self.model.edited.connect(self._refresh)
        self._from.buttonToggled.connect(self._refresh)
        self.to_frame.valueChanged.connect(self._refresh)
        self.track.clicked.connect(self._on_track)
        session.playhead.frame_changed.connect(self._on_place_changed)
        session.selection_changed.connect(self._on_place_changed)
        session.project_changed.connect(self._on_place_changed)
        session.playhead.source_changed.connect(self.reject)
        self._what_ifs.changed.connect(self._refresh)

    def _show_fields(self) -> None:
        self.model.show_fields(config_fields(config_of(self._settings)))

    @Slot(object)
    def _on_settings_edited(self, settings: TrackerSettings) -> None:
        is_other_system = (settings.preset, settings.speed) != (self._settings.preset, self._settings.speed)
        self._settings = settings
        if is_other_system:
            self._show_fields()
        self._refresh()

    @Slot()
    def _on_place_changed(self) -> None:
        last = self._session.playhead.last_frame
        was_at_end = self.to_frame.maximum() in (self.to_frame.value(), 99)  # 99: Qt's, before there was a video
        self.to_frame.setMaximum(last)
        if was_at_end:
            self.to_frame.setValue(last)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        """Say what would be tracked, and what is in the way."""
        session, here = self._session, self._session.playhead.frame_index
        name = session.current_project.name_of(session.selected_track)
        self.about.setText(
            f"Tracks {name} again, beside its real boxes, with all manual boxes that it has now. "
            "Nothing changes until you take it."
        )
        project, track_id = session.project, session.selected_track
        shown = None if track_id is None else session.selection.shown_here
        is_manual = project is not None and track_id is not None and project.keyframe(track_id, here) is not None
        can_begin_here = shown is not None and not is_manual
        self.from_here.setText(f"the box of this frame, {here}")
        self.from_here.setEnabled(can_begin_here)
        self.from_here.setToolTip("" if can_begin_here else "This frame has a manual box, or none at all")
        if not can_begin_here:
            self.from_manual.setChecked(True)
        self.from_manual.setText(self._manual_words())
        problem = self._problem()
        self.note.setVisible(bool(problem))
        set_status(self.note, problem, StatusLevel.WARNING)
        self.track.setEnabled(not problem)

    def _manual_words(self) -> str:
        try:
            start = self._what_ifs.plan(to_frame=None).request.start_frame
        except PlanError:
            return "the manual box"
        return f"the manual box of frame {start}"

    def _problem(self) -> str:
        if len(self._what_ifs.ghosts) == MOST_GHOSTS:
            return FULL
        try:
            config_of(self.settings)
            _ = self.plan
        except PlanError as error:
            return str(error)
        except ValueError as error:
            return f"{error}."
        return ""

    @Slot(str)
    def _on_refused(self, message: str) -> None:
        self.note.setVisible(True)
        set_status(self.note, message, StatusLevel.WARNING)

    @Slot()
    def _on_track(self) -> None:
        try:
            plan = self.plan
        except PlanError:
            self._refresh()
            return
        if self._what_ifs.begin(plan, self.settings) is not None:
            self.accept()


def what_if_dialog(
    window: QWidget, session: Session, what_ifs: WhatIfs, backbones: tuple[str, ...]
) -> Callable[[], WhatIfDialog]:
    """Opens the dialog over a window, or brings it to the front."""
    opened: list[WhatIfDialog] = []

    def show() -> WhatIfDialog:
        if not opened:
            dialog = WhatIfDialog(session, what_ifs, backbones, window)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(opened.clear)
            opened.append(dialog)
        opened[0].show()
        opened[0].activateWindow()
        return opened[0]

    return show
