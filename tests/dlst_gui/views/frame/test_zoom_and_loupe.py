"""Looking closely: the selected object in the middle of the view, and single pixels."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.session.run_state import RunState
from dlst_gui.views.frame.loupe import ACROSS, GAP, MAGNIFICATION, SIDE, WORDS_HEIGHT, Loupe
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import draw
from tests.fakes import SyntheticVideo
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

BOX = Box(20, 40, 24, 24)


def view_of(window: MainWindow) -> tuple[float, float, float]:
    """The middle of the view in the image, and image pixels across."""
    shown = window.workspace.frame_view._view_box.viewRect()
    return shown.center().x(), shown.center().y(), shown.width()


def test_zoom_to_object_when_on_then_it_stays_in_the_middle_at_one_scale_until_fit(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    session = opened_window.session
    draw(opened_window, BOX)
    session.tracking.track_to(20)
    qtbot.waitUntil(lambda: session.state is RunState.FINISHED, timeout=5000)
    session.seek(0)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 0)
    whole = view_of(opened_window)[2]
    QTest.keyClick(opened_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    x, y, across = view_of(opened_window)
    assert (x, y) == pytest.approx((32, 52), abs=1.5)
    assert across < whole / 1.5
    session.seek(15)
    qtbot.waitUntil(lambda: view_of(opened_window)[0] == pytest.approx(62, abs=1.5))
    assert view_of(opened_window)[2] == pytest.approx(across)
    QTest.keyClick(opened_window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert not opened_window.action_set["zoom-object"].isChecked()
    assert view_of(opened_window)[0] == pytest.approx(80, abs=1)


@pytest.fixture
def loupe(qtbot: QtBot, opened_window: MainWindow) -> Loupe:
    QTest.keyClick(opened_window, Qt.Key.Key_Z, Qt.KeyboardModifier.AltModifier)
    made = opened_window.workspace.frame_view.findChild(Loupe)
    assert made is not None
    return made


def look_at(window: MainWindow, x: float, y: float) -> None:
    view = window.workspace.frame_view
    QTest.mouseMove(view.viewport, view.widget_position(x, y).toPoint())


def test_loupe_when_the_mouse_is_over_the_frame_then_each_pixel_is_a_square_of_its_colour(
    opened_window: MainWindow, loupe: Loupe
) -> None:
    look_at(opened_window, 20.5, 40.5)  # the upper left pixel of the bright square
    assert loupe.isVisible()
    image = loupe.grab().toImage()
    middle = ACROSS // 2
    frame = SyntheticVideo().read(0)
    for dx, dy in ((-3, -3), (2, -2), (-2, 2), (2, 2)):
        x = GAP + (middle + dx) * MAGNIFICATION
        y = GAP + WORDS_HEIGHT + (middle + dy) * MAGNIFICATION
        expected = tuple(int(value) for value in frame[40 + dy, 20 + dx])
        for corner in ((1, 1), (MAGNIFICATION - 2, MAGNIFICATION - 2)):
            color = image.pixelColor(x + corner[0], y + corner[1])
            assert (color.red(), color.green(), color.blue()) == expected


def test_loupe_when_another_frame_is_shown_then_the_one_before_is_beside_it(
    qtbot: QtBot, opened_window: MainWindow, loupe: Loupe
) -> None:
    QTest.keyClick(opened_window, Qt.Key.Key_F)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 1)
    assert loupe.shown == ("frame 1", "frame 0")
    QTest.keyClick(opened_window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: opened_window.workspace.drawn_frame == 0)
    assert loupe.shown == ("frame 0", "frame 1")


@pytest.mark.parametrize("corner", [(0, 0), (159, 119), (0, 119)])
def test_loupe_when_the_mouse_is_in_a_corner_then_lies_within_the_view_and_not_under_the_mouse(
    opened_window: MainWindow, loupe: Loupe, corner: tuple[int, int]
) -> None:
    look_at(opened_window, *corner)
    view = opened_window.workspace.frame_view
    assert view.viewport.rect().contains(loupe.geometry())
    assert not loupe.geometry().contains(view.widget_position(*corner).toPoint())


def test_loupe_when_the_mouse_leaves_or_it_is_turned_off_then_it_is_gone(
    opened_window: MainWindow, loupe: Loupe
) -> None:
    viewport = opened_window.workspace.frame_view.viewport
    look_at(opened_window, 50, 50)
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert not loupe.isVisible()
    look_at(opened_window, 50, 50)
    assert loupe.size().width() > 2 * SIDE
    QTest.keyClick(opened_window, Qt.Key.Key_Z, Qt.KeyboardModifier.AltModifier)
    assert not loupe.isVisible()
    QTest.mouseMove(viewport, QPoint(60, 60))
    assert not loupe.isVisible()
