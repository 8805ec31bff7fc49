from __future__ import annotations

import numpy as np
import pytest

from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.meeting_watch import MeetingRule, MeetingWatch, TargetsMet, likeness, look_of
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackRequest
from tests.fakes import FakeTracker
from tracker_core import Box, Frame, TrackResult

RED, BLUE = (220, 40, 30), (30, 60, 220)
RULE = MeetingRule(frames=4)


def frame_of(*things: tuple[Box, tuple[int, int, int]]) -> Frame:
    """Boxes in plain colours on grey; the later ones cover the earlier ones."""
    frame = np.full((120, 200, 3), 128, np.uint8)
    for box, color in things:
        frame[int(box.y) : int(box.bottom), int(box.x) : int(box.right)] = color
    return frame


def at(x: float) -> Box:
    return Box(x, 40, 20, 40)


def tracked(
    track_id: int, frame_index: int, box: Box, score: float = 5.0, *, is_human: bool = False
) -> FrameTracked:
    result = TrackResult(box, score, score > 0)
    return FrameTracked(7, frame_index, result, is_human, 0.01, track_id)


def strayed(watch: MeetingWatch, *, score: float = 5.0) -> list[TargetsMet]:
    """Object 1 is red and 2 is blue; from frame 5 on, tracker 1 is on the blue one."""
    told = []
    for index in range(14):
        red, blue = at(20), at(60 + 4 * index)
        frame = frame_of((red, RED), (blue, BLUE))
        for track_id, box in ((1, red if index < 5 else blue.shifted(1, 0)), (2, blue)):
            met = watch.add(tracked(track_id, index, box, score if track_id == 1 else 4.0), frame)
            told += [] if met is None else [met]
    return told


def test_watch_when_a_tracker_goes_to_another_target_then_it_tells_once_which_one_looks_wrong() -> None:
    assert strayed(MeetingWatch(RULE)) == [TargetsMet(7, 1, 2, Direction.FORWARD, since_frame=5, frame_index=8)]


def test_watch_when_the_tracker_itself_is_unsure_then_it_is_silent() -> None:
    assert strayed(MeetingWatch(RULE), score=-1.0) == []


def test_watch_when_the_pair_is_trusted_then_it_is_silent() -> None:
    assert strayed(MeetingWatch(RULE, [frozenset({1, 2})])) == []
    watch = MeetingWatch(RULE)
    watch.trust(2, 1)
    assert strayed(watch) == []


def test_watch_when_two_pass_each_other_then_it_is_silent() -> None:
    watch = MeetingWatch(RULE)
    for index in range(20):
        one, other = at(20 + 5 * index), at(115 - 5 * index)
        frame = frame_of((one, RED), (other, BLUE))
        assert watch.add(tracked(1, index, one), frame) is None
        assert watch.add(tracked(2, index, other), frame) is None


def test_watch_when_two_look_alike_then_the_one_with_the_lower_score_is_told() -> None:
    watch = MeetingWatch(RULE)
    told = []
    for index in range(12):
        one, other = at(20), at(60)
        frame = frame_of((one, RED), (other, RED))
        for track_id, box, score in ((1, one, 6.0), (2, other if index < 4 else one, 2.0)):
            met = watch.add(tracked(track_id, index, box, score), frame)
            told += [] if met is None else [met]
    assert [(each.track_id, each.other_id, each.since_frame) for each in told] == [(2, 1, 4)]


def test_watch_when_a_person_draws_one_of_them_then_counting_begins_anew() -> None:
    watch = MeetingWatch(RULE)
    frame = frame_of((at(60), BLUE))
    for index in range(3):
        for track_id in (1, 2):
            assert watch.add(tracked(track_id, index, at(60)), frame) is None
    assert watch.add(tracked(1, 2, at(60), is_human=True), frame) is None
    told = [watch.add(tracked(track_id, index, at(60)), frame) for index in range(3, 6) for track_id in (1, 2)]
    assert [each is not None for each in told] == [False] * 3 + [False, False, True]


def test_look_when_boxes_lie_off_the_frame_then_there_is_none() -> None:
    frame = frame_of((at(60), BLUE))
    assert look_of(frame, Box(500, 10, 20, 20)) is None
    red, blue = look_of(frame_of((at(20), RED)), at(20)), look_of(frame, at(60))
    assert red is not None
    assert blue is not None
    assert likeness(red, blue) < 0.1
    assert likeness(blue, blue) == pytest.approx(1)


class Still:
    """Every frame is the same."""

    def read(self, frame_index: int) -> Frame:
        return frame_of((at(20), RED))


@pytest.mark.parametrize("at_once", [1, 2])
def test_run_when_two_targets_are_one_then_one_waits_and_the_other_goes_on(at_once: int) -> None:
    requests = [TrackRequest(7, {0: at(20)}, 0, 19, track_id) for track_id in (1, 2)]
    watch = MeetingWatch(RULE)
    run = JointRun(requests, Still(), lambda: FakeTracker(velocity=(0, 0)), meeting_watch=watch, at_once=at_once)
    told = []
    while run.next_frame is not None:
        run.step()
        told += run.take_meetings()
    assert [(each.track_id, each.other_id, each.since_frame) for each in told] == [(2, 1, 0)]
    assert run.last_tracked(2) == told[0].frame_index == 3
    run.trust(1, 2)
    run.release(2)
    while run.next_frame is not None:
        run.step()
    assert run.is_finished
    assert run.take_meetings() == ()
    run.close()
