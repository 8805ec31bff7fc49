from __future__ import annotations

import pytest

from tracker_core.call_monitor import CallMonitor
from tracker_core.tracker import TrackingCancelled


def test_advance_when_asked_to_stop_then_raises() -> None:
    answers = iter([False, False, True])
    watch = CallMonitor(lambda: next(answers))
    watch.advance()
    watch.advance(5)
    with pytest.raises(TrackingCancelled):
        watch.advance()


def test_advance_then_reports_the_share_of_the_expected_work_up_to_one() -> None:
    told: list[float] = []
    watch = CallMonitor(on_progress=told.append, expected_work=8)
    for work in (2, 0, 4, 4):
        watch.advance(work)
    assert told == [0.25, 0.75, 1.0]


def test_measure_then_stages_add_up_in_the_order_of_first_use(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.001, 1.0, 1.005, 2.0, 2.004])
    monkeypatch.setattr("tracker_core.call_monitor.time.perf_counter", lambda: next(clock))
    watch = CallMonitor()
    for stage in ("crop", "convolve", "crop"):
        with watch.measure(stage):
            pass
    (first, first_ms), (second, second_ms) = watch.stage_ms()
    assert (first, second) == ("crop", "convolve")
    assert (first_ms, second_ms) == pytest.approx((5.0, 5.0))


def test_measure_when_inside_another_stage_then_counts_for_the_outer_one_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([0.0, 0.009, 1.0, 1.002])
    monkeypatch.setattr("tracker_core.call_monitor.time.perf_counter", lambda: next(clock))
    watch = CallMonitor()
    with watch.measure("collect"), watch.measure("crop"):
        pass
    with watch.measure("crop"):
        pass
    assert watch.stage_ms() == (("collect", pytest.approx(9.0)), ("crop", pytest.approx(2.0)))
