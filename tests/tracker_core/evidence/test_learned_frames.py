"""A sample memory by frame."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import Box, SampleMemoryView, SampleSource
from tracker_core.evidence import LearnedFrame, learned_frames

# call, is on the target, x, score, source
ROWS = [
    (0, True, 10, 6.0, SampleSource.FIRST_FRAME),
    (0, True, 12, 8.0, SampleSource.FIRST_FRAME),
    (3, True, 60, -2.0, SampleSource.TRACKED),
    (3, True, 60, -1.0, SampleSource.TRACKED),
    (0, False, 90, -7.0, SampleSource.FIRST_FRAME),
    (3, False, 10, 2.0, SampleSource.TRACKED),
    (3, False, 95, -4.0, SampleSource.TRACKED),
]


@pytest.fixture
def samples() -> SampleMemoryView:
    calls, on_target, x, scores, sources = zip(*ROWS, strict=True)
    boxes = np.array([(left, 20, 10, 10) for left in x], dtype=np.float32)
    return SampleMemoryView(
        calls=np.array(calls, np.int32),
        boxes_xywh=boxes,
        is_positive=np.array(on_target),
        scores=np.array(scores, np.float32),
        sources=np.array(sources, np.uint8),
        is_kept=np.array(calls) == 0,
        first_updates=np.array([1, 1, 4, 4, 1, 4, 4], np.int32),
        updates=3,
        latest_call=4,
    )


def by_frame(samples: SampleMemoryView, known: dict[int, Box] | None = None) -> list[LearnedFrame]:
    return list(learned_frames(samples.calls + 100, samples, known))


def test_learned_frames_then_each_has_its_rows_scores_and_box(samples: SampleMemoryView) -> None:
    first, wrong, off_first, off_wrong = by_frame(samples)
    assert [each.frame_index for each in (first, wrong, off_first, off_wrong)] == [100, 103, 100, 103]
    assert [each.rows.tolist() for each in by_frame(samples)] == [[0, 1], [2, 3], [4], [5, 6]]
    assert (first.mean_score, first.lowest_score, first.highest_score) == (7.0, 6.0, 8.0)
    assert first.box == Box(11, 20, 10, 10)
    assert off_wrong.box == Box(10, 20, 10, 10)  # the one that looks most like the target
    assert [each.is_learned for each in by_frame(samples)] == [True, False, True, False]
    assert [each.is_kept for each in by_frame(samples)] == [True, False, True, False]


def test_learned_frames_when_what_was_tracked_scores_low_then_it_looks_wrong(samples: SampleMemoryView) -> None:
    assert [each.looks_wrong for each in by_frame(samples)] == [False, True, False, False]


def test_learned_frames_when_a_person_replaced_the_box_since_then_it_is_wrong(samples: SampleMemoryView) -> None:
    frames = by_frame(samples, {103: Box(10, 20, 10, 10), 100: Box(11, 20, 10, 10)})
    assert [each.is_wrong for each in frames] == [False, True, False, False]
    assert frames[1].overlap == 0
    assert frames[0].overlap == pytest.approx((9 / 11), abs=0.01)
    assert frames[2].overlap is None
    assert all(each.overlap is None for each in by_frame(samples))


def test_learned_frames_when_a_frame_was_learned_twice_then_both_are_told(samples: SampleMemoryView) -> None:
    frames = learned_frames(np.full(len(samples), 7, np.int32), samples)
    assert [(each.frame_index, each.source) for each in frames if each.is_positive] == [
        (7, SampleSource.FIRST_FRAME),
        (7, SampleSource.TRACKED),
    ]
