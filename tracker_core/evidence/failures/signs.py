"""What a tracked frame tells about itself without knowing where the object is: a few numbers. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tracker_core.box import Box, iou_with_box
from tracker_core.evidence.failures.card import PastFrame
from tracker_core.tracker import Diagnostics, ResponseMap, TrackResult

APART_IOU = 0.3
"""Boxes that overlap by less are at different places, as in `Diagnostics.has_rivals`."""
SAME_OBJECT_IOU = 0.2
"""Proposals that overlap the box by more are of the same object, whatever their size."""
USUAL_FRAMES = 15
"""Frames before, whose medians are what is usual."""
LOST_FRAMES = 10
"""Frames before, of which is counted how many were lost."""
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
        lost_share: of the frames just before, those that were lost; 0 without any.
        here_row: of the best judged candidate at the chosen place; None where there is none.
        rival_row: of the best judged one at another place; None where there is none.
        rival_lead: the rival's score above that of the one here; minus infinity where one is missing.
        peak_distance: from the chosen box to the response's peak, in sides; 0 where the localiser points nowhere.
        alike_area: where the localiser sees the object, in areas of the chosen box; 0 without a localiser.
        has_abstained: whether the localiser saw nothing that looks like the object.
        proposed_growth: median area of the proposals at the chosen place, divided by the box's; 1 without any.
    """

    is_found: bool
    score: float
    fall: float
    growth: float
    speed: float
    edge_gap: float
    lost_share: float
    here_row: int | None
    rival_row: int | None
    rival_lead: float
    peak_distance: float
    alike_area: float
    has_abstained: bool
    proposed_growth: float


def signs_of(
    result: TrackResult, seen: Diagnostics, frame_size: tuple[int, int], recent: Sequence[PastFrame]
) -> Signs:
    """Of a frame of `frame_size` (width, height) pixels; `recent` are frames before it, oldest first."""
    usual = recent[-USUAL_FRAMES:]
    scores = [past.score for past in usual if np.isfinite(past.score)]
    areas = [past.box.area for past in usual]
    here, rival = _best_rows(seen)
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
        lost_share=float(np.mean([score <= 0 for score in scores[-LOST_FRAMES:]])) if scores else 0.0,
        here_row=here,
        rival_row=rival,
        rival_lead=-np.inf if rival is None or here is None else float(judged[rival] - judged[here]),
        peak_distance=distance_in_sides(response.peak, seen.chosen_box) if response and points else 0.0,
        alike_area=0.0 if response is None else _alike_area(response, seen.chosen_box),
        has_abstained=response is not None and not points,
        proposed_growth=_proposed_growth(seen, result.box),
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


def _best_rows(seen: Diagnostics) -> tuple[int | None, int | None]:
    """The best candidates with exact scores, at the chosen place and at others."""
    candidates = seen.candidates
    rows = np.flatnonzero(candidates.is_exact)
    is_apart = iou_with_box(candidates.boxes_xywh[rows], seen.chosen_box) < APART_IOU
    here, elsewhere = (
        int(part[candidates.scores[part].argmax()]) if len(part) else None
        for part in (rows[~is_apart], rows[is_apart])
    )
    return here, elsewhere


def _alike_area(response: ResponseMap, box: Box) -> float:
    return float((response.values > 0).mean()) * response.extent.area / _side(box) ** 2


def _proposed_growth(seen: Diagnostics, box: Box) -> float:
    if seen.proposals is None:
        return 1.0
    boxes = seen.candidates.boxes_xywh[seen.proposals.rows]
    here = boxes[iou_with_box(boxes, box) > SAME_OBJECT_IOU]
    return float(np.median(here[:, 2] * here[:, 3])) / _side(box) ** 2 if len(here) else 1.0


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
