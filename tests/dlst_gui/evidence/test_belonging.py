"""Which evidence explains a shown box, and which frames are worth keeping."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from dlst_gui.evidence.belonging import explaining
from dlst_gui.evidence.reasons import ORDINARY, Reason, reasons_of
from dlst_gui.project.tracks import Prediction
from tests.dlst_gui.evidence.made_frames import seen
from tracker_core import Box, UpdateKind
from tracker_core.evidence import FrameEvidence

SEEN = seen(7, score=1 / 3)


def prediction_of(evidence: FrameEvidence, *, disagreement: float = math.nan) -> Prediction:
    return Prediction(
        evidence.frame_index, evidence.box, evidence.score, evidence.is_found, 4, UpdateKind.NONE, disagreement
    )


@pytest.mark.parametrize("score", [1 / 3, float(np.float32(1 / 3))], ids=["fresh", "from-a-file"])
def test_explaining_when_box_and_score_are_the_same_then_it_does(score: float) -> None:
    assert explaining([seen(7), SEEN], replace(prediction_of(SEEN), score=score)) is SEEN


@pytest.mark.parametrize(
    "other",
    [
        replace(SEEN, frame_index=8),
        replace(SEEN, is_manual=True),
        seen(7, score=1 / 3, x=12.001),
        seen(7, score=0.3334),
    ],
    ids=["another-frame", "manual", "another-box", "another-score"],
)
def test_explaining_when_it_is_of_another_box_then_it_does_not(other: FrameEvidence) -> None:
    assert explaining([other], prediction_of(SEEN)) is None


def test_explaining_when_the_object_has_another_number_then_it_does_all_the_same() -> None:
    assert explaining([replace(SEEN, track_id=9)], prediction_of(SEEN)) is not None


def test_explaining_when_both_passes_were_fused_then_the_one_with_its_score_does() -> None:
    there, back = seen(7, score=4.0, x=12.0), seen(7, score=6.0, x=14.0, is_backward=True)
    fused = replace(prediction_of(back, disagreement=0.1), box=Box(13, 10, 20, 20))
    assert explaining([there, back], fused) is back
    assert explaining([there], fused) is None
    far = replace(fused, box=Box(40, 10, 20, 20))
    assert explaining([there, back], far) is None
    assert explaining([there, back], replace(fused, disagreement=math.nan)) is None


@pytest.mark.parametrize(
    ("evidence", "before", "expected"),
    [
        (seen(1, score=5.0), Box(12, 10, 20, 20), ORDINARY),
        (seen(1, score=5.0), None, ORDINARY),
        (seen(1, score=1.0), None, Reason.LOW),
        (seen(1, score=-1.0), None, Reason.LOST),
        (seen(1), Box(22.5, 10, 20, 20), Reason.JUMPED),
        (seen(1), Box(21.5, 10, 20, 20), ORDINARY),
        (seen(1), Box(12, 10, 20, 25), Reason.JUMPED),
        (seen(1), Box(12, 10, 20, 23), ORDINARY),
        (seen(1, score=-1.0), Box(90, 10, 20, 20), Reason.LOST | Reason.JUMPED),
        (replace(seen(1, score=-1.0), is_manual=True), Box(90, 10, 20, 20), ORDINARY),
    ],
)
def test_reasons_then_are_what_a_person_would_ask_about(
    evidence: FrameEvidence, before: Box | None, expected: Reason
) -> None:
    assert reasons_of(evidence, before) == expected
