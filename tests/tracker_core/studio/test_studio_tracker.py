"""The default system: it follows, explains itself, and learns when it should."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.tracker_core.moving_squares import SIDE, path, scene, square
from tests.tracker_core.studio.conftest import CPU, MakeStudio, StudioConfig
from tracker_core import (
    BackboneWeights,
    Box,
    CandidateConfig,
    CandidateOrigin,
    Diagnostics,
    Example,
    ScheduleConfig,
    SpeedConfig,
    TrackResult,
    UpdateKind,
)
from tracker_core.box import iou_with_box
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import MatchingConfig
from tracker_core.studio.matching_head import MatchMap
from tracker_core.studio.studio_tracker import StudioTracker
from tracker_core.studio.target_model import Knowledge

FRAMES = [scene(path(n)) for n in range(12)]
STAGES = ["crop", "convolve", "match", "localize", "classify"]
ALWAYS_FOUND = MatchingConfig(far_looks=1, found_confidence=0.001, learned_confidence=0.0)
NEVER_FOUND = MatchingConfig(far_looks=1, found_confidence=0.9999, stay_below=-100.0)


def explained(result: TrackResult) -> Diagnostics:
    assert result.diagnostics is not None
    return result.diagnostics


def knowledge_of(tracker: StudioTracker) -> Knowledge:
    assert tracker._target is not None
    return tracker._target.model.knowledge()


@pytest.mark.parametrize("speed", ["exact", "fast"])
def test_track_when_a_textured_square_moves_then_follows_it(make_studio: MakeStudio, speed: str) -> None:
    tracker = make_studio(speed=speed)
    tracker.initialize(FRAMES[0], path(0))
    results = [tracker.track(frame) for frame in FRAMES[1:11]]
    overlaps = [result.box.iou(path(n)) for n, result in enumerate(results, start=1)]
    assert np.mean(overlaps) > 0.6  # above 0.9 was measured
    assert all(result.is_found for result in results)


def test_track_when_the_target_is_gone_then_is_lost_and_found_again(make_studio: MakeStudio) -> None:
    tracker = make_studio()
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    gone = [tracker.track(scene()) for _ in range(3)]
    assert not any(result.is_found for result in gone)
    assert all(result.update is UpdateKind.SHORT_TERM for result in gone)
    back = tracker.track(FRAMES[2])
    assert back.is_found
    assert back.box.iou(path(2)) > 0.6


def test_track_then_diagnostics_explain_the_result(make_studio: MakeStudio) -> None:
    tracker = make_studio(update_interval=3)
    tracker.initialize(FRAMES[0], path(0))
    previous = path(0)
    for frame in FRAMES[1:3]:
        result = tracker.track(frame, with_diagnostics=True)
        diagnostics = explained(result)
        assert diagnostics.previous_box == previous
        assert diagnostics.chosen_box == result.box
        assert diagnostics.regressed_box is None
        assert diagnostics.search_region is not None
        assert diagnostics.search_region.center == pytest.approx(previous.center)
        assert diagnostics.search_region.width == pytest.approx(4 * math.sqrt(previous.area))
        assert [stage for stage, _ in diagnostics.stage_ms][: len(STAGES)] == STAGES
        assert all(elapsed >= 0 for _, elapsed in diagnostics.stage_ms)
        assert diagnostics.update.kind is result.update
        assert len(diagnostics.update.localizer_losses) == 0
        assert_candidates_are_consistent(tracker, diagnostics)
        assert_matched_box_is_the_surest(diagnostics)
        assert_answer_is_the_best_rated_proposal(diagnostics)
        assert_localized_box_lies_on_the_peak(diagnostics)
        previous = diagnostics.chosen_box
    assert result.update is UpdateKind.LONG_TERM
    assert [stage for stage, _ in diagnostics.stage_ms] == [*STAGES, "collect", "update"]
    assert len(diagnostics.update.classifier_losses) == 2
    assert all(map(math.isfinite, diagnostics.update.classifier_losses))


def assert_answer_is_the_best_rated_proposal(diagnostics: Diagnostics) -> None:
    rated, candidates = diagnostics.proposals, diagnostics.candidates
    assert rated is not None
    assert set(candidates.origins[rated.rows]) == {CandidateOrigin.MATCHED}
    assert np.count_nonzero(candidates.origins == CandidateOrigin.MATCHED) == len(rated.rows)
    answer = Box.from_xywh(candidates.boxes_xywh[rated.chosen_row])
    assert diagnostics.chosen_box.center == pytest.approx(answer.center)
    assert diagnostics.matched_confidence == pytest.approx(rated.confidences.max())


def assert_candidates_are_consistent(tracker: StudioTracker, diagnostics: Diagnostics) -> None:
    config, candidates = tracker._config, diagnostics.candidates
    drawn = config.candidates.count
    matched = len(candidates.boxes_xywh) - drawn
    assert 1 <= matched <= tracker._matching.proposals + 1
    second = CandidateOrigin.PREVIOUS if diagnostics.localized_box is None else CandidateOrigin.LOCALIZED
    assert candidates.origins.tolist() == (
        [CandidateOrigin.PREVIOUS] * (drawn // 2) + [second] * (drawn // 2) + [CandidateOrigin.MATCHED] * matched
    )
    assert candidates.scores.shape == candidates.is_exact.shape == (drawn + matched,)
    assert candidates.scores.dtype == np.float32
    assert np.isfinite(candidates.scores).all()
    assert candidates.is_exact[drawn:].all()
    assert candidates.is_exact.sum() == config.speed.second_look + matched
    assert len(set(candidates.best.tolist())) == config.candidates.top_k
    assert candidates.is_exact[candidates.best].all()
    exact = np.sort(candidates.scores[candidates.is_exact])[::-1]
    np.testing.assert_array_equal(candidates.scores[candidates.best], exact[: config.candidates.top_k])


def assert_matched_box_is_the_surest(diagnostics: Diagnostics) -> None:
    candidates = diagnostics.candidates
    assert diagnostics.matched_box is not None
    assert 0 < diagnostics.matched_confidence < 1
    matched = candidates.boxes_xywh[candidates.origins == CandidateOrigin.MATCHED]
    assert iou_with_box(matched, diagnostics.matched_box).max() == pytest.approx(1)
    assert not diagnostics.has_rivals


def assert_localized_box_lies_on_the_peak(diagnostics: Diagnostics) -> None:
    response = diagnostics.response_map
    assert response is not None
    assert response.values.shape == (14, 14)  # 16 cells less the half windows at the edges
    assert response.values.dtype == np.float32
    region = diagnostics.search_region
    assert region is not None
    edges = np.array([[7.5 + 16, 7.5 + 16, 14 * 16, 14 * 16]]) * region.width / 256  # cell 0 begins at 7.5
    np.testing.assert_allclose(response.extent.xywh, edges[0] + (region.x, region.y, 0, 0))
    if diagnostics.localized_box is None:
        assert response.values.max() <= 0
    else:
        assert diagnostics.localized_box.center == pytest.approx(response.peak)


def test_response_map_when_trained_then_is_highest_on_the_target(make_studio: MakeStudio) -> None:
    """A cell of the map is 7 pixels wide here."""
    tracker = make_studio(iterations_first=20)
    tracker.initialize(FRAMES[0], path(0))
    away = square(int(path(0).x) + 14, int(path(0).y) - 10)
    localized = explained(tracker.track(scene(away), with_diagnostics=True)).localized_box
    assert localized is not None
    assert math.dist(localized.center, away.center) < 8


def test_candidates_then_their_exact_scores_are_the_classifiers(make_studio: MakeStudio) -> None:
    """Those read from the map rank the candidates much as the exact ones do."""
    tracker = make_studio(iterations_first=20, candidates=CandidateConfig(count=64), update_interval=1000)
    tracker.initialize(FRAMES[0], path(0))
    assert tracker._target is not None
    model = tracker._target.model
    view = model.look(FRAMES[1], path(0), CallMonitor())
    candidates = explained(tracker.track(FRAMES[1], with_diagnostics=True)).candidates
    exact = model.scores(view, candidates.boxes_xywh)
    is_exact = candidates.is_exact
    np.testing.assert_allclose(candidates.scores[is_exact], exact[is_exact], rtol=1e-4, atol=1e-4)
    assert np.corrcoef(candidates.scores[~is_exact], exact[~is_exact])[0, 1] > 0.8


def test_result_when_diagnostics_are_not_asked_for_then_carries_none(make_studio: MakeStudio) -> None:
    tracker = make_studio()
    tracker.initialize(FRAMES[0], path(0))
    assert tracker.track(FRAMES[1]).diagnostics is None


@pytest.mark.parametrize("with_examples", [False, True], ids=["alone", "with-examples"])
def test_initialize_then_reports_the_manual_box_as_certain(make_studio: MakeStudio, with_examples: bool) -> None:
    told: list[float] = []
    box = Box(60.25, 40.5, 30, 24)
    examples = [Example(path(7), lambda: FRAMES[7])] if with_examples else []
    result = make_studio().initialize(FRAMES[0], box, examples=examples, on_progress=told.append)
    assert (result.box, result.score, result.is_found) == (box, math.inf, True)
    assert result.update is UpdateKind.FIRST_FRAME
    assert told == sorted(told)
    assert told[0] > 0
    assert told[-1] == 1


# When it learns


def kinds_of(tracker: StudioTracker, last: int) -> dict[int, UpdateKind]:
    """Of frames 2 to `last`."""
    tracker.initialize(FRAMES[0], path(0))
    return {n: tracker.track(FRAMES[1]).update for n in range(2, last + 1)}


def test_update_when_found_then_is_long_term_every_so_many_frames(make_studio: MakeStudio) -> None:
    kinds = kinds_of(make_studio(matching=ALWAYS_FOUND, update_interval=3), 9)
    assert kinds == {n: UpdateKind.LONG_TERM if n % 3 == 0 else UpdateKind.NONE for n in kinds}


def test_update_when_lost_then_is_short_term_as_often_as_it_says(make_studio: MakeStudio) -> None:
    speed = SpeedConfig(lost_update_interval=2)
    kinds = kinds_of(make_studio(matching=NEVER_FOUND, speed=speed, update_interval=3), 9)
    expected = {n: UpdateKind.SHORT_TERM if n % 2 == 0 else UpdateKind.NONE for n in kinds}
    assert kinds == expected | {3: UpdateKind.LONG_TERM, 9: UpdateKind.LONG_TERM}


def test_learned_frames_then_are_those_up_to_a_start_and_every_so_many_after_it(make_studio: MakeStudio) -> None:
    speed = SpeedConfig(collection_interval=3, collection_start=4)
    tracker = make_studio(matching=ALWAYS_FOUND, speed=speed, update_interval=1000)
    tracker.initialize(FRAMES[0], path(0))
    learned, before = [], 0
    for number in range(2, 12):
        tracker.track(FRAMES[1])
        remembered = len(knowledge_of(tracker).memory.recent)
        if remembered > before:
            learned.append(number)
        before = remembered
    assert learned == [2, 3, 4, 7, 10]


@pytest.mark.parametrize(
    "matching",
    [NEVER_FOUND, MatchingConfig(far_looks=1, found_confidence=0.001, learned_confidence=0.9999)],
    ids=["lost", "unsure"],
)
def test_frame_when_lost_or_unsure_then_is_not_learned(make_studio: MakeStudio, matching: MatchingConfig) -> None:
    tracker = make_studio(matching=matching)
    tracker.initialize(FRAMES[0], path(0))
    tracker.track(FRAMES[1])
    assert len(knowledge_of(tracker).memory.recent) == 0


def shown_on(tracker: StudioTracker, last: int) -> list[int]:
    """On which frames, up to a last one, a template of the tracker's own was taken."""
    tracker.initialize(FRAMES[0], path(0))
    shown, before = [], knowledge_of(tracker).recent
    assert before is None
    for number in range(2, last + 1):
        tracker.track(FRAMES[1])
        latest = knowledge_of(tracker).recent
        if latest is not before:
            shown.append(number)
        before = latest
    return shown


