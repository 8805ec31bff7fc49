"""Evidence of recent frames in memory."""

from __future__ import annotations

import math

from dlst_gui.evidence.recent_evidence import LOST_SHARE, RecentEvidence, evidence_bytes
from tests.fakes import FakeTracker
from tracker_core import Box, Diagnostics, TrackResult
from tracker_core.evidence import FrameEvidence


def diagnostics() -> Diagnostics:
    return FakeTracker._explain(Box(10, 10, 20, 20), Box(12, 10, 20, 20), 5.0)


def seen(track_id: int, frame_index: int, *, score: float = 5.0, is_backward: bool = False) -> FrameEvidence:
    result = TrackResult(Box(12, 10, 20, 20), score, score > 0, diagnostics())
    return FrameEvidence(frame_index, track_id, result, is_backward=is_backward)


def kept_up_to(count: int) -> RecentEvidence:
    """With room for so many frames on which the target was found, and a third of it for lost ones."""
    return RecentEvidence(limit_bytes=math.ceil(count * evidence_bytes(seen(1, 0)) / (1 - LOST_SHARE)))


def test_record_when_the_limit_is_reached_then_the_oldest_frames_go_first() -> None:
    kept = kept_up_to(3)
    for index in range(10):
        kept.record(seen(1, index))
    assert [index for index in range(10) if kept.get(1, index) is not None] == [7, 8, 9]
    assert [index for index in range(10) if list(kept.on_frame(index))] == [7, 8, 9]


def test_record_when_a_frame_comes_again_then_it_counts_once_and_as_new() -> None:
    kept = kept_up_to(2)
    latest = seen(1, 0)
    for each in (seen(1, 0), seen(1, 1), latest, seen(1, 2)):
        kept.record(each)
    assert kept.get(1, 0) is latest
    assert kept.get(1, 1) is None
    assert len(kept) == 2


def test_record_when_other_targets_go_on_then_a_lost_one_is_still_explained() -> None:
    kept = kept_up_to(3)
    kept.record(seen(1, 5, score=-1.0))
    for index in range(10):
        kept.record(seen(2, index))
    assert kept.get(1, 5) is not None
    kept.record(seen(1, 5))  # found, by a later run
    for index in range(10):
        kept.record(seen(2, index))
    assert kept.get(1, 5) is None


def test_record_when_both_passes_come_to_a_frame_then_both_are_kept() -> None:
    kept = kept_up_to(3)
    there, back = seen(1, 5), seen(1, 5, is_backward=True)
    kept.record(there)
    kept.record(back)
    assert kept.get(1, 5) is there
    assert kept.get(1, 5, is_backward=True) is back
    assert {id(each) for each in kept.on_frame(5)} == {id(there), id(back)}
    kept.clear()
    assert len(kept) == 0
    assert list(kept.on_frame(5)) == []


def test_record_when_a_run_tracks_over_another_then_what_was_seen_before_is_still_known() -> None:
    kept = RecentEvidence()
    before, after = seen(1, 5, score=4.0), seen(1, 5, score=6.0)
    kept.record(before)
    kept.record(after)
    assert kept.get(1, 5) is after
    assert [id(each) for each in kept.on_frame(5)] == [id(after), id(before)]
    latest = seen(1, 5, score=7.0)
    kept.record(latest)
    assert [id(each) for each in kept.on_frame(5)] == [id(latest), id(after)]
    kept.clear()
    assert list(kept.on_frame(5)) == []
