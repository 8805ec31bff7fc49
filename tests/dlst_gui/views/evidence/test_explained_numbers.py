"""No number of the glass box is without its unit and meaning, and none jumps while frames go by."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QWidget
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, ReferenceBox, TrackOnFrame
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.tracks import Prediction, Shown, ShownKind, Visibility
from dlst_gui.views.evidence.explanations import EXPLANATIONS
from dlst_gui.views.evidence.inspector import Inspector
from dlst_gui.views.evidence.panels import PANELS
from dlst_gui.views.main_window import MainWindow
from tests.fakes import FakeTracker
from tracker_core import Box, UpdateKind, UpdateReport

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

CHOSEN = Box(73, 52, 24, 20)
SEEN = replace(
    FakeTracker._explain(Box(70, 50, 24, 20), CHOSEN, 5.0),
    matched_box=CHOSEN,
    matched_confidence=0.6,
    guided_box=CHOSEN,
    guided_confidence=0.4,
    guide_trust=0.5,
    update=UpdateReport(UpdateKind.SHORT_TERM, (0.4, 0.2), (0.1, 0.05)),
    stage_ms=(("localise", 3.0), ("score", 8.5)),
)


def scene_of(score: float | None = 2.0, *, wrong_share: float | None = 0.05, is_known: bool = True) -> FrameScene:
    prediction = None if score is None else Prediction(3, CHOSEN, score, score > 0, 1, UpdateKind.NONE)
    kind = ShownKind.HUMAN if prediction is None else ShownKind.TRACKED
    shown = Shown(CHOSEN, kind, Visibility.VISIBLE, prediction, None)
    track = TrackOnFrame(TrackInfo(1, "dog", "#5cc8ff"), shown, wrong_share if prediction else None)
    return FrameScene(
        3,
        track=track,
        prediction=prediction,
        diagnostics=SEEN if is_known else None,
        system="dlst-studio fast" if prediction else "",
        reference=ReferenceBox(CHOSEN, "manual"),
    )


def unexplained(root: QWidget) -> list[str]:
    """Labels with a number, and columns of tables, that do not say what they mean."""
    found = [
        label.text()
        for label in root.findChildren(QLabel)
        if label.isVisible()
        and re.search(r"\d", label.text())
        and not (label.toolTip() and label.accessibleDescription())
    ]
    for table in root.findChildren(QAbstractItemView):
        model = table.model()
        if not table.isVisible() or model is None or model.columnCount() < 2:
            continue
        for column in range(model.columnCount()):
            roles = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole)
            if not all(model.headerData(column, Qt.Orientation.Horizontal, role) for role in roles):
                found.append(str(model.headerData(column, Qt.Orientation.Horizontal)))
    return found


def test_explanations_when_read_then_each_is_one_sentence_with_a_unit_or_none_is_needed() -> None:
    units = ("log-odds", "pixels", "milliseconds", "percent", "0 to 1", "no unit")
    unitless = {"system", "learned", "rank", "origin", "source", "count", "cells", "basis"}
    for name, text in EXPLANATIONS.items():
        assert text.endswith("."), name
        assert text.count(". ") == 0, name
        assert any(unit in text for unit in units) or name in unitless, name


@pytest.mark.parametrize("wrong_share", [None, 0.05])
def test_inspector_when_all_is_known_then_no_number_is_without_its_meaning(
    qtbot: QtBot, wrong_share: float | None
) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.resize(310, 900)
    inspector.show()
    inspector.show_scene(scene_of(wrong_share=wrong_share))
    assert unexplained(inspector) == []
    headline = "risk 5 %" if wrong_share else "+2.0"
    assert headline in [label.text() for label in inspector.findChildren(QLabel)]


@pytest.mark.parametrize("spec", PANELS, ids=lambda spec: spec.name)
def test_panel_when_all_is_known_then_no_number_is_without_its_meaning(
    qtbot: QtBot, opened_window: MainWindow, spec
) -> None:
    scene = scene_of()
    workspace = opened_window.workspace
    workspace.scene = lambda: replace(scene, marks=workspace.evidence.marks)
    opened_window.action_set[spec.name].trigger()
    workspace._throttle.request()
    qtbot.wait(400)
    panels = [each for each in opened_window.findChildren(QWidget) if each.objectName() == "side_panels"]
    docks = [each for each in opened_window.findChildren(QWidget) if each.objectName() == spec.name]
    assert unexplained(panels[0]) == []
    assert all(unexplained(dock) == [] for dock in docks)


def test_inspector_when_frames_go_by_then_nothing_moves_and_at_rest_it_takes_no_more_than_it_needs(
    qtbot: QtBot,
) -> None:
    inspector = Inspector()
    qtbot.addWidget(inspector)
    inspector.resize(310, 900)
    inspector.show()
    inspector.show_scene(scene_of())
    qtbot.wait(50)

    def places() -> list[int]:
        qtbot.wait(20)
        content = inspector.widget()
        watched = (inspector._verdict, inspector._time, inspector._response, inspector._table)
        return [widget.mapTo(content, QPoint()).y() for widget in watched]

    inspector.card.say("Pause to see what went wrong here.")
    inspector.show_scene(scene_of(), is_moving=True)
    first = places()
    for score, is_known in ((-3.0, True), (None, True), (2.0, False), (None, False), (4.0, True), (-1.0, False)):
        inspector.show_scene(scene_of(score, is_known=is_known), is_moving=True)
        assert places()[1:] == first[1:]
        assert not inspector._details.isHidden()
    inspector.show_scene(scene_of(None, is_known=False))
    assert inspector._details.isHidden()
    assert inspector._box.minimumHeight() == 0
