"""Several targets tracked at the same time: results are those of targets that take turns, whatever comes."""

from __future__ import annotations

import gc
import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from dlst_gui.tracking.joint_run import JointRun, shared_threads
from dlst_gui.tracking.lost_rule import LostRule
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.tracking.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import VideoError, open_source
from dlst_gui.video.demo_clip import demo_clip
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import AnyFrame, Box, Example, Frame, Tracker, TrackerInputError, TrackingCancelled, TrackResult

VIDEO = SyntheticVideo()
PATIENCE_S = 20


def start_box(track_id: int) -> Box:
    return Box(20, 10 * track_id, 24, 24)


def request(track_id: int, start: int, stop: int, *others: int) -> TrackRequest:
    return TrackRequest(5, dict.fromkeys((start, *others), start_box(track_id)), start, stop, track_id)


class OneReader:
    """A video that notices when two threads read it."""

    frame_count = VIDEO.frame_count

    def __init__(self) -> None:
        self.reads: list[int] = []
        self.broken: set[int] = set()
        self._lock = threading.Lock()

    def read(self, frame_index: int) -> Frame:
        assert self._lock.acquire(blocking=False), "read by two threads"
        try:
            self.reads.append(frame_index)
            time.sleep(0.001)
            if frame_index in self.broken:
                raise VideoError(f"frame {frame_index} is broken")
            return VIDEO.read(frame_index)
        finally:
            self._lock.release()


