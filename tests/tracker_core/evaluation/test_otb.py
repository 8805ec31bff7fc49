import numpy as np
import pytest

from tracker_core import Box
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import (
    IOU_THRESHOLDS,
    mean_curves,
    otb_rows,
    score_sequence,
)

TRUTH = np.array([[10.0, 20, 30, 40]] * 4)


def rows(*values: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(values, dtype=np.float64)


def test_score_when_results_equal_truth_then_auc_is_20_of_21() -> None:
    score = score_sequence("perfect", TRUTH, TRUTH)
    assert score.auc == pytest.approx(20 / 21, abs=1e-12)
    assert (score.os, score.dp, score.success[-1]) == (1.0, 1.0, 0.0)


def test_score_when_never_overlapping_then_only_the_first_frame_counts() -> None:
    results = TRUTH + np.array([1000, 0, 0, 0])
    score = score_sequence("miss", results, TRUTH)
    assert score.success.tolist() == [0.25] * 20 + [0.0]
    assert score.precision.tolist() == [0.25] * 51


def test_success_when_iou_equals_a_threshold_then_it_is_no_success() -> None:
    # 10 x 10 against 10 x 5 inside it: IoU exactly 0.5.
    truth = rows((1, 1, 10, 10), (1, 1, 10, 10))
    score = score_sequence("half", rows((1, 1, 10, 10), (1, 1, 10, 5)), truth)
    assert score.os == 0.5
    assert score.success[9] == 1.0
    # 20 points of frame 1, and thresholds 0 .. 0.45 (10 of them) of frame 2.
    assert score.auc == pytest.approx((20 + 10) / 2 / 21, abs=1e-12)


def test_success_when_boxes_are_shifted_then_iou_is_continuous() -> None:
    # 4 x 4 moved by (1, 1): overlap 9, union 23.
    score = score_sequence("shift", rows((5, 5, 4, 4), (6, 6, 4, 4)), rows((5, 5, 4, 4), (5, 5, 4, 4)))
    expected = np.where(IOU_THRESHOLDS < 9 / 23, 1.0, 0.5)
    expected[-1] = 0.0
    np.testing.assert_array_equal(score.success, expected)


def test_precision_when_error_is_exactly_20_px_then_it_counts() -> None:
    truth = rows((1, 1, 10, 10), (1, 1, 10, 10))
    at_20 = score_sequence("at", rows((1, 1, 10, 10), (13, 17, 10, 10)), truth)
    assert (at_20.dp, at_20.precision[19]) == (1.0, 0.5)
    beyond = score_sequence("beyond", rows((1, 1, 10, 10), (13, 17.01, 10, 10)), truth)
    assert beyond.dp == 0.5


def test_precision_when_only_the_size_differs_then_centres_are_half_the_difference_apart() -> None:
    score = score_sequence("size", rows((1, 1, 10, 10), (1, 1, 16, 18)), rows((1, 1, 10, 10), (1, 1, 10, 10)))
    assert (score.precision[4], score.precision[5]) == (0.5, 1.0)  # (3, 4) px: 5 px


def test_score_when_the_first_result_is_wrong_then_truth_stands_in() -> None:
    assert score_sequence("first", rows((90, 90, 1, 1)), TRUTH[:1]).auc == pytest.approx(20 / 21)


@pytest.mark.parametrize(
    "lost",
    [(np.nan, np.nan, np.nan, np.nan), (10, 20, 0, 40), (10, 20, 30, -1), (0, 0, 0, 0)],
    ids=["nan", "no width", "negative height", "zeros"],
)
def test_score_when_a_result_row_is_no_box_then_the_row_before_it_counts(lost: tuple[float, ...]) -> None:
    truth = rows((10, 20, 30, 40), (10, 20, 30, 40), (10, 20, 30, 40), (100, 20, 30, 40))
    results = rows((10, 20, 30, 40), (10, 20, 30, 40), lost, lost)
    assert score_sequence("lost", results, truth).os == 0.75


@pytest.mark.parametrize(
    "gap",
    [(0, 20, 30, 40), (10, 20, 0, 0), (np.nan, np.nan, np.nan, np.nan), (-3, 20, 30, 40)],
    ids=["x is zero", "no size", "nan", "negative x"],
)
def test_score_when_truth_is_invalid_then_never_a_success_always_precise(gap: tuple[float, ...]) -> None:
    truth = rows((10, 20, 30, 40), gap)
    score = score_sequence("gap", rows((10, 20, 30, 40), (900, 900, 30, 40)), truth)
    assert score.success.tolist() == [0.5] * 20 + [0.0]
    assert score.precision.tolist() == [1.0] * 51


def test_success_when_sub_pixel_boxes_agree_then_the_last_point_is_still_zero() -> None:
    random = np.random.default_rng(0)
    truth = random.uniform(1, 100, (500, 4))
    assert score_sequence("rounding", truth, truth).success[-1] == 0.0


def test_score_when_results_are_too_few_then_says_expected_and_got() -> None:
    with pytest.raises(EvaluationError, match=r"short: expected 4 result rows .*, got 3"):
        score_sequence("short", TRUTH[:3], TRUTH)


def test_score_when_results_are_too_many_then_the_rest_is_ignored() -> None:
    assert score_sequence("surplus", np.vstack([TRUTH, TRUTH]), TRUTH).frame_count == 4


def test_mean_when_sequences_differ_in_length_then_each_counts_the_same() -> None:
    long = score_sequence("long", np.repeat(TRUTH, 10, axis=0), np.repeat(TRUTH, 10, axis=0))
    missed = score_sequence("missed", TRUTH + np.array([500, 0, 0, 0]), TRUTH)
    mean = mean_curves([long, missed])
    assert mean.os == pytest.approx((1 + 0.25) / 2)
    assert mean.auc == pytest.approx((long.auc + missed.auc) / 2)


def test_mean_when_a_curve_is_zero_throughout_then_it_can_be_dropped() -> None:
    never_annotated = score_sequence("none", TRUTH, np.zeros((4, 4)))
    perfect = score_sequence("perfect", TRUTH, TRUTH)
    assert never_annotated.auc == 0
    assert mean_curves([perfect, never_annotated]).auc == pytest.approx(10 / 21)
    assert mean_curves([perfect, never_annotated], drops_zero_curves=True).auc == pytest.approx(20 / 21)
    assert mean_curves([never_annotated], drops_zero_curves=True).auc == 0


def test_otb_rows_when_boxes_are_0_based_then_rows_start_at_1_and_gaps_are_zeros() -> None:
    boxes = (Box(0, 1.25, 3, 4), None)
    np.testing.assert_array_equal(otb_rows(boxes), [[1, 2.25, 3, 4], [0, 0, 0, 0]])
