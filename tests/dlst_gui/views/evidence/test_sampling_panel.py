"""The sampling panel: what it counts, what it is counted against, and what other constants draw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import FrameScene, ReferenceBox
from dlst_gui.overlays.layers_item import Dots, Outline
from dlst_gui.views.evidence.sampling.draws_view import OUTLINED, DrawsView, shown_area
from dlst_gui.views.evidence.sampling.frame_sampling import NO_TRUTH, FrameSampling
from dlst_gui.views.evidence.sampling.sampling_panel import SamplingPanel
from dlst_gui.views.main_window import MainWindow
from tests.dlst_gui.views.conftest import draw, show_evidence
from tests.dlst_gui.views.evidence.test_explain import BOX, step
from tracker_core import PRESETS, Box, CandidateConfig, CandidateOrigin, Candidates, Diagnostics
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.sampling import BoxSampler

# Said by Qt's screenless platform of smallest sizes and of windows that pop up.
pytestmark = pytest.mark.qt_log_ignore("does not support")

PREVIOUS, LOCALIZED, CHOSEN = Box(100, 100, 40, 30), Box(180, 110, 40, 30), Box(178, 112, 40, 30)
TRUE = ReferenceBox(Box(182, 112, 40, 30), "true")
CONFIG = PRESETS["dlst"]
SIZE = {"frame_width": 320, "frame_height": 240}


def seen_frame(localized: Box | None = LOCALIZED, *, proposals: int = 0) -> Diagnostics:
    """What the paper's tracker keeps of a frame on which the object has jumped to the right."""
    centers = drawing_centers(CONFIG.candidates, PREVIOUS, localized)
    sampler = BoxSampler.for_target(CONFIG.drawing, PREVIOUS, **SIZE)
    boxes, origins = drawn_candidates(sampler, np.random.default_rng(5), centers, scale_exponent=1.0)
    boxes = np.concatenate([boxes, np.tile(CHOSEN.xywh, (proposals, 1))])
    origins = np.concatenate([origins, np.full(proposals, CandidateOrigin.MATCHED, np.uint8)])
    n = len(origins)
    candidates = Candidates(boxes, origins, np.zeros(n, np.float32), np.arange(5), np.ones(n, np.bool_))
    return Diagnostics(PREVIOUS, None, None, localized, candidates, CHOSEN, None, centers=centers)


def scene_of(
    seen: Diagnostics | None, reference: ReferenceBox | None = TRUE, *, system: str = "dlst fast"
) -> FrameScene:
    return FrameScene(7, diagnostics=seen, system=system, reference=reference)


def sampled(scene: FrameScene, **settings: object) -> FrameSampling:
    made = FrameSampling.of(scene, **SIZE, **settings)
    assert made is not None
    return made


def test_rows_when_the_object_has_jumped_then_only_draws_around_the_localised_box_are_on_it() -> None:
    sampling = sampled(scene_of(seen_frame(proposals=3)))
    norm, comb, previous, localized, proposed = sampling.rows()
    assert [each.name for each in (norm, comb, previous, localized, proposed)] == [
        "S_norm",
        "S_comb",
        "· previous",
        "· localised",
        "proposed",
    ]
    assert (norm.total, comb.total, previous.total, localized.total, proposed.total) == (256, 256, 128, 128, 3)
    assert norm.on_target == previous.on_target == 0
    assert comb.on_target == localized.on_target > 40
    assert localized.on_target > localized.close > 0
    assert proposed.best == pytest.approx(sampling.chosen_overlap)
    assert f"S_comb alone draws on the object: {comb.on_target} boxes" in sampling.sentence()
    assert f"ground truth by {CHOSEN.iou(TRUE.box):.2f}" in sampling.sentence()


@pytest.mark.parametrize(
    ("reference", "name", "words"),
    [
        (TRUE, "true", "overlaps the ground truth by"),
        (ReferenceBox(TRUE.box, "manual"), "manual", "overlaps the manual box by"),
        (None, "chosen", NO_TRUTH),
    ],
)
def test_reference_when_shown_then_is_named(reference: ReferenceBox | None, name: str, words: str) -> None:
    sampling = sampled(scene_of(seen_frame(), reference))
    assert sampling.reference_name == name
    assert sampling.reference == (CHOSEN if reference is None else TRUE.box)
    assert words in sampling.sentence()


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (Box(20, 20, 40, 30), "Neither draws a box on the object"),
        (PREVIOUS, "S_norm draws"),
        (LOCALIZED, "S_comb alone draws"),
    ],
)
def test_sentence_when_the_object_is_elsewhere_then_says_who_draws_on_it(reference: Box, words: str) -> None:
    assert sampled(scene_of(seen_frame(), ReferenceBox(reference, "true"))).sentence().startswith(words)


def test_sentence_when_the_localiser_abstains_then_says_that_both_are_alike() -> None:
    sentence = sampled(scene_of(seen_frame(None), ReferenceBox(PREVIOUS, "true"))).sentence()
    assert sentence.startswith("Nothing else is proposed here")


