"""Small changes by keys and wheel: told once, on the frame they were made on."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene
from dlst_gui.views.frame.box_editor import BoxEditor
from dlst_gui.views.frame.frame_view import FrameView
from tracker_core import Box

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")

BOX = Box(60, 40, 30, 20)


@pytest.fixture
def view(qtbot: QtBot) -> FrameView:
    made = FrameView()
    qtbot.addWidget(made)
    made.resize(640, 500)
    made.show()
    made.show_frame(np.zeros((120, 160, 3), np.uint8))
    made.show_scene(FrameScene(0), editable_box=BOX, is_editable=True)
    QApplication.processEvents()
    return made


def edits_of(editor: BoxEditor) -> list[Box]:
    edits: list[Box] = []
    editor.box_edited.connect(edits.append)
    return edits


def turn_wheel(view: FrameView, x: float, y: float, modifier: Qt.KeyboardModifier, notches: int = 1) -> None:
    position = view.widget_position(x, y)
    event = QWheelEvent(
        QPointF(position),
        view.viewport.mapToGlobal(position),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport, event)


def test_nudge_when_repeated_then_one_edit_holds_the_sum(qtbot: QtBot, view: FrameView) -> None:
    edits = edits_of(view.editor)
    for _ in range(3):
        view.editor.nudge(1, -0.5)
    assert edits == []
    qtbot.waitUntil(lambda: len(edits) > 0)
    assert edits == [BOX.shifted(3, -1.5)]


def test_finish_adjusting_then_tells_at_once_and_only_once(qtbot: QtBot, view: FrameView) -> None:
    edits = edits_of(view.editor)
    view.editor.nudge(10, 0)
    view.editor.finish_adjusting()
    view.editor.finish_adjusting()
    assert edits == [BOX.shifted(10, 0)]


def test_nudge_when_the_box_is_locked_or_would_leave_the_frame_then_nothing_happens(view: FrameView) -> None:
    edits = edits_of(view.editor)
    view.editor.nudge(-200, 0)
    view.show_scene(FrameScene(0), editable_box=BOX, is_editable=False)
    view.editor.nudge(1, 0)
    view.editor.finish_adjusting()
    assert edits == []


def test_wheel_with_alt_then_resizes_about_the_middle_and_leaves_the_zoom(view: FrameView) -> None:
    edits = edits_of(view.editor)
    before = view.widget_position(0, 0)
    turn_wheel(view, *BOX.center, Qt.KeyboardModifier.AltModifier, notches=5)
    view.editor.finish_adjusting()
    assert view.widget_position(0, 0) == before
    (box,) = edits
    assert box.center == pytest.approx(BOX.center)
    assert box.width == pytest.approx(30 * 1.02**5)
    assert box.height == pytest.approx(20 * 1.02**5)


def test_wheel_without_alt_then_zooms(view: FrameView) -> None:
    edits = edits_of(view.editor)
    before = view.widget_position(0, 0)
    turn_wheel(view, *BOX.center, Qt.KeyboardModifier.NoModifier, notches=3)
    view.editor.finish_adjusting()
    assert view.widget_position(0, 0) != before
    assert edits == []


def test_show_actual_size_then_an_image_pixel_is_a_screen_pixel(view: FrameView) -> None:
    view.show_actual_size()
    a, b = view.widget_position(0, 0), view.widget_position(100, 50)
    ratio = view.devicePixelRatioF()
    assert (b.x() - a.x(), b.y() - a.y()) == pytest.approx((100 / ratio, 50 / ratio))
