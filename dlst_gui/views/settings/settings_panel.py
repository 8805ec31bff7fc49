"""Which tracker the next run uses."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QWidget

from dlst_gui.tracking.devices import core_count
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.frame_bar.number_field import NumberField
from dlst_gui.views.frame_bar.speed_switch import SpeedSwitch
from dlst_gui.views.window.guide_box import GuideBox
from tracker_core import DEFAULT_PRESET, PRESETS
from tracker_core.weights import DEFAULT_NAME

LARGEST_SEED = 2**31 - 1
NARROWEST_NUMBER = 40  # pixels

_PRESET_TIPS = {
    "dlst-studio": "The default: a matching head proposes tight boxes, the classifier chooses among them",
    "dlst": "The paper's tracker: localiser and classifier, candidates around both boxes",
    "dlst-sloc": "Candidates around the localised box only",
    "dlst-nloc": "Without the localiser",
    "dlst-fc": "Fully connected classifier instead of average pooling",
    "mdnet-nh": "MDNet without pretraining, high learning rate",
    "mdnet-nl": "MDNet without pretraining, low learning rate",
}


class SettingsPanel(QWidget):
    """Preset, speed, guide, backbone, seed and processor threads; the status bar shows the device."""

    settings_edited = Signal(object)  # TrackerSettings
    guide_chosen = Signal(str)  # by a person; "" for none

    def __init__(self, backbones: tuple[str, ...], settings: TrackerSettings) -> None:
        super().__init__()
        self._settings = settings
        self._preset = QComboBox()
        for index, name in enumerate(sorted(PRESETS, key=lambda name: name != DEFAULT_PRESET)):
            self._preset.addItem(name)
            self._preset.setItemData(index, _PRESET_TIPS.get(name, ""), Qt.ItemDataRole.ToolTipRole)
        self._speed = SpeedSwitch()
        self._guide = GuideBox()
        self._backbone = QComboBox()
        self._backbone.addItems(backbones)
        self._backbone.setItemData(
            self._backbone.findText(DEFAULT_NAME), "The preset's own", Qt.ItemDataRole.ToolTipRole
        )
        self._seed = NumberField()
        self._seed.setRange(0, LARGEST_SEED)
        self._threads = NumberField()
        self._threads.setRange(1, core_count())
        self._threads.setToolTip("CPU threads for the tracker. Leave one for the window")
        for number in (self._seed, self._threads):
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            number.setMinimumWidth(NARROWEST_NUMBER)  # in a narrow panel the names have room beside them
        layout = QGridLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(3, 1)
        layout.setRowStretch(5, 1)  # below the fields, which stay together
        self._add_field(layout, "Preset", self._preset, row=0)
        self._add_field(layout, "Speed", self._speed, row=1)
        self._add_field(layout, "Guide", self._guide, row=2)
        self._add_field(layout, "Backbone", self._backbone, row=3)
        self._add_field(layout, "Seed", self._seed, row=4, span=1)
        self._add_field(layout, "Threads", self._threads, row=4, column=2, span=1)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # a panel, as the others
        self.show_settings(settings)
        self._preset.currentTextChanged.connect(self._on_edited)
        self._speed.speed_chosen.connect(self._on_edited)
        self._guide.guide_chosen.connect(self._on_edited)
        self._guide.guide_chosen.connect(self.guide_chosen)
        self._backbone.currentTextChanged.connect(self._on_edited)
        self._seed.valueChanged.connect(self._on_edited)
        self._threads.valueChanged.connect(self._on_edited)

    def show_settings(self, settings: TrackerSettings) -> None:
        """Show settings without reporting them as edited; a backbone that is not in the list is added to it."""
        self._settings = settings
        if self._backbone.findText(settings.backbone) < 0:
            self._backbone.addItem(settings.backbone)
        blocked = [QSignalBlocker(w) for w in (self._preset, self._backbone, self._seed, self._threads)]
        self._preset.setCurrentText(settings.preset)
        self._speed.show_speed(settings.speed)
        self._guide.show_guide(settings.guide, settings.preset)
        self._backbone.setCurrentText(settings.backbone)
        self._seed.setValue(settings.seed)
        self._threads.setValue(settings.threads)
        for blocker in blocked:
            blocker.unblock()

    @staticmethod
    def _add_field(
        layout: QGridLayout, name: str, field: QWidget, *, row: int, column: int = 0, span: int = 3
    ) -> None:
        label = QLabel(name)
        label.setProperty("quiet", True)
        label.setBuddy(field)
        field.setAccessibleName(name)
        layout.addWidget(label, row, column)
        layout.addWidget(field, row, column + 1, 1, span)

    def _on_edited(self) -> None:
        self._guide.fit(self._preset.currentText())
        self._settings = replace(
            self._settings,
            preset=self._preset.currentText(),
            speed=self._speed.speed,
            without=(),
            guide=self._guide.guide,
            backbone=self._backbone.currentText(),
            seed=self._seed.value(),
            threads=self._threads.value(),
        )
        self.settings_edited.emit(self._settings)
