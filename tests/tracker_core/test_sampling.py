"""Boxes at random, against the distributions as the paper and the authors' program define them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray
from tracker_core.config import DrawingConfig, RegressionConfig
from tracker_core.sampling import BoxSampler, keep_distant, keep_overlapping, round_half_away

EXACT = DrawingConfig(rounds_boxes=False)
BOX = Box(480, 490, 41, 34)  # mean side 37.5: r = 38
ODD_BOX = Box(480, 490, 40, 33)  # mean side 36.5: r = 37, where halves to even would give 36
WINSORIZED_STD = 0.95945  # of a standard normal clipped at two sigma: sqrt(P(|z|<2) - 4 phi(2) + 4 P(|z|>2))
SHARE_AT_LIMITS = 0.0455  # P(|z| > 2)


def sampler(
    width: int = 1000, height: int = 1000, *, config: DrawingConfig = EXACT, min_side: float = 10.0
) -> BoxSampler:
    return BoxSampler(config, width, height, min_side)


def centers(boxes: BoxArray) -> NDArray[np.float64]:
    found: NDArray[np.float64] = boxes[:, :2] + boxes[:, 2:] / 2
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.5, 1), (-0.5, -1), (1.5, 2), (2.5, 3), (-2.5, -3), (2.4999, 2), (-2.4999, -2), (0.0, 0)],
)
def test_round_half_away_like_matlab(value: float, expected: int) -> None:
    assert round_half_away(np.array([value]))[0] == expected


def test_for_target_when_smaller_than_the_minimum_then_lowers_it() -> None:
    def min_side(w: float, h: float) -> float:
        return BoxSampler.for_target(EXACT, Box(0, 0, w, h), frame_width=99, frame_height=99).min_side

    assert [min_side(40, 30), min_side(40, 6), min_side(3, 6)] == [10, 6, 3]


@pytest.mark.parametrize(("box", "r"), [(BOX, 38), (ODD_BOX, 37)], ids=["r38", "r37"])
def test_normal_then_offsets_are_normal_of_sigma_three_tenths_clipped_at_two_sigma(box: Box, r: int) -> None:
    boxes = sampler().normal(np.random.default_rng(0), box, 100_000, translation=0.6, scale_exponent=1)
    offsets = (centers(boxes) - box.center) / r
    limit = np.isclose(np.abs(offsets), 0.6, atol=1e-9)
    assert np.abs(offsets).max() == pytest.approx(0.6, abs=1e-9)
    np.testing.assert_allclose(limit.mean(axis=0), SHARE_AT_LIMITS, atol=0.003)  # 4 standard errors
    np.testing.assert_allclose(offsets.std(axis=0), 0.3 * WINSORIZED_STD, rtol=0.01)
    np.testing.assert_allclose(offsets.mean(axis=0), 0, atol=0.004)
    assert abs(np.corrcoef(offsets.T)[0, 1]) < 0.015


def test_normal_then_scale_is_a_power_of_the_step_and_aspect_is_kept() -> None:
    boxes = sampler().normal(np.random.default_rng(1), BOX, 100_000, translation=0.6, scale_exponent=1)
    exponent = np.log(boxes[:, 2] / BOX.width) / np.log(1.05)
    np.testing.assert_allclose(boxes[:, 2] / boxes[:, 3], BOX.width / BOX.height)
    assert np.abs(exponent).max() == pytest.approx(1, abs=1e-9)
    assert exponent.std() == pytest.approx(0.5 * WINSORIZED_STD, rel=0.01)
    assert abs(np.corrcoef(exponent, centers(boxes)[:, 0])[0, 1]) < 0.015


def test_normal_when_not_clipped_then_goes_beyond_two_sigma() -> None:
    loose = sampler(config=replace(EXACT, clips_normal=False))
    boxes = loose.normal(np.random.default_rng(0), BOX, 100_000, translation=0.6, scale_exponent=0)
    offsets = (centers(boxes) - BOX.center) / 38
    assert offsets.std() == pytest.approx(0.3, rel=0.01)
    assert (np.abs(offsets) > 0.6).mean() == pytest.approx(SHARE_AT_LIMITS, abs=0.003)


def test_uniform_then_offsets_and_exponents_fill_their_ranges_evenly() -> None:
    boxes = sampler().uniform(np.random.default_rng(0), ODD_BOX, 100_000, translation=2, scale_exponent=5)
    offsets = (centers(boxes) - ODD_BOX.center) / (2 * 37)
    exponent = np.log(boxes[:, 3] / ODD_BOX.height) / np.log(1.05) / 5
    for values in (*offsets.T, exponent):
        counts, _ = np.histogram(values, bins=10, range=(-1, 1))
        np.testing.assert_allclose(counts, 10_000, atol=450)  # 4.7 standard deviations of a count
    np.testing.assert_allclose(boxes[:, 2] / boxes[:, 3], 40 / 33)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(10.5, 20.4, 20, 15), (11, 20, 20, 15)),  # counted from 1: 11.5 -> 12
        (Box(-0.5, 20, 20, 15), (0, 20, 20, 15)),  # 0.5 -> 1
        (Box(-1.5, -2.5, 20, 15), (-2, -3, 20, 15)),  # -0.5 -> -1, -1.5 -> -2
        (Box(10, 10, 20.5, 14.49), (10, 10, 21, 14)),
        (Box(10, 10, 4, 20), (7, 10, 10, 20)),  # widened to 10 around its centre
        (Box(-5, 0, 140, 60), (20, 10, 90, 40)),  # narrowed to the frame less 10 around its centre
        (Box(-40, 30, 30, 15), (-15, 30, 30, 15)),  # centre -25 -> 0, the first pixel
        (Box(98, 48, 30, 20), (84, 39, 30, 20)),  # centre 113, 58 -> 99, 49, the last pixel
    ],
    ids=["half", "half-below-1", "negative-halves", "size", "min-side", "max-side", "left-of-frame", "past-frame"],
)
def test_box_when_drawn_without_spread_then_is_limited_and_rounded_from_1(
    box: Box, expected: tuple[int, int, int, int]
) -> None:
    exact = sampler(100, 50, config=DrawingConfig())
    drawn = exact.normal(np.random.default_rng(0), box, 1, translation=0, scale_exponent=0)
    np.testing.assert_array_equal(drawn[0], expected)


def test_uniform_when_far_beyond_the_frame_then_centers_stay_on_its_pixels() -> None:
    boxes = sampler(60, 50).uniform(
        np.random.default_rng(0), Box(20, 20, 20, 14), 3000, translation=50, scale_exponent=200
    )
    x, y = centers(boxes).T
    np.testing.assert_allclose([x.min(), x.max(), y.min(), y.max()], [0, 59, 0, 49], atol=1e-9)
    assert (boxes[:, 2].min(), boxes[:, 2].max()) == (10, 50)
    assert (boxes[:, 3].min(), boxes[:, 3].max()) == (10, 40)


def test_boxes_when_rounded_then_are_whole_pixels_and_small_targets_repeat() -> None:
    small = sampler(config=DrawingConfig())
    boxes = small.normal(np.random.default_rng(0), Box(100, 100, 15, 22), 256, translation=0.6, scale_exponent=1)
    np.testing.assert_array_equal(boxes, np.round(boxes))
    assert 215 <= len(np.unique(boxes, axis=0)) <= 247  # 232 expected


def test_uniform_aspect_then_offsets_aspects_and_enlargements_fill_their_ranges() -> None:
    boxes = sampler().uniform_aspect(np.random.default_rng(0), BOX, RegressionConfig(draws=50_000))
    offsets = (centers(boxes) - BOX.center) / (BOX.width, BOX.height)
    exponents = np.log(boxes[:, 2:] / (BOX.width, BOX.height)) / np.log(1.05)
    np.testing.assert_allclose(np.abs(offsets).max(axis=0), 0.3, atol=1e-3)
    np.testing.assert_allclose(offsets.std(axis=0), 0.3 / np.sqrt(3), rtol=0.02)
    np.testing.assert_allclose(exponents.min(axis=0), -2, atol=0.1)
    np.testing.assert_allclose(exponents.max(axis=0), 12, atol=0.1)
    np.testing.assert_allclose(exponents.mean(axis=0), 5, atol=0.1)
    aspect = exponents[:, 0] - exponents[:, 1]  # the common enlargement drops out
    assert aspect.std() == pytest.approx(2 * np.sqrt(2 / 3), rel=0.02)
    assert np.abs(aspect).max() <= 4 + 1e-9


def test_whole_frame_then_centers_and_scales_are_the_grid_without_repeats_until_exhausted() -> None:
    whole = sampler(64, 48)
    box = Box(5, 5, 20, 15)
    xs, ys = np.arange(10, 55, 4) - 1, np.arange(8, 42, 3) - 1  # rnd(w/2) : rnd(w/5) : rnd(W - w/2), from 1
    total = len(xs) * len(ys) * 11
    boxes = whole.whole_frame(np.random.default_rng(0), box, total)
    assert len(np.unique(boxes.round(6), axis=0)) == total
    np.testing.assert_allclose(np.unique(centers(boxes)[:, 0].round(6)), xs)
    np.testing.assert_allclose(np.unique(centers(boxes)[:, 1].round(6)), ys)
    np.testing.assert_allclose(np.unique(boxes[:, 2].round(6)), 20 * 1.05 ** np.arange(-5.0, 6), rtol=1e-6)
    more = whole.whole_frame(np.random.default_rng(0), box, total + 500)
    _, counts = np.unique(more.round(6), axis=0, return_counts=True)
    assert (counts.min(), counts.max(), len(more)) == (1, 2, total + 500)


@pytest.mark.parametrize(
    ("box", "frame"),
    [
        (Box(4, 4, 3, 4), (12, 12)),
        (Box(0, 0, 12, 12), (12, 12)),
        (Box(3.3, 4.4, 0.8, 0.6), (12, 12)),
        (Box(-3, -2, 5, 5), (40, 30)),
        (Box(0, 0, 40, 30), (40, 30)),
        (Box(-100, -100, 400, 300), (40, 30)),
    ],
    ids=["tiny", "whole-tiny-frame", "sub-pixel", "over-the-corner", "whole-frame", "larger-than-frame"],
)
def test_every_kind_when_the_box_is_odd_then_gives_whole_boxes_whose_center_is_in_the_frame(
    box: Box, frame: tuple[int, int]
) -> None:
    odd = BoxSampler.for_target(DrawingConfig(), box, frame_width=frame[0], frame_height=frame[1])
    rng = np.random.default_rng(0)
    for boxes in (
        odd.normal(rng, box, 200, translation=0.6, scale_exponent=1),
        odd.uniform(rng, box, 200, translation=2, scale_exponent=5),
        odd.uniform_aspect(rng, box, RegressionConfig(draws=200)),
        odd.whole_frame(rng, box, 200),
    ):
        assert boxes.shape == (200, 4)
        np.testing.assert_array_equal(boxes, np.round(boxes))
        assert boxes[:, 2:].min() >= 1
        x, y = centers(boxes).T
        assert x.min() >= -1
        assert x.max() <= frame[0]
        assert y.min() >= -1
        assert y.max() <= frame[1]


BOUND = Box(0, 0, 10, 10)
HALVES = np.array([[0, 0, 10, 5], [0, 0, 10, 6], [0, 0, 10, 4]], dtype=float)  # IoU 0.5, 0.6, 0.4


@pytest.mark.parametrize(("is_strict", "expected"), [(True, {6}), (False, {5, 6})], ids=["strict", "inclusive"])
def test_keep_overlapping_when_iou_is_on_the_bound_then_strictness_decides(
    is_strict: bool, expected: set[int]
) -> None:
    kept = keep_overlapping(np.random.default_rng(0), HALVES, BOUND, above=0.5, n=9, is_strict=is_strict)
    assert set(kept[:, 3]) == expected


@pytest.mark.parametrize(("is_strict", "expected"), [(True, {4}), (False, {4, 5})], ids=["strict", "inclusive"])
def test_keep_distant_when_iou_is_on_the_bound_then_strictness_decides(
    is_strict: bool, expected: set[int]
) -> None:
    kept = keep_distant(np.random.default_rng(0), HALVES, BOUND, below=0.5, n=9, is_strict=is_strict)
    assert set(kept[:, 3]) == expected


def test_keep_when_more_pass_than_asked_then_takes_a_random_share_without_repeats() -> None:
    many = np.tile([0.0, 0, 10, 10], (100, 1)) + np.arange(100)[:, None] * [0, 0, 0, 0.01]
    kept = keep_overlapping(np.random.default_rng(0), many, BOUND, above=0.5, n=30, is_strict=True)
    assert len(np.unique(kept[:, 3])) == 30
    assert kept[:, 3].max() > 10.6  # not merely the first thirty
