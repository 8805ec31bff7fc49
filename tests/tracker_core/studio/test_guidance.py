"""A guide beside the matching head: what it adds to a look, how far it is believed, what is forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.guides.made_guide import made_guide
from tests.tracker_core.moving_squares import SIDE, path, scene, square
from tests.tracker_core.studio.conftest import CPU, StudioConfig
from tracker_core import (
    PRESETS,
    BackboneWeights,
    Box,
    CandidateOrigin,
    Diagnostics,
    Frame,
    MatchingConfig,
    TrackingCancelled,
    create_tracker,
)
from tracker_core.studio.guidance import Guidance
from tracker_core.studio.proposals import ProposalMap
from tracker_core.studio.studio_tracker import StudioTracker

START = square(84, 56)
AROUND = START.shifted(-SIDE / 2, -SIDE / 2)
"""Where the made guide sees what stands at START: its cells lie half a square beside the middle of a search."""
MOVED = START.shifted(SIDE / 2, SIDE / 2)
REGION, PREVIOUS = Box(0, 0, 200, 200), Box(80, 80, 40, 40)
MakeGuided = Callable[[], StudioTracker]


@pytest.fixture
def make_guided(studio_config: StudioConfig, studio_weights: BackboneWeights) -> MakeGuided:
    return lambda: StudioTracker(
        studio_config(iterations_first=4), studio_weights, device=CPU, seed=0, guide=made_guide()
    )


def guidance() -> Guidance:
    found = Guidance(made_guide(), MatchingConfig())
    found.begin(scene(START), START)
    return found


def proposals(*boxes: Box, confidences: list[float]) -> ProposalMap:
    return ProposalMap(
        np.array([box.xywh for box in boxes]),
        np.array(confidences),
        region=REGION,
        previous=PREVIOUS,
        config=MatchingConfig(),
    )


def explained(tracker: StudioTracker, frame: Frame) -> Diagnostics:
    diagnostics = tracker.track(frame, with_diagnostics=True).diagnostics
    assert diagnostics is not None
    return diagnostics


def trust_of(tracker: StudioTracker) -> float:
    assert tracker._target is not None
    assert tracker._target.model.guidance is not None
    return tracker._target.model.guidance.trust


def test_track_with_a_guide_then_its_box_is_a_third_centre(make_guided: MakeGuided) -> None:
    tracker = make_guided()
    tracker.initialize(scene(START), START)
    found = explained(tracker, scene(MOVED))
    assert found.guided_box is not None
    assert (found.guided_confidence > 0.5, found.guide_trust) == (True, 1.0)
    candidates = found.candidates
    is_drawn = np.arange(len(candidates.origins)) < 24
    around_guide = candidates.boxes_xywh[is_drawn & (candidates.origins == CandidateOrigin.GUIDED)]
    assert len(around_guide) == 8
    centers = around_guide[:, :2] + around_guide[:, 2:] / 2
    assert np.abs(np.median(centers, axis=0) - found.guided_box.center).max() < SIDE / 4
    own = candidates.origins[~is_drawn]
    assert {CandidateOrigin.MATCHED, CandidateOrigin.GUIDED} == {*own.tolist()}
    assert candidates.is_exact[~is_drawn].all()


def test_track_without_a_guide_then_says_nothing_of_one(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    tracker = StudioTracker(studio_config(iterations_first=4), studio_weights, device=CPU, seed=0)
    tracker.initialize(scene(START), START)
    found = explained(tracker, scene(START))
    assert (found.guided_box, found.guide_trust) == (None, 0.0)
    assert CandidateOrigin.GUIDED not in found.candidates.origins


@pytest.fixture
def two_threads() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(threads)


@pytest.mark.usefixtures("two_threads")
def test_track_when_there_are_threads_then_the_guide_looks_on_one_of_its_own(
    make_guided: MakeGuided, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, real = [], Guidance.look

    def look(self: Guidance, frame: Frame, around: Box, growth: float = 1.0) -> object:
        names.append(threading.current_thread().name)
        return real(self, frame, around, growth)

    monkeypatch.setattr(Guidance, "look", look)
    tracker = make_guided()
    tracker.initialize(scene(START), START)
    names.clear()
    assert tracker.track(scene(START)).box.iou(START) > 0
    assert [name.startswith("guide") for name in names] == [True]


def test_agreed_when_both_see_the_object_then_edges_lie_between_and_the_surer_counts_more() -> None:
    own, other = Box(80, 80, 40, 40), Box(84, 80, 40, 44)
    maps = [proposals(box, confidences=[confidence]) for box, confidence in ((own, 0.4), (other, 0.8))]
    found = guidance().agreed(own.xywh[None], *maps)
    np.testing.assert_allclose(found.boxes_xywh, [(own.xywh + 16 * other.xywh) / 17])
    assert 0.4 < found.confidences[0] < 0.8


def test_agreed_when_one_alone_sees_it_then_its_box_stays_and_is_believed_half() -> None:
    here, there = Box(80, 80, 40, 40), Box(0, 0, 40, 40)
    maps = [proposals(box, confidences=[0.8]) for box in (here, there)]
    found = guidance().agreed(np.array([here.xywh, there.xywh]), *maps)
    np.testing.assert_allclose(found.boxes_xywh, [here.xywh, there.xywh])
    np.testing.assert_allclose(found.confidences, 0.4)


def test_agreed_when_the_guide_is_trusted_less_then_its_box_counts_less() -> None:
    own, other = Box(80, 80, 40, 40), Box(84, 80, 40, 40)
    maps = [proposals(box, confidences=[0.6]) for box in (own, other)]
    trusted, doubted = guidance(), guidance()
    doubted.trust = 0.25
    left = [known.agreed(own.xywh[None], *maps).boxes_xywh[0, 0] for known in (trusted, doubted)]
    np.testing.assert_allclose(left, [82, 80 + 4 * 0.25 / 1.25])


def test_renew_when_the_object_looks_otherwise_then_both_looks_are_known() -> None:
    known, other = guidance(), scene(START, seed=2)
    unsure = known.look(other, AROUND).best_confidence
    known.renew(other, START, None)
    assert known.look(other, AROUND).best_confidence > unsure + 0.2
    assert known.look(scene(START), AROUND).best == guidance().look(scene(START), AROUND).best


def test_renew_when_it_was_renewed_before_then_the_latest_manual_box_takes_its_place() -> None:
    known = guidance()
    for seed in (2, 3):
        known.renew(scene(START, seed=seed), START, None)
    answer = known.look(scene(START, seed=3), AROUND)
    assert (len(answer.confidences), answer.best[0]) == (2, 1)


def test_restore_then_answers_as_before() -> None:
    known, other = guidance(), scene(START, seed=2)
    before, answer = known.knowledge(), known.look(other, AROUND)
    known.renew(other, START, None)
    known.restore(before)
    np.testing.assert_array_equal(known.look(other, AROUND).confidences, answer.confidences)


def test_begin_when_begun_before_then_the_first_target_is_forgotten() -> None:
    known = guidance()
    known.renew(scene(START, seed=2), START, None)
    known.begin(scene(START, seed=3), START)
    assert len(known.look(scene(START, seed=3), AROUND).confidences) == 1


def test_renew_when_the_guide_was_surely_wrong_then_trust_halves_and_comes_back_when_it_is_right() -> None:
    known = guidance()
    elsewhere = START.shifted(3 * SIDE, 0)
    known.renew(scene(START), elsewhere, AROUND)
    assert known.trust == 0.5
    known.restore(guidance().knowledge())
    assert known.trust == 1.0
    known.trust = 0.25
    known.renew(scene(START), START, AROUND)
    assert known.trust == 0.5


def test_correct_when_the_guide_was_wrong_then_it_loses_weight_for_this_target(make_guided: MakeGuided) -> None:
    tracker = make_guided()
    tracker.initialize(scene(START), START)
    tracker.correct(scene(MOVED), START.shifted(-2 * SIDE, -SIDE))
    assert trust_of(tracker) == 0.5
    tracker.initialize(scene(START), START)
    assert trust_of(tracker) == 1.0


def test_correct_when_cancelled_then_the_guide_knows_what_it_knew(make_guided: MakeGuided) -> None:
    tracker, twin = make_guided(), make_guided()
    for each in (tracker, twin):
        each.initialize(scene(path(0)), path(0))
        each.track(scene(path(1)))
    polls = iter(range(1000))
    with pytest.raises(TrackingCancelled):
        tracker.correct(scene(path(1)), START, should_cancel=lambda: next(polls) > 4)
    assert trust_of(tracker) == trust_of(twin)
    np.testing.assert_array_equal(tracker.track(scene(path(2))).box.xywh, twin.track(scene(path(2))).box.xywh)


def test_create_when_the_system_has_no_matching_head_then_says_that_it_follows_no_guide(
    studio_weights: BackboneWeights,
) -> None:
    config = replace(PRESETS["dlst"])
    with pytest.raises(ValueError, match="dlst follows no guide: take the preset dlst-studio"):
        create_tracker(config, studio_weights, guide=made_guide())
