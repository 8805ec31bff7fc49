import numpy as np
import pytest

from tracker_core.evaluation.scores.roc import ScoredFrames, roc_area, score_test, scored_frames


def test_roc_area_when_counted_pair_by_pair_then_is_the_same() -> None:
    rng = np.random.default_rng(0)
    positive, negative = rng.integers(0, 9, 40).astype(float), rng.integers(-3, 6, 25).astype(float)
    wins = (positive[:, None] > negative).mean() + (positive[:, None] == negative).mean() / 2
    assert roc_area(positive, negative) == pytest.approx(wins)
    assert roc_area(-positive, -negative) == pytest.approx(1 - wins)


def test_score_test_when_runs_differ_then_frames_are_pooled_and_those_between_left_out() -> None:
    sure = ScoredFrames(np.array([5.0, 4.0, 9.0]), np.array([0.9, 0.05, 0.3]))
    unsure = ScoredFrames(np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.6, np.nan]))
    found = score_test([sure, unsure])
    # 5 beats 4 and 1; 2 beats 1 alone.
    assert (found.area, found.on_target, found.off_target) == (0.75, 2, 2)


@pytest.mark.parametrize(
    ("scores", "ious", "is_two_valued"),
    [([1.0, 2.0, 3.0], [0.9, 0.8, 0.7], False), ([1.0, -1.0, 1.0], [0.9, 0.0, 0.7], True), ([], [], False)],
    ids=["never off", "found or lost", "nothing"],
)
def test_score_test_when_there_is_nothing_to_tell_apart_then_has_no_area(
    scores: list[float], ious: list[float], is_two_valued: bool
) -> None:
    found = score_test([ScoredFrames(np.array(scores), np.array(ious))])
    assert (found.area, found.is_two_valued) == (None, is_two_valued)


def test_scored_frames_when_a_person_drew_the_box_then_it_is_left_out() -> None:
    found = scored_frames(np.array([np.inf, 1.0, np.nan]), np.array([1.0, 0.4, 0.6]))
    assert (found.scores.tolist(), found.ious.tolist()) == ([1.0], [0.4])
