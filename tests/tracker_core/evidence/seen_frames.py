"""Frames as a tracker may have seen them, made by hand: a square target in a picture of 400 x 300 pixels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box, CandidateOrigin, Candidates, Diagnostics, RatedProposals, ResponseMap, TrackResult

FRAME_SIZE = (400, 300)
TARGET = Box(180, 130, 40, 40)
ELSEWHERE = Box(270, 130, 40, 40)
REGION = Box(100, 50, 200, 200)


def seen_frame(
    box: Box,
    *,
    score: float = 2.0,
    candidates: tuple[tuple[Box, float], ...] = (),
    peak: tuple[float, float] | None = None,
    localized: Box | None = None,
) -> TrackResult:
    """A result at `box`; candidates are boxes with scores, the first stands for the chosen box."""
    boxes = np.array([each.xywh for each, _ in candidates]).reshape(-1, 4)
    scores = np.array([each for _, each in candidates], dtype=np.float32)
    count = len(boxes)
    judged = Candidates(
        boxes,
        np.full(count, CandidateOrigin.PREVIOUS, dtype=np.uint8),
        scores,
        np.arange(min(count, 1)),
        np.ones(count, dtype=np.bool_),
    )
    response = None if peak is None else response_with(peak)
    seen = Diagnostics(
        previous_box=TARGET,
        search_region=None if peak is None else REGION,
        response_map=response,
        localized_box=localized,
        candidates=judged,
        chosen_box=box,
        regressed_box=None,
    )
    return TrackResult(box, score, score > 0, seen)


def response_with(peak: tuple[float, float]) -> ResponseMap:
    """A map of 40 x 40 cells over the search region, highest in the cell that holds `peak`."""
    values = np.full((40, 40), -1, dtype=np.float32)
    column, row = ((peak[0] - REGION.x) / 5, (peak[1] - REGION.y) / 5)
    values[int(row), int(column)] = 3.0
    return ResponseMap(values, REGION)


def with_regression(result: TrackResult, chosen: Box) -> TrackResult:
    """The same result, as if regression had made it of `chosen`."""
    assert result.diagnostics is not None
    seen = replace(result.diagnostics, chosen_box=chosen, regressed_box=result.box)
    return replace(result, diagnostics=seen)


def with_response(result: TrackResult, values: NDArray[np.float32]) -> TrackResult:
    """The same result, with another response all over the search region."""
    assert result.diagnostics is not None
    return replace(result, diagnostics=replace(result.diagnostics, response_map=ResponseMap(values, REGION)))


def with_proposals(result: TrackResult, confidences: dict[int, float]) -> TrackResult:
    """The same result, as if the answer had been chosen by these confidences, by row of the candidates."""
    assert result.diagnostics is not None
    values = np.array(list(confidences.values()), dtype=np.float32)
    rated = RatedProposals(np.array(list(confidences), dtype=np.int64), values, np.log(values))
    return replace(result, diagnostics=replace(result.diagnostics, proposals=rated))
