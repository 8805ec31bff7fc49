"""Two runs, frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core.evidence import RunBoxes, against_truth, compare


def run(first: int, xs: list[float], *, lost: tuple[int, ...] = (), seconds: float = 0.1) -> RunBoxes:
    """Boxes of 10 x 10 at these places, one per frame from `first` on; the first one is manual."""
    count = len(xs)
    boxes = np.array([(x, 5.0, 10.0, 10.0) for x in xs]).reshape(-1, 4)
    scores = np.full(count, 2.0)
    scores[:1] = np.inf
    is_found = ~np.isin(np.arange(first, first + count), lost)
    return RunBoxes(np.arange(first, first + count), boxes, scores, is_found, np.full(count, seconds))


def test_compare_when_runs_are_the_same_then_every_iou_is_1_and_they_never_part() -> None:
    same = compare(run(3, [0.1, 0.7, 1.3]), run(3, [0.1, 0.7, 1.3]))
    assert same.iou.tolist() == [1.0, 1.0, 1.0]
    assert (same.parting_frame, same.parted_count, same.mean_iou) == (None, 0, 1.0)
    assert same.is_equal


def test_compare_when_one_drifts_away_then_the_first_frame_below_half_is_where_they_part() -> None:
    drifted = compare(run(10, [0, 0, 0, 0, 0]), run(10, [0, 2, 6, 20, 0]))
    assert drifted.iou.tolist() == pytest.approx([1, 80 / 120, 40 / 160, 0, 1])
    assert drifted.parting_frame == 12
    assert drifted.parted_count == 2
    assert not drifted.is_equal


def test_compare_when_they_share_some_frames_then_only_these_count() -> None:
    shared = compare(run(0, [0, 0, 0, 0]), run(2, [0, 0, 0, 0]))
    assert shared.frames.tolist() == [2, 3]
    assert len(shared.first) == len(shared.second) == 2


def test_compare_when_they_share_no_frame_then_nothing_is_said_of_them() -> None:
    apart = compare(run(0, [0, 0]), run(5, [0, 0]))
    assert len(apart.frames) == 0
    assert np.isnan(apart.mean_iou)
    assert apart.parting_frame is None


def test_run_boxes_when_counted_then_lost_frames_and_the_pace_without_learning_are_told() -> None:
    counted = run(0, [0, 0, 0, 0, 0], lost=(2, 3), seconds=0.05)
    assert counted.lost_count == 2
    assert counted.frames_per_second == pytest.approx(20.0)
    assert RunBoxes.empty().frames_per_second is None
    assert len(counted.between(1, 2)) == 2


def test_run_boxes_when_frames_are_out_of_order_then_they_are_refused() -> None:
    with pytest.raises(ValueError, match="ascending"):
        run(0, [0, 0]).taken(np.array([1, 0]))


def test_against_truth_when_some_frames_have_none_then_the_others_are_judged() -> None:
    truth = np.full((6, 4), np.nan)
    truth[1] = (0, 5, 10, 10)
    truth[3] = (8, 5, 10, 10)
    judged = against_truth(run(1, [0, 0, 0]), truth)
    assert judged.frames == 2
    assert judged.mean_iou == pytest.approx((1 + 20 / 180) / 2)
    assert judged.right_share == 0.5


def test_against_truth_when_there_is_none_then_nothing_is_said() -> None:
    assert against_truth(run(0, [0]), np.full((1, 4), np.nan)).frames == 0
