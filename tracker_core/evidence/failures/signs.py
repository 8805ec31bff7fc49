"""What a tracked frame tells about itself without knowing where the object is: a few numbers. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker_core.box import Box, iou_with_box
from tracker_core.evidence.failures.card import PastFrame
from tracker_core.tracker import Diagnostics, TrackResult

APART_IOU = 0.3
"""Boxes that overlap by less are at different places, as in `Diagnostics.has_rivals`."""
USUAL_FRAMES = 15
"""Frames before, whose medians are what is usual."""
SPEED_FRAMES = 5


@dataclass(frozen=True, slots=True)
class Signs:
    """Numbers of one frame. A side is the square root of a box's area.

    Attributes:
        is_found: as the tracker says.
        score: of the result; at 0 and below the target counts as lost.
        fall: how far that is below the median of the frames before; 0 without any.
        growth: the box's area, divided by the median of the frames before; 1 without any.
        speed: median step of the box from frame to frame, just before, in sides.
        edge_gap: from the box to the picture's nearest edge, in sides; negative where the box sticks out.
        chosen_row: of the candidate that stands for the chosen box; None without candidates.
        rival_row: of the best judged one at another place; None where there is none.
        rival_lead: the rival's score above that of the chosen row; minus infinity without a rival.
        peak_distance: from the chosen box to the response's peak, in sides; 0 where the localiser points nowhere.
        has_abstained: whether the localiser saw nothing that looks like the target.
    """

    is_found: bool
    score: float
    fall: float
    growth: float
    speed: float
    edge_gap: float
    chosen_row: int | None
    rival_row: int | None
    rival_lead: float
    peak_distance: float
    has_abstained: bool


def signs_of(
    result: TrackResult, seen: Diagnostics, frame_size: tuple[int, int], recent: Sequence[PastFrame]
) -> Signs:
    """Of a frame of `frame_size` (width, height) pixels; `recent` are frames before it, oldest first."""
    usual = recent[-USUAL_FRAMES:]
    scores = [past.score for past in usual if np.isfinite(past.score)]
    areas = [past.box.area for past in usual]
    row, rival = chosen_row(seen), _rival_row(seen)
    judged = seen.candidates.scores
    response = seen.response_map
    points = response is not None and seen.localized_box is not None
    return Signs(
        is_found=result.is_found,
        score=result.score,
        fall=max(0.0, float(np.median(scores)) - result.score) if scores else 0.0,
        growth=result.box.area / float(np.median(areas)) if areas else 1.0,
        speed=_speed([past.box for past in recent[-SPEED_FRAMES - 1 :]]),
        edge_gap=_edge_gap(result.box, frame_size),
        chosen_row=row,
        rival_row=rival,
        rival_lead=-np.inf if rival is None or row is None else float(judged[rival] - judged[row]),
        peak_distance=distance_in_sides(response.peak, seen.chosen_box) if response and points else 0.0,
        has_abstained=response is not None and not points,
    )


def chosen_row(seen: Diagnostics) -> int | None:
    """Row of the candidate that is the answer, or overlaps it most where the best were averaged."""
    if seen.proposals is not None:
        return seen.proposals.chosen_row
    rows = np.flatnonzero(seen.candidates.is_exact)
    overlaps = iou_with_box(seen.candidates.boxes_xywh[rows], seen.chosen_box)
    return int(rows[overlaps.argmax()]) if len(rows) else None


def distance_in_sides(place: tuple[float, float], box: Box) -> float:
    """From a place (x, y) in pixels to a box's middle."""
    x, y = box.center
    return float(np.hypot(place[0] - x, place[1] - y)) / _side(box)


def _rival_row(seen: Diagnostics) -> int | None:
    candidates = seen.candidates
    rows = np.flatnonzero(candidates.is_exact)
    apart = rows[iou_with_box(candidates.boxes_xywh[rows], seen.chosen_box) < APART_IOU]
    return int(apart[candidates.scores[apart].argmax()]) if len(apart) else None


def _speed(boxes: Sequence[Box]) -> float:
    if len(boxes) < 2:
        return 0.0
    steps = [distance_in_sides(box.center, before) for before, box in pairwise(boxes)]
    return float(np.median(steps))


def _edge_gap(box: Box, frame_size: tuple[int, int]) -> float:
    width, height = frame_size
    return min(box.x, box.y, width - box.right, height - box.bottom) / _side(box)


def _side(box: Box) -> float:
    return max(float(np.sqrt(box.area)), 1e-6)
