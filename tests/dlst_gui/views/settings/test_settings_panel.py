"""Which tracker the panel offers, and which it shows at first."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dlst_gui.tracking.guide_choice import GuideChoice
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.views.settings.settings_panel import SettingsPanel
from tests.tracker_core.guides.made_guide import store_made_guide
from tracker_core import PRESETS
from tracker_core.weights import GUIDE_NAMES


@pytest.fixture
def panel(qtbot: QtBot, request: pytest.FixtureRequest) -> SettingsPanel:
    if "guides_here" in request.fixturenames:
        request.getfixturevalue("guides_here")
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


@pytest.fixture
def guides_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """One guide is here, the others are not."""
    choices = [GuideChoice(name, name.title(), "" if name == "fear-xs" else f"get {name}") for name in GUIDE_NAMES]
    monkeypatch.setattr("dlst_gui.views.window.guide_box.guide_choices", lambda: tuple(choices))


def choose(panel: SettingsPanel, guide: str) -> None:
    """As a person does."""
    panel._guide.setCurrentIndex(panel._guide.findData(guide))
    panel._guide.activated.emit(panel._guide.currentIndex())


@pytest.mark.usefixtures("guides_here")
def test_panel_when_guides_are_missing_then_they_are_shown_disabled_with_how_to_get_them(
    panel: SettingsPanel,
) -> None:
    rows = [panel._guide._choices.item(row) for row in range(panel._guide.count())]
    assert [row.text() for row in rows if row.isEnabled()] == ["none", "fear-xs"]
    missing = [row for row in rows if not row.isEnabled()]
    assert [row.text() for row in missing] == [f"{name} (not here)" for name in GUIDE_NAMES if name != "fear-xs"]
    assert [row.toolTip() for row in missing] == [f"get {name}" for name in GUIDE_NAMES if name != "fear-xs"]


@pytest.mark.usefixtures("guides_here")
def test_panel_when_a_guide_is_chosen_then_settings_have_it_and_it_is_told_apart(
    panel: SettingsPanel, qtbot: QtBot
) -> None:
    with qtbot.waitSignals([panel.settings_edited, panel.guide_chosen]):
        choose(panel, "fear-xs")
    assert (panel._settings.guide, panel._settings.mode) == ("fear-xs", "exact +fear-xs")


@pytest.mark.usefixtures("guides_here")
def test_panel_when_the_preset_follows_no_guide_then_none_is_in_force_until_one_that_does(
    panel: SettingsPanel, qtbot: QtBot
) -> None:
    choose(panel, "fear-xs")
    chosen: list[str] = []
    panel.guide_chosen.connect(chosen.append)
    panel._preset.setCurrentText("dlst")
    assert (panel._guide.isEnabled(), panel._settings.guide) == (False, "")
    assert panel._guide.toolTip() == "dlst follows no guide. Choose another preset"
    panel.show_settings(panel._settings)
    panel._preset.setCurrentText("dlst-studio")
    assert (panel._guide.isEnabled(), panel._settings.guide) == (True, "fear-xs")
    assert chosen == []  # nobody has chosen another one for good


@pytest.mark.qt_log_ignore("This plugin does not support")  # said by the screenless platform of every popup
def test_panel_when_a_guide_is_fetched_meanwhile_then_the_list_offers_it(
    panel: SettingsPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not panel._guide._choices.item(1).isEnabled()
    store_made_guide(monkeypatch, tmp_path)
    panel._guide.showPopup()
    assert panel._guide._choices.item(1).isEnabled()
    assert panel._guide.guide == ""
    panel._guide.hidePopup()
