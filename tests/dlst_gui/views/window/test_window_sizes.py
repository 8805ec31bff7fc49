"""Small windows: everything is reachable, and the frame keeps its margin."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.views.frame.box_editor import HANDLE_SIDE
from dlst_gui.views.frame.frame_view import LARGEST_MARGIN_SHARE, MARGIN
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.window.fitting_toolbar import FittingToolBar
from tests.dlst_gui.reading import shown_box
from tests.dlst_gui.views.conftest import drag_box, draw
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

SIZES = [(1024, 700), (720, 410)]  # the second: a screen of 1440 x 900 pixels at twice the size, less a title bar


def place_in(window: QWidget, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint()), widget.size())


@pytest.mark.parametrize("size", SIZES)
def test_window_when_small_then_all_of_it_is_within_its_size(
    qtbot: QtBot, opened_window: MainWindow, size: tuple[int, int]
) -> None:
    opened_window.resize(*size)
    qtbot.waitUntil(lambda: opened_window.size().toTuple() == size)
    assert opened_window.minimumSizeHint().width() <= size[0]
    assert opened_window.minimumSizeHint().height() <= size[1]
    bar = opened_window.findChild(FittingToolBar)
    assert bar is not None
    buttons = [b for b in bar.findChildren(QToolButton) if b.defaultAction() is not None]
    assert len(buttons) >= 7
    workspace = opened_window.workspace
    shown = (
        workspace.frame_view,
        workspace.frame_bar,
        workspace.timeline,
        workspace.inspector,
        opened_window.status,
    )
    for widget in (*buttons, *shown):
        assert widget.isVisible()
        assert opened_window.rect().contains(place_in(opened_window, widget))
    assert workspace.frame_bar._slider.width() > 60


@pytest.mark.parametrize("size", SIZES)
def test_frame_when_fitted_then_has_a_margin_also_after_the_window_was_resized(
    qtbot: QtBot, opened_window: MainWindow, size: tuple[int, int]
) -> None:
    opened_window.resize(*size)
    view = opened_window.workspace.frame_view

    def margins() -> list[float]:
        corners = view.widget_position(0, 0), view.widget_position(160, 120)
        room = view.viewport.size()
        return [corners[0].x(), corners[0].y(), room.width() - corners[1].x(), room.height() - corners[1].y()]

    def expected() -> float:
        return min(MARGIN, LARGEST_MARGIN_SHARE * min(view.viewport.width(), view.viewport.height()))

    qtbot.waitUntil(lambda: min(margins()) == pytest.approx(expected(), abs=1))
    assert expected() > HANDLE_SIDE


def test_handle_when_a_box_is_at_the_frames_edge_then_it_can_be_pulled_beyond(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, Box(100, 40, 60, 40))
    qtbot.waitUntil(lambda: shown_box(opened_window.session, 0) is not None)
    qtbot.waitUntil(lambda: opened_window.workspace.scene().box is not None)
    qtbot.wait(100)  # it is drawn, and can be grabbed
    drag_box(opened_window, (160, 60), (166, 60))
    box = shown_box(opened_window.session, 0)
    assert box is not None
    assert box.right == pytest.approx(166, abs=1)


def test_steps_when_the_window_is_narrow_then_the_next_one_keeps_its_words(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    steps = opened_window._first_steps
    assert all(len(text) > 5 for text in steps.texts)
    opened_window.resize(720, 410)
    qtbot.waitUntil(lambda: steps.texts[0].endswith("around the object") and len(steps.texts[2]) < 3)
