from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.settings.keymap import KEY_PRESETS
from dlst_gui.settings.preferences import FirstStep
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.settings.user_settings import UserSettings
from dlst_gui.views.start.first_steps import FirstSteps
from tests.dlst_gui.views.conftest import drag_box, draw
from tracker_core import Box

# Said by Qt's screenless platform whenever a window has a smallest size.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def steps(opened_window: MainWindow) -> FirstSteps:
    return opened_window._first_steps


def test_steps_when_done_one_after_another_then_each_is_ticked_off_and_they_never_come_back(
    qtbot: QtBot, opened_window: MainWindow, steps: FirstSteps, tmp_path: Path
) -> None:
    session = opened_window.session
    assert steps.isVisible()
    assert steps.current is FirstStep.DRAW
    draw(opened_window, Box(20, 40, 24, 24))
    assert steps.current is FirstStep.TRACK
    assert steps.texts[0].startswith("✓")
    QTest.keyClick(opened_window, Qt.Key.Key_Period)
    qtbot.waitUntil(lambda: steps.current is FirstStep.CORRECT)
    qtbot.waitUntil(lambda: session.state is RunState.PAUSED)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 1)
    qtbot.waitUntil(lambda: "continue" in opened_window.workspace.frame_view.hint)
    drag_box(opened_window, (34, 52), (50, 60))
    assert steps.current is None
    assert not steps.isVisible()
    assert UserSettings(tmp_path / "settings").preferences.steps_done == set(FirstStep)


def test_steps_when_a_drag_begins_on_them_then_the_box_is_drawn(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    view = opened_window.workspace.frame_view
    assert view.childAt(steps.geometry().center()) is not steps
    assert not steps.isAncestorOf(view.childAt(steps.geometry().center()))


def test_steps_when_closed_then_they_are_gone_until_the_settings_bring_them_back(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    steps._closing.click()
    assert not steps.isVisible()
    assert not steps._closing.isVisible()
    opened_window._settings_dialog.general_page.first_steps.click()
    assert steps.isVisible()
    assert steps.current is FirstStep.DRAW


def test_steps_when_the_key_of_track_is_changed_then_they_name_the_new_one(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    keymap = opened_window.user.keymap
    assert "Press T " in steps.texts[1]
    opened_window.user.set_keymap(keymap.with_keys("track", ("Ctrl+F7",)))
    assert "Press Ctrl+F7 " in steps.texts[1]
    opened_window.user.set_keymap(keymap.with_keys("track", ()))
    assert "Press Track" in steps.texts[1]


def test_steps_when_another_preset_is_chosen_then_its_name_is_not_cut_off(
    qtbot: QtBot, opened_window: MainWindow, steps: FirstSteps
) -> None:
    opened_window.resize(1440, 800)
    keymap, choice = opened_window.user.keymap, steps._presets
    for preset in KEY_PRESETS:
        opened_window.user.set_keymap(keymap.with_preset(preset))

        def room() -> int:
            option = QStyleOptionComboBox()
            choice.initStyleOption(option)
            part = QStyle.SubControl.SC_ComboBoxEditField
            return choice.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, choice).width()

        words = choice.fontMetrics().horizontalAdvance(choice.currentText())
        qtbot.waitUntil(lambda words=words: room() >= words)


def test_presets_when_the_wheel_passes_over_then_the_keys_stay_unless_the_choice_has_the_focus(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    opened_window.resize(1440, 800)

    def turn() -> None:
        at = QPointF(steps._presets.rect().center())
        button, modifier = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        place, phase = steps._presets.mapToGlobal(at), Qt.ScrollPhase.NoScrollPhase
        QApplication.sendEvent(
            steps._presets, QWheelEvent(at, place, QPoint(), QPoint(0, -120), button, modifier, phase, False)
        )

    first = opened_window.user.keymap.preset
    turn()
    assert opened_window.user.keymap.preset == first
    steps._presets.setFocus()
    turn()
    assert opened_window.user.keymap.preset != first


def test_steps_when_the_window_is_resized_then_they_stay_in_the_middle(
    qtbot: QtBot, opened_window: MainWindow, steps: FirstSteps
) -> None:
    opened_window.resize(1500, 700)
    view = opened_window.workspace.frame_view

    def middle() -> float:
        return (steps.geometry().left() + steps._closing.geometry().right()) / 2

    qtbot.waitUntil(lambda: abs(middle() - view.width() / 2) < 30)


def test_steps_when_asked_for_again_over_boxes_then_they_begin_with_the_first(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    draw(opened_window, Box(20, 40, 24, 24))
    steps._closing.click()
    opened_window._settings_dialog.general_page.first_steps.click()
    opened_window.editing.set_color("#112233")
    assert steps.current is FirstStep.DRAW


def test_keys_when_chosen_beside_the_steps_then_the_steps_name_them(
    opened_window: MainWindow, steps: FirstSteps
) -> None:
    choice = steps._presets
    assert choice.isVisible()
    assert choice.currentText() == "Keys: CVAT"
    choice.showPopup()
    QTest.keyClick(choice.view(), Qt.Key.Key_End)
    QTest.keyClick(choice.view(), Qt.Key.Key_Return)
    assert opened_window.user.keymap.preset == "X-AnyLabeling (A/D)"
    assert "Press I " in steps.texts[1]
    steps._closing.click()
    assert not choice.isVisible()
