from collections.abc import Callable, Mapping, Sequence

import pytest

from tests.tracker_core.evaluation.effort_scripts import assignment, target
from tracker_core import Box, ShouldCancel, TrackingCancelled
from tracker_core.evaluation.annotator import Bystander
from tracker_core.evaluation.effort import score_run
from tracker_core.evaluation.effort_log import End, Event, LabelledRun
from tracker_core.evaluation.manual_boxes import Hand, Truth
from tracker_core.evaluation.offline_annotator import HumanLabels, MendNext, OfflineTool, label_offline


class NearestLabel:
    """Shows the human label that is nearest in time, the earlier one of two."""

    def __init__(self, frame_count: int, does: Callable[[int], object] = lambda calls: None) -> None:
        self.frame_count = frame_count
        self.does = does
        self.asked: list[dict[int, Box | None]] = []

    def propose(self, human_labels: HumanLabels, should_cancel: ShouldCancel) -> Mapping[int, Box]:
        self.asked.append(dict(human_labels))
        self.does(len(self.asked))
        nearest = {
            index: human_labels[min(human_labels, key=lambda known: (abs(known - index), known))]
            for index in range(self.frame_count)
        }
        return {index: box for index, box in nearest.items() if box is not None and index not in human_labels}

    def queue(self, human_labels: HumanLabels) -> Sequence[int]:
        return [1, *human_labels, 4]


def labelled(
    tool: OfflineTool, truth: Truth, mend_next: MendNext = MendNext.WORST, *, timeout_s: float = 60
) -> LabelledRun:
    bystander = Bystander(lambda: None, lambda: False)
    run = label_offline(tool, assignment(truth, timeout_s=timeout_s), bystander, mend_next)
    assert run is not None
    return run


def test_offline_when_boxes_are_wrong_then_the_worst_is_mended_until_none_is() -> None:
    # From frame 0, frame 5 is worst; half of the way to it is then right.
    truth = [target(3 * index) for index in range(6)]
    tool = NearestLabel(6)
    run = labelled(tool, truth)
    drawn = Hand(0, "made up").draw(truth[5], 5)
    assert tool.asked == [{0: truth[0]}, {0: truth[0], 5: drawn}]
    assert [record.event for record in run.frames] == [Event.START, *[None] * 4, Event.CORRECTION]
    assert run.frames[5].shown == truth[0]
    assert [record.final_box for record in run.frames] == [*[truth[0]] * 3, *[drawn] * 3]
    assert score_run("made up", run, truth, 0.5).per_100 == pytest.approx(100 / 6)


def test_offline_when_queued_then_the_first_wrong_frame_of_the_queue_is_mended_and_then_the_earliest() -> None:
    truth = [target(3 * index) for index in range(6)]
    tool = NearestLabel(6)
    labelled(tool, truth, MendNext.QUEUED)
    assert [list(asked) for asked in tool.asked] == [[0], [0, 4]]  # frame 1 is right as it is
    truth = [target(30 * index) for index in range(6)]
    tool = NearestLabel(6)
    run = labelled(tool, truth, MendNext.QUEUED)
    assert list(tool.asked[-1]) == [0, 1, 4, 2, 3, 5]
    assert score_run("made up", run, truth, 0.5).correction_count == 5


def test_offline_when_target_is_absent_then_its_first_frame_is_flagged() -> None:
    truth = [target(0), target(0), None, None, None]
    run = labelled(NearestLabel(5), truth)
    assert [record.event for record in run.frames] == [Event.START, None, Event.FLAG, None, None]
    assert score_run("made up", run, truth, 0.5).flag_count == 1


def test_offline_when_truth_starts_late_then_so_does_the_log() -> None:
    truth = [None, target(0), target(0)]
    assert [record.frame_index for record in labelled(NearestLabel(3), truth).frames] == [1, 2]


def test_offline_when_the_tool_fails_then_the_run_says_when() -> None:
    def fail(calls: int) -> None:
        if calls == 2:
            raise ValueError("too small")

    run = labelled(NearestLabel(6, fail), [target(3 * index) for index in range(6)])
    assert (run.end, run.message) == (End.FAILED, "after 2 human labels: ValueError: too small")
    assert score_run("made up", run, [target(0)] * 6, 0.5).per_100 == 100


def test_offline_when_it_computes_too_long_then_times_out() -> None:
    run = labelled(NearestLabel(3), [target(0)] * 3, timeout_s=0)
    assert (run.end, run.message) == (End.TIMED_OUT, "after 1 human labels")


def test_offline_when_ended_from_outside_then_there_is_none() -> None:
    class Ended(NearestLabel):
        def propose(self, human_labels: HumanLabels, should_cancel: ShouldCancel) -> Mapping[int, Box]:
            assert should_cancel()
            raise TrackingCancelled

    bystander = Bystander(lambda: None, lambda: True)
    assert label_offline(Ended(3), assignment([target(0)] * 3), bystander, MendNext.WORST) is None


def test_offline_when_frames_become_right_then_each_is_heard_of_once() -> None:
    heard: list[None] = []
    truth = [target(3 * index) for index in range(6)]
    bystander = Bystander(lambda: heard.append(None), lambda: False)
    assert label_offline(NearestLabel(6), assignment(truth), bystander, MendNext.WORST) is not None
    assert len(heard) == 6
