"""The settings' page of looks, editing, review and earlier states."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QWidget

from dlst_gui.settings.preferences import (
    LONGEST_STEP,
    MOST_BACKUP_GB,
    MOST_DECIMALS,
    MOST_INTERPOLATED,
    MOST_STATES,
    ThemeChoice,
)
from dlst_gui.views.settings.preference_fields import (
    FIELD_WIDTH,
    explained,
    frames_box,
    number_box,
    page_form,
    side_by_side,
)
from dlst_gui.views.settings.user_settings import UserSettings

_THEME_NAMES = {ThemeChoice.DARK: "Dark", ThemeChoice.LIGHT: "Light", ThemeChoice.SYSTEM: "Same as system"}


class GeneralPage(QWidget):
    """Reads and changes the user's preferences."""

    def __init__(self, user: UserSettings) -> None:
        super().__init__()
        self._user = user
        self.theme = QComboBox()
        for choice, name in _THEME_NAMES.items():
            self.theme.addItem(name, choice.value)
        self.theme.setFixedWidth(FIELD_WIDTH)
        self.decimals = number_box(MOST_DECIMALS, "", smallest=0)
        self.long_step = frames_box(LONGEST_STEP)
        self.asks = QCheckBox("Ask w&hat to delete")
        self.interpolated = frames_box(MOST_INTERPOLATED)
        self.interpolated.setAccessibleName("Frames that may be interpolated without a look")
        self.kept_states = number_box(MOST_STATES, " per project")
        self.kept_states.setAccessibleName("Earlier states kept of each project")
        self.backup_gb = number_box(MOST_BACKUP_GB, " GB")
        self.backup_gb.setAccessibleName("Space for the earlier states of all projects")
        self.first_steps = QPushButton("Show the First &Steps Again")
        self._numbers = (self.decimals, self.long_step, self.interpolated, self.kept_states, self.backup_gb)
        self._lay_out()
        self._refresh()
        self.theme.activated.connect(self._on_edited)
        for box in self._numbers:
            box.valueChanged.connect(self._on_edited)
        self.asks.toggled.connect(self._on_edited)
        self.first_steps.clicked.connect(self._on_first_steps)
        user.preferences_changed.connect(self._refresh)

    def _lay_out(self) -> None:
        form = page_form(self)
        form.addRow("&Theme", explained(self.theme, "The video keeps its dark ground in every theme."))
        form.addRow("Decimal &places", explained(self.decimals, "Of the box in the inspector; files keep all."))
        form.addRow("&Long step", explained(self.long_step, "How far V and C, or Page Up and Page Down, go."))
        form.addRow("Deleting", explained(self.asks, "Else Del takes what was chosen the last time."))
        reviewing = side_by_side(QLabel("List boxes interpolated over more than"), self.interpolated)
        why = "Interpolated boxes lie on a straight line between two manual boxes; nobody has seen them."
        form.addRow("Review", explained(reviewing, why))
        keeping = side_by_side(self.kept_states, QLabel("in at most"), self.backup_gb)
        form.addRow("Backups", explained(keeping, "File, Restore an Earlier State brings one back."))
        form.addRow("Help", side_by_side(self.first_steps))
        labels = {"&Theme": self.theme, "Decimal &places": self.decimals, "&Long step": self.long_step}
        for row in range(form.rowCount()):
            item = form.itemAt(row, form.ItemRole.LabelRole)
            label = None if item is None else item.widget()
            if isinstance(label, QLabel) and label.text() in labels:
                label.setBuddy(labels[label.text()])

    def _refresh(self) -> None:
        shown = self._user.preferences
        blocked = [QSignalBlocker(field) for field in (self.theme, *self._numbers, self.asks)]
        self.theme.setCurrentIndex(self.theme.findData(shown.theme.value))
        self.decimals.setValue(shown.decimals)
        self.long_step.setValue(shown.long_step)
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
            decimals=self.decimals.value(),
            long_step=self.long_step.value(),
            interpolated_frames=self.interpolated.value(),
            kept_states=self.kept_states.value(),
            backup_gb=self.backup_gb.value(),
            asks_on_delete=self.asks.isChecked(),
        )
        self._user.set_preferences(edited)
