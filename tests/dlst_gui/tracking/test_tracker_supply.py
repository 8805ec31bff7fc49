"""Trackers that were made ready give the boxes of new ones."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.tracker_factory import TrackerSettings, make_tracker
from dlst_gui.tracking.tracker_supply import FirstFrame, TrackerSupply
from dlst_gui.tracking.tracking_run import TrackingRun, TrackRequest
from tests.fakes import FakeTracker, SyntheticVideo
from tracker_core import Box, Example, Tracker, TrackingCancelled

SETTINGS = TrackerSettings(speed="fast")
VIDEO = SyntheticVideo(12)
REQUEST = TrackRequest(0, {2: VIDEO.box(2), 9: VIDEO.box(9)}, 2, 6)
FIRST = FirstFrame.of(REQUEST, Path("clip.mp4"), SETTINGS)


def never() -> bool:
    return False


def ignored(_fraction: float) -> None:
    pass


def tracked(tracker: Tracker) -> list[tuple[Box, float]]:
    run = TrackingRun(REQUEST, VIDEO, tracker)
    found = []
    while not run.is_finished:
        result = run.step().result
        found.append((result.box, result.score))
    return found


@pytest.fixture(scope="module")
def expected() -> list[tuple[Box, float]]:
    return tracked(make_tracker(SETTINGS))


def warmed(supply: TrackerSupply) -> Tracker:
    supply.make_spare(SETTINGS)
    supply.warm_up(never)
    return supply.take_for(FIRST)


def taught(supply: TrackerSupply) -> Tracker:
    supply.learn(FIRST, REQUEST, VIDEO, should_cancel=never, on_progress=ignored)
    return supply.take_for(FIRST)


def taught_something_else(supply: TrackerSupply) -> Tracker:
    other = TrackRequest(0, {0: VIDEO.box(5)}, 0, 6)
    first = FirstFrame.of(other, Path("clip.mp4"), SETTINGS)
    supply.learn(first, other, VIDEO, should_cancel=never, on_progress=ignored)
    return supply.take_for(FIRST)


def taught_half(supply: TrackerSupply) -> Tracker:
    calls = iter(range(100))
    with pytest.raises(TrackingCancelled):
        supply.learn(FIRST, REQUEST, VIDEO, should_cancel=lambda: next(calls) > 15, on_progress=ignored)
    return supply.take_for(FIRST)


@pytest.mark.parametrize("prepared", [warmed, taught, taught_something_else, taught_half])
def test_tracker_when_it_was_prepared_then_it_gives_the_boxes_and_scores_of_a_new_one(
    prepared: Callable[[TrackerSupply], Tracker], expected: list[tuple[Box, float]]
) -> None:
    made: list[TrackerSettings] = []

    def make(settings: TrackerSettings) -> Tracker:
        made.append(settings)
        return make_tracker(settings)

    assert tracked(prepared(TrackerSupply(make))) == expected
    assert made == [SETTINGS]


@pytest.mark.parametrize(
    "other",
    [
        FirstFrame(Path("other.mp4"), SETTINGS, 2, FIRST.keyframes),
        FirstFrame(FIRST.source_path, TrackerSettings(), 2, FIRST.keyframes),
        FirstFrame(FIRST.source_path, SETTINGS, 9, FIRST.keyframes),
        FirstFrame(FIRST.source_path, SETTINGS, 2, {2: VIDEO.box(2)}),
        FirstFrame(FIRST.source_path, SETTINGS, 2, {**FIRST.keyframes, 2: VIDEO.box(3)}),
    ],
    ids=["video", "settings", "frame", "other boxes", "box"],
)
def test_first_frame_when_anything_about_it_differs_then_it_is_learned_anew(other: FirstFrame) -> None:
    supply = TrackerSupply(lambda _: FakeTracker())
    supply.learn(FIRST, REQUEST, VIDEO, should_cancel=never, on_progress=ignored)
    assert isinstance(supply.take_for(other), FakeTracker)


@pytest.mark.parametrize("settings", [SETTINGS, TrackerSettings()], ids=["same settings", "other settings"])
def test_supply_when_a_run_takes_a_tracker_then_holds_no_other_one(settings: TrackerSettings) -> None:
    made: list[weakref.ref[Tracker]] = []

    def make(_: TrackerSettings) -> Tracker:
        fake = FakeTracker()
        made.append(weakref.ref(fake))
        return fake

    supply = TrackerSupply(make)
    supply.learn(FIRST, REQUEST, VIDEO, should_cancel=never, on_progress=ignored)
    supply.make_spare(SETTINGS)
    taken = supply.take_for(FirstFrame(FIRST.source_path, settings, 2, {2: VIDEO.box(3)}))
    gc.collect()
    assert [each() for each in made if each() is not None] == [taken]


def test_learned_tracker_when_its_run_was_given_another_box_before_it_began_then_learns_that_too() -> None:
    fake = FakeTracker()
    supply = TrackerSupply(lambda _: fake)
    supply.learn(FIRST, REQUEST, VIDEO, should_cancel=never, on_progress=ignored)
    run = JointRun([REQUEST], VIDEO, lambda: supply.take_for(FIRST))
    run.apply_correction(0, 5, VIDEO.box(5))
    fake.calls.clear()
    run.step()
    assert len(fake.calls) == 3, "two examples and the first frame"


def test_learned_tracker_when_initialized_again_then_it_learns() -> None:
    fake = FakeTracker()
    supply = TrackerSupply(lambda _: fake)
    supply.learn(FIRST, REQUEST, VIDEO, should_cancel=never, on_progress=ignored)
    tracker = supply.take_for(FIRST)
    others = [Example(VIDEO.box(9), lambda: VIDEO.read(9))]
    assert tracker.initialize(VIDEO.read(2), VIDEO.box(2), examples=others).box == VIDEO.box(2)
    assert len(fake.calls) == 2, "an example and the first frame"
    tracker.initialize(VIDEO.read(3), VIDEO.box(3))
    assert fake.calls[2:] == [("initialize", VIDEO.box(3))]
