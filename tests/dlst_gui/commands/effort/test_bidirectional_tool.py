import pytest

from dlst_gui.commands.effort.bidirectional_tool import BidirectionalTool
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, TrackingCancelled

VIDEO = SyntheticVideo(frame_count=12)


class Trackers:
    """Makes trackers that stand still, and keeps them."""

    def __init__(self) -> None:
        self.made: list[FakeTracker] = []

    def __call__(self) -> FakeTracker:
        self.made.append(FakeTracker(velocity=(0, 0)))
        return self.made[-1]


def never() -> bool:
    return False


def at(left: float) -> Box:
    return Box(left, 40, 24, 24)


def tool_with(trackers: Trackers) -> BidirectionalTool:
    return BidirectionalTool(trackers, VIDEO, VIDEO.frame_count)


def test_propose_when_there_is_one_box_then_tracks_forward_to_the_end() -> None:
    trackers = Trackers()
    assert tool_with(trackers).propose({0: at(20)}, never) == {index: at(20) for index in range(1, 12)}
    assert len(trackers.made) == 1


def test_propose_when_between_two_boxes_then_fuses_both_passes() -> None:
    # IoU 16 / 32 of both passes: they agree, and their mean leans towards the nearer manual box.
    found = tool_with(Trackers()).propose({0: at(20), 4: at(28)}, never)
    assert [round(found[index].x, 1) for index in (1, 2, 3)] == [22, 24, 26]
    assert {found[index] for index in range(5, 12)} == {at(28)}
    assert sorted(found) == [1, 2, 3, *range(5, 12)]


def test_propose_when_a_box_is_added_then_tracks_the_two_new_gaps_alone() -> None:
    trackers = Trackers()
    tool = tool_with(trackers)
    tool.propose({0: at(20), 6: at(20)}, never)
    assert len(trackers.made) == 3
    tool.propose({0: at(20), 3: at(20), 6: at(20)}, never)
    assert len(trackers.made) == 3 + 4


def test_propose_when_the_target_is_absent_then_shows_nothing_up_to_the_next_box() -> None:
    found = tool_with(Trackers()).propose({0: at(20), 3: None, 8: at(40), 9: at(40)}, never)
    assert sorted(found) == [1, 2, 10, 11]


def test_queue_when_both_passes_disagree_then_the_frames_between_are_looked_at_first() -> None:
    tool, labels = tool_with(Trackers()), {0: at(20), 4: at(60), 8: at(60)}
    tool.propose(labels, never)
    assert set(tool.queue(labels)) == {1, 2, 3}


def test_queue_when_the_target_is_absent_for_a_while_then_nobody_looks_there() -> None:
    tool, labels = tool_with(Trackers()), {0: at(20), 3: None, 8: at(20)}
    tool.propose(labels, never)
    assert list(tool.queue(labels)) == []


def test_propose_when_told_to_stop_then_does() -> None:
    with pytest.raises(TrackingCancelled):
        tool_with(Trackers()).propose({0: at(20)}, lambda: True)
