from __future__ import annotations

import math

from dlst_gui.tracking.recent_diagnostics import LOST_SHARE, RecentDiagnostics, array_bytes
from tests.fakes import FakeTracker
from tracker_core import Box, Diagnostics


def diagnostics() -> Diagnostics:
    return FakeTracker._explain(Box(10, 10, 20, 20), Box(12, 10, 20, 20), 5.0)


def kept_up_to(count: int) -> RecentDiagnostics:
    """With room for so many frames on which the target was found, and a third of it for lost ones."""
    return RecentDiagnostics(limit_bytes=math.ceil(count * array_bytes(diagnostics()) / (1 - LOST_SHARE)))


def test_record_when_the_limit_is_reached_then_the_oldest_frames_go_first() -> None:
    kept = kept_up_to(3)
    for index in range(10):
        kept.record(1, index, diagnostics())
    assert [index for index in range(10) if kept.get(1, index) is not None] == [7, 8, 9]


def test_record_when_a_frame_comes_again_then_it_counts_once_and_as_new() -> None:
    one = diagnostics()
    kept = kept_up_to(2)
    for index in (0, 1, 0, 2):
        kept.record(1, index, one)
    assert kept.get(1, 0) is one
    assert kept.get(1, 1) is None
    assert len(kept) == 2


def test_record_when_other_targets_go_on_then_a_lost_one_is_still_explained() -> None:
    kept = kept_up_to(3)
    kept.record(1, 5, diagnostics(), is_lost=True)
    for index in range(10):
        kept.record(2, index, diagnostics())
    assert kept.get(1, 5) is not None
    kept.record(1, 5, diagnostics())  # found, by a later run
    for index in range(10):
        kept.record(2, index, diagnostics())
    assert kept.get(1, 5) is None
