"""Which tracker the panel offers, and which it shows at first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.settings_panel import SettingsPanel
from tracker_core import PRESETS


@pytest.fixture
def panel(qtbot: QtBot) -> SettingsPanel:
    made = SettingsPanel(("default", "studio"), TrackerSettings())
    qtbot.addWidget(made)
    return made


def test_panel_when_shown_then_offers_every_preset_with_a_word_the_default_one_first(panel: SettingsPanel) -> None:
    offered = [panel._preset.itemText(index) for index in range(panel._preset.count())]
    assert offered[0] == panel._preset.currentText() == "dlst-studio"
    assert sorted(offered) == sorted(PRESETS)
    assert all(panel._preset.itemData(index, Qt.ItemDataRole.ToolTipRole) for index in range(len(offered)))


def test_panel_when_another_preset_is_chosen_then_the_backbone_stays_the_presets_own(
    panel: SettingsPanel, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(panel.settings_edited) as edited:
        panel._preset.setCurrentText("dlst")
    (settings,) = edited.args
    assert (settings.preset, settings.backbone, settings.weights) == ("dlst", "default", "default")
