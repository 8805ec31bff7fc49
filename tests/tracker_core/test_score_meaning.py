import numpy as np
import pytest

from tracker_core import DEFAULT_PRESET, error_rates
from tracker_core.score_meaning import ErrorRates
from tracker_core.weights import GUIDE_NAMES


def test_wrong_share_when_a_score_lies_between_two_then_so_does_the_share() -> None:
    rates = ErrorRates((0.0, 2.0), (0.4, 0.1))
    assert rates.wrong_share(1.0) == pytest.approx(0.25)
    assert (rates.wrong_share(-9.0), rates.wrong_share(9.0)) == (0.4, 0.1)
    assert rates.wrong_share(float("inf")) == 0


@pytest.mark.parametrize("guide", ["", *(f" +{name}" for name in GUIDE_NAMES if name != "vittrack")])
def test_error_rates_when_they_are_shipped_then_fall_as_scores_rise(guide: str) -> None:
    rates = error_rates(f"{DEFAULT_PRESET}{guide}")
    assert rates is not None
    assert (np.diff(rates.scores) > 0).all()
    assert (np.diff(rates.wrong) <= 0).all()
    assert 0 < rates.wrong[-1] < 0.1 < 0.2 < rates.wrong_share(0) <= rates.wrong[0] < 1


def test_error_rates_when_only_the_speed_differs_then_they_are_the_same() -> None:
    assert error_rates(f"{DEFAULT_PRESET} fast") == error_rates(DEFAULT_PRESET)
    assert error_rates(f"{DEFAULT_PRESET} fast +fear-xs") == error_rates(f"{DEFAULT_PRESET} +fear-xs")


def test_error_rates_when_a_system_was_not_measured_then_there_are_none() -> None:
    assert error_rates("dlst fast") is None
    assert error_rates(f"{DEFAULT_PRESET} fast +vittrack") is None
    assert error_rates("") is None
