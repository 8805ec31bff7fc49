from __future__ import annotations

import pytest

from dlst_gui.soak.event_delays import delays_of_ticks, delays_of_waits


def test_delays_when_every_tick_is_in_time_or_early_then_are_none() -> None:
    found = delays_of_ticks([5, 4.5, 5])
    assert found is not None
    assert (found.p50, found.p90, found.p99, found.max) == (0, 0, 0, 0)


def test_delays_when_one_halt_is_as_long_as_all_ticks_then_weighs_as_much() -> None:
    found = delays_of_ticks([5.0] * 20 + [100.0])  # 20 in time; 95, 90, .., 0 late
    assert found is not None
    assert found.max == 95
    assert found.p90 == pytest.approx(75, abs=5)
    assert found.p50 < 5


def test_delays_when_there_were_no_ticks_then_are_unknown() -> None:
    assert delays_of_ticks([]) is None


def test_delays_when_waits_are_given_then_are_theirs() -> None:
    found = delays_of_waits([float(i) for i in range(101)])
    assert found is not None
    assert (found.p50, found.p90, found.p99, found.max) == (50, 90, 99, 100)
    assert delays_of_waits([]) is None
