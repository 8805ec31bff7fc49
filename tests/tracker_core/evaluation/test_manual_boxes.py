import numpy as np
import pytest

from tracker_core import Box
from tracker_core.evaluation.manual_boxes import Hand, clipped_to_iou

TRUTH = Box(100, 50, 40, 80)


def test_draw_when_repeated_then_depends_on_seed_sequence_and_frame_alone() -> None:
    hand = Hand(3, "Deer")
    first = hand.draw(TRUTH, 7)
    hand.draw(TRUTH, 8)
    assert hand.draw(TRUTH, 7) == Hand(3, "Deer").draw(TRUTH, 7) == first
    others = {Hand(4, "Deer").draw(TRUTH, 7), Hand(3, "Biker").draw(TRUTH, 7), hand.draw(TRUTH, 8), TRUTH}
    assert first not in others
    assert len(others) == 4


def test_draw_when_often_then_spreads_as_the_protocol_says() -> None:
    boxes = [Hand(0, "Deer").draw(TRUTH, index) for index in range(2000)]
    centers = np.array([box.center for box in boxes]) - TRUTH.center
    # The standard error of a standard deviation of 2,000 draws is 1.6 %; five of them.
    assert centers.std(axis=0) == pytest.approx([0.02 * 40, 0.02 * 80], rel=0.08)
    growth = np.log([box.width / 40 for box in boxes])
    assert growth.std() == pytest.approx(0.02, rel=0.08)
    assert np.log([box.height / 80 for box in boxes]) == pytest.approx(growth, abs=1e-9)
    assert min(box.iou(TRUTH) for box in boxes) >= 0.85


def test_clip_when_too_far_off_then_stops_where_the_iou_is_reached() -> None:
    # Moved by d of 40 px the IoU is (40 - d) / (40 + d): 0.85 at d = 6 / 1.85.
    clipped = clipped_to_iou(TRUTH.shifted(20, 0), TRUTH, 0.85)
    assert clipped.x == pytest.approx(100 + 6 / 1.85, abs=1e-6)
    assert (clipped.y, clipped.width, clipped.height) == (50, 40, 80)
    assert clipped.iou(TRUTH) >= 0.85


def test_clip_when_near_enough_then_is_the_same_box() -> None:
    assert clipped_to_iou(TRUTH.shifted(1, 0), TRUTH, 0.85) == TRUTH.shifted(1, 0)
