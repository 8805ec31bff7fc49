import pytest

from tests.fakes import FakeTracker
from tests.tracker_core.evaluation.effort_scripts import (
    ScriptedTool,
    assignment,
    frame_of,
    labelled,
    target,
)
from tracker_core import Frame, ShouldCancel, TrackingCancelled, TrackResult
from tracker_core.evaluation.annotator import Bystander, label_online
from tracker_core.evaluation.effort_log import End, Event
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.labelling_tools import HeldBox, TrackerTool
from tracker_core.evaluation.manual_boxes import Hand


def events(tool: object, truth: list, **kwargs: float) -> list[str | None]:
    return [record.event and record.event.value for record in labelled(tool, truth, **kwargs).frames]


def test_hold_when_target_moves_evenly_then_is_corrected_where_iou_falls_below() -> None:
    # 3 px a frame of 20: IoU 17/23, 14/26, 11/29; below .5 on the third frame after a box on the spot.
    truth = [target(3 * index) for index in range(8)]
    run = labelled(HeldBox(), truth)
    found = [record.frame_index for record in run.frames if record.event is Event.CORRECTION]
    assert found[0] == 3
    assert run.frames[0].event is Event.START
    assert run.frames[3].manual_box == Hand(0, "made up").draw(truth[3], 3)
    assert run.frames[4].shown == run.frames[3].manual_box
    assert run.frames[1].shown == run.frames[2].shown == truth[0]


def test_tool_when_started_then_gets_the_truth_itself_and_later_shaky_boxes() -> None:
    truth = [target(0), target(0)]
    tool = ScriptedTool({1: target(100)})
    labelled(tool, truth)
    assert tool.heard == [("start", 0, truth[0]), ("correct", 1, Hand(0, "made up").draw(truth[1], 1))]
    assert tool.heard[1][2] != truth[1]


@pytest.mark.parametrize(
    ("shown", "is_corrected"),
    [
        pytest.param(target(0), False, id="on the spot"),
        pytest.param(target(6.6), False, id="13.4 of 26.6: just right"),
        pytest.param(target(6.7), True, id="13.3 of 26.7: just wrong"),
        pytest.param(None, True, id="no box"),
        pytest.param(target(float("nan")), True, id="not a number"),
    ],
)
def test_error_test_when_target_is_visible_then_asks_for_half_an_iou(shown: object, is_corrected: bool) -> None:
    found = events(ScriptedTool({1: shown}), [target(0), target(0)])
    assert found == ["start", "correction" if is_corrected else None]


def test_error_test_when_iou_is_exactly_the_threshold_then_is_right() -> None:
    # 10 of 20 columns: IoU 10 / 20 of a box half as wide.
    half = target(0).__class__(0, 10, 10, 20)
    assert events(ScriptedTool({1: half}), [target(0), target(0)]) == ["start", None]


def test_absence_when_a_box_is_shown_then_costs_a_flag_each_time_one_appears() -> None:
    truth = [target(0), None, None, None, None, target(0)]
    shown = {1: target(0), 2: None, 3: None, 4: target(50), 5: None}
    tool = ScriptedTool(shown)
    run = labelled(tool, truth)
    assert [record.event for record in run.frames] == [
        *(Event.START, Event.FLAG, None, None, Event.FLAG, Event.CORRECTION)
    ]
    assert [word for word, *_ in tool.heard] == ["start", "absent", "absent", "correct"]
    assert [record.final_box for record in run.frames[1:5]] == [None] * 4


def test_hold_when_target_is_absent_then_costs_one_flag_and_one_correction() -> None:
    truth = [target(0), None, None, target(0), target(0)]
    assert events(HeldBox(), truth) == ["start", "flag", None, "correction", None]


def test_truth_when_it_starts_late_then_so_does_the_tool() -> None:
    truth = [None, None, target(0), target(0)]
    tool = ScriptedTool({3: target(0)})
    assert [record.frame_index for record in labelled(tool, truth).frames] == [2, 3]
    assert tool.heard == [("start", 2, target(0))]


def test_truth_when_it_has_no_box_then_names_the_sequence() -> None:
    with pytest.raises(EvaluationError, match="made up: the ground truth has no box"):
        labelled(HeldBox(), [None])


@pytest.mark.parametrize(("learns", "word"), [(True, "correct"), (False, "initialize")])
def test_tracker_when_wrong_then_learns_or_starts_anew(learns: bool, word: str) -> None:
    tracker = FakeTracker(velocity=(0, 0))
    truth = [target(0), target(0), target(50), target(50)]
    assert events(TrackerTool(tracker, learns=learns), truth) == ["start", None, "correction", None]
    assert [name for name, _ in tracker.calls] == ["initialize", "track", "track", word, "track"]


def test_tracker_when_marked_absent_then_shows_nothing_until_lost_and_found_again() -> None:
    # Lost on the third and fourth frame after the first.
    tracker = FakeTracker(velocity=(0, 0), lost_frames=frozenset({3, 4}))
    truth = [target(0), None, None, None, None, target(0), target(0)]
    run = labelled(TrackerTool(tracker, learns=True), truth)
    assert [record.shown is not None for record in run.frames] == [False, True, *[False] * 3, True, True]
    assert [record.event for record in run.frames[1:]] == [Event.FLAG, *[None] * 5]


def test_tracker_when_lost_but_never_marked_absent_then_shows_its_best_guess() -> None:
    tracker = FakeTracker(velocity=(0, 0), lost_frames=frozenset({1}))
    assert events(TrackerTool(tracker, learns=True), [target(0), target(0)]) == ["start", None]


def test_tool_when_it_fails_then_the_run_says_where_and_keeps_what_was_before() -> None:
    def fail_at_2(index: int) -> None:
        if index == 2:
            raise ValueError("too small")

    tool = ScriptedTool({1: target(0), 2: target(0)}, fail_at_2)
    run = labelled(tool, [target(0)] * 4)
    assert (run.end, run.message) == (End.FAILED, "at frame 2: ValueError: too small")
    assert [record.frame_index for record in run.frames] == [0, 1]


def test_tool_when_it_computes_too_long_then_times_out() -> None:
    class Learner(FakeTracker):
        def track(
            self, frame: Frame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
        ) -> TrackResult:
            assert should_cancel is not None
            while not should_cancel():
                pass
            raise TrackingCancelled

    run = labelled(TrackerTool(Learner(), learns=True), [target(0)] * 3, timeout_s=1)
    assert (run.end, run.message) == (End.TIMED_OUT, "at frame 1")


def test_tool_when_it_asks_nobody_then_times_out_after_the_call() -> None:
    run = labelled(ScriptedTool({1: target(0)}), [target(0)] * 2, timeout_s=0.0)
    assert run.end is End.TIMED_OUT


def test_bystander_when_it_ends_the_run_then_there_is_none() -> None:
    heard: list[None] = []
    bystander = Bystander(lambda: heard.append(None), lambda: len(heard) == 2)
    assert label_online(HeldBox(), frame_of, assignment([target(0)] * 5), bystander) is None
    assert len(heard) == 2


def test_frames_when_they_cannot_be_read_then_the_error_is_not_the_tools() -> None:
    def unreadable(index: int) -> Frame:
        raise OSError(f"frame {index} is damaged")

    with pytest.raises(OSError, match="frame 0 is damaged"):
        label_online(HeldBox(), unreadable, assignment([target(0)]), Bystander(lambda: None, lambda: False))
