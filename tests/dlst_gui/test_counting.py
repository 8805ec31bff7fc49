"""Numbers in words of the window."""

from __future__ import annotations

import pytest

from dlst_gui.counting import place_text, signed


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(1.5, 2, "+1.50"), (-0.07, 2, "−0.07"), (-0.04, 1, "+0.0"), (float("-inf"), 2, "−inf")],
)
def test_signed_when_shown_then_has_a_wide_minus_and_never_one_before_nothing(
    value: float, decimals: int, text: str
) -> None:
    assert signed(value, decimals) == text


def test_place_when_it_rounds_to_the_corner_then_has_no_minus() -> None:
    assert place_text(-0.4, -77.6) == "0, −78"
