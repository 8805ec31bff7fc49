"""What of a run is in the project, when, and as how many steps of undo."""

from __future__ import annotations

import math

import pytest

from dlst_gui.project.edits import add_track, set_keyframe
from dlst_gui.project.history import EditHistory
from dlst_gui.project.project import Project
from dlst_gui.project.store import ProjectStore
from dlst_gui.project.tracks import Keyframe
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.bidirectional import bidirectional_requests
from dlst_gui.tracking.run_recorder import RunRecorder
from dlst_gui.tracking.tracking_run import Direction, FrameTracked
from tracker_core import Box, TrackResult

BOX = Box(10, 20, 30, 40)
FAR = Box(300, 20, 30, 40)


class Desk:
    """A project in memory with one track and manual boxes on frames 0 and 6."""

    def __init__(self) -> None:
        store = ProjectStore.in_memory(VideoIdentity("clip.mp4", 100, 640, 360, 1))
        self.project: Project = store.read_project()
        self.history = EditHistory(self.project, store)
        self.history.do(add_track(self.project, label="dog", color="#5cc8ff", keyframe=Keyframe(0, BOX)))
        self.history.do(set_keyframe(self.project, 1, Keyframe(6, BOX)))
        self.steps = len(self.history.steps())

    def recorder(self, *, is_bidirectional: bool = False) -> RunRecorder:
        boxes = self.project.manual_boxes(1)
        requests = bidirectional_requests(1, boxes, left=0, right=6, track_id=1) if is_bidirectional else ()
        return RunRecorder(self.project, self.history, title="Track", frame_index=0, run_id=7, requests=requests)


def tracked(
    index: int,
    box: Box = BOX,
    *,
    score: float = 2.0,
    direction: Direction = Direction.FORWARD,
    is_human: bool = False,
) -> FrameTracked:
    result = TrackResult(box, score, score > 0)
    return FrameTracked(1, index, result, is_human, 0.01, 1, direction)


def test_record_when_closed_then_the_run_is_one_step_of_undo() -> None:
    desk = Desk()
    recorder = desk.recorder()
    for index in range(1, 4):
        recorder.add(tracked(index))
        recorder.write()
    assert len(desk.history.steps()) == desk.steps + 1
    found = desk.project.prediction(1, 3)
    assert found is not None
    assert (found.box, found.run_id, found.is_found) == (BOX, 7, True)
    desk.history.undo()
    assert desk.project.prediction(1, 1) is None


def test_record_when_nothing_was_written_yet_then_it_can_be_seen_already() -> None:
    desk = Desk()
    recorder = desk.recorder()
    recorder.add(tracked(2))
    fresh = recorder.unwritten(1, 2)
    assert fresh is not None
    assert fresh.box == BOX
    assert desk.project.prediction(1, 2) is None
    assert recorder.write() == {1}
    assert recorder.unwritten(1, 2) is None


def test_record_when_frames_are_human_or_the_track_is_gone_then_they_are_left_out() -> None:
    desk = Desk()
    recorder = desk.recorder()
    recorder.add(tracked(0, FAR, is_human=True))
    recorder.add(tracked(6, FAR))
    recorder.write()
    assert len(desk.history.steps()) == desk.steps
    assert desk.project.manual_boxes(1) == {0: BOX, 6: BOX}


def test_record_when_a_gap_is_tracked_from_both_sides_then_it_is_fused_at_the_end() -> None:
    desk = Desk()
    recorder = desk.recorder(is_bidirectional=True)
    for index in range(1, 6):
        recorder.add(tracked(index, BOX if index < 5 else FAR))
    recorder.write()
    for index in range(5, 0, -1):
        recorder.add(tracked(index, BOX.shifted(2, 0), direction=Direction.BACKWARD))
    recorder.write()
    near, far = desk.project.prediction(1, 1), desk.project.prediction(1, 5)
    assert near is not None
    assert far is not None
    assert 10 < near.box.x < 12
    assert near.disagreement == pytest.approx(1 - BOX.iou(BOX.shifted(2, 0)))
    assert far.box == BOX.shifted(2, 0)  # the pass that comes from the manual box beside it
    assert far.disagreement == 1


def test_record_when_the_second_pass_is_left_then_the_first_stands() -> None:
    desk = Desk()
    recorder = desk.recorder(is_bidirectional=True)
    for index in range(1, 4):
        recorder.add(tracked(index))
    for index in range(5, 2, -1):
        recorder.add(tracked(index, FAR, direction=Direction.BACKWARD))
    recorder.write()
    boxes = {index: desk.project.prediction(1, index) for index in range(1, 6)}
    assert [p.box for p in boxes.values() if p is not None] == [BOX, BOX, BOX, FAR, FAR]
    assert all(p is not None and math.isnan(p.disagreement) for p in boxes.values())
