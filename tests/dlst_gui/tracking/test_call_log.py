"""Calls of a tracker and the frames of the video that they gave it."""

from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.tracking.call_log import CallLog


def frames(log: CallLog, last_call: int) -> list[int]:
    return [log.frame_of(call) for call in range(last_call + 1)]


@pytest.mark.parametrize("step", [1, -1])
def test_frame_of_when_frames_follow_each_other_then_counts_from_the_first(step: int) -> None:
    log = CallLog(step)
    assert log.latest is None
    log.begin(50, (80, 20))
    for number in range(1, 4):
        log.add(50 + step * number)
    assert frames(log, 3) == [50, 50 + step, 50 + 2 * step, 50 + 3 * step]
    assert log.latest == 50 + 3 * step
    assert (log.frame_of(-1), log.frame_of(-2)) == (80, 20)


def test_frame_of_when_a_frame_was_given_twice_then_both_calls_are_of_it() -> None:
    log = CallLog(1)
    log.begin(5, ())
    for frame in (6, 6, 6, 7, 8):
        log.add(frame)
    assert frames(log, 5) == [5, 6, 6, 6, 7, 8]
    assert log.frames_of(np.array([4, 0, 4, 5], np.int32)).tolist() == [7, 5, 7, 8]


def test_drop_when_calls_were_taken_back_then_others_take_their_place() -> None:
    log = CallLog(1)
    log.begin(5, ())
    for frame in (6, 6, 7):
        log.add(frame)
    log.drop()
    log.drop()
    assert log.latest == 6
    log.add(7)
    assert frames(log, 2) == [5, 6, 7]


def test_begin_when_a_run_begins_again_then_nothing_is_left_of_before() -> None:
    log = CallLog(1)
    log.begin(5, (9,))
    log.add(6)
    log.begin(40, ())
    assert frames(log, 0) == [40]
    assert log.latest == 40