def test_recent_template_then_is_taken_anew_every_so_many_frames(make_studio: MakeStudio) -> None:
    matching = replace(ALWAYS_FOUND, recent_interval=3, recent_confidence=0.0)
    assert shown_on(make_studio(matching=matching), 11) == [4, 7, 10]


@pytest.mark.parametrize(
    "matching",
    [
        replace(NEVER_FOUND, recent_confidence=0.0),
        replace(ALWAYS_FOUND, recent_confidence=0.9999),
        replace(ALWAYS_FOUND, recent_confidence=0.0, recent_interval=0),
    ],
    ids=["lost", "unsure", "never asked for"],
)
def test_recent_template_when_lost_or_unsure_then_none_is_taken(
    make_studio: MakeStudio, matching: MatchingConfig
) -> None:
    assert shown_on(make_studio(matching=matching), 13) == []


def test_match_when_there_is_a_recent_template_then_it_counts_by_how_much_surer_it_is(
    make_studio: MakeStudio,
) -> None:
    matching = MatchingConfig(far_looks=1, recent_advantage=2.0, recent_sharpness=2.0)
    tracker = make_studio(matching=matching, iterations_first=1)
    tracker.initialize(FRAMES[0], path(0))
    assert tracker._target is not None
    found = MatchMap(np.array([0.3, 0.3, 0.9]), np.array([[0.0, 0, 10, 20]] * 3))
    recent = MatchMap(np.array([0.6, 1.0, 0.0]), np.array([[10.0, 5, 20, 20]] * 3))
    fused = tracker._target.model._fused(found, recent)
    assert fused.confidences.tolist() == [0.6, 1.0, 0.9]
    share = 0.25 / (0.25 + 0.09)
    middles = [[5, 2.5, 15, 20], [10 * share, 5 * share, 10 + 10 * share, 20], [0, 0, 10, 20]]
    np.testing.assert_allclose(fused.boxes_xywh, middles, atol=1e-9)


