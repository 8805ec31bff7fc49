"""Around which places candidates are drawn, and how many around each."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core.box import Box
from tracker_core.candidate_drawing import drawing_centers, drawn_candidates
from tracker_core.config import CandidateConfig, DrawingConfig
from tracker_core.sampling import BoxSampler
from tracker_core.tracker import CandidateOrigin, DrawingCenter

PREVIOUS, LOCALIZED, GUIDED, LAST_SEEN = (Box(x, 100, 40, 30) for x in (100, 200, 300, 400))
CONFIG = CandidateConfig(count=128)
Shares = list[tuple[CandidateOrigin, Box, int]]


def shares(centers: tuple[DrawingCenter, ...]) -> Shares:
    return [(center.origin, center.box, center.count) for center in centers]


AROUND_PREVIOUS = (CandidateOrigin.PREVIOUS, PREVIOUS)
AROUND_LOCALIZED = (CandidateOrigin.LOCALIZED, LOCALIZED)
AROUND_GUIDED = (CandidateOrigin.GUIDED, GUIDED)


@pytest.mark.parametrize(
    ("count", "localized", "guided", "expected"),
    [
        (128, LOCALIZED, None, [(*AROUND_PREVIOUS, 64), (*AROUND_LOCALIZED, 64)]),
        (129, LOCALIZED, None, [(*AROUND_PREVIOUS, 64), (*AROUND_LOCALIZED, 65)]),
        (128, None, None, [(*AROUND_PREVIOUS, 64), (*AROUND_PREVIOUS, 64)]),
        (128, LOCALIZED, GUIDED, [(*AROUND_PREVIOUS, 42), (*AROUND_LOCALIZED, 42), (*AROUND_GUIDED, 42)]),
    ],
    ids=["two-places", "odd", "localiser-abstains", "guide"],
)
def test_centers_when_both_then_all_places_get_the_same_number(
    count: int, localized: Box | None, guided: Box | None, expected: Shares
) -> None:
    assert shares(drawing_centers(CandidateConfig(count=count), PREVIOUS, localized, guided=guided)) == expected


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (CandidateConfig(count=128, mode="previous"), [(*AROUND_PREVIOUS, 128)]),
        (CandidateConfig(count=128, mode="localized"), [(*AROUND_LOCALIZED, 128)]),
    ],
    ids=["previous", "localized"],
)
def test_centers_when_one_place_is_wanted_then_it_gets_all(config: CandidateConfig, expected: Shares) -> None:
    assert shares(drawing_centers(config, PREVIOUS, LOCALIZED)) == expected


def test_centers_when_the_target_is_out_of_sight_then_a_quarter_goes_where_it_was_seen() -> None:
    centers = drawing_centers(CONFIG, PREVIOUS, LOCALIZED, last_seen=LAST_SEEN, translation=1.2)
    assert [(each.origin, each.count, each.translation) for each in centers] == [
        (CandidateOrigin.PREVIOUS, 32, 1.2),
        (CandidateOrigin.LAST_SEEN, 32, 1.2),
        (CandidateOrigin.LOCALIZED, 64, 0.6),
    ]


def test_drawn_then_each_lies_around_its_centre_in_their_order() -> None:
    sampler = BoxSampler(DrawingConfig(rounds_boxes=False), 1000, 1000, 10)
    centers = drawing_centers(CONFIG, PREVIOUS, LOCALIZED)
    boxes, origins = drawn_candidates(sampler, np.random.default_rng(0), centers, scale_exponent=1)
    assert origins.tolist() == [CandidateOrigin.PREVIOUS] * 64 + [CandidateOrigin.LOCALIZED] * 64
    offsets = boxes[:, 0] + boxes[:, 2] / 2 - np.repeat([120, 220], 64)  # their centres, from those drawn around
    assert 20 < np.abs(offsets).max() <= 0.6 * 35  # mean sides
    other, _ = drawn_candidates(sampler, np.random.default_rng(0), centers[:1], scale_exponent=1)
    np.testing.assert_array_equal(other, boxes[:64])
