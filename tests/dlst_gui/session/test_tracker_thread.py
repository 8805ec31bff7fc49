"""Runs of several targets, either way, on the tracker's thread: what is heard of them, and when they rest."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dlst_gui.session import tracker_thread
from dlst_gui.session.frame_cache import FrameCache
from dlst_gui.session.run_events import RunChanged, RunEvent, RunPhase
from dlst_gui.session.tracker_thread import TOLD_IN_A_TURN_S, ActiveRun, TrackerThread
from dlst_gui.tracking.bidirectional import bidirectional_requests
from dlst_gui.tracking.lost_rule import LostRule, TargetLost
from dlst_gui.tracking.run_progress import RunProgress
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackRequest
from tests.dlst_gui.window_fakes import Workshop
from tracker_core import Box, TrackResult


class Listener:
    """What the window hears."""

    def __init__(self, thread: TrackerThread) -> None:
        self.tracked: list[FrameTracked] = []
        self.changes: list[RunChanged] = []
        self.lost: list[TargetLost] = []
        self.progress: list[RunProgress] = []
        thread.told.connect(self._on_told)

    def _on_told(self, event: RunEvent) -> None:
        match event:
            case FrameTracked():
                self.tracked.append(event)
            case RunChanged():
                self.changes.append(event)
            case TargetLost():
                self.lost.append(event)
            case RunProgress():
                self.progress.append(event)

    @property
    def visits(self) -> list[tuple[int, int]]:
        return [(t.frame_index, t.track_id) for t in self.tracked]


Start = Callable[..., int]
WaitFor = Callable[[RunPhase], None]


@pytest.fixture
def thread(qtbot: QtBot, workshop: Workshop) -> Iterator[TrackerThread]:
    made = TrackerThread(workshop.make_tracker, workshop.open_source, FrameCache())
    yield made
    made.close()


@pytest.fixture
def listener(thread: TrackerThread) -> Listener:
    return Listener(thread)


@pytest.fixture(params=[1, 2], ids=["in turns", "at once"])
def start(thread: TrackerThread, request: pytest.FixtureRequest) -> Start:
    """Starts runs, whose targets share one thread or two."""
    settings = TrackerSettings(threads=request.param)

    def begin(*requests: TrackRequest, **options: object) -> int:
        return thread.start(requests, source_path=Path("clip.mp4"), settings=settings, **options)

    return begin


@pytest.fixture
def wait_for(qtbot: QtBot, listener: Listener) -> WaitFor:
    def wait(phase: RunPhase) -> None:
        qtbot.waitUntil(lambda: bool(listener.changes) and listener.changes[-1].phase is phase, timeout=5000)

    return wait


def boxes(*frames: int) -> dict[int, Box]:
    return {i: Box(20 + 2 * i, 40, 24, 24) for i in frames}


def request(first: int, last: int, *others: int, track_id: int = 0) -> TrackRequest:
    return TrackRequest(0, boxes(first, *others), first, last, track_id)


def test_start_when_it_has_several_targets_then_results_carry_track_and_run(
    start: Start, listener: Listener, wait_for: WaitFor, workshop: Workshop
) -> None:
    run_id = start(request(0, 2, track_id=1), request(1, 2, track_id=2))
    wait_for(RunPhase.ENDED)
    assert listener.visits == [(0, 1), (1, 1), (1, 2), (2, 1), (2, 2)]
    assert {t.run_id for t in listener.tracked} == {run_id}
    assert sorted(workshop.sources[0].read_frames) == [0, 1, 2, 3], "once for both, and one ahead"


def test_told_when_much_has_come_at_once_then_is_heard_in_order_over_several_turns(
    thread: TrackerThread, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = count()
    clock = SimpleNamespace(thread_time=lambda: 0.3 * TOLD_IN_A_TURN_S * next(reads))
    monkeypatch.setattr(tracker_thread, "time", clock)
    thread._active = ActiveRun(7, (), threading.Event())
    result = TrackResult(Box(20, 40, 24, 24), 3.0, True)
    for frame in range(12):
        thread._on_told(FrameTracked(7, frame, result, False, 0.01))
    heard = [len(listener.tracked)]
    while heard[-1] < 12:
        QApplication.processEvents()
        heard.append(len(listener.tracked))
    assert [each.frame_index for each in listener.tracked] == list(range(12))
    assert 1 <= heard[0] <= 4
    assert all(after - before <= 4 for before, after in pairwise(heard))


def test_told_when_the_run_is_stopped_then_nothing_that_waits_is_heard(
    thread: TrackerThread, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracker_thread, "TOLD_IN_A_TURN_S", 0.0)
    thread._active = ActiveRun(7, (), threading.Event())
    for frame in range(3):
        thread._on_told(FrameTracked(7, frame, TrackResult(Box(20, 40, 24, 24), 3.0, True), False, 0.01))
    before = len(listener.tracked)
    thread.stop()
    for _ in range(5):
        QApplication.processEvents()
    assert len(listener.tracked) == before < 3


def test_start_when_it_goes_backward_then_frames_come_in_that_order(
    start: Start, listener: Listener, wait_for: WaitFor
) -> None:
    start(request(9, 5))
    wait_for(RunPhase.ENDED)
    assert [(t.frame_index, t.direction) for t in listener.tracked] == [
        (i, Direction.BACKWARD) for i in (9, 8, 7, 6, 5)
    ]
    assert listener.changes[-1].frame_index == 5


def test_start_when_bidirectional_then_both_passes_come_with_their_direction(
    start: Start, listener: Listener, wait_for: WaitFor
) -> None:
    start(*bidirectional_requests(0, boxes(2, 5), left=2, right=5))
    wait_for(RunPhase.ENDED)
    found = [(t.frame_index, t.direction) for t in listener.tracked if not t.is_human]
    assert found == [*((i, Direction.FORWARD) for i in (3, 4)), *((i, Direction.BACKWARD) for i in (4, 3))]


def test_run_when_its_target_is_lost_then_rests_by_itself_and_says_since_when(
    start: Start, listener: Listener, wait_for: WaitFor, workshop: Workshop
) -> None:
    workshop.lost_frames = frozenset(range(4, 99))
    run_id = start(request(0, 20, track_id=3), lost_rule=LostRule(frames=3))
    wait_for(RunPhase.PAUSED)
    assert listener.lost == [TargetLost(run_id, 3, Direction.FORWARD, since_frame=4, frame_index=6)]
    assert listener.visits[-1] == (6, 3)
    assert listener.changes[-1].frame_index == 6


def test_resume_when_the_target_was_lost_then_goes_on_until_it_is_lost_anew(
    start: Start, listener: Listener, wait_for: WaitFor, workshop: Workshop, thread: TrackerThread
) -> None:
    workshop.lost_frames = frozenset(range(4, 99))
    start(request(0, 9), lost_rule=LostRule(frames=3))
    wait_for(RunPhase.PAUSED)
    thread.resume(None)
    wait_for(RunPhase.ENDED)
    assert [lost.frame_index for lost in listener.lost] == [6]
    assert listener.visits[-1] == (9, 0)


def test_apply_correction_when_one_of_two_targets_rests_then_that_one_learns_it_and_both_go_on(
    start: Start, listener: Listener, wait_for: WaitFor, workshop: Workshop, thread: TrackerThread
) -> None:
    workshop.lost_frames = frozenset({2, 3})
    start(request(0, 9, track_id=1), request(0, 9, track_id=2), lost_rule=LostRule(frames=2))
    wait_for(RunPhase.PAUSED)
    assert [lost.track_id for lost in listener.lost] == [1, 2]
    thread.apply_correction(3, Box(60, 60, 20, 20), continues=True, track_id=2)
    wait_for(RunPhase.PAUSED)
    thread.resume(None)
    wait_for(RunPhase.ENDED)
    assert [("correct", Box(60, 60, 20, 20)) in tracker.calls for tracker in workshop.trackers].count(True) == 1
    assert [(t.track_id, t.frame_index) for t in listener.tracked if t.is_human][2:] == [(2, 3)]
    assert {(9, 1), (9, 2)} <= set(listener.visits)


def test_start_when_a_frame_budget_is_given_then_a_frame_counts_once_for_all_targets(
    start: Start, listener: Listener, wait_for: WaitFor
) -> None:
    start(request(0, 9, track_id=1), request(0, 9, track_id=2), frame_budget=2)
    wait_for(RunPhase.PAUSED)
    assert listener.visits[-2:] == [(2, 1), (2, 2)]


def test_run_when_it_goes_on_then_progress_rises_to_the_end_with_no_time_left(
    start: Start, listener: Listener, wait_for: WaitFor
) -> None:
    run_id = start(request(0, 4, track_id=1), request(2, 0, track_id=2))
    wait_for(RunPhase.ENDED)
    assert [p.done for p in listener.progress] == list(range(1, 9))
    assert {(p.run_id, p.total) for p in listener.progress} == {(run_id, 8)}
    assert listener.progress[2].time_left_s is not None
    assert listener.progress[-1].time_left_s == 0


def test_run_when_a_manual_box_of_another_frame_cannot_be_read_then_it_ends_and_names_the_frame(
    start: Start, listener: Listener, wait_for: WaitFor, workshop: Workshop
) -> None:
    workshop.broken_from = 20
    start(request(0, 9, 25))
    wait_for(RunPhase.BROKEN_SOURCE)
    assert "frame 20" in listener.changes[-1].message


def test_start_when_targets_share_two_threads_then_each_tracker_has_one_and_a_target_alone_has_both(
    qtbot: QtBot, thread: TrackerThread, workshop: Workshop
) -> None:
    for requests, made in (([request(0, 3, track_id=1), request(0, 3, track_id=2)], 2), ([request(0, 3)], 3)):
        thread.start(requests, source_path=Path("clip.mp4"), settings=TrackerSettings(threads=2))
        qtbot.waitUntil(lambda: len(workshop.settings) == made, timeout=5000)  # noqa: B023
    assert [settings.threads for settings in workshop.settings] == [1, 1, 2]


@pytest.mark.parametrize("how", ["stopped", "replaced", "closed"])
def test_run_when_it_is_left_while_targets_learn_then_their_threads_end_at_once(
    qtbot: QtBot, thread: TrackerThread, listener: Listener, wait_for: WaitFor, workshop: Workshop, how: str
) -> None:
    workshop.learn_delay_s = 6.0
    requests = [request(0, 9, track_id=n) for n in (1, 2, 3)]
    settings = TrackerSettings(threads=2)
    thread.start(requests, source_path=Path("clip.mp4"), settings=settings)
    qtbot.waitUntil(lambda: len(workshop.trackers) == 2, timeout=5000)
    workshop.learn_delay_s = 0.0
    match how:
        case "stopped":
            thread.stop()
        case "replaced":
            thread.start([request(0, 3)], source_path=Path("clip.mp4"), settings=settings)
            wait_for(RunPhase.ENDED)
        case "closed":
            thread.close()
    qtbot.waitUntil(lambda: not _threads_of_targets(), timeout=3000)


def _threads_of_targets() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("target")]
