"""Box regression against the primal ridge and against relations it must recover."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.box_regressor import BoxRegressor, RegressionSamples
from tracker_core.tracker import TrackingCancelled
from tracker_core.watch import Watch

UNIT = np.tile([0.0, 0.0, 1.0, 1.0], (1, 1))  # a box whose refinement shows the predicted change itself


def made_samples(n: int, features: int, seed: int = 0) -> RegressionSamples:
    rng = np.random.default_rng(seed)
    return RegressionSamples(
        rng.standard_normal((n, features)).astype(np.float32) * 5, rng.standard_normal((n, 4)) * 0.1 + 0.05
    )


def primal_ridge(samples: RegressionSamples, ridge: float, query: NDArray[np.float64]) -> NDArray[np.float64]:
    """(X'X + ridge I)^-1 X'Y with a penalised column of ones, on centred and whitened targets, in float64."""
    x = np.hstack([samples.features.astype(np.float64), np.ones((len(samples.features), 1))])
    mean = samples.targets.mean(axis=0)
    y = samples.targets - mean
    d, v = np.linalg.eigh(y.T @ y / len(y))
    whiten = v @ np.diag((d + 0.001) ** -0.5) @ v.T
    coefficients = np.linalg.inv(x.T @ x + ridge * np.eye(x.shape[1])) @ x.T @ (y @ whiten)
    changes: NDArray[np.float64] = np.append(query, 1.0) @ coefficients @ np.linalg.inv(whiten) + mean
    return changes


@pytest.mark.parametrize(("n", "features"), [(20, 36), (60, 18), (1, 9), (300, 45)])
@pytest.mark.parametrize("ridge", [1.0, 1000.0])
def test_fit_when_solved_in_the_dual_then_equals_the_primal_ridge(n: int, features: int, ridge: float) -> None:
    samples = made_samples(n, features)
    query = np.random.default_rng(9).standard_normal(features).astype(np.float32)
    dx, dy, log_w, log_h = primal_ridge(samples, ridge, query.astype(np.float64))
    regressor = BoxRegressor.fit(samples, ridge=ridge, watch=Watch())
    refined = regressor.refine(UNIT, torch.from_numpy(query).view(1, 9, -1))[0]
    width, height = math.exp(log_w), math.exp(log_h)
    expected = [0.5 + dx - width / 2, 0.5 + dy - height / 2, width, height]
    np.testing.assert_allclose(refined, expected, rtol=1e-9, atol=1e-12)


def test_targets_then_are_centre_offsets_in_sizes_and_log_ratios() -> None:
    """Sample centre (30, 40), size 20 x 10; target centre (35, 38), size 40 x 5."""
    samples = RegressionSamples.toward(
        Box(15, 35.5, 40, 5), np.array([[20.0, 35.0, 20.0, 10.0]]), torch.zeros(1, 9, 512)
    )
    np.testing.assert_allclose(samples.targets, [[5 / 20, -2 / 10, math.log(2), math.log(0.5)]])
    assert samples.features.shape == (1, 4608)


def test_fit_when_the_relation_is_linear_then_recovers_the_boxes() -> None:
    """Features that tell each box's error exactly: a vanishing ridge must undo it."""
    rng = np.random.default_rng(0)
    target = Box(100, 80, 40, 30)
    boxes = target.xywh + rng.uniform(-6, 6, (80, 4))
    size = boxes[:, 2:]
    change = np.hstack(
        [(np.array(target.center) - boxes[:, :2] - size / 2) / size, np.log(np.array([40, 30]) / size)]
    )
    mixing = rng.standard_normal((4, 9))
    features = torch.from_numpy((change @ mixing + 3.0).astype(np.float32)).view(80, 9, 1)
    samples = RegressionSamples.toward(target, boxes, features)
    regressor = BoxRegressor.fit(samples, ridge=1e-6, watch=Watch())
    refined = regressor.refine(boxes, features)
    np.testing.assert_allclose(refined, np.tile(target.xywh, (80, 1)), atol=1e-3)  # float32 features
    assert not np.array_equal(refined, np.round(refined))


def test_fit_when_products_are_in_float32_then_boxes_differ_by_less_than_a_thousandth_of_a_side() -> None:
    samples, query = made_samples(60, 18), torch.ones(1, 9, 2)
    exact = BoxRegressor.fit(samples, ridge=1000.0, watch=Watch())
    quick = BoxRegressor.fit(samples, ridge=1000.0, watch=Watch(), product_dtype=np.float32)
    np.testing.assert_allclose(quick.refine(UNIT, query), exact.refine(UNIT, query), atol=1e-3)
    assert not np.array_equal(quick.coefficients, exact.coefficients)


def test_fit_when_samples_are_joined_then_all_of_them_count() -> None:
    parts = [made_samples(10, 18, seed) for seed in range(3)]
    joined = RegressionSamples.joined(parts)
    query = torch.ones(1, 9, 2)
    everything = RegressionSamples(
        np.concatenate([p.features for p in parts]), np.concatenate([p.targets for p in parts])
    )
    expected = primal_ridge(everything, 1.0, np.ones(18))
    refined = BoxRegressor.fit(joined, ridge=1.0, watch=Watch()).refine(UNIT, query)[0]
    assert refined[2] == pytest.approx(math.exp(expected[2]))


def test_refine_when_it_leads_out_of_the_frame_then_is_not_clipped() -> None:
    regressor = BoxRegressor(np.zeros((9, 4)), np.array([-3.0, 0.0, math.log(2), 0.0]))
    refined = regressor.refine(np.array([[10.0, 10.0, 20.0, 10.0]]), torch.zeros(1, 9, 1))
    np.testing.assert_allclose(refined, [[-60, 10, 40, 10]])  # centre 20 - 3 * 20 = -40


def test_fit_when_cancelled_then_raises() -> None:
    with pytest.raises(TrackingCancelled):
        BoxRegressor.fit(made_samples(10, 18), ridge=1.0, watch=Watch(lambda: True))
