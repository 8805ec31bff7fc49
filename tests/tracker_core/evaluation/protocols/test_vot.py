"""Numbers of the official toolkit (vot-toolkit 0.7.4), from `python -m tests.interop.vot_measures`."""

import numpy as np
import pytest

from tests.tracker_core.evaluation.protocols.vot_runs import long_term_runs, supervised_runs
from tracker_core.box import Box
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.protocols.vot.long_term import LongTermRun, measure_long_term
from tracker_core.evaluation.protocols.vot.regions import (
    FAILURE,
    INITIALIZATION,
    UNKNOWN,
    overlap,
    parse_region,
    region_of_box,
    region_text,
)
from tracker_core.evaluation.protocols.vot.supervised import SupervisedRun, measure_supervised

SIZE = (100, 80)


def test_supervised_when_the_official_toolkit_measured_the_same_files_then_all_digits_are_equal() -> None:
    found = measure_supervised(supervised_runs())
    assert (found.accuracy, found.failures, found.eao) == (
        0.3808340698765192,
        11.58433734939759,
        0.05944339332905049,
    )


def test_long_term_when_the_official_toolkit_measured_the_same_files_then_all_digits_are_equal() -> None:
    found = measure_long_term(long_term_runs())
    assert (found.precision, found.recall, found.f) == (
        0.4643452014978425,
        0.3399616747694762,
        0.39253567768805286,
    )


def test_supervised_when_counted_by_hand_then_is_the_same() -> None:
    truth = parse_region("10,10,20,20")
    right, half = parse_region("10,10,20,20"), parse_region("10,10,20,10")
    # Begun, burn-in of ten, then a half and a whole; lost, five frames later begun again.
    regions = (INITIALIZATION, *[right] * 9, half, right, FAILURE, *[UNKNOWN] * 4, INITIALIZATION, right)
    run = SupervisedRun(regions, (truth,) * len(regions), SIZE)
    found = measure_supervised([("A", [run])], low=1, high=2)
    assert found.accuracy == pytest.approx(0.75)
    assert found.failures == 1
    assert found.eao == pytest.approx(1.0)  # both stretches begin with two whole overlaps
    assert found.sequences[0].frame_count == len(regions)


def test_supervised_when_no_stretch_is_long_enough_then_has_no_expected_overlap() -> None:
    truth = parse_region("10,10,20,20")
    run = SupervisedRun((INITIALIZATION, truth), (truth, truth), SIZE)
    assert measure_supervised([("A", [run])]).eao is None


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("10,10,20,20", "10,10,20,20", 1.0),
        ("10,10,20,20", "20,10,20,20", 1 / 3),
        ("10,10,20,20", "10,10,29,10,29,29,10,29", 1.0),  # a polygon's last pixel belongs to it
        ("10,10,20,20", "1", 0.0),
        ("1", "2", 1.0),
        ("-60,10,20,20", "-60,10,20,20", 0.0),  # the same, but outside of the image
        ("90,10,20,20", "90,10,10,20", 1.0),  # the same within it
        ("5,5,1,9", "5,5,1,9", 1.0),  # one pixel wide: taken for empty
        ("5,5,1,9", "5,6,1,9", 1.0),
    ],
)
def test_overlap_when_regions_are_drawn_then_is_that_of_their_pixels(
    first: str, second: str, expected: float
) -> None:
    assert overlap(parse_region(first), parse_region(second), SIZE) == pytest.approx(expected)


def test_long_term_when_a_tracker_is_unsure_where_it_errs_then_the_threshold_leaves_that_out() -> None:
    truth = parse_region("10,10,20,20")
    wrong = parse_region("60,50,20,20")
    run = LongTermRun(
        (truth, truth, wrong, wrong), np.array([0.9, 0.8, 0.2, 0.1]), (truth,) * 3 + (UNKNOWN,), SIZE
    )
    found = measure_long_term([run])
    assert (found.precision, found.recall) == (1.0, pytest.approx(2 / 3))
    assert found.f == pytest.approx(0.8)


def test_region_when_written_and_read_then_is_the_same() -> None:
    for text in ("1", "1.5000,2.0000,3.2500,4.0000", "1.0000,2.0000,3.0000,4.0000,5.0000,6.0000"):
        assert region_text(parse_region(text)) == text
    assert region_text(region_of_box(Box(1.5, 2, 3.25, 4))) == "1.5000,2.0000,3.2500,4.0000"
    assert region_of_box(None) == parse_region("nan,nan,nan,nan") == UNKNOWN


@pytest.mark.parametrize("text", ["", "m1,2,3", "1,2,3", "1,2,3,4,5"])
def test_region_when_it_is_none_then_says_what_is_expected(text: str) -> None:
    with pytest.raises(EvaluationError, match="expected a code, x,y,width,height or corners"):
        parse_region(text)
