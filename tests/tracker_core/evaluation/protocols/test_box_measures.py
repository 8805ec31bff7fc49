import numpy as np
import pytest

from tracker_core.evaluation.protocols.box_measures import measure_boxes, summarise_boxes

SIZE = (100, 80)
NOBODY_HIDDEN = np.zeros(4, dtype=np.bool_)
TRUTH = np.array([[10.0, 10, 20, 10]] * 4)


def test_got10k_when_counted_by_hand_then_leaves_out_the_first_frame() -> None:
    rows = TRUTH + np.array([[500, 0, 0, 0], [0, 0, 0, 0], [10, 0, 0, 0], [0, 0, 0, 3]])
    found = summarise_boxes([measure_boxes(rows, TRUTH, SIZE, is_hidden=NOBODY_HIDDEN)])
    assert found.ao == pytest.approx((1 + 1 / 3 + 10 / 13) / 3)
    assert (found.sr50, found.sr75) == (pytest.approx(2 / 3), pytest.approx(2 / 3))


def test_got10k_when_the_target_is_hidden_or_absent_then_the_frame_does_not_count() -> None:
    truth = TRUTH.copy()
    truth[1] = 0
    hidden = np.array([False, False, True, False])
    rows = TRUTH + np.array([[0, 0, 0, 0]] * 3 + [[10, 0, 0, 0]])
    assert summarise_boxes([measure_boxes(rows, truth, SIZE, is_hidden=hidden)]).ao == pytest.approx(1 / 3)


def test_got10k_when_boxes_leave_the_image_then_are_cut_off_there() -> None:
    truth = np.array([[90.0, 10, 10, 10]] * 4)
    rows = np.array([[90.0, 10, 400, 10]] * 4)
    assert summarise_boxes([measure_boxes(rows, truth, SIZE, is_hidden=NOBODY_HIDDEN)]).ao == pytest.approx(1)


def test_normalised_precision_when_counted_by_hand_then_is_in_sides_of_the_true_box() -> None:
    # Off by 0 (the first frame counts as right), .1 of the width, .3 of the height, and more than half.
    rows = TRUTH + np.array([[9, 9, 0, 0], [2, 0, 0, 0], [0, 3, 0, 0], [20, 0, 0, 0]])
    found = summarise_boxes([measure_boxes(rows, TRUTH, SIZE, is_hidden=NOBODY_HIDDEN)])
    assert found.normalised_at_02 == pytest.approx(0.5)
    # Of 51 thresholds, all, 41 and 21 are met.
    assert found.normalised_auc == pytest.approx((51 + 41 + 21) / 51 / 4)


def test_summary_when_no_frame_counts_then_has_no_number() -> None:
    found = summarise_boxes([measure_boxes(TRUTH[:1], TRUTH[:1], SIZE, is_hidden=NOBODY_HIDDEN[:1])])
    assert (found.ao, found.sr50) == (None, None)
    assert found.normalised_auc == 1
