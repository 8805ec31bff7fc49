from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.views.frame_bar.number_field import NumberField
from dlst_gui.views.main_window import MainWindow

# Said by Qt's screenless platform of smallest sizes.
pytestmark = pytest.mark.qt_log_ignore("does not support")


@pytest.fixture
def field(opened_window: MainWindow, qtbot: QtBot) -> NumberField:
    """That of the frame number, while Return is the key of an enabled command."""
    opened_window.session.use_first_box()
    number = opened_window.workspace.frame_bar.findChild(NumberField)
    opened_window.activateWindow()
    opened_window.workspace.frame_bar.focus_number()
    qtbot.waitUntil(number.hasFocus)
    assert opened_window.action_set["accept"].isEnabled()
    return number


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_number_when_return_is_pressed_then_its_frame_is_shown_and_no_box_is_accepted(
    opened_window: MainWindow, field: NumberField, key: Qt.Key
) -> None:
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, key)
    project = opened_window.session.project
    assert opened_window.session.playhead.frame_index == 7
    assert not field.hasFocus()
    assert project is not None
    assert [each.frame_index for each in project.keyframes(1)] == [0]


def test_number_when_escape_is_pressed_then_the_frame_stays(opened_window: MainWindow, field: NumberField) -> None:
    QTest.keyClicks(field, "7")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert opened_window.session.playhead.frame_index == 0
    assert field.text() == "0"
    assert not field.hasFocus()
