"""The row under the frame, by mouse and keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.views.frame_bar.frame_field import FrameField
from dlst_gui.views.frame_bar.seek_slider import SeekSlider
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.window_fakes import Workshop

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


@pytest.mark.parametrize(("typed", "frame"), [("12", 12), ("0:00.4", 10), ("50%", 14), ("+3", 8)])
def test_counter_when_a_frame_a_time_a_share_or_a_step_is_typed_then_it_is_shown(
    qtbot: QtBot, opened_window: MainWindow, typed: str, frame: int
) -> None:
    opened_window.session.seek(5)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 5)
    QTest.keyClick(opened_window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    field = opened_window.workspace.frame_bar.findChild(FrameField)
    assert field.hasFocus()
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == frame)
    assert field.text() == str(frame)
    assert not field.hasFocus()


def test_counter_when_what_is_typed_says_no_frame_then_the_shown_one_stays(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.session.seek(5)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 5)
    field = opened_window.workspace.frame_bar.findChild(FrameField)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1:")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert opened_window.session.playhead.frame_index == 5
    assert field.text() == "5"


def hover(widget: QWidget, x: int, y: int = 8) -> None:
    QTest.mouseMove(widget, QPoint(x, y))


@pytest.mark.parametrize("surface", ["slider", "ruler", "lanes"])
def test_frame_when_hovered_then_its_picture_is_shown_above_and_goes_with_the_mouse(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop, surface: str
) -> None:
    workspace = opened_window.workspace
    widgets = {"slider": workspace.frame_bar.slider, "ruler": workspace.timeline.ruler}
    widget = widgets.get(surface, workspace.timeline.lanes)
    shown = opened_window.session.playhead.frame_index
    hover(widget, widget.width() // 3)
    hover(widget, widget.width() // 2)
    qtbot.waitUntil(lambda: workspace._preview.frame_index is not None, timeout=5000)
    frame = workspace._preview.frame_index
    assert 12 <= frame <= 17
    label = opened_window.findChild(QLabel, "frame_preview")
    assert opened_window.rect().contains(label.geometry())
    assert label.geometry().bottom() <= widget.mapTo(opened_window, QPoint()).y()
    assert opened_window.session.playhead.frame_index == shown
    hovered = QEvent(QEvent.Type.Leave)
    QApplication.sendEvent(widget, hovered)
    assert workspace._preview.frame_index is None
