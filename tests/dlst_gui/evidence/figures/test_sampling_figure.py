"""Figure 3 of the paper for a made-up frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex

from dlst_gui.evidence.figures.looks import ORIGINS
from dlst_gui.evidence.figures.sampling_figure import OUTLINED, SampledFrame, draw_sampling_figure
from tracker_core import PRESETS, Box, CandidateOrigin
from tracker_core.evidence import Redrawing
from tracker_core.sampling import BoxSampler

PREVIOUS, LOCALIZED, TRUTH = Box(40, 60, 40, 30), Box(110, 70, 40, 30), Box(112, 71, 40, 30)
CONFIG = PRESETS["dlst"]


def sampled_frame(localized: Box | None = LOCALIZED) -> SampledFrame:
    sampler = BoxSampler.for_target(CONFIG.drawing, PREVIOUS, frame_width=320, frame_height=240)
    again = Redrawing(CONFIG.candidates, sampler, PREVIOUS, localized, None, None, 0.6)
    frame = np.zeros((240, 320, 3), np.uint8)
    return SampledFrame(
        frame, frame + 1, PREVIOUS.shifted(1, 1), PREVIOUS, localized, TRUTH, again.normal(), again.combined()
    )


def test_figure_when_drawn_then_counts_both_and_outlines_a_subset() -> None:
    sampled = sampled_frame()
    figure = draw_sampling_figure(sampled)
    before, norm, comb, curves = figure.axes
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 1, 0]
    assert (len(before.lines), len(norm.lines), len(comb.lines)) == (4, OUTLINED + 6, OUTLINED + 6)
    colors = {to_hex(line.get_color()).upper() for line in norm.lines[:OUTLINED]}
    assert colors == {ORIGINS[CandidateOrigin.PREVIOUS].color}
    assert len({to_hex(line.get_color()) for line in comb.lines[:OUTLINED]}) == 2
    on_target = [draws.overlaps(TRUTH).reaching(0.5) for draws in (sampled.normal, sampled.combined)]
    assert on_target[0] == 0 < on_target[1]
    words = [text.get_text() for text in curves.get_legend().get_texts()]
    assert [int(each.split(": ")[1].split(" ≥")[0]) for each in words] == on_target


def test_figure_when_pictures_may_not_be_published_then_has_none() -> None:
    figure = draw_sampling_figure(replace(sampled_frame(), before=None, pixels=None))
    assert all(not axes.images for axes in figure.axes)


@pytest.mark.parametrize("localized", [LOCALIZED, None])
def test_legend_when_the_localiser_abstains_then_names_nothing_of_it(localized: Box | None) -> None:
    words = {text.get_text() for text in draw_sampling_figure(sampled_frame(localized)).legends[0].get_texts()}
    assert ("localised box" in words) is ("draws around the localised box" in words) is (localized is not None)
    assert {"previous box", "ground truth", "draws around the previous box"} <= words


def test_figure_when_boxes_lie_at_the_edge_then_shows_the_frame_rather_than_nothing() -> None:
    up = 1 - PREVIOUS.y
    boxes = {"previous": PREVIOUS, "localized": LOCALIZED, "truth": TRUTH}
    moved = replace(sampled_frame(), **{name: box.shifted(0, up) for name, box in boxes.items()})
    for axes in draw_sampling_figure(moved).axes[:3]:
        bottom, top = axes.get_ylim()
        assert top == pytest.approx(0)
        assert bottom - top > PREVIOUS.height
