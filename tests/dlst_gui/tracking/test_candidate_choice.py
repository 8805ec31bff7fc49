"""What is offered to be picked instead of drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlst_gui.tracking.candidate_choice import offered_picks
from tracker_core import Box, BoxArray, CandidateOrigin, Candidates


def candidates(boxes: BoxArray, scores: list[float]) -> Candidates:
    n = len(boxes)
    return Candidates(
        boxes,
        np.zeros(n, np.uint8),
        np.array(scores, np.float32),
        np.arange(min(5, n)),
        np.ones(n, np.bool_),
    )


def test_offered_picks_when_two_are_alike_then_only_the_better_is_offered() -> None:
    boxes = np.array([[10.0, 10, 20, 20], [11, 10, 20, 20], [40, 10, 20, 20]])
    assert offered_picks(candidates(boxes, [1.0, 2.0, -3.0])) == (Box(11, 10, 20, 20), Box(40, 10, 20, 20))


@pytest.mark.parametrize(("n", "expected"), [(9, 9), (3, 3)])
def test_offered_picks_when_there_are_many_then_gives_the_best_in_order(n: int, expected: int) -> None:
    boxes = np.column_stack([50.0 * np.arange(20), np.zeros(20), np.full((20, 2), 30.0)])
    scores = np.random.default_rng(0).permutation(20.0 * np.arange(20)).tolist()
    offered = offered_picks(candidates(boxes, scores), n=n)
    by_score = boxes[np.argsort(scores)[::-1]]
    assert [box.x for box in offered] == by_score[:expected, 0].tolist()


def test_offered_picks_when_the_matching_head_has_a_box_there_then_it_stands_for_those_like_it() -> None:
    boxes = np.array([[10.0, 10, 20, 20], [11, 10, 20, 20], [40, 10, 20, 20], [12, 10, 20, 20], [90, 10, 20, 20]])
    drawn = candidates(boxes, [1.0, 2.0, 1.5, -1.0, -2.0])
    origins = np.array([0, 0, 0, CandidateOrigin.MATCHED, CandidateOrigin.MATCHED], np.uint8)
    assert offered_picks(replace(drawn, origins=origins)) == (
        Box(12, 10, 20, 20),
        Box(40, 10, 20, 20),
        Box(90, 10, 20, 20),
    )
