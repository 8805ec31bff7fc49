"""Evidence as hypothesis draws it, and a plain one."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from tracker_core import (
    Box,
    CandidateOrigin,
    Candidates,
    Diagnostics,
    DrawingCenter,
    RatedProposals,
    ResponseMap,
    TrackResult,
    UpdateKind,
    UpdateReport,
)
from tracker_core.evidence import FrameEvidence, KeptPicture

JPEG = b"\xff\xd8\xff\xe0 not looked into"


def made_diagnostics(seed: int, *, candidates: int = 256, cells: int = 102, is_full: bool = True) -> Diagnostics:
    """As a tracker might have seen it."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 4, candidates).astype(np.float32)
    best = np.argsort(-scores)[:5].astype(np.int64)
    boxes = rng.normal(200, 60, (candidates, 4))
    values = rng.normal(0, 3, (cells, cells + 1)).astype(np.float32)
    seen = Candidates(
        boxes,
        rng.integers(0, 5, candidates).astype(np.uint8),
        scores,
        best,
        rng.random(candidates) > 0.5,
    )
    box = Box.from_xywh(rng.normal(200, 60, 4))
    if not is_full:
        return Diagnostics(box, None, None, None, seen, box, None)
    return Diagnostics(
        previous_box=box,
        search_region=box.shifted(1, 2),
        response_map=ResponseMap(values, box.shifted(3, 4)),
        localized_box=box.shifted(5, 6),
        candidates=seen,
        chosen_box=box.shifted(7, 8),
        regressed_box=box.shifted(9, 10),
        update=UpdateReport(UpdateKind.SHORT_TERM, (0.5, 0.25), (0.125,)),
        stage_ms=(("localize", 1.5), ("classify", 2.5)),
        matched_box=box.shifted(11, 12),
        matched_confidence=0.5,
        guided_box=box.shifted(13, 14),
        guided_confidence=0.75,
        guide_trust=0.25,
        regressed_best=boxes[best] + 1,
        proposals=RatedProposals(
            np.arange(candidates - 3, candidates),
            rng.random(3).astype(np.float32),
            rng.normal(0, 1, 3).astype(np.float32),
        ),
        centers=(
            DrawingCenter(CandidateOrigin.PREVIOUS, box, candidates // 2, 0.66),
            DrawingCenter(CandidateOrigin.LOCALIZED, box.shifted(5, 6), candidates // 4, 0.6),
        ),
    )


def made_evidence(seed: int = 0, **settings: object) -> FrameEvidence:
    """A frame with everything that there can be."""
    diagnostics = made_diagnostics(seed, **settings)
    result = TrackResult(diagnostics.chosen_box, 1 / 3, True, diagnostics, UpdateKind.LONG_TERM)
    return FrameEvidence(
        7 + seed,
        3,
        result,
        is_backward=True,
        system="dlst-studio fast +fear-xs",
        elapsed_s=0.5,
        timestamp_s=7 / 30,
        picture=KeptPicture(JPEG, diagnostics.previous_box),
    )


_numbers = st.floats(-(2.0**24), 2.0**24, width=32)
_boxes = st.builds(Box, _numbers, _numbers, _numbers, _numbers)
_exact_boxes = st.builds(Box, *[st.floats(allow_nan=False, allow_infinity=False)] * 4)


@st.composite
def _diagnostics(draw: st.DrawFn) -> Diagnostics:
    made = made_diagnostics(
        draw(st.integers(0, 2**32 - 1)),
        candidates=draw(st.integers(5, 40)),
        cells=draw(st.integers(1, 12)),
        is_full=draw(st.booleans()),
    )
    losses = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=4).map(tuple)
    update = UpdateReport(draw(st.sampled_from(UpdateKind)), draw(losses), draw(losses))
    stages = st.tuples(st.text(max_size=20), st.floats(0, 2.0**20, width=32))
    return Diagnostics(
        draw(_boxes),
        draw(st.none() | _boxes),
        draw(st.sampled_from([made.response_map, None])),
        draw(st.none() | _boxes),
        made.candidates,
        draw(_boxes),
        draw(st.none() | _boxes),
        update,
        draw(st.lists(stages, max_size=4).map(tuple)),
        draw(st.none() | _boxes),
        0.5,
        draw(st.none() | _boxes),
        0.25,
        0.125,
        made.regressed_best,
        made.proposals,
        made.centers,
    )


@st.composite
def frames_of_evidence(draw: st.DrawFn) -> FrameEvidence:
    """Anything that a tracker could have found."""
    result = TrackResult(
        draw(_exact_boxes),
        draw(st.floats(allow_nan=False)),
        draw(st.booleans()),
        draw(st.none() | _diagnostics()),
        draw(st.sampled_from(UpdateKind)),
    )
    return FrameEvidence(
        draw(st.integers(0, 2**53)),
        draw(st.integers(-(2**63), 2**63 - 1)),
        result,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.text(max_size=60)),
        draw(st.floats(0, 2.0**20, width=32)),
        draw(st.none() | st.floats(allow_nan=False, allow_infinity=False)),
        draw(st.none() | st.builds(KeptPicture, st.binary(max_size=9).map(lambda more: JPEG + more), _boxes)),
    )