def test_track_when_lost_then_the_box_keeps_its_size(make_studio: MakeStudio) -> None:
    tracker = make_studio(matching=NEVER_FOUND, speed=SpeedConfig(lost_update_interval=100))
    tracker.initialize(FRAMES[0], path(0))
    larger = scene(path(1).resized(1.2 * SIDE, 1.2 * SIDE))
    boxes = [tracker.track(larger).box for _ in range(2)]
    sides = [(box.width, box.height) for box in boxes]
    assert sides == [(pytest.approx(path(0).width), pytest.approx(path(0).height))] * 2


def test_search_when_lost_then_grows_up_to_a_limit_and_stays(make_studio: MakeStudio) -> None:
    """Scores at or below `stay_below` leave the search where it is."""
    matching = MatchingConfig(
        far_looks=1, found_confidence=0.9999, stay_below=100.0, search_growth=1.2, search_limit=1.5
    )
    tracker = make_studio(matching=matching, speed=SpeedConfig(lost_update_interval=100))
    tracker.initialize(FRAMES[0], path(0))
    regions = [explained(tracker.track(FRAMES[n], with_diagnostics=True)).search_region for n in range(1, 5)]
    for region, growth in zip(regions, (1, 1.2, 1.44, 1.5), strict=True):
        assert region is not None
        assert region.center == pytest.approx(path(0).center)
        assert region.width == pytest.approx(4 * SIDE * growth)


