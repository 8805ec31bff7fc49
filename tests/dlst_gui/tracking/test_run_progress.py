"""The time left, from how long the latest frames took."""

from __future__ import annotations

import pytest

from dlst_gui.tracking.run_progress import FramesLeft, ProgressMeter


def test_progress_when_nothing_was_done_then_no_time_is_told() -> None:
    progress = ProgressMeter(4).progress(FramesLeft(total=10, to_track=9, to_learn=1))
    assert (progress.run_id, progress.done, progress.total, progress.time_left_s) == (4, 0, 10, None)


def test_progress_when_only_learning_was_timed_then_no_time_is_told() -> None:
    meter = ProgressMeter(0)
    meter.add(3.0, is_human=True)
    progress = meter.progress(FramesLeft(10, to_track=9, to_learn=0))
    assert (progress.time_left_s, progress.frames_per_second) == (None, None)


def test_progress_when_both_kinds_were_timed_then_each_counts_with_its_own_time() -> None:
    meter = ProgressMeter(0)
    meter.add(3.0, is_human=True)
    meter.add(0.1, is_human=False)
    meter.add(0.3, is_human=False)
    progress = meter.progress(FramesLeft(20, to_track=10, to_learn=2))
    assert progress.done == 8
    assert progress.time_left_s == pytest.approx(10 * 0.2 + 2 * 3.0)
    assert progress.frames_per_second == pytest.approx(5.0)


def test_progress_when_frames_become_slower_then_the_estimate_follows() -> None:
    meter = ProgressMeter(0)
    for elapsed_s in (*[0.1] * 50, *[0.5] * 20):
        meter.add(elapsed_s, is_human=False)
    assert meter.progress(FramesLeft(100, 10, 0)).time_left_s == pytest.approx(5.0)


def test_progress_when_all_is_done_then_no_time_is_left() -> None:
    assert ProgressMeter(0).progress(FramesLeft(10, 0, 0)).time_left_s == 0
