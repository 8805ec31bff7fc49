"""The settings' page of looks and habits."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

from dlst_gui.settings.preferences import (
    LONGEST_STEP,
    MOST_BACKUP_GB,
    MOST_INTERPOLATED,
    MOST_LOST_FRAMES,
    MOST_STATES,
    ThemeChoice,
)
from dlst_gui.views.user_settings import UserSettings

FIELD_WIDTH = 150  # pixels
_THEME_NAMES = {ThemeChoice.DARK: "Dark", ThemeChoice.LIGHT: "Light", ThemeChoice.SYSTEM: "Same as system"}


class GeneralPage(QWidget):
    """Reads and changes the user's preferences."""

    def __init__(self, user: UserSettings) -> None:
        super().__init__()
        self._user = user
        self.theme = QComboBox()
        for choice, name in _THEME_NAMES.items():
            self.theme.addItem(name, choice.value)
        self.long_step = _frames_box(LONGEST_STEP)
        self.pauses = QCheckBox("&Pause the tracker when the target is lost for")
        self.lost_frames = _frames_box(MOST_LOST_FRAMES)
        self.lost_frames.setAccessibleName("Lost frames before a pause")
        self.continues = QCheckBox("&Continue tracking once a correction is learned")
        self.asks = QCheckBox("Ask w&hat to delete")
        self.interpolated = _frames_box(MOST_INTERPOLATED)
        self.interpolated.setAccessibleName("Frames that may be interpolated without a look")
        self.kept_states = _number_box(MOST_STATES, " per project")
        self.kept_states.setAccessibleName("Earlier states kept of each project")
        self.backup_gb = _number_box(MOST_BACKUP_GB, " GB")
        self.backup_gb.setAccessibleName("Space for the earlier states of all projects")
        self.first_steps = QPushButton("Show the First &Steps Again")
        self._lay_out()
        self._refresh()
        self.theme.activated.connect(self._on_edited)
        for box in (self.long_step, self.lost_frames, self.interpolated, self.kept_states, self.backup_gb):
            box.valueChanged.connect(self._on_edited)
        for check in (self.pauses, self.continues, self.asks):
            check.toggled.connect(self._on_edited)
        self.first_steps.clicked.connect(self._on_first_steps)
        user.preferences_changed.connect(self._refresh)

    def _lay_out(self) -> None:
        pausing = QHBoxLayout()
        pausing.addWidget(self.pauses)
        pausing.addSpacing(6)
        pausing.addWidget(self.lost_frames)
        pausing.addStretch(1)
        keeping = QHBoxLayout()
        keeping.addWidget(self.kept_states)
        keeping.addSpacing(6)
        keeping.addWidget(QLabel("in at most"))
        keeping.addSpacing(6)
        keeping.addWidget(self.backup_gb)
        keeping.addStretch(1)
        reviewing = QHBoxLayout()
        reviewing.addWidget(QLabel("List boxes interpolated over more than"))
        reviewing.addSpacing(6)
        reviewing.addWidget(self.interpolated)
        reviewing.addStretch(1)
        why = QLabel("Interpolated boxes lie on a straight line between two manual boxes; nobody has seen them.")
        why.setWordWrap(True)
        why.setProperty("quiet", True)
        numbers = (self.long_step, self.lost_frames, self.interpolated, self.kept_states, self.backup_gb)
        for field in (self.theme, *numbers):
            field.setFixedWidth(FIELD_WIDTH)
        form = QFormLayout(self)
        form.setContentsMargins(16, 16, 16, 16)
        form.setVerticalSpacing(12)
        form.setHorizontalSpacing(18)
        form.addRow("&Theme", self.theme)
        form.addRow("&Long step", self.long_step)
        form.addRow("Tracking", pausing)
        form.addRow("", self.continues)
        form.addRow("Editing", self.asks)
        form.addRow("Review", reviewing)
        form.addRow("", why)
        form.addRow("Earlier states", keeping)
        helping = QHBoxLayout()
        helping.addWidget(self.first_steps)
        helping.addStretch(1)
        form.addRow("Help", helping)

    def _refresh(self) -> None:
        shown = self._user.preferences
        numbers = (self.long_step, self.lost_frames, self.interpolated, self.kept_states, self.backup_gb)
        fields = (self.theme, *numbers, self.pauses, self.continues, self.asks)
        blocked = [QSignalBlocker(field) for field in fields]
        self.theme.setCurrentIndex(self.theme.findData(shown.theme.value))
        self.long_step.setValue(shown.long_step)
        self.pauses.setChecked(shown.pauses_when_lost)
        self.lost_frames.setValue(shown.lost_frames)
        self.lost_frames.setEnabled(shown.pauses_when_lost)
        self.continues.setChecked(shown.continues_after_correction)
        self.asks.setChecked(shown.asks_on_delete)
        self.interpolated.setValue(shown.interpolated_frames)
        self.kept_states.setValue(shown.kept_states)
        self.backup_gb.setValue(shown.backup_gb)
        self.first_steps.setEnabled(bool(shown.steps_done))
        for blocker in blocked:
            blocker.unblock()

    def _on_first_steps(self) -> None:
        self._user.set_preferences(replace(self._user.preferences, steps_done=frozenset()))

    def _on_edited(self) -> None:
        edited = replace(
            self._user.preferences,
            theme=ThemeChoice(self.theme.currentData()),
            long_step=self.long_step.value(),
            pauses_when_lost=self.pauses.isChecked(),
            lost_frames=self.lost_frames.value(),
            continues_after_correction=self.continues.isChecked(),
            interpolated_frames=self.interpolated.value(),
            kept_states=self.kept_states.value(),
            backup_gb=self.backup_gb.value(),
            asks_on_delete=self.asks.isChecked(),
        )
        self._user.set_preferences(edited)


def _frames_box(largest: int) -> QSpinBox:
    return _number_box(largest, " frames")


def _number_box(largest: int, suffix: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(1, largest)
    box.setSuffix(suffix)
    box.setKeyboardTracking(False)
    box.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return box