def test_memory_when_tracking_for_long_then_is_the_one_taken_at_the_start(
    studio_config: StudioConfig, studio_weights: BackboneWeights
) -> None:
    """Both windows are full many times over; all samples fill their pages of ten rows."""
    schedule = ScheduleConfig(long_term_frames=6, short_term_frames=3)
    config = studio_config(matching=ALWAYS_FOUND, schedule=schedule, iterations_online=1)
    online = replace(config.samples.online, positives=10, positive_draws=30, negatives=20)
    config = replace(config, samples=replace(config.samples, online=online))
    tracker = StudioTracker(config, studio_weights, device=CPU, seed=0)
    tracker.initialize(FRAMES[0], path(0))
    store = knowledge_of(tracker).memory.kept[0].positives.store
    capacity = len(store.values)
    for _ in range(20):
        tracker.track(FRAMES[1])
    memory = knowledge_of(tracker).memory
    assert len(memory.recent) == 6
    assert len(memory.kept) == 1
    assert memory.recent[-1].positives.store is store
    assert len(store.values) == capacity


# With updates in the background


def test_update_when_in_the_background_then_its_weights_are_used_from_the_due_frame_on(
    make_studio: MakeStudio,
) -> None:
    """Begun on frame 5, taken over on 8; the weights are the old ones in between."""
    tracker = make_studio(matching=ALWAYS_FOUND, update_interval=5, update_delay=3)
    tracker.initialize(FRAMES[0], path(0))
    before = knowledge_of(tracker).heads
    for number in range(2, 10):
        result = tracker.track(FRAMES[1])
        assert result.update is (UpdateKind.LONG_TERM if number == 8 else UpdateKind.NONE)
        is_unchanged = all(map(torch.equal, before, knowledge_of(tracker).heads))
        assert is_unchanged is (number < 8)


def test_correct_when_an_update_is_in_the_background_then_it_is_forgotten(make_studio: MakeStudio) -> None:
    tracker = make_studio(matching=ALWAYS_FOUND, update_interval=5, update_delay=3)
    tracker.initialize(FRAMES[0], path(0))
    for _ in range(2, 6):
        tracker.track(FRAMES[1])
    assert knowledge_of(tracker).pending is not None
    tracker.correct(FRAMES[1], path(1))
    corrected = knowledge_of(tracker)
    assert corrected.pending is None
    for _ in range(6, 10):
        assert tracker.track(FRAMES[1]).update is UpdateKind.NONE
    assert all(map(torch.equal, corrected.heads, knowledge_of(tracker).heads))
