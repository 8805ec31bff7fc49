"""Panels of evidence in the window: where they lie, and what hidden ones do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, Marks
from dlst_gui.overlays.layers_item import Dots
from dlst_gui.views.evidence.panel_spec import PanelSpec, Place
from dlst_gui.views.evidence.panels import PANELS
from dlst_gui.views.evidence.response_panel import ResponsePanel
from dlst_gui.views.evidence.response_plot import value_at
from dlst_gui.views.evidence.shown_evidence import Following, ShownEvidence
from dlst_gui.views.main_window import MainWindow
from dlst_gui.views.style.theme import LIGHT, style_sheet
from tests.dlst_gui.views.conftest import draw, show_evidence
from tests.dlst_gui.views.evidence.test_explain import BOX, step
from tests.fakes import FakeTracker
from tracker_core import Box

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

SEEN = FakeTracker._explain(Box(70, 50, 24, 20), Box(73, 52, 24, 20), 5.0)
MARKS = Marks((Dots((QPointF(30, 40),), "#ffffff", 5.0),))


def test_panels_when_listed_then_their_letters_differ() -> None:
    letters = [spec.text[spec.text.index("&") + 1].lower() for spec in PANELS]
    assert len(set(letters)) == len(letters)


def test_panels_when_the_window_is_new_then_none_is_made_and_each_when_it_is_seen_first(
    opened_window: MainWindow,
) -> None:
    made = [0] * len(PANELS)
    for number, spec in enumerate(PANELS):
        assert [len(opened_window.findChildren(each.make)) for each in PANELS] == made
        for _ in range(3):
            opened_window.action_set[spec.name].trigger()
        made[number] = 1
    assert [len(opened_window.findChildren(each.make)) for each in PANELS] == made


@pytest.mark.parametrize("spec", PANELS, ids=lambda spec: spec.name)
def test_panel_when_shown_then_it_has_the_ground_of_the_other_panels(
    opened_window: MainWindow, spec: PanelSpec
) -> None:
    opened_window.setStyleSheet(style_sheet(LIGHT))
    opened_window.action_set[spec.name].trigger()
    panel = opened_window.findChild(spec.make)
    corner = panel.mapTo(opened_window, panel.rect().bottomLeft() + QPoint(2, -2))
    assert opened_window.grab().toImage().pixelColor(corner).name() == LIGHT.panel


@pytest.mark.parametrize("spec", PANELS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("size", [(1024, 700), (720, 410)])
def test_panel_when_asked_for_then_is_seen_and_the_window_keeps_its_size(
    qtbot: QtBot, opened_window: MainWindow, spec, size: tuple[int, int]
) -> None:
    opened_window.resize(*size)
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    opened_window.action_set[spec.name].trigger()
    qtbot.wait(150)
    assert opened_window.size().toTuple() == size
    if spec.place is Place.TAB:
        assert opened_window._docks.in_front == spec.name
    else:
        dock = opened_window.findChild(QDockWidget, spec.name)
        assert dock.isVisible()
        assert dock.findChild(spec.make).accessibleName()


def test_dock_when_closed_by_its_own_button_then_its_command_is_off(opened_window: MainWindow) -> None:
    action = opened_window.action_set["response-panel"]
    action.trigger()
    opened_window.findChild(QDockWidget, "response-panel").close()
    assert not action.isChecked()
    action.trigger()
    assert opened_window.findChild(QDockWidget, "response-panel").isVisible()


def test_following_when_its_panel_is_hidden_then_computes_nothing_and_takes_its_marks_away(qtbot: QtBot) -> None:
    shown, panel, seen = ShownEvidence(), QWidget(), []
    qtbot.addWidget(panel)
    Following(panel, shown, lambda: seen.append(shown.scene.frame_index), name="some")
    show_evidence(shown, FrameScene(1), None)
    assert seen == []
    panel.show()
    assert seen == [1]
    show_evidence(shown, FrameScene(2), None)
    shown.set_marks("some", MARKS)
    panel.hide()
    show_evidence(shown, FrameScene(3), None)
    assert seen == [1, 2]
    assert shown.marks == ()


def test_panels_when_several_are_seen_then_each_has_a_turn_of_its_own_and_ends_up_with_the_latest_scene(
    qtbot: QtBot,
) -> None:
    shown, turn, seen = ShownEvidence(), 0, []

    def follow(name: str) -> None:
        panel = QWidget()
        qtbot.addWidget(panel)
        panel.show()
        Following(panel, shown, lambda: seen.append((turn, name, shown.scene.frame_index)), name=name)

    names = ("first", "second", "third")
    for name in names:
        follow(name)
    QApplication.processEvents()
    shown.show(FrameScene(1), None)
    assert seen == []
    while len(seen) < 2:
        turn += 1
        QApplication.processEvents()
    shown.show(FrameScene(2), None)
    while len(seen) < 5:
        turn += 1
        QApplication.processEvents()
    turns = [each for each, _, _ in seen]
    assert len(set(turns)) == len(turns)
    assert [(name, frame) for _, name, frame in seen] == [
        ("first", 1),
        ("second", 1),
        ("third", 2),
        ("first", 2),
        ("second", 2),
    ]


def test_marks_when_a_panel_points_then_are_drawn_until_it_does_not(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    workspace = opened_window.workspace
    (overlay,) = [each for each in workspace.frame_view.overlays if each.info.name == "marks"]
    workspace.evidence.set_marks("some", MARKS)
    qtbot.waitUntil(lambda: overlay.item.layers == MARKS.layers)
    workspace.evidence.set_marks("some", None)
    qtbot.waitUntil(lambda: overlay.item.layers == ())


def test_picture_when_a_panel_listens_then_tells_of_the_mouse_and_of_clicks_that_are_no_drags(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    view, shown = opened_window.workspace.frame_view, opened_window.workspace.evidence
    hovered, clicked = [], []
    shown.place_hovered.connect(hovered.append)
    shown.place_clicked.connect(lambda place, adds: clicked.append((place, adds)))
    at = view.widget_position(100, 60).toPoint()
    QTest.mouseMove(view.viewport, at)
    QTest.qWait(20)
    assert hovered == []
    shown.listen("some", True)
    QTest.mouseMove(view.viewport, at + at / 8)
    QTest.mouseMove(view.viewport, at)
    qtbot.waitUntil(lambda: bool(hovered))
    assert (hovered[-1].x, hovered[-1].y) == pytest.approx((100, 60), abs=1)
    QTest.mouseClick(view.viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, at)
    (place, adds) = clicked.pop()
    assert (place.x, place.y) == pytest.approx((100, 60), abs=1)
    assert place.pixel == pytest.approx(10 / (view.widget_position(10, 0) - view.widget_position(0, 0)).x())
    assert adds
    draw(opened_window, BOX)
    assert clicked == []
    shown.listen("some", False)
    QTest.mouseClick(view.viewport, Qt.MouseButton.LeftButton, pos=at)
    assert clicked == []


def test_response_panel_when_there_is_a_response_then_says_its_peak_and_else_why_there_is_none(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    opened_window.action_set["response-panel"].trigger()
    panel, shown = opened_window.findChild(ResponsePanel), opened_window.workspace.evidence
    show_evidence(shown, FrameScene(3, diagnostics=SEEN), None)
    assert panel.readout.text().startswith(("Peak ", "Peaks "))
    assert panel.plot.isVisible()
    for is_contoured in (True, False):
        panel.contours.setChecked(is_contoured)
        panel.smooth.setChecked(is_contoured)
        assert panel.plot._image.isVisible() is not is_contoured
        assert bool(panel.plot._lines.layers) is is_contoured
        assert shown.response_look.is_contoured is is_contoured
    show_evidence(shown, FrameScene(3, diagnostics=replace(SEEN, response_map=None)), None)
    assert not panel.plot.isVisible()
    assert "No response map" in panel._empty.text()


def test_value_at_when_the_place_is_on_the_map_then_is_that_of_its_cell() -> None:
    response = SEEN.response_map
    assert response is not None
    assert value_at(response, *response.peak) == float(response.values.max())
    assert value_at(response, *response.image_position(0, 2)) == response.values[0, 2]
    assert value_at(response, response.extent.x - 1, response.extent.y + 1) is None
