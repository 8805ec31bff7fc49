from __future__ import annotations

from dlst_gui.tracking.recent_diagnostics import RecentDiagnostics, array_bytes
from tests.fakes import FakeTracker
from tracker_core import Box, Diagnostics


def diagnostics() -> Diagnostics:
    return FakeTracker._explain(Box(10, 10, 20, 20), Box(12, 10, 20, 20), 5.0)


def test_record_when_the_limit_is_reached_then_the_oldest_frames_go_first() -> None:
    one = diagnostics()
    kept = RecentDiagnostics(limit_bytes=3 * array_bytes(one))
    for index in range(10):
        kept.record(index, one)
    assert [index for index in range(10) if kept.get(index) is not None] == [7, 8, 9]


def test_record_when_a_frame_comes_again_then_it_counts_once_and_as_new() -> None:
    one = diagnostics()
    kept = RecentDiagnostics(limit_bytes=2 * array_bytes(one))
    for index in (0, 1, 0, 2):
        kept.record(index, one)
    assert kept.get(0) is one
    assert kept.get(1) is None
    assert len(kept) == 2