class Chained(FakeTracker):
    """What it finds depends on everything that it was ever shown, and on nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = 0
        self._last: int | None = None

    def initialize(
        self, frame: AnyFrame, box: Box, *, examples: Sequence[Example] = (), **options: Any
    ) -> TrackResult:
        seen = [example.read() for example in examples]
        result = super().initialize(frame, box, examples=examples, **options)
        self.chain, self._last = 0, None
        for example, shown in zip(examples, seen, strict=True):
            self._add(shown, example.box)
        self._add(frame, box)
        return result

    def track(self, frame: AnyFrame, **options: Any) -> TrackResult:
        time.sleep(random.random() * 0.003)  # who is done first changes
        before, self._last = self.chain, None
        result = super().track(frame, **options)
        self._last = before
        self._add(frame, None)
        score = self.chain % 1000 - 250.0
        return replace(result, box=result.box.shifted(self.chain % 7, 0), score=score)

    def correct(self, frame: AnyFrame, box: Box, **options: Any) -> TrackResult:
        before, self._last = self.chain, None
        result = super().correct(frame, box, **options)
        self._last = before
        self._add(frame, box)
        return result

    def take_back(self) -> None:
        super().take_back()
        assert self._last is not None
        self.chain, self._last = self._last, None

    def _add(self, frame: AnyFrame, box: Box | None) -> None:
        assert isinstance(frame, np.ndarray)
        self.chain = zlib.crc32(frame.tobytes() + repr((self.chain, box)).encode())


class Held(Chained):
    """Waits on chosen frames until it is let go, or asked to stop."""

    def __init__(self, gates: Gates) -> None:
        super().__init__()
        self._gates = gates
        self._track_id = 0

    def initialize(self, frame: AnyFrame, box: Box, **options: Any) -> TrackResult:
        self._track_id = round(box.y / 10)
        self._gates.pass_through((self._track_id, self.tracked), options.get("should_cancel"))
        return super().initialize(frame, box, **options)

    def track(self, frame: AnyFrame, **options: Any) -> TrackResult:
        self._gates.pass_through((self._track_id, self.tracked + 1), options.get("should_cancel"))
        return super().track(frame, **options)


class Gates:
    """Where trackers are held: by track and number of the frame, 0 for the first one."""

    def __init__(self, *closed: tuple[int, int]) -> None:
        self._open = {place: threading.Event() for place in closed}
        self.reached: set[tuple[int, int]] = set()
        self.trackers: list[Held] = []

    def __call__(self) -> Held:
        self.trackers.append(Held(self))
        return self.trackers[-1]

    def open(self, place: tuple[int, int]) -> None:
        self._open[place].set()

    def pass_through(self, place: tuple[int, int], should_cancel: Callable[[], bool] | None) -> None:
        self.reached.add(place)
        while place in self._open and not self._open[place].wait(0.002):
            if should_cancel is not None and should_cancel():
                raise TrackingCancelled

    def wait_for(self, place: tuple[int, int]) -> None:
        wait_until(lambda: place in self.reached)


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.002)


@pytest.fixture
def at_once() -> Iterator[Callable[..., JointRun]]:
    made: list[JointRun] = []

    def make(*arguments: Any, **options: Any) -> JointRun:
        made.append(JointRun(*arguments, **{"at_once": 2, **options}))
        return made[-1]

    yield make
    for run in made:
        run.close()


MakeRun = Callable[..., JointRun]
Found = tuple[int, int, Box, float, bool]


def found(tracked: FrameTracked) -> Found:
    result = tracked.result
    return tracked.frame_index, tracked.track_id, result.box, result.score, tracked.is_human


def rest_of(run: JointRun) -> list[Found]:
    tracked = []
    while run.next_frame is not None:
        tracked.append(found(run.step()))
    return tracked


def in_turns(*requests: TrackRequest) -> list[Found]:
    return rest_of(JointRun(requests, VIDEO, Chained))


def test_step_when_two_targets_are_on_a_frame_then_both_are_tracked_at_the_same_time(at_once: MakeRun) -> None:
    meeting = threading.Barrier(2)

    class Meeting(FakeTracker):
        def track(self, frame: AnyFrame, **options: Any) -> TrackResult:
            meeting.wait(PATIENCE_S)
            return super().track(frame, **options)

    run = at_once([request(1, 0, 3), request(2, 0, 3)], VIDEO, Meeting)
    assert [each[:2] for each in rest_of(run)] == [(i, track_id) for i in range(4) for track_id in (1, 2)]


def test_step_when_a_target_is_slow_then_those_that_were_given_out_go_one_frame_ahead(at_once: MakeRun) -> None:
    gates = Gates((3, 1))
    run = at_once([request(n, 0, 4) for n in (1, 2, 3)], VIDEO, gates)
    for _ in range(5):
        run.step()
    assert run.next_frame == 1

    def lets_go_once_the_others_are_ahead() -> bool:
        if {(1, 2), (2, 2)} <= gates.reached:
            gates.open((3, 1))
        return False

    assert run.step(should_cancel=lets_go_once_the_others_are_ahead).track_id == 3
    assert {(1, 3), (2, 3)}.isdisjoint(gates.reached)


def test_run_when_three_targets_share_two_threads_then_finds_what_each_finds_alone(at_once: MakeRun) -> None:
    requests = [request(1, 0, 12, 5), request(2, 0, 12), request(3, 4, 12), request(4, 9, 2), request(5, 9, 0, 3)]
    together = rest_of(at_once(requests, OneReader(), Chained))
    for each in requests:
        alone, run = [], TrackingRun(each, VIDEO, Chained())
        while not run.is_finished:
            alone.append(found(run.step()))
        assert [f for f in together if f[1] == each.track_id] == alone
    assert [f[:2] for f in together] == [f[:2] for f in in_turns(*requests)]


@pytest.mark.parametrize("seed", range(12))
def test_run_when_a_person_intervenes_anywhere_then_finds_what_targets_in_turns_find(
    at_once: MakeRun, seed: int
) -> None:
    """Corrections on the last frame and on the next ones, pauses, lost targets, diagnostics, cancelled steps."""
    draw = random.Random(seed)
    requests = [request(n, draw.randrange(3), draw.choice((9, 14)), draw.randrange(15)) for n in (1, 2, 3, 4)]
    requests.append(request(5, 12, 4))
    rule = LostRule(frames=2)
    runs = JointRun(requests, VIDEO, Chained, rule), at_once(requests, OneReader(), Chained, rule)
    for _ in range(150):
        assert runs[0].next_frame == runs[1].next_frame
        assert (runs[0].lost, runs[0].frames_left) == (runs[1].lost, runs[1].frames_left)
        time.sleep(draw.choice((0, 0, 0.004)))
        match draw.randrange(12):
            case 0 | 4:
                track_id, frame_index = (
                    draw.randrange(1, 6),
                    max(0, (runs[0].next_frame or 0) + draw.choice((-1, 0, 0, 0, 1, 2, 3))),
                )
                box = Box(draw.randrange(90), 30, 20, 20)
                answers = []
                for run in runs:
                    try:
                        tracked = run.apply_correction(track_id, frame_index, box)
                    except ValueError as error:
                        answers.append(str(error))
                    else:
                        answers.append(None if tracked is None else found(tracked))
                assert answers[0] == answers[1]
            case 1:
                for run in runs:
                    run.wake()
            case 2 if runs[0].next_frame is not None:
                for run in runs:
                    with pytest.raises(TrackingCancelled):
                        run.step(should_cancel=lambda: True)
            case 3 if runs[0].next_frame is not None:
                shown = [run.step(with_diagnostics=True) for run in runs]
                assert found(shown[0]) == found(shown[1])
                assert (shown[0].result.diagnostics is None) == (shown[1].result.diagnostics is None)
            case _ if runs[0].next_frame is not None:
                assert found(runs[0].step()) == found(runs[1].step())
    for run in runs:
        run.wake()
    assert rest_of(runs[0]) == rest_of(runs[1])


def test_apply_correction_when_its_target_is_one_frame_ahead_then_it_goes_on_from_the_box(
    at_once: MakeRun,
) -> None:
    box, expected = Box(70, 50, 20, 20), JointRun([request(1, 0, 3), request(2, 0, 3)], VIDEO, Chained)
    gates = Gates((2, 1))
    run = at_once([request(1, 0, 3), request(2, 0, 3)], VIDEO, gates)
    for _ in range(3):
        assert found(run.step()) == found(expected.step())
    assert found(run.step(should_cancel=lambda: _open_once(gates, (1, 2), (2, 1)))) == found(expected.step())
    wait_until(lambda: any(tracker.tracked == 2 for tracker in gates.trackers))
    corrected, wanted = (each.apply_correction(1, 1, box) for each in (run, expected))
    assert corrected is not None
    assert wanted is not None
    assert found(corrected) == found(wanted)
    assert rest_of(run) == rest_of(expected)


def _open_once(gates: Gates, reached: tuple[int, int], place: tuple[int, int]) -> bool:
    if reached in gates.reached:
        gates.open(place)
    return False


@pytest.mark.parametrize("is_done", [False, True], ids=["in flight", "done"])
def test_apply_correction_when_its_frame_is_being_tracked_then_the_answer_is_the_manual_box(
    at_once: MakeRun, is_done: bool
) -> None:
    box, gates = Box(70, 50, 20, 20), Gates((2, 1))
    if is_done:
        gates.open((2, 1))
    run = at_once([request(1, 0, 3), request(2, 0, 3)], VIDEO, gates)
    for _ in range(3):
        run.step()
    gates.wait_for((2, 1))
    if is_done:
        wait_until(lambda: all(tracker.tracked for tracker in gates.trackers))
    assert run.apply_correction(2, 1, box) is None
    assert found(run.step()) == (1, 2, box, float("inf"), True)
    gates.open((2, 1))
    assert [f[:2] for f in rest_of(run)] == [(2, 1), (2, 2), (3, 1), (3, 2)]


def test_apply_correction_when_the_target_is_only_being_begun_then_the_box_is_learned_with_the_others(
    at_once: MakeRun,
) -> None:
    box, gates = Box(70, 50, 20, 20), Gates((2, 0))
    run = at_once([request(1, 0, 3), request(2, 0, 3)], VIDEO, gates)
    run.step()
    gates.wait_for((2, 0))
    assert run.apply_correction(2, 3, box) is None
    gates.open((2, 0))
    run.step()
    assert any(("example", box) in tracker.calls for tracker in gates.trackers)


def test_end_at_when_targets_are_one_frame_ahead_then_all_end_there(at_once: MakeRun) -> None:
    requests = [request(n, 0, 20) for n in (1, 2, 3)]
    run, expected = at_once(requests, VIDEO, Chained), JointRun(requests, VIDEO, Chained)
    for each in (run, expected):
        for _ in range(7):
            each.step()
        each.end_at(3)
    assert rest_of(run) == rest_of(expected)
    assert run.is_finished


def test_apply_correction_when_the_run_stops_at_it_then_what_was_tracked_there_does_not_count(
    at_once: MakeRun,
) -> None:
    gates = Gates((2, 1))
    run = at_once([replace(request(n, 0, 9), stops_at_keyframe=True) for n in (1, 2)], VIDEO, gates)
    for _ in range(3):
        run.step()
    assert run.step(should_cancel=lambda: _open_once(gates, (1, 2), (2, 1))).track_id == 2
    assert run.apply_correction(1, 2, start_box(3)) is None
    assert {f[:2] for f in rest_of(run)} == {(i, 2) for i in range(2, 10)}


def test_step_when_cancelled_while_all_are_busy_then_nothing_goes_on_and_all_steps_can_be_taken_again(
    at_once: MakeRun,
) -> None:
    gates = Gates((1, 0), (2, 0), (3, 1))
    requests = [request(n, 0, 3) for n in (1, 2, 3)]
    run = at_once(requests, VIDEO, gates)
    with pytest.raises(TrackingCancelled):
        run.step(should_cancel=lambda: {(1, 0), (2, 0)} <= gates.reached)
    gates.reached.clear()
    time.sleep(0.05)
    assert gates.reached == set()
    for place in ((1, 0), (2, 0), (3, 1)):
        gates.open(place)
    assert rest_of(run) == in_turns(*requests)


def test_step_when_one_target_fails_then_says_so_in_its_turn_and_the_others_are_as_they_were(
    at_once: MakeRun,
) -> None:
    failures = [TrackerInputError("no such frame"), MemoryError()]

    class Failing(Chained):
        def track(self, frame: AnyFrame, **options: Any) -> TrackResult:
            if self.tracked == 1 and round((self.box or start_box(0)).y / 10) == 2 and failures:
                raise failures.pop()
            return super().track(frame, **options)

    requests = [request(n, 0, 4) for n in (1, 2, 3)]
    run, expected = at_once(requests, VIDEO, Failing), in_turns(*requests)
    tracked: list[Found] = []
    errors = []
    while not run.is_finished:
        try:
            tracked.append(found(run.step()))
        except (TrackerInputError, MemoryError) as error:
            errors.append((len(tracked), type(error)))
    assert errors == [(7, MemoryError), (7, TrackerInputError)]
    assert tracked == expected


def test_step_when_a_frame_cannot_be_read_then_it_is_read_once_per_step_and_said_in_its_turn(
    at_once: MakeRun,
) -> None:
    source = OneReader()
    source.broken.add(2)
    requests = [request(n, 0, 3) for n in (1, 2, 3)]
    run = at_once(requests, source, Chained)
    tracked = [found(run.step()) for _ in range(6)]
    for reads in (1, 2):
        with pytest.raises(VideoError, match="frame 2 is broken"):
            run.step()
        assert source.reads.count(2) == reads
    source.broken.clear()
    assert tracked + rest_of(run) == in_turns(*requests)
    assert source.reads == [0, 1, 2, 2, 2, 3]


def test_step_when_diagnostics_are_wanted_only_now_then_steps_in_flight_have_them_too(at_once: MakeRun) -> None:
    requests = [request(n, 0, 4) for n in (1, 2, 3)]
    run, expected = at_once(requests, VIDEO, Chained), in_turns(*requests)
    tracked = []
    for number in range(15):
        is_wanted = number % 5 in (3, 4)
        each = run.step(with_diagnostics=is_wanted)
        assert (each.result.diagnostics is not None) == (is_wanted and not each.is_human)
        tracked.append(found(each))
    assert tracked == expected


def test_step_when_a_tracker_cannot_take_back_then_waits_for_its_turn(at_once: MakeRun) -> None:
    busy: list[int] = []

    class Simple:
        def __init__(self) -> None:
            self._tracker = Chained()
            self.initialize, self.correct = self._tracker.initialize, self._tracker.correct

        def track(self, frame: AnyFrame, **options: Any) -> TrackResult:
            busy.append(1)
            assert len(busy) == 1
            try:
                return self._tracker.track(frame, **options)
            finally:
                busy.pop()

    requests = [request(n, 0, 5) for n in (1, 2, 3)]
    assert rest_of(at_once(requests, VIDEO, Simple)) == in_turns(*requests)


def test_step_when_targets_learn_then_progress_is_told_in_the_callers_thread_and_ends_with_all(
    at_once: MakeRun,
) -> None:
    run = at_once([request(1, 0, 2), request(2, 0, 2)], VIDEO, lambda: FakeTracker(learn_delay_s=0.2))
    for _ in range(2):
        told: list[tuple[float, int]] = []
        run.step(on_progress=lambda fraction: told.append((fraction, threading.get_ident())))  # noqa: B023
        assert {thread for _, thread in told} == {threading.get_ident()}
        fractions = [fraction for fraction, _ in told]
        assert fractions == sorted(fractions)
        assert fractions[-1] == 1.0


@pytest.mark.parametrize("how", ["closed", "dropped"])
def test_run_when_it_is_no_longer_wanted_then_its_threads_end_whatever_they_do(how: str) -> None:
    before = set(threading.enumerate())
    gates = Gates((2, 1))
    run = JointRun([request(1, 0, 9), request(2, 0, 9)], VIDEO, gates, at_once=2)
    for _ in range(3):
        run.step()
    gates.wait_for((2, 1))
    assert set(threading.enumerate()) > before
    if how == "closed":
        run.close()
        assert set(threading.enumerate()) == before
        run.close()
    else:
        del run
        gc.collect()
        wait_until(lambda: set(threading.enumerate()) == before)


def test_run_when_targets_take_turns_then_there_is_no_thread() -> None:
    before = set(threading.enumerate())
    run = JointRun([request(1, 0, 2), request(2, 0, 2)], VIDEO, Chained)
    rest_of(run)
    assert set(threading.enumerate()) == before


def test_trackers_when_targets_are_tracked_at_once_then_are_made_where_torch_has_their_threads(
    at_once: MakeRun,
) -> None:
    seen = []

    def made() -> Tracker:
        seen.append(torch.get_num_threads())
        return Chained()

    here = torch.get_num_threads()
    rest_of(at_once([request(1, 0, 2), request(2, 0, 2)], VIDEO, made, threads_each=3))
    assert seen == [3, 3]
    assert torch.get_num_threads() == here


@pytest.mark.parametrize(
    ("requests", "threads", "device", "expected"),
    [
        ([request(1, 0, 9)], 4, "cpu", (1, 4)),
        ([request(n, 0, 9) for n in range(3)], 2, "cpu", (2, 1)),
        ([request(n, 0, 9) for n in range(3)], 8, "cpu", (3, 2)),
        ([request(n, 0, 9) for n in range(3)], 1, "cpu", (1, 1)),
        ([request(n, 0, 9) for n in range(3)], 4, "cuda", (1, 4)),
        ([request(1, 0, 4), request(1, 4, 0)], 4, "cpu", (1, 4)),
        ([request(1, 0, 4), request(2, 5, 9), request(3, 9, 4), request(4, 6, 2)], 4, "cpu", (2, 2)),
    ],
    ids=["alone", "few threads", "many threads", "one thread", "gpu", "both ways", "some meet"],
)
def test_shared_threads_then_as_many_targets_as_meet_on_a_frame_and_have_a_thread(
    requests: list[TrackRequest], threads: int, device: str, expected: tuple[int, int]
) -> None:
    count, settings = shared_threads(requests, TrackerSettings(threads=threads, device=device))
    assert (count, settings.threads) == expected


def test_run_when_real_trackers_follow_the_shipped_clip_then_finds_what_each_finds_alone_bit_for_bit() -> None:
    """With corrections, one of them on a frame that its target has left, and with a target that begins later."""
    clip = demo_clip()
    assert clip is not None
    torch.set_num_threads(1)
    settings = TrackerSettings(speed="fast", threads=2)
    with open_source(clip) as source:
        truth = source.ground_truth
        assert truth is not None
        box = next(each for each in truth if each is not None)
        requests = [
            TrackRequest(1, {0: box, 8: box.shifted(3, 1)}, 0, 10, 1),
            TrackRequest(1, {0: box.shifted(-40, 20)}, 0, 10, 2),
            TrackRequest(1, {2: box.shifted(25, -15)}, 2, 10, 3),
        ]
        count, each_own = shared_threads(requests, settings)
        assert (count, each_own.threads) == (2, 1)

        def followed(run: JointRun) -> list[Found]:
            tracked, is_corrected = [], False
            while run.next_frame is not None:
                tracked.append(found(run.step()))
                if run.has_just_tracked(1, 5) and run.next_frame == 6 and not is_corrected:
                    corrected = run.apply_correction(1, 5, box.shifted(-2, 2))
                    assert corrected is not None
                    tracked.append(found(corrected))
                    is_corrected = True
            return tracked

        def made() -> Tracker:
            return make_tracker(each_own)

        alone = [followed(JointRun([each], source, made)) for each in requests]
        with closing(JointRun(requests, source, made, at_once=count, threads_each=each_own.threads)) as run:
            together = followed(run)
    assert [[f for f in together if f[1] == each.track_id] for each in requests] == alone
    assert len(together) == 11 + 11 + 9 + 1


TWO = [request(1, 0, 9), request(2, 0, 9)]


@pytest.mark.parametrize("threads", [1, 2])
def test_begin_again_when_others_go_on_then_finds_what_a_run_from_there_finds(
    at_once: MakeRun, threads: int
) -> None:
    run = at_once(TWO, VIDEO, Chained, at_once=threads)
    for _ in range(14):
        run.step()
    boxes = {0: start_box(1), 3: start_box(1)}
    run.begin_again(1, 3, boxes)
    assert [each for each in rest_of(run) if each[1] == 1] == in_turns(TrackRequest(5, boxes, 3, 9, 1))
    with pytest.raises(ValueError, match="cannot begin track 1 again at frame 10"):
        run.begin_again(1, 10, {10: start_box(1)})
    with pytest.raises(ValueError, match="cannot begin track 9"):
        run.begin_again(9, 3, boxes)


@pytest.mark.parametrize("threads", [1, 2])
def test_hold_when_targets_are_being_tracked_then_that_one_waits_where_it_was_given_out_and_loses_nothing(
    at_once: MakeRun, threads: int
) -> None:
    run = at_once(TWO, VIDEO, Chained, at_once=threads)
    told = [found(run.step()) for _ in range(6)]
    run.hold(2)
    assert run.last_tracked(2) == 2
    told += rest_of(run)
    assert not run.is_finished
    assert max(frame for frame, track_id, *_ in told if track_id == 2) == 2
    run.release(2)
    told += rest_of(run)
    assert run.is_finished
    assert sorted(told, key=lambda each: each[:2]) == in_turns(*TWO)


@pytest.mark.parametrize("threads", [1, 2])
def test_exchange_when_two_targets_are_tracked_then_each_goes_on_with_the_others_tracker(
    at_once: MakeRun, threads: int
) -> None:
    alone = {(frame, track_id): rest for frame, track_id, *rest in in_turns(*TWO)}
    run = at_once(TWO, VIDEO, Chained, at_once=threads)
    for _ in range(8):
        run.step()
    run.exchange(1, 2, {1: {}, 2: {}})
    rest = rest_of(run)
    assert len(rest) == 12
    assert all(values == alone[frame, 3 - track_id] for frame, track_id, *values in rest)


@pytest.mark.parametrize("threads", [1, 2])
def test_leave_when_one_target_ends_early_then_the_others_end_the_run(at_once: MakeRun, threads: int) -> None:
    run = at_once(TWO, VIDEO, Chained, at_once=threads)
    run.step()
    run.leave(1)
    assert {track_id for _, track_id, *_ in rest_of(run)} == {2}
    assert run.is_finished
    assert run.frames_left.to_track == 0
