"""Where remembered samples come from, and what the tracker would be without some of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.moving_squares import path, scene
from tracker_core import (
    BackboneWeights,
    Box,
    Example,
    Inspectable,
    RemovalError,
    SampleMemoryView,
    SampleSource,
    TrackerInputError,
    TrackingCancelled,
    create_tracker,
    with_background_updates,
)
from tracker_core.dlst import DLSTTracker
from tracker_core.studio.studio_tracker import StudioTracker

FRAMES = [scene(path(n)) for n in range(11)]
AnyTracker = DLSTTracker | StudioTracker
MakeTracker = Callable[[], AnyTracker]


TRACKERS = ("dlst fast", "dlst-studio fast", "dlst-studio background")
all_trackers = pytest.mark.parametrize("make", [*TRACKERS, "dlst exact"], indirect=True)  # the last takes its time


@pytest.fixture(scope="module", params=TRACKERS)
def make(
    random_weights: BackboneWeights,
    studio_weights: BackboneWeights,
    reduced: ReducedConfig,
    request: pytest.FixtureRequest,
) -> MakeTracker:
    preset, how = request.param.split()
    speed = "exact" if how == "exact" else "fast"
    config = reduced(preset, speed=speed, update_interval=3, iterations_first=8, iterations_online=2)
    config = replace(config, schedule=replace(config.schedule, short_term_frames=2, long_term_frames=4))
    # Every frame is learned, whatever the tiny classifier makes of it.
    config = replace(config, samples=replace(config.samples, always_learned_frames=99))
    if config.matching is not None:
        config = replace(config, matching=replace(config.matching, learned_confidence=0.0, found_confidence=0.01))
    config = replace(config, speed=replace(config.speed, collection_interval=1))
    if how == "background":
        config = with_background_updates(config)
    weights = studio_weights if preset == "dlst-studio" else random_weights

    def made() -> AnyTracker:
        tracker = create_tracker(config, weights, seed=3)
        assert isinstance(tracker, AnyTracker)
        return tracker

    return made


def begun(make: MakeTracker, *, examples: tuple[int, ...] = (), tracked: int = 0) -> AnyTracker:
    tracker = make()
    given = [Example(path(each), lambda each=each: FRAMES[each]) for each in examples]
    tracker.initialize(FRAMES[0], path(0), examples=given)
    for index in range(1, tracked + 1):
        tracker.track(FRAMES[index])
    return tracker


def calls_of(view: SampleMemoryView, source: SampleSource, *, is_positive: bool) -> list[int]:
    chosen = (view.sources == source) & (view.is_positive == is_positive)
    return sorted({int(call) for call in view.calls[chosen]})


def tracked_rows(view: SampleMemoryView, *, latest: bool = False) -> np.ndarray:
    rows = view.sources == SampleSource.TRACKED
    if latest:
        rows &= view.calls == view.calls[rows].max()
    return np.flatnonzero(rows)


def equal(one: SampleMemoryView, other: SampleMemoryView) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for name in SampleMemoryView.__dataclass_fields__
        if name != "templates"
    ) and [each.call for each in one.templates] == [each.call for each in other.templates]


@all_trackers
def test_memory_when_frames_were_tracked_then_tells_which_and_where(make: MakeTracker) -> None:
    view = begun(make, tracked=6).memory()
    assert calls_of(view, SampleSource.TRACKED, is_positive=True)[-1] == 6
    assert set(calls_of(view, SampleSource.TRACKED, is_positive=True)) <= set(range(1, 7))
    assert len(calls_of(view, SampleSource.TRACKED, is_positive=False)) <= 2  # the short window
    assert view.latest_call == 6
    lengths = {len(getattr(view, name)) for name in ("calls", "boxes_xywh", "scores", "is_kept", "first_updates")}
    assert lengths == {len(view)}
    assert np.isfinite(view.scores).all()
    on_first = view.boxes_xywh[(view.calls == 0) & view.is_positive]
    if len(on_first):  # it leaves with its window where it is not kept
        assert min(path(0).iou(Box.from_xywh(row)) for row in on_first.astype(float)) > 0.6
    tracked = view.sources == SampleSource.TRACKED
    order = np.argsort(view.calls[tracked], kind="stable")
    assert (np.diff(view.first_updates[tracked][order]) >= 0).all()
    assert 1 < view.first_updates[tracked].max() <= view.updates + 1


@all_trackers
def test_memory_when_examples_and_a_correction_were_given_then_tells_them_apart(make: MakeTracker) -> None:
    tracker = begun(make, examples=(9, 7), tracked=3)
    tracker.correct(FRAMES[3], path(3))
    tracker.track(FRAMES[4])
    view = tracker.memory()
    assert calls_of(view, SampleSource.EXAMPLE, is_positive=True) == [-2, -1]
    assert calls_of(view, SampleSource.CORRECTION, is_positive=True) == [4]
    assert calls_of(view, SampleSource.CORRECTION, is_positive=False) == [4]
    # What was learned since the first box is forgotten.
    assert set(calls_of(view, SampleSource.TRACKED, is_positive=True)) <= {5}
    for call, frame in ((-1, 9), (-2, 7), (4, 3)):
        chosen = view.boxes_xywh[(view.calls == call) & view.is_positive].astype(float)
        assert min(path(frame).iou(Box.from_xywh(row)) for row in chosen) > 0.6
    is_human = np.isin(view.sources, [SampleSource.EXAMPLE, SampleSource.CORRECTION])
    assert view.is_kept[is_human].all()
    assert not view.is_kept[view.sources == SampleSource.TRACKED].any()


def test_memory_when_an_example_is_corrected_then_its_samples_are_the_correction_s(make: MakeTracker) -> None:
    tracker = begun(make, examples=(3,), tracked=2)
    tracker.correct(FRAMES[3], path(3))
    view = tracker.memory()
    assert calls_of(view, SampleSource.EXAMPLE, is_positive=True) == []
    assert calls_of(view, SampleSource.CORRECTION, is_positive=True) == [3]
    assert [each.call for each in view.templates] in ([], [0, 3])


def test_memory_when_a_correction_is_dragged_again_then_only_the_latest_counts(make: MakeTracker) -> None:
    tracker = begun(make, tracked=2)
    tracker.correct(FRAMES[2], path(4))
    tracker.correct(FRAMES[2], path(2))
    assert calls_of(tracker.memory(), SampleSource.CORRECTION, is_positive=True) == [4]


def test_memory_when_a_frame_is_taken_back_then_it_is_as_before(make: MakeTracker) -> None:
    tracker = begun(make, tracked=4)
    before = tracker.memory()
    tracker.track(FRAMES[5])
    tracker.take_back()
    assert equal(tracker.memory(), before)
    tracker.correct(FRAMES[5], path(5))
    tracker.take_back()
    assert equal(tracker.memory(), before)
    with pytest.raises(TrackingCancelled):
        tracker.track(FRAMES[5], should_cancel=lambda: True)
    assert equal(tracker.memory(), before)


def test_memory_when_resumed_then_it_is_that_of_the_tracker_left(make: MakeTracker) -> None:
    for tracked in (6, 1, 0):  # there is no checkpoint while an update trains in the background
        left = begun(make, examples=(9,), tracked=tracked)
        checkpoint = left.checkpoint()
        if checkpoint is not None:
            break
    assert checkpoint is not None
    resumed = begun(make, examples=(9,))
    resumed.resume(checkpoint)
    assert equal(resumed.memory(), left.memory())


def test_memory_when_there_is_no_target_then_says_so(make: MakeTracker) -> None:
    tracker = make()
    assert isinstance(tracker, Inspectable)
    with pytest.raises(TrackerInputError, match="no target yet"):
        tracker.memory()


@all_trackers
def test_memory_and_without_when_asked_every_frame_then_tracks_the_same_bit_for_bit(make: MakeTracker) -> None:
    undisturbed, disturbed = begun(make), begun(make)
    for index in range(1, 8):
        assert disturbed.track(FRAMES[index]) == undisturbed.track(FRAMES[index])
        view = disturbed.memory()
        disturbed.without(tracked_rows(view, latest=True), FRAMES[index])
        if index == 5:
            for tracker in (undisturbed, disturbed):
                tracker.correct(FRAMES[index], path(index))


def test_without_when_left_early_then_the_tracker_is_as_before(make: MakeTracker) -> None:
    undisturbed, disturbed = begun(make, tracked=4), begun(make, tracked=4)
    rows = tracked_rows(disturbed.memory(), latest=True)
    for asked in (1, 4, 7):
        answers = iter([False] * asked + [True] * 1000)
        with pytest.raises(TrackingCancelled):
            disturbed.without(rows, FRAMES[4], should_cancel=lambda answers=answers: next(answers))
    assert disturbed.track(FRAMES[5]) == undisturbed.track(FRAMES[5])


def test_without_when_samples_are_left_out_then_tells_what_changes(make: MakeTracker) -> None:
    tracker = begun(make, tracked=5)
    view = tracker.memory()
    rows = tracked_rows(view, latest=True)
    rows = rows[view.is_positive[rows]]
    effect = tracker.without(rows, FRAMES[5])
    assert effect.removed.tolist() == rows.tolist()
    assert effect.scores_with.shape == effect.scores_without.shape == view.scores.shape
    assert not np.array_equal(effect.scores_with, effect.scores_without)
    counts = {
        len(each) for each in (effect.candidates_xywh, effect.candidate_scores, effect.candidate_scores_with)
    }
    assert counts == {len(effect.candidate_scores_without)}
    assert np.isfinite([effect.score_with, effect.score_without]).all()


def test_without_when_the_same_is_asked_twice_then_answers_the_same(make: MakeTracker) -> None:
    tracker = begun(make, tracked=4)
    rows = tracked_rows(tracker.memory(), latest=True)
    one, other = tracker.without(rows, FRAMES[4]), tracker.without(rows, FRAMES[4])
    assert np.array_equal(one.scores_without, other.scores_without)
    assert (one.box_with, one.box_without, one.score_without) == (
        other.box_with,
        other.box_without,
        other.score_without,
    )


def test_without_when_a_sample_is_a_person_s_or_none_would_be_left_then_refuses(make: MakeTracker) -> None:
    tracker = begun(make, examples=(9,), tracked=3)
    view = tracker.memory()
    human = np.flatnonzero(view.sources == SampleSource.EXAMPLE)[:1]
    for rows, words in (
        (human, "manual boxes"),
        (np.array([], dtype=np.int64), "no samples"),
        (np.array([len(view)]), "others by now"),
    ):
        with pytest.raises(RemovalError, match=words):
            tracker.without(rows, FRAMES[3])


def test_without_when_nothing_on_the_target_would_be_left_then_refuses(
    random_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    config = reduced("dlst", speed="fast", iterations_first=3)
    # The first frame leaves the memory like any other.
    config = replace(config, schedule=replace(config.schedule, short_term_frames=1, long_term_frames=1))
    tracker = create_tracker(config, random_weights, seed=0)
    assert isinstance(tracker, DLSTTracker)
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    view = tracker.memory()
    assert (view.sources == SampleSource.TRACKED).all()
    with pytest.raises(RemovalError, match="nothing on the target"):
        tracker.without(np.flatnonzero(view.is_positive), FRAMES[1])


def test_forget_when_samples_are_forgotten_then_they_are_gone_and_a_checkpoint_goes_on(make: MakeTracker) -> None:
    tracker = begun(make, tracked=5)
    view = tracker.memory()
    rows = tracked_rows(view, latest=True)
    effect = tracker.without(rows, FRAMES[5])
    tracker.forget(rows)
    after = tracker.memory()
    assert len(after) == len(view) - len(rows)
    assert not np.isin(after.calls, view.calls[rows]).any()
    kept = np.delete(np.arange(len(view)), rows)
    assert np.allclose(after.scores, effect.scores_without[kept], atol=1e-4)
    tracker.track(FRAMES[6])
    checkpoint = tracker.checkpoint()
    if checkpoint is not None:  # none while an update trains in the background
        resumed = begun(make)
        resumed.resume(checkpoint)
        assert resumed.track(FRAMES[7]) == tracker.track(FRAMES[7])


def test_forget_when_a_frame_keeps_its_negatives_then_the_tracker_goes_on(make: MakeTracker) -> None:
    tracker = begun(make, tracked=4)
    rows = tracked_rows(tracker.memory(), latest=True)
    rows = rows[tracker.memory().is_positive[rows]]
    tracker.forget(rows)
    view = tracker.memory()
    assert (view.calls == 4).any()
    assert not (view.is_positive & (view.calls == 4)).any()
    for index in (5, 6, 7):
        tracker.track(FRAMES[index])
    assert tracker.memory().latest_call == 7


def test_forget_when_a_correction_follows_then_the_run_is_the_same_as_if_nothing_had_been_forgotten(
    make: MakeTracker,
) -> None:
    undisturbed, disturbed = begun(make, tracked=4), begun(make, tracked=4)
    disturbed.forget(tracked_rows(disturbed.memory(), latest=True))
    assert calls_of(disturbed.memory(), SampleSource.TRACKED, is_positive=True) != calls_of(
        undisturbed.memory(), SampleSource.TRACKED, is_positive=True
    )
    for tracker in (undisturbed, disturbed):
        tracker.correct(FRAMES[4], path(4))
    counts = [len(tracker.memory()) for tracker in (undisturbed, disturbed)]
    assert abs(counts[0] - counts[1]) <= 8  # the wrong places that each has found
