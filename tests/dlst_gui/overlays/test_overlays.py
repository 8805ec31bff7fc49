from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dlst_gui.overlays import OVERLAYS, CandidateColoring, FrameScene, ResponseLook
from dlst_gui.overlays.candidate_looks import ScoreScale
from dlst_gui.overlays.candidates import CandidatesOverlay
from dlst_gui.overlays.layers_item import Dots
from dlst_gui.overlays.palette import (
    GUIDED,
    HUMAN,
    LOCALIZED,
    LOST,
    MATCHED,
    PREVIOUS,
    SCORE_RAMP,
    SEARCH_REGION,
    TRACKED,
    Mark,
)
from dlst_gui.overlays.response_look import response_peaks
from dlst_gui.overlays.response_map import ResponseMapOverlay, heat_colors, heat_levels
from tests.fakes import FakeTracker
from tracker_core import Box, CandidateOrigin, ResponseMap, shipped_file

SEEN = FakeTracker._explain(Box(70, 50, 24, 20), Box(73, 52, 24, 20), 5.0)


@pytest.mark.parametrize("make", OVERLAYS, ids=lambda make: make.info.name)
@pytest.mark.parametrize("kind", ["full", "no localiser", "no proposal", "matched", "guided", "nothing"])
def test_overlay_when_parts_are_missing_then_it_still_shows_the_scene(qtbot: QtBot, make, kind: str) -> None:
    seen = {
        "full": SEEN,
        "no localiser": replace(SEEN, response_map=None, localized_box=None, search_region=None),
        "no proposal": replace(SEEN, localized_box=None),
        "matched": replace(SEEN, regressed_box=None, matched_box=Box(70, 50, 24, 20), matched_confidence=0.6),
        "guided": replace(SEEN, guided_box=Box(70, 50, 24, 20), guided_confidence=0.6, guide_trust=1.0),
        "nothing": None,
    }[kind]
    overlay = make()
    for coloring in CandidateColoring:
        scene = FrameScene(0, diagnostics=seen, candidate_coloring=coloring)
        overlay.show_scene(scene)
        overlay.legend(scene)


@pytest.mark.parametrize("make", OVERLAYS, ids=lambda make: make.info.name)
def test_overlay_when_listed_then_has_an_icon(make) -> None:
    assert shipped_file(f"icon-{make.info.name}.svg").is_file()


def test_looks_when_compared_then_each_differs_in_colour_and_in_line() -> None:
    looks = (HUMAN, TRACKED, LOST, LOCALIZED, MATCHED, GUIDED, PREVIOUS, SEARCH_REGION)
    assert len({look.color for look in looks}) == len(looks)
    # Human and tracked boxes are never on one frame; the others are told apart without colour.
    assert len({(look.style, look.width) for look in looks if look is not HUMAN}) == len(looks) - 1


def test_candidates_when_coloured_by_score_then_the_best_are_lightest_and_drawn_last(qtbot: QtBot) -> None:
    overlay = CandidatesOverlay()
    overlay.show_scene(FrameScene(0, diagnostics=SEEN, candidate_coloring=CandidateColoring.SCORE))
    dots = [layer for layer in overlay.item.layers if hasattr(layer, "points")]
    colors = [layer.color for layer in dots]
    assert colors == sorted(colors, key=SCORE_RAMP.index)
    assert colors[-1] == SCORE_RAMP[-1]
    assert sum(len(layer.points) for layer in dots) == len(SEEN.candidates.scores)


@pytest.mark.parametrize(
    ("scores", "steps", "zero"),
    [([-5, 0, 5], [0, 5, 9], 0.5), ([1, 2, 4], [2, 5, 9], 0), ([-4, -2], [0, 5], 1), ([0, 0], [0, 0], 0)],
)
def test_score_scale_when_scores_lie_on_one_side_of_0_then_0_is_still_on_it(
    scores: list[float], steps: list[int], zero: float
) -> None:
    scale = ScoreScale.of(np.array(scores, np.float32))
    assert scale.steps(np.array(scores, np.float32)).tolist() == steps
    assert scale.zero == pytest.approx(zero)


def test_candidates_when_coloured_by_score_then_lost_ones_are_rings_and_the_legend_marks_0(qtbot: QtBot) -> None:
    scores = np.linspace(-6, 2, len(SEEN.candidates.scores), dtype=np.float32)
    seen = replace(SEEN, candidates=replace(SEEN.candidates, scores=scores))
    scene = FrameScene(0, diagnostics=seen, candidate_coloring=CandidateColoring.SCORE)
    overlay = CandidatesOverlay()
    overlay.show_scene(scene)
    counts = {Mark.DOT: 0, Mark.RING: 0}
    for layer in overlay.item.layers:
        if isinstance(layer, Dots):
            counts[layer.mark] += len(layer.points)
    assert counts == {Mark.DOT: int((scores > 0).sum()), Mark.RING: int((scores <= 0).sum())}
    ramp, above, below = overlay.legend(scene)
    assert (ramp.mark, ramp.colors, ramp.zero) == (Mark.SCALE, SCORE_RAMP, pytest.approx(0.75))
    assert "−6.0" in ramp.text
    assert "+2.0" in ramp.text
    assert (above.mark, below.mark) == (Mark.DOT, Mark.RING)


