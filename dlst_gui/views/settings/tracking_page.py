"""The settings' page of tracking: what pauses a run, what it goes on through, what it begins with."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QWidget

from dlst_gui.settings.preferences import MOST_EVIDENCE_MB, MOST_LOST_FRAMES
from dlst_gui.views.settings.preference_fields import (
    FIELD_WIDTH,
    explained,
    frames_box,
    number_box,
    page_form,
    side_by_side,
)
from dlst_gui.views.settings.user_settings import UserSettings
from tracker_core import DEFAULT_PRESET, PRESETS

_SPEEDS = (("", "Automatic"), ("fast", "Fast"), ("exact", "Exact"))


class TrackingPage(QWidget):
    """Reads and changes the user's preferences."""

    def __init__(self, user: UserSettings) -> None:
        super().__init__()
        self._user = user
        self.preset = QComboBox()
        for name in sorted(PRESETS, key=lambda name: name != DEFAULT_PRESET):
            self.preset.addItem(name, "" if name == DEFAULT_PRESET else name)
        self.preset.setAccessibleName("Preset at the start")
        self.speed = QComboBox()
        for value, words in _SPEEDS:
            self.speed.addItem(words, value)
        self.speed.setAccessibleName("Speed at the start")
        self.pauses = QCheckBox("&Pause when the object is lost for")
        self.lost_frames = frames_box(MOST_LOST_FRAMES)
        self.lost_frames.setAccessibleName("Lost frames before a pause")
        self.stops = QCheckBox("&Stop before the next manual box")
        self.continues = QCheckBox("&Continue once a correction is learned")
        self.keeps = QCheckBox("&Remember what the tracker saw")
        self.evidence_mb = number_box(MOST_EVIDENCE_MB, " MB", smallest=0)
        self.evidence_mb.setAccessibleName("Space beside a project for what the tracker saw")
        for choice in (self.preset, self.speed):
            choice.setFixedWidth(FIELD_WIDTH)
        self._checks = (self.pauses, self.stops, self.continues, self.keeps)
        self._lay_out()
        self._refresh()
        for choice in (self.preset, self.speed):
            choice.activated.connect(self._on_edited)
        for number in (self.lost_frames, self.evidence_mb):
            number.valueChanged.connect(self._on_edited)
        for check in self._checks:
            check.toggled.connect(self._on_edited)
        user.preferences_changed.connect(self._refresh)

    def _lay_out(self) -> None:
        form = page_form(self)
        at_start = side_by_side(self.preset, QLabel("speed"), self.speed)
        why = "What the panel Tracker shows when the program starts. Automatic is Fast on a processor."
        form.addRow("At the start", explained(at_start, why))
        pausing = side_by_side(self.pauses, self.lost_frames)
        form.addRow("Pauses", explained(pausing, "T pauses and goes on as well, and so does grabbing the box."))
        why = "Else a run learns the box, and goes on through it."
        form.addRow("", explained(self.stops, why))
        why = "Else T goes on, when you have looked at it."
        form.addRow("Corrections", explained(self.continues, why))
        why = "Explain and the candidates to pick need it. Without it, runs are a little faster."
        form.addRow("Explaining", explained(self.keeps, why))
        room = side_by_side(QLabel("Keep at most"), self.evidence_mb, QLabel("of it beside a project"))
        why = "Of frames that were lost, unsure, jumped, corrected or marked as bad. 0 keeps it in memory alone."
        form.addRow("", explained(room, why))

    def _refresh(self) -> None:
        shown = self._user.preferences
        fields = (self.preset, self.speed, self.lost_frames, self.evidence_mb, *self._checks)
        blocked = [QSignalBlocker(field) for field in fields]
        self.preset.setCurrentIndex(self.preset.findData(shown.preset))
        self.speed.setCurrentIndex(self.speed.findData(shown.speed))
        self.pauses.setChecked(shown.pauses_when_lost)
        self.lost_frames.setValue(shown.lost_frames)
        self.lost_frames.setEnabled(shown.pauses_when_lost)
        self.stops.setChecked(shown.stops_at_keyframe)
        self.continues.setChecked(shown.continues_after_correction)
        self.keeps.setChecked(shown.keeps_diagnostics)
        self.evidence_mb.setValue(shown.evidence_mb)
        self.evidence_mb.setEnabled(shown.keeps_diagnostics)
        for blocker in blocked:
            blocker.unblock()

    def _on_edited(self) -> None:
        edited = replace(
            self._user.preferences,
            preset=self.preset.currentData(),
            speed=self.speed.currentData(),
            pauses_when_lost=self.pauses.isChecked(),
            lost_frames=self.lost_frames.value(),
            stops_at_keyframe=self.stops.isChecked(),
            continues_after_correction=self.continues.isChecked(),
            keeps_diagnostics=self.keeps.isChecked(),
            evidence_mb=self.evidence_mb.value(),
        )
        self._user.set_preferences(edited)
