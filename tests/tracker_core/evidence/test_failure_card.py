"""What a failure card says: with a reference, and without one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tracker_core.conftest import ReducedConfig
from tests.tracker_core.evidence.seen_frames import (
    ELSEWHERE,
    FRAME_SIZE,
    TARGET,
    seen_frame,
    with_proposals,
    with_regression,
    with_response,
)
from tests.tracker_core.moving_squares import path, scene
from tracker_core import BackboneWeights, Box, TrackResult, create_tracker
from tracker_core.evidence import Absence, Cause, FailureCard, PastFrame, failure_card, past_frame
from tracker_core.evidence.failures.card import frame_list, share
from tracker_core.evidence.failures.guessed import CONFIRMED


def judged(
    result: TrackResult, reference: Box | Absence = TARGET, past: tuple[PastFrame, ...] = ()
) -> FailureCard:
    return failure_card(result, FRAME_SIZE, reference=reference, recent=past, reference_name="your box")


def guessed(result: TrackResult, past: tuple[PastFrame, ...] = ()) -> FailureCard:
    return failure_card(result, FRAME_SIZE, recent=past)


def calm(frames: int, box: Box = TARGET, score: float = 5.0, *, is_learned: bool = True) -> tuple[PastFrame, ...]:
    return tuple(PastFrame(index, box, score, is_learned) for index in range(frames))


def test_judged_when_the_box_overlaps_the_reference_then_nothing_is_wrong() -> None:
    card = judged(seen_frame(TARGET.shifted(4, 0)))
    assert (card.cause, card.is_guess, card.confirmed) == (Cause.NOTHING_WRONG, False, None)
    assert "overlaps your box by 0.82" in card.sentence


def test_judged_when_the_right_box_is_called_lost_then_it_was_doubted() -> None:
    card = judged(seen_frame(TARGET, score=-1.5))
    assert card.cause is Cause.RIGHT_BUT_DOUBTED
    assert "−1.5" in card.sentence


@pytest.mark.parametrize(("absence", "cause"), [(Absence.OCCLUDED, Cause.OCCLUDED), (Absence.LEFT, Cause.LEFT)])
@pytest.mark.parametrize("score", [2.0, -2.0])
def test_judged_when_a_person_says_why_there_is_no_box_then_that_is_the_cause(
    absence: Absence, cause: Cause, score: float
) -> None:
    card = judged(seen_frame(TARGET, score=score), absence)
    assert card.cause is cause
    assert ("as it should" in card.sentence) == (score <= 0)


def test_judged_when_the_reference_is_outside_of_the_picture_then_the_object_has_left() -> None:
    assert judged(seen_frame(ELSEWHERE), Box(-31, 100, 40, 40)).cause is Cause.LEFT
    assert judged(seen_frame(ELSEWHERE), Box(-29, 100, 40, 40)).cause is not Cause.LEFT


@pytest.mark.parametrize(
    ("width", "height", "words"),
    [
        (60, 60, "2.2 times the area of your box: too loose"),
        (20, 20, "25 % of the area of your box: too tight"),
        (80, 20, "about the area of your box in another shape"),
    ],
)
def test_judged_when_only_the_size_is_wrong_then_it_says_by_how_much(
    width: float, height: float, words: str
) -> None:
    card = judged(seen_frame(TARGET.resized(width, height)))
    assert card.cause is Cause.LOOSE_OR_TIGHT
    assert words in card.sentence
    assert "Regression" not in card.sentence


def test_judged_when_regression_spoilt_a_right_box_then_it_says_so() -> None:
    card = judged(with_regression(seen_frame(TARGET.resized(20, 20)), TARGET.shifted(4, 0)))
    assert "Regression made it so: before it, the overlap was 0.82." in card.sentence


def test_judged_when_a_good_candidate_scored_lower_then_it_names_both() -> None:
    candidates = ((ELSEWHERE, 0.9), (TARGET.shifted(12, 0), -2.0), (TARGET.shifted(4, 0), -1.3))
    card = judged(seen_frame(ELSEWHERE, candidates=candidates))
    assert (card.cause, card.candidates) == (Cause.GOOD_CANDIDATE_SCORED_LOWER, (2, 0))
    assert (
        "2 candidates were on the object; the best judged (overlap 0.82 with your box) scored −1.3"
        in card.sentence
    )
    assert "below the chosen one's +0.9" in card.sentence
    assert card.boxes == (("chosen", ELSEWHERE), ("reference", TARGET))


def test_judged_when_the_good_candidate_scored_higher_then_the_mean_of_several_is_blamed() -> None:
    card = judged(seen_frame(ELSEWHERE, candidates=((ELSEWHERE, 0.9), (TARGET, 1.3))))
    assert card.cause is Cause.GOOD_CANDIDATE_SCORED_LOWER
    assert "scored +1.3, no less than the chosen one's +0.9: the chosen box is a mean of several" in card.sentence


def test_judged_when_proposals_are_rated_then_only_they_could_have_been_the_answer() -> None:
    candidates = ((TARGET, 3.0), (ELSEWHERE, 0.9), (TARGET.shifted(4, 0), 1.3))
    result = with_proposals(seen_frame(ELSEWHERE, candidates=candidates), {1: 0.62, 2: 0.31})
    card = judged(result)
    assert (card.cause, card.candidates) == (Cause.GOOD_CANDIDATE_SCORED_LOWER, (2, 1))
    assert "The one proposal on the object (overlap 0.82 with your box) scored +1.3" in card.sentence
    assert "the matching head expected an overlap of 0.31 of it, and of 0.62 of the chosen one" in card.sentence
    card = judged(with_proposals(result, {1: 0.62}))
    assert card.cause is Cause.NO_CANDIDATE_NEAR
    assert card.sentence.startswith("No proposal was on the object")


def test_judged_when_most_learned_frames_were_wrong_then_it_names_them() -> None:
    wrong = tuple(PastFrame(index, ELSEWHERE, 1.0, True, TARGET) for index in (7, 9))
    right = (PastFrame(5, TARGET, 1.0, True, TARGET),)
    result = seen_frame(ELSEWHERE, candidates=((ELSEWHERE, 0.9), (TARGET, -1.0)))
    card = judged(result, past=right + wrong)
    assert (card.cause, card.frames) == (Cause.LEARNED_WRONG_FRAMES, (7, 9))
    assert "Of the last 3 frames that it learned from, 2 had a wrong box (frames 7 and 9)" in card.sentence
    not_learned = tuple(replace(past, is_learned=False) for past in wrong)
    assert judged(result, past=right + not_learned).cause is Cause.GOOD_CANDIDATE_SCORED_LOWER


def test_judged_when_no_candidate_is_near_then_it_says_where_the_localiser_pointed() -> None:
    only_elsewhere = ((ELSEWHERE, 0.9),)
    away = seen_frame(ELSEWHERE, candidates=only_elsewhere, peak=(290, 150), localized=ELSEWHERE)
    card = judged(away)
    assert (card.cause, card.candidates) == (Cause.LOCALIZER_ELSEWHERE, (0,))
    assert "pointed 2.3 sides away" in card.sentence
    assert ("localised", ELSEWHERE) in card.boxes
    for result, words in (
        (seen_frame(ELSEWHERE, candidates=only_elsewhere), "farther than candidates are drawn"),
        (seen_frame(ELSEWHERE, candidates=only_elsewhere, peak=(200, 150)), "saw nothing there"),
        (
            seen_frame(ELSEWHERE, candidates=only_elsewhere, peak=(200, 150), localized=TARGET),
            "no candidate there had its size",
        ),
    ):
        card = judged(result)
        assert card.cause is Cause.NO_CANDIDATE_NEAR
        assert words in card.sentence
    far = judged(away, Box(20, 20, 40, 40))
    assert far.cause is Cause.NO_CANDIDATE_NEAR
    assert "outside of the search region" in far.sentence


def test_judged_when_there_are_no_candidates_then_none_is_near() -> None:
    card = judged(seen_frame(ELSEWHERE))
    assert (card.cause, card.candidates) == (Cause.NO_CANDIDATE_NEAR, ())


def test_past_frame_when_samples_were_taken_then_it_is_learned(
    random_weights: BackboneWeights, reduced: ReducedConfig
) -> None:
    config = reduced()
    tracker = create_tracker(
        replace(config, samples=replace(config.samples, always_learned_frames=2)), random_weights
    )
    tracker.initialize(scene(path(0)), path(0))
    second, third = (tracker.track(scene(path(n)), with_diagnostics=True) for n in (1, 2))
    assert past_frame(1, second) == PastFrame(1, second.box, second.score, is_learned=True)
    lost = replace(third, score=-1.0)
    assert past_frame(2, lost, reference=TARGET) == PastFrame(2, lost.box, -1.0, third.score > 0, TARGET)
    assert not past_frame(1, replace(second, diagnostics=None)).is_learned


def test_past_frame_when_a_person_drew_the_box_then_it_was_learned_and_is_the_reference() -> None:
    drawn = TrackResult(TARGET, float("inf"), is_found=True)
    assert past_frame(3, drawn) == PastFrame(3, TARGET, float("inf"), is_learned=True, reference=TARGET)


def test_card_when_the_result_comes_without_diagnostics_then_it_refuses() -> None:
    with pytest.raises(ValueError, match="diagnostics"):
        failure_card(TrackResult(TARGET, 1.0, is_found=True), FRAME_SIZE)


RIVALS = ((TARGET, 1.0), (ELSEWHERE, 2.1))
FAR_PEAK = {"peak": (290, 150), "localized": ELSEWHERE}
RUN = tuple(PastFrame(index, TARGET.shifted(50 * index - 500, 0), 5.0) for index in range(10))


@pytest.mark.parametrize(
    ("result", "past", "cause", "words"),
    [
        (seen_frame(TARGET, score=5), calm(20), Cause.NOTHING_WRONG, "No sign"),
        (seen_frame(TARGET, score=5), (), Cause.NOTHING_WRONG, "No sign"),
        (seen_frame(TARGET, score=5, candidates=((TARGET, 1.0), (ELSEWHERE, 1.9))), (), Cause.NOTHING_WRONG, ""),
        (
            seen_frame(TARGET, candidates=RIVALS),
            (),
            Cause.GOOD_CANDIDATE_SCORED_LOWER,
            "scored +2.1, above the best here",
        ),
        (seen_frame(TARGET, score=-1, candidates=RIVALS), (), Cause.NO_CANDIDATE_NEAR, "it may be at neither"),
        (seen_frame(TARGET), calm(20, score=0.2), Cause.LEARNED_WRONG_FRAMES, "10 had a score below +1.0"),
        (seen_frame(TARGET.resized(64, 64), score=4), calm(20), Cause.LOOSE_OR_TIGHT, "2.6 times its usual area"),
        (seen_frame(TARGET.resized(62, 62), score=4), calm(20), Cause.NOTHING_WRONG, ""),
        (seen_frame(TARGET, score=0.4), (), Cause.LOOSE_OR_TIGHT, "only +0.4"),
        (seen_frame(TARGET, score=1), calm(20), Cause.UNKNOWN, "4.0 below its usual value"),
        (seen_frame(TARGET, score=-1, **FAR_PEAK), calm(20), Cause.LOCALIZER_ELSEWHERE, "2.3 sides away"),
        (seen_frame(TARGET, **FAR_PEAK), (), Cause.NOTHING_WRONG, ""),
        (seen_frame(TARGET, score=-1), RUN, Cause.NO_CANDIDATE_NEAR, "moved by 1.2 sides per frame"),
        (seen_frame(Box(-5, 100, 40, 40), score=-2), calm(20, score=-1), Cause.LEFT, "touches the picture's edge"),
        (seen_frame(TARGET, score=-1, peak=(290, 150)), calm(20, score=-1), Cause.OCCLUDED, "may be hidden"),
        (seen_frame(TARGET, score=-1), calm(20, score=-1), Cause.RIGHT_BUT_DOUBTED, "the box may be right"),
        (seen_frame(Box(-5, 100, 40, 40), score=-2), calm(20), Cause.RIGHT_BUT_DOUBTED, "the box may be right"),
    ],
    ids=[
        "calm",
        "first",
        "weak-rival",
        "rival",
        "lost-with-rival",
        "learned",
        "size-jump",
        "size-change",
        "low",
        "fall",
        "peak",
        "peak-though-found",
        "fast",
        "edge-for-long",
        "hidden-for-long",
        "lost-for-long",
        "lost-at-edge",
    ],
)
def test_guessed_when_the_signs_are_those_of_a_cause_then_it_says_so(
    result: TrackResult, past: tuple[PastFrame, ...], cause: Cause, words: str
) -> None:
    card = guessed(result, past)
    assert (card.cause, card.is_guess) == (cause, True)
    assert words in card.sentence
    assert card.confirmed == CONFIRMED.get(cause)


def test_guessed_when_a_lost_target_is_seen_all_over_the_region_then_it_may_be_outside_of_it() -> None:
    lost = seen_frame(TARGET, score=-1, peak=(200, 150), localized=TARGET)
    assert guessed(lost).cause is Cause.RIGHT_BUT_DOUBTED
    card = guessed(with_response(lost, np.full((40, 40), 2, dtype=np.float32)))
    assert card.cause is Cause.NO_CANDIDATE_NEAR
    assert "sees the object on 25.0 times its area" in card.sentence


def test_guessed_when_the_matching_head_prefers_another_place_then_that_is_a_rival() -> None:
    result = seen_frame(TARGET)
    assert result.diagnostics is not None
    matched = replace(result.diagnostics, matched_box=ELSEWHERE, matched_confidence=0.62)
    card = guessed(replace(result, diagnostics=matched))
    assert card.cause is Cause.GOOD_CANDIDATE_SCORED_LOWER
    assert "expects an overlap of 0.62" in card.sentence
    assert ("rival", ELSEWHERE) in card.boxes


@pytest.mark.parametrize(("side", "fault"), [(48, "tight"), (34, "loose")])
def test_guessed_when_a_lost_target_is_proposed_in_another_size_then_its_box_may_not_fit(
    side: float, fault: str
) -> None:
    candidates = ((TARGET.resized(side, side), 0.1), (ELSEWHERE, 0.1))
    lost = with_proposals(seen_frame(TARGET, score=-1, candidates=candidates), {0: 0.4, 1: 0.1})
    card = guessed(lost)
    assert card.cause is Cause.LOOSE_OR_TIGHT
    assert f"too {fault}" in card.sentence


@pytest.mark.parametrize(
    ("frames", "words"),
    [((3,), "frame 3"), ((3, 5, 9), "frames 3, 5 and 9"), ((40, 6, 5, 4, 3), "5 frames between 3 and 40")],
)
def test_frame_list_then_names_few_and_counts_many(frames: tuple[int, ...], words: str) -> None:
    assert frame_list(frames) == words


@pytest.mark.parametrize(("value", "words"), [(0.0, "0.00"), (0.819, "0.82"), (0.999, "1.00")])
def test_share_then_leaves_out_the_zero(value: float, words: str) -> None:
    assert share(value) == words
