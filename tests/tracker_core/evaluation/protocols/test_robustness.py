import numpy as np
import pytest

from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import score_sequence
from tracker_core.evaluation.protocols.robustness import SHIFTS, pooled_score, shifted_row, temporal_starts


def test_temporal_starts_when_all_rows_have_a_box_then_are_twenty_as_in_the_toolkit() -> None:
    # MATLAB: [floor(1:123/19:123) 123], counted from 1.
    assert temporal_starts(np.ones((142, 4))) == (
        *(0, 6, 12, 19, 25, 32, 38, 45, 51, 58, 64, 71, 77, 84, 90, 97, 103, 110, 116, 122),
    )


def test_temporal_starts_when_rows_have_no_box_then_none_of_them_is_taken() -> None:
    rows = np.ones((60, 4))
    rows[10:30, 2] = 0
    rows[5] = np.nan
    starts = temporal_starts(rows)
    assert not set(starts) & {5, *range(10, 30)}
    assert (starts[0], starts[-1]) == (0, 40)


def test_temporal_starts_when_a_sequence_is_too_short_then_says_so() -> None:
    with pytest.raises(EvaluationError, match="followed by 19 frames"):
        temporal_starts(np.ones((19, 4)))


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        ("left", (6, 20, 40, 35)),
        ("up", (10, 16, 40, 35)),
        ("topLeft", (6, 17, 44, 38)),
        ("topRight", (10, 17, 44, 38)),
        ("bottomLeft", (6, 20, 44, 39)),
        ("bottomRight", (10, 20, 44, 39)),
        ("scale_8", (14, 24, 32, 28)),
        ("scale_12", (6, 17, 48, 42)),
    ],
)
def test_shifted_row_when_the_box_is_inside_then_is_the_toolkits(shift: str, expected: tuple[int, ...]) -> None:
    assert shifted_row((10, 20, 40, 35), shift, (200, 200)).tolist() == list(expected)


def test_shifted_row_when_it_leaves_the_image_then_is_moved_or_cut_off() -> None:
    assert shifted_row((2, 2, 40, 30), "left", (60, 40)).tolist() == [1, 2, 40, 30]
    assert shifted_row((18, 2, 40, 30), "right", (60, 40)).tolist() == [22, 2, 39, 30]
    assert len(SHIFTS) == 12


def test_pooled_score_when_runs_differ_in_length_then_every_frame_counts_alike() -> None:
    truth = np.array([[10.0, 20, 30, 40]] * 10)
    right = score_sequence("A@1", truth, truth)
    wrong = score_sequence("A@2", truth + np.array([1000, 0, 0, 0]), truth)
    short = score_sequence("A@3", truth[:5], truth[:5])
    assert pooled_score("A", [right, wrong, short]).os == pytest.approx((10 + 1 + 5) / 25)