def test_combined_when_nothing_is_changed_then_is_what_the_tracker_drew() -> None:
    seen = seen_frame(proposals=2)
    sampling = sampled(scene_of(seen))
    np.testing.assert_array_equal(sampling.combined.boxes_xywh, seen.candidates.boxes_xywh[:256])
    assert not sampling.is_redrawn
    assert sampled(scene_of(seen), seed=1).is_redrawn


def test_combined_when_constants_are_other_then_is_drawn_by_them() -> None:
    config = replace(CONFIG.candidates, count=64, mode="previous")
    sampling = sampled(scene_of(seen_frame()), config=config)
    assert (len(sampling.normal), len(sampling.combined), sampling.is_redrawn) == (64, 64, True)
    np.testing.assert_array_equal(sampling.normal.boxes_xywh, sampling.combined.boxes_xywh)


@pytest.mark.parametrize(
    "scene", [scene_of(None), scene_of(seen_frame(), system=""), scene_of(seen_frame(), system="x")]
)
def test_sampling_when_the_frame_or_its_tracker_is_not_known_then_is_none(scene: FrameScene) -> None:
    assert FrameSampling.of(scene, **SIZE) is None


def test_draws_view_when_shown_then_has_a_mark_per_draw_and_some_outlines(qtbot: QtBot) -> None:
    view = DrawsView("S_comb", "")
    qtbot.addWidget(view)
    sampling = sampled(scene_of(seen_frame()))
    view.show_draws(sampling, sampling.combined, np.zeros((240, 320, 3), np.uint8))
    dots = [layer for layer in view.layers if isinstance(layer, Dots)]
    assert sum(len(each.points) for each in dots) == 256
    assert len({each.color for each in dots}) == len({each.mark for each in dots}) == 2
    outlines = [layer for layer in view.layers if isinstance(layer, Outline)]
    drawn = sum(each.path.elementCount() for each in outlines) / 5  # a rectangle has five
    assert drawn == OUTLINED + 4  # previous, localised, chosen, true
    area = shown_area(sampling)
    for box in (PREVIOUS, LOCALIZED, CHOSEN, TRUE.box):
        assert area.x < box.x < box.right < area.right
    view.clear()
    assert view.layers == ()


@pytest.fixture
def panel(qtbot: QtBot, opened_window: MainWindow) -> SamplingPanel:
    """In the window, on a tracked frame, with the paper's tracker's draws on it."""
    draw(opened_window, BOX)
    step(qtbot, opened_window)
    opened_window.action_set["sampling-panel"].trigger()
    found = opened_window.findChild(SamplingPanel)
    qtbot.waitUntil(found.isVisible)
    qtbot.wait(150)
    pixels = np.zeros((240, 320, 3), np.uint8)
    show_evidence(opened_window.workspace.evidence, scene_of(seen_frame()), pixels)
    return found


def test_panel_when_a_constant_is_changed_then_draws_by_it_at_once_and_goes_back(
    qtbot: QtBot, panel: SamplingPanel
) -> None:
    assert panel.counts.item(0, 1).text() == "256"
    assert "σ 10.5 px" in panel.controls._spread_text.text()  # half of 0.6 times 35
    assert not panel.controls.as_tracked.isEnabled()
    panel.controls.count.setValue(40)
    panel.controls.translation.setValue(40)  # 2 sides
    qtbot.waitUntil(lambda: panel.counts.item(0, 1).text() == "40")
    assert "σ 35.0 px" in panel.controls._spread_text.text()
    qtbot.mouseClick(panel.controls.as_tracked, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.counts.item(0, 1).text() == "256")
    assert (panel.controls.count.value(), panel.controls.translation.value()) == (256, 12)


def test_panel_when_drawn_again_then_counts_change_until_as_tracked(qtbot: QtBot, panel: SamplingPanel) -> None:
    def counts() -> str:
        return panel.counts.item(1, 2).text()

    before = counts()
    qtbot.mouseClick(panel.controls.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: counts() != before)
    qtbot.mouseClick(panel.controls.as_tracked, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: counts() == before)


def test_panel_when_the_frame_is_not_known_then_says_so(panel: SamplingPanel, opened_window: MainWindow) -> None:
    show_evidence(opened_window.workspace.evidence, scene_of(None), None)
    assert not panel._content.isVisible()
    assert panel._empty.isVisible()


def test_panel_when_hidden_then_draws_nothing(
    panel: SamplingPanel, opened_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened_window.action_set["sampling-panel"].trigger()
    monkeypatch.setattr(FrameSampling, "of", lambda *_, **__: pytest.fail("drew for nobody"))
    show_evidence(opened_window.workspace.evidence, scene_of(seen_frame()), None)


def test_controls_when_fewer_draws_than_the_best_are_wanted_then_keeps_a_config_that_can_be(
    panel: SamplingPanel,
) -> None:
    panel.controls.count.setValue(3)
    assert panel.controls.config(CandidateConfig()).top_k == 3