@pytest.mark.parametrize(
    ("origin", "color", "text"),
    [
        (CandidateOrigin.MATCHED, MATCHED.color, "Matched candidates"),
        (CandidateOrigin.GUIDED, GUIDED.color, "Candidates around guided box"),
    ],
)
def test_candidates_when_some_are_of_the_head_or_a_guide_then_they_have_a_legend_and_a_colour_of_their_own(
    qtbot: QtBot, origin: CandidateOrigin, color: str, text: str
) -> None:
    origins = SEEN.candidates.origins.copy()
    origins[-6:] = origin
    seen = replace(SEEN, candidates=replace(SEEN.candidates, origins=origins))
    overlay = CandidatesOverlay()
    scene = FrameScene(0, diagnostics=seen, candidate_coloring=CandidateColoring.ORIGIN)
    overlay.show_scene(scene)
    (dots,) = [layer for layer in overlay.item.layers if getattr(layer, "color", "") == color]
    assert len(dots.points) == 6
    assert text in [entry.text for entry in overlay.legend(scene)]
    assert len({entry.stroke.color for entry in overlay.legend(scene)}) == 3


def test_candidates_when_all_scores_are_equal_then_they_share_a_colour() -> None:
    scores = np.full(9, 2.5, np.float32)
    assert set(ScoreScale.of(scores).steps(scores).tolist()) == {len(SCORE_RAMP) - 1}


def test_heat_levels_when_the_map_has_a_peak_then_it_is_full_and_the_median_silent() -> None:
    values = np.zeros((10, 10), np.float32)
    values[3, 4] = 8.0
    levels = heat_levels(ResponseMap(values, Box(0, 0, 10, 10)))
    assert levels[3, 4] == 255
    assert levels.sum() == 255


def test_heat_levels_when_the_map_is_nearly_flat_then_it_is_not_blown_up() -> None:
    values = np.zeros((10, 10), np.float32)
    values[3, 4] = 0.1
    assert heat_levels(ResponseMap(values, Box(0, 0, 10, 10))).max() < 30


def test_heat_colors_when_low_then_the_frame_shows_through_unchanged() -> None:
    colors = heat_colors()
    assert not colors[:50, 3].any()
    assert (np.diff(colors[:, 3].astype(int)) >= 0).all()


def bumpy(*peaks: tuple[int, int, float]) -> ResponseMap:
    """Values of -4, with a hill at each (row, column, height)."""
    rows, columns = np.mgrid[0:28, 0:28]
    values = np.full((28, 28), -4.0)
    for row, column, height in peaks:
        values = np.maximum(values, height - 1.5 * np.hypot(rows - row, columns - column))
    return ResponseMap(values.astype(np.float32), Box(100, 50, 56, 84))


def test_response_when_contoured_then_lines_are_drawn_with_0_thick_and_on_top(qtbot: QtBot) -> None:
    scene = FrameScene(
        0,
        diagnostics=replace(SEEN, response_map=bumpy((10, 9, 4.0))),
        response_look=ResponseLook(is_contoured=True),
    )
    overlay = ResponseMapOverlay()
    overlay.show_scene(scene)
    assert not overlay._image.isVisible()
    *others, zero = overlay._lines.layers
    assert zero.stroke.width > max(each.stroke.width for each in others)
    middle = zero.path.boundingRect().center()
    assert (middle.x(), middle.y()) == pytest.approx((100 + 9.5 * 2, 50 + 10.5 * 3), abs=0.1)
    assert zero.path.boundingRect().width() == pytest.approx(2 * 2 * 4 / 1.5, abs=0.5)
    assert overlay.legend(scene)[0].text == "Response 0: as likely as not"
    overlay.show_scene(replace(scene, response_look=ResponseLook(opacity=0.4)))
    assert overlay._image.isVisible()
    assert overlay._lines.layers == ()
    assert overlay._image.opacity() == pytest.approx(0.4)


def test_response_when_drawn_as_cells_then_a_coarse_map_has_as_many_as_were_computed(qtbot: QtBot) -> None:
    seen = replace(SEEN, response_map=ResponseMap(np.eye(14, dtype=np.float32), Box(0, 0, 140, 140)))
    overlay = ResponseMapOverlay()
    overlay.show_scene(FrameScene(0, diagnostics=seen))
    assert overlay._image.image.shape[:2] == (14, 14)
    overlay.show_scene(FrameScene(0, diagnostics=seen, response_look=ResponseLook(is_smooth=True)))
    assert overlay._image.image.shape[:2] == (70, 70)


def test_peaks_when_there_are_hills_then_each_is_one_the_highest_first_and_low_ones_are_none() -> None:
    response = bumpy((10, 9, 4.0), (20, 22, 2.0), (3, 24, -2.5))
    peaks = response_peaks(response)
    assert [value for _, _, value in peaks] == [4.0, 2.0]
    assert peaks[0][:2] == response.peak
    flat = ResponseMap(np.zeros((14, 14), np.float32), Box(0, 0, 14, 14))
    assert len(response_peaks(flat)) <= 4
