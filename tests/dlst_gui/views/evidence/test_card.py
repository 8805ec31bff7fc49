"""The failure card in the inspector."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, ReferenceBox, TrackOnFrame
from dlst_gui.overlays.layers_item import Dots, Outline
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.tracks import Prediction, Shown, ShownKind, Visibility
from dlst_gui.views.evidence.card.card_view import WHILE_MOVING, CardView
from dlst_gui.views.evidence.card.patch_picture import cut_out
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import draw, show_evidence
from tests.dlst_gui.views.evidence.test_explain import step
from tests.dlst_gui.window_fakes import Workshop
from tests.fakes import FakeTracker
from tracker_core import Box, UpdateKind, shipped_file
from tracker_core.evidence import Cause, FailureCard

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

CHOSEN, TRUE = Box(73, 52, 24, 20), Box(100, 40, 24, 20)
SEEN = FakeTracker._explain(Box(70, 50, 24, 20), CHOSEN, 5.0)
PIXELS = np.random.default_rng(1).integers(0, 255, (120, 160, 3), np.uint8)


def scene_of(score: float = -2.0) -> FrameScene:
    prediction = Prediction(3, CHOSEN, score, score > 0, 1, UpdateKind.NONE)
    shown = Shown(CHOSEN, ShownKind.TRACKED, Visibility.VISIBLE, prediction, None)
    track = TrackOnFrame(TrackInfo(1, "dog", "#5cc8ff"), shown)
    reference = ReferenceBox(TRUE, "manual")
    return FrameScene(3, track=track, prediction=prediction, diagnostics=SEEN, reference=reference)


@pytest.fixture
def view(qtbot: QtBot) -> CardView:
    made = CardView()
    qtbot.addWidget(made)
    return made


def kinds(view: CardView) -> list[str]:
    """Of what is marked in the picture."""
    return [] if view.marks is None else [type(layer).__name__ for layer in view.marks.layers]


@pytest.mark.parametrize("cause", Cause)
def test_card_when_of_any_cause_then_has_an_icon_of_its_own(view: CardView, cause: Cause) -> None:
    name = f"icon-cause-{cause.name.lower().replace('_', '-')}.svg"
    others = {shipped_file(path.name).read_text() for path in shipped_file(name).parent.glob("icon-cause-*.svg")}
    assert len(others) == len(Cause)
    view.show_card(FailureCard(cause, "A sentence."), scene_of(), PIXELS, lambda _index: None)
    assert not view._icon.pixmap().isNull()
    assert view.sentence == "A sentence."


def test_card_when_nothing_is_wrong_then_is_calm_and_offers_nothing(view: CardView) -> None:
    card = FailureCard(Cause.NOTHING_WRONG, "No sign.", is_guess=True)
    view.show_card(card, scene_of(), PIXELS, lambda _index: None)
    assert view._title.text() == "Nothing wrong"
    assert view._basis.text() == "a guess"
    assert view.in_picture.isHidden()
    view.in_picture.setChecked(True)  # as a frame before this one has left it
    assert view.marks is None


def test_card_when_a_guess_was_measured_then_says_how_often_it_is_right(view: CardView) -> None:
    card = FailureCard(Cause.LOOSE_OR_TIGHT, "It may be too tight.", is_guess=True, confirmed=0.47)
    view.show_card(card, scene_of(), PIXELS, lambda _index: None)
    assert view._basis.text() == "a guess, right in 5 of 10 cases"


def test_card_when_a_better_candidate_was_not_chosen_then_both_are_side_by_side(
    view: CardView,
) -> None:
    card = FailureCard(Cause.GOOD_CANDIDATE_SCORED_LOWER, "One was better.", candidates=(4, 0))
    view.show_card(card, scene_of(), PIXELS, lambda _index: None)
    assert view._basis.text() == "judged by the manual box"
    better, chosen = view._patches
    assert not better.isHidden()
    assert better.words.startswith(f"better\nscore {SEEN.candidates.scores[4]:+.2f}\nIoU ")
    assert chosen.words.startswith(f"chosen\nscore {SEEN.candidates.scores[0]:+.2f}\nIoU ")
    view.in_picture.setChecked(True)
    assert kinds(view) == ["Outline", "Dots"]
    view.show_card(FailureCard(Cause.UNKNOWN, "Who knows."), scene_of(), PIXELS, lambda _index: None)
    assert better.isHidden()


def test_card_when_the_localiser_pointed_elsewhere_then_its_peak_is_marked_and_the_area_holds_all(
    view: CardView,
) -> None:
    boxes = (("chosen", CHOSEN), ("reference", TRUE), ("localised", Box(40, 40, 24, 20)))
    card = FailureCard(Cause.LOCALIZER_ELSEWHERE, "It did.", boxes=boxes)
    view.show_card(card, scene_of(), PIXELS, lambda _index: None)
    assert view.marks is None
    view.in_picture.setChecked(True)
    marks = view.marks
    assert marks is not None
    outlines = [layer.path.boundingRect().x() for layer in marks.layers if isinstance(layer, Outline)]
    assert outlines == [TRUE.x, 40], "the chosen one is drawn as the track's"
    (peak,) = [layer for layer in marks.layers if isinstance(layer, Dots)]
    assert (peak.points[0].x(), peak.points[0].y()) == SEEN.response_map.peak
    assert view.area == Box(40, 40, 84, 32)


def test_card_when_wrong_frames_were_learned_then_the_latest_are_shown_and_a_click_leads_there(
    qtbot: QtBot, view: CardView
) -> None:
    asked: list[int] = []

    def picture_of(index: int) -> np.ndarray | None:
        asked.append(index)
        return PIXELS if index == 7 else None

    card = FailureCard(Cause.LEARNED_WRONG_FRAMES, "It did.", frames=(2, 7, 8, 9))
    view.show_card(card, scene_of(), PIXELS, picture_of)
    assert [button.text() for button in view._frames] == ["frame 7", "frame 8", "frame 9"]
    assert [button.icon().isNull() for button in view._frames] == [False, True, True]
    assert asked == [7, 8], "the rest is asked for when this one is there"
    with qtbot.waitSignal(view.frame_sought) as sought:
        view._frames[1].click()
    assert sought.args == [8]


@pytest.mark.parametrize(
    "box", [Box(10, 20, 30, 10), Box(-40, -9, 30, 30), Box(150, 110, 30, 30), Box(900, 900, 5, 5)]
)
def test_cut_out_when_a_box_lies_anywhere_then_its_pixels_are_those_of_the_frame(box: Box) -> None:
    pixels, area = cut_out(PIXELS, box)
    assert pixels.shape == (area.height, area.width, 3)
    assert area.x <= box.x
    assert area.right >= box.right
    for row, column in ((0, 0), (pixels.shape[0] // 2, pixels.shape[1] // 2), (pixels.shape[0] - 1, 0)):
        x, y = int(area.x) + column, int(area.y) + row
        inside = 0 <= x < 160 and 0 <= y < 120
        assert pixels[row, column].tolist() == (PIXELS[y, x].tolist() if inside else [40, 40, 40])


def test_cut_out_when_the_frame_is_grey_then_so_is_the_patch() -> None:
    pixels, _ = cut_out(PIXELS[..., 0], Box(10, 20, 30, 10))
    assert (pixels[..., 0] == pixels[..., 2]).all()


def test_why_when_a_frame_is_lost_then_the_inspector_says_it_and_the_picture_shows_it(
    qtbot: QtBot, opened_window: MainWindow, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset({2})
    draw(opened_window, Box(20, 40, 24, 24))
    step(qtbot, opened_window)
    step(qtbot, opened_window)
    view, evidence = opened_window.workspace.inspector.card, opened_window.workspace.evidence
    known = (Cause.NOTHING_WRONG, Cause.UNKNOWN)  # of the frame before, or of none
    qtbot.waitUntil(lambda: view.card is not None and view.card.cause not in known)
    assert evidence.scene.frame_index == 2
    assert not view.card.is_guess, "the clip has ground truth, and the object is on them"
    opened_window.action_set["settings"].trigger()
    assert not view.isVisible()
    QTest.keyClick(opened_window, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert view.isVisible()
    assert view.in_picture.isChecked()
    assert bool(evidence.marks) == bool(view.marks.layers)
    opened_window.action_set["inspector"].setChecked(False)
    assert evidence.marks == ()


def test_why_when_the_frame_was_corrected_then_is_judged_by_the_manual_box(
    qtbot: QtBot, opened_window: MainWindow
) -> None:
    draw(opened_window, Box(20, 40, 24, 24))
    step(qtbot, opened_window)
    opened_window.session.tracking.set_continues_after_correction(False)
    opened_window.session.set_box(1, Box(100, 70, 24, 24))
    view = opened_window.workspace.inspector.card
    qtbot.waitUntil(lambda: view.card is not None and "the manual box" in view.sentence)
    assert view.card.cause is not Cause.NOTHING_WRONG
    assert view._basis.text() == "judged by the manual box"


def test_card_when_the_view_plays_then_nothing_is_worked_out(
    qtbot: QtBot, opened_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(opened_window, Box(20, 40, 24, 24))
    step(qtbot, opened_window)
    workspace = opened_window.workspace
    qtbot.waitUntil(lambda: workspace.inspector.card.card is not None)
    made: list[int] = []
    monkeypatch.setattr("dlst_gui.views.workspace.card_of", lambda _session, scene: made.append(scene.frame_index))
    monkeypatch.setattr(type(opened_window.session.playhead), "is_playing", property(lambda _self: True))
    show_evidence(workspace.evidence, replace(scene_of(), frame_index=5), PIXELS)
    assert made == []
    assert workspace.inspector.card.sentence == WHILE_MOVING
