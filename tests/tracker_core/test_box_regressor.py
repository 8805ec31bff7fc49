"""Box regression against the primal ridge and against relations it must recover."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.box_regressor import BoxRegressor, RegressionMemory, RegressionSamples
from tracker_core.call_monitor import CallMonitor
from tracker_core.tracker import TrackingCancelled

UNIT = np.tile([0.0, 0.0, 1.0, 1.0], (1, 1))  # a box whose refinement shows the predicted change itself


def made_samples(n: int, features: int, seed: int = 0) -> RegressionSamples:
    rng = np.random.default_rng(seed)
    return RegressionSamples(
        rng.standard_normal((n, features)).astype(np.float32) * 5, rng.standard_normal((n, 4)) * 0.1 + 0.05
    )


def remembered(
    *parts: RegressionSamples, keep: int = 9, product_dtype: type[np.float32 | np.float64] = np.float64
) -> RegressionMemory:
    memory = RegressionMemory(product_dtype=product_dtype)
    for part in parts:
        memory = memory.with_part(part, keep=keep, watch=CallMonitor())
    return memory


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
    regressor = BoxRegressor.fit(remembered(samples), ridge=ridge, watch=CallMonitor())
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
    regressor = BoxRegressor.fit(remembered(samples), ridge=1e-6, watch=CallMonitor())
    refined = regressor.refine(boxes, features)
    np.testing.assert_allclose(refined, np.tile(target.xywh, (80, 1)), atol=1e-3)  # float32 features
    assert not np.array_equal(refined, np.round(refined))


def test_fit_when_products_are_in_float32_then_boxes_differ_by_less_than_a_thousandth_of_a_side() -> None:
    samples, query = made_samples(60, 18), torch.ones(1, 9, 2)
    exact = BoxRegressor.fit(remembered(samples), ridge=1000.0, watch=CallMonitor())
    memory = remembered(samples, product_dtype=np.float32)
    quick = BoxRegressor.fit(memory, ridge=1000.0, watch=CallMonitor())
    np.testing.assert_allclose(quick.refine(UNIT, query), exact.refine(UNIT, query), atol=1e-3)
    assert not np.array_equal(quick.coefficients, exact.coefficients)


def everything_of(parts: Sequence[RegressionSamples]) -> RegressionSamples:
    return RegressionSamples(
        np.concatenate([p.features for p in parts]), np.concatenate([p.targets for p in parts])
    )


@pytest.mark.parametrize(("keep", "left"), [(9, (0, 1, 2, 3)), (3, (0, 1, 2, 3)), (2, (0, 2, 3)), (1, (0, 3))])
def test_memory_when_parts_come_one_by_one_then_the_fit_is_that_to_all_that_are_kept(
    keep: int, left: tuple[int, ...]
) -> None:
    parts = [made_samples(n, 18, seed) for seed, n in enumerate((30, 10, 7, 140))]
    memory = remembered(*parts, keep=keep)
    assert [part.targets.shape for part in memory.parts] == [parts[i].targets.shape for i in left]
    query = np.ones(18, dtype=np.float32)
    dx, _, log_w, _ = primal_ridge(everything_of([parts[i] for i in left]), 1.0, query.astype(np.float64))
    refined = BoxRegressor.fit(memory, ridge=1.0, watch=CallMonitor()).refine(
        UNIT, torch.from_numpy(query).view(1, 9, 2)
    )[0]
    assert refined[2] == pytest.approx(math.exp(log_w), rel=1e-9)
    assert refined[0] + refined[2] / 2 == pytest.approx(0.5 + dx, rel=1e-9)


def test_memory_when_a_part_is_added_then_the_old_memory_is_as_it_was() -> None:
    before = remembered(made_samples(10, 18))
    gram = before.gram.copy()
    before.with_part(made_samples(5, 18, seed=1), keep=1, watch=CallMonitor())
    np.testing.assert_array_equal(before.gram, gram)
    assert len(before.parts) == 1


def test_refine_when_it_leads_out_of_the_frame_then_is_not_clipped() -> None:
    regressor = BoxRegressor(np.zeros((9, 4)), np.array([-3.0, 0.0, math.log(2), 0.0]))
    refined = regressor.refine(np.array([[10.0, 10.0, 20.0, 10.0]]), torch.zeros(1, 9, 1))
    np.testing.assert_allclose(refined, [[-60, 10, 40, 10]])  # centre 20 - 3 * 20 = -40


def test_fit_when_cancelled_then_raises() -> None:
    with pytest.raises(TrackingCancelled):
        BoxRegressor.fit(remembered(made_samples(10, 18)), ridge=1.0, watch=CallMonitor(lambda: True))


def test_memory_when_cancelled_then_raises() -> None:
    with pytest.raises(TrackingCancelled):
        RegressionMemory().with_part(made_samples(10, 18), keep=1, watch=CallMonitor(lambda: True))
