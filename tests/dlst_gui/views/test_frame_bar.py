"""The row under the frame, by mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.seek_slider import SeekSlider

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def slider(qtbot: QtBot) -> SeekSlider:
    made = SeekSlider()
    qtbot.addWidget(made)
    made.setRange(0, 1000)
    made.resize(500, 24)
    made.show()
    return made


@pytest.mark.parametrize(("x", "value"), [(0, 0), (250, 500), (499, 1000), (375, 754)])
def test_slider_when_clicked_then_its_handle_comes_there(slider: SeekSlider, x: int, value: int) -> None:
    QTest.mouseClick(slider, LEFT, pos=QPoint(x, 12))
    assert slider.value() == pytest.approx(value, abs=12)


def test_slider_when_dragged_from_anywhere_then_every_place_on_the_way_is_told(slider: SeekSlider) -> None:
    told: list[int] = []
    slider.valueChanged.connect(told.append)
    QTest.mousePress(slider, LEFT, pos=QPoint(100, 12))
    QTest.mouseMove(slider, QPoint(200, 12))
    QTest.mouseMove(slider, QPoint(300, 12))
    QTest.mouseRelease(slider, LEFT, pos=QPoint(300, 12))
    assert len(told) == 3
    assert told == sorted(told)
    QTest.mouseMove(slider, QPoint(400, 12))
    assert len(told) == 3


def test_slider_when_another_button_is_pressed_then_nothing_moves(slider: SeekSlider) -> None:
    QTest.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(400, 12))
    assert slider.value() == 0


def test_slider_when_clicked_in_the_window_then_the_frame_there_is_shown(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    slider = opened_window.workspace.frame_bar.findChild(SeekSlider)
    QTest.mouseClick(slider, LEFT, pos=QPoint(slider.width() - 1, slider.height() // 2))
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 29)
