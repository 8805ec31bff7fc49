"""Candidates of a kept frame drawn again, against those of a tracker and against the config."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tracker_core import PRESETS, Box, CandidateConfig, CandidateOrigin, Candidates, Diagnostics, DrawingCenter
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.evidence import Redrawing, as_tracked
from tracker_core.sampling import BoxSampler

CONFIG = PRESETS["dlst"]
SIZE = {"frame_width": 640, "frame_height": 480}
PREVIOUS, LOCALIZED, LAST_SEEN, GUIDED = (Box(x, 200, 40, 30) for x in (100, 200, 300, 400))


def tracked_frame(
    localized: Box | None = LOCALIZED,
    *,
    guided: Box | None = None,
    last_seen: Box | None = None,
    translation: float = 0.6,
    proposals: int = 0,
) -> Diagnostics:
    """What a tracker would keep of a frame, with draws of the seed 7."""
    centers = drawing_centers(
        CONFIG.candidates, PREVIOUS, localized, guided=guided, last_seen=last_seen, translation=translation
    )
    sampler = BoxSampler.for_target(CONFIG.drawing, PREVIOUS, **SIZE)
    boxes, origins = drawn_candidates(sampler, np.random.default_rng(7), centers, scale_exponent=1.0)
    boxes = np.concatenate([boxes, np.tile(PREVIOUS.xywh, (proposals, 1))])
    origins = np.concatenate([origins, np.full(proposals, CandidateOrigin.GUIDED, np.uint8)])
    candidates = Candidates(
        boxes, origins, np.zeros(len(boxes), np.float32), np.arange(5), np.ones(len(boxes), np.bool_)
    )
    return Diagnostics(
        PREVIOUS, None, None, localized, candidates, PREVIOUS, None, guided_box=guided, centers=centers
    )


@pytest.mark.parametrize(
    "seen",
    [
        tracked_frame(),
        tracked_frame(None),
        tracked_frame(guided=GUIDED),
        tracked_frame(last_seen=LAST_SEEN, translation=0.66),
        tracked_frame(None, last_seen=LAST_SEEN, translation=1.5),
    ],
    ids=["two-places", "localiser-abstains", "guide", "lost", "lost-and-abstains"],
)
def test_combined_when_drawn_with_the_trackers_seed_then_gives_the_trackers_candidates(seen: Diagnostics) -> None:
    again = Redrawing.of(seen, CONFIG, **SIZE).combined(seed=7)
    np.testing.assert_array_equal(again.boxes_xywh, seen.candidates.boxes_xywh)
    np.testing.assert_array_equal(again.origins, seen.candidates.origins)


def test_normal_when_drawn_then_all_lie_around_the_previous_box_and_begin_like_those_of_s_comb() -> None:
    again = Redrawing.of(tracked_frame(), CONFIG, **SIZE)
    norm, comb = again.normal(seed=3), again.combined(seed=3)
    assert (len(norm), len(comb)) == (256, 256)
    assert set(norm.origins) == {CandidateOrigin.PREVIOUS}
    np.testing.assert_array_equal(norm.boxes_xywh[:128], comb.boxes_xywh[:128])
    assert norm.overlaps(PREVIOUS).reaching(0.5) > 1.5 * comb.overlaps(PREVIOUS).reaching(0.5)
    assert norm.overlaps(LOCALIZED).reaching(0.5) == 0 < comb.overlaps(LOCALIZED).reaching(0.5)


def test_drawn_when_the_seed_is_another_then_the_draws_are() -> None:
    again = Redrawing.of(tracked_frame(), CONFIG, **SIZE)
    assert (again.combined(seed=1).boxes_xywh != again.combined(seed=2).boxes_xywh).any()
    np.testing.assert_array_equal(again.combined(seed=1).boxes_xywh, again.combined(seed=1).boxes_xywh)


@pytest.mark.parametrize(
    ("changes", "origins"),
    [
        ({"count": 20}, {CandidateOrigin.PREVIOUS: 10, CandidateOrigin.LOCALIZED: 10}),
        ({"mode": "previous"}, {CandidateOrigin.PREVIOUS: 256}),
        ({"mode": "localized"}, {CandidateOrigin.LOCALIZED: 256}),
    ],
    ids=["count", "previous", "localized"],
)
def test_combined_when_a_constant_is_another_then_draws_by_it(
    changes: dict[str, object], origins: dict[CandidateOrigin, int]
) -> None:
    drawn = Redrawing.of(tracked_frame(), CONFIG, **SIZE).combined(replace(CONFIG.candidates, **changes))
    found, counts = np.unique(drawn.origins, return_counts=True)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == origins


def farthest(boxes: np.ndarray) -> float:
    """From the previous box's centre along x, in pixels."""
    return float(np.abs(boxes[:, 0] + boxes[:, 2] / 2 - PREVIOUS.center[0]).max())


def test_translation_when_it_had_grown_then_grows_with_another_factor_too_up_to_the_limit() -> None:
    again = Redrawing.of(tracked_frame(last_seen=LAST_SEEN, translation=1.2), CONFIG, **SIZE)
    assert (again.mean_side, again.sigma_px()) == (35, 0.5 * 1.2 * 35)
    narrow = replace(CONFIG.candidates, translation_factor=0.3)
    assert again.sigma_px(narrow) == pytest.approx(0.5 * 0.6 * 35)
    assert farthest(again.normal(narrow).boxes_xywh) == pytest.approx(0.6 * 35, abs=1)
    assert again.sigma_px(replace(narrow, translation_factor=1.4)) == 0.5 * 1.5 * 35
    assert again.sigma_px(replace(narrow, translation_factor=3.0)) == 0.5 * 3.0 * 35  # itself beyond the limit


def test_sizes_when_the_exponent_is_another_then_spread_by_it() -> None:
    again = Redrawing.of(tracked_frame(), CONFIG, **SIZE)
    sizes = again.normal(replace(CONFIG.candidates, scale_exponent=5.0)).boxes_xywh[:, 2]
    assert (sizes.min(), sizes.max()) == (round(40 / 1.05**5), round(40 * 1.05**5))


def test_of_when_centers_are_not_known_then_takes_the_boxes_that_are() -> None:
    again = Redrawing.of(replace(tracked_frame(guided=GUIDED), centers=()), CONFIG, **SIZE)
    assert (again.previous, again.localized, again.guided, again.last_seen) == (PREVIOUS, LOCALIZED, GUIDED, None)
    assert again.translation == 0.6


def test_of_when_sizes_were_the_first_box_s_then_keeps_them() -> None:
    sized = DrawingCenter(CandidateOrigin.PREVIOUS, PREVIOUS.resized(80, 60), 256, 0.6)
    again = Redrawing.of(replace(tracked_frame(), centers=(sized,)), CONFIG, **SIZE)
    assert again.previous == PREVIOUS.resized(80, 60)


def test_as_tracked_when_networks_proposed_boxes_then_leaves_them_out() -> None:
    seen = tracked_frame(guided=GUIDED, proposals=4)
    drawn = as_tracked(seen)
    assert (len(seen.candidates.scores), len(drawn)) == (259, 255)
    without = as_tracked(replace(seen, centers=()))
    assert len(without) == 259  # a guide's draws and boxes look alike without the centres


def test_config_when_candidates_are_other_then_is_the_tracked_one() -> None:
    config = replace(CONFIG, candidates=CandidateConfig(count=64))
    again = Redrawing.of(tracked_frame(), config, **SIZE)
    assert (again.tracked.count, len(again.combined())) == (64, 64)
