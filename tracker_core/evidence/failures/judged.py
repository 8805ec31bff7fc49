"""The cause of a failure where it is known where the object is. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, iou_with_box
from tracker_core.evidence.failures.card import (
    Absence,
    Cause,
    FailureCard,
    NamedBoxes,
    PastFrame,
    frame_list,
    log_odds,
    share,
)
from tracker_core.evidence.failures.signs import chosen_row, distance_in_sides
from tracker_core.tracker import Diagnostics, TrackResult

RIGHT_IOU = 0.5
"""A box that overlaps the reference by so much is right. Source: OTB's overlap success."""
LEAST_INSIDE = 0.25
"""Of the reference box; with less of it in the picture, the object has left."""
LEARNED_FRAMES = 10
"""Latest learned frames with a reference that are looked at."""
WRONG_SHARE = 0.5
"""Of these; with so many wrong, it is what was learned that leads astray."""
LEAST_WRONG = 2
SAME_AREA = 1.25
"""Times; a box of the right place whose area is closer to the reference's is of the wrong shape."""
POINTED_AT = 0.5
"""Sides from the object's middle within which the localiser points at it."""


@dataclass(frozen=True, slots=True)
class JudgedFrame:
    """A frame with the box that it should have; `name` is what sentences call that box."""

    result: TrackResult
    seen: Diagnostics
    frame_size: tuple[int, int]
    reference: Box
    recent: Sequence[PastFrame]
    name: str

    @property
    def boxes(self) -> NamedBoxes:
        """The one that the track has, and the one that it should have."""
        return ("chosen", self.result.box), ("reference", self.reference)

    @property
    def offered(self) -> NDArray[np.int64]:
        """(m,) rows of the candidates that could have been the answer, the best judged first."""
        proposals = self.seen.proposals
        if proposals is None:
            return self.seen.candidates.ranked()
        return proposals.rows[np.argsort(-proposals.ratings, kind="stable")]

    @property
    def overlaps(self) -> NDArray[np.float64]:
        """(m,) IoU of those with the reference."""
        return iou_with_box(self.seen.candidates.boxes_xywh[self.offered], self.reference)


def judged_card(frame: JudgedFrame) -> FailureCard:
    """The first cause that holds, in the order of `_RULES`; no candidate was near where none of these does."""
    for rule in _RULES:
        if (card := rule(frame)) is not None:
            return card
    return _no_candidate_near(frame)


def absent_card(result: TrackResult, absence: Absence) -> FailureCard:
    """Of a frame on which the object has no box."""
    where, cause = {
        Absence.OCCLUDED: ("hidden", Cause.OCCLUDED),
        Absence.LEFT: ("out of the picture", Cause.LEFT),
    }[absence]
    did = "took something else for it" if result.is_found else "calls it lost, as it should"
    sentence = (
        f"The object is {where}, and the tracker {did} (score {log_odds(result.score)}; lost is 0 and below)."
    )
    return FailureCard(cause, sentence, boxes=(("chosen", result.box),))


def _right(frame: JudgedFrame) -> FailureCard | None:
    iou, score = frame.result.box.iou(frame.reference), frame.result.score
    if iou < RIGHT_IOU:
        return None
    overlap = f"it overlaps {frame.name} by {share(iou)}"
    if frame.result.is_found:
        return FailureCard(Cause.NOTHING_WRONG, f"The box is right: {overlap}.", boxes=frame.boxes)
    sentence = (
        f"The box is right ({overlap}), but its score of {log_odds(score)} is not above 0: the object looks too "
        "little like what was learned to be called found."
    )
    return FailureCard(Cause.RIGHT_BUT_DOUBTED, sentence, boxes=frame.boxes)


def _has_left(frame: JudgedFrame) -> FailureCard | None:
    if _inside(frame.reference, frame.frame_size) >= LEAST_INSIDE:
        return None
    sentence = f"Hardly any of {frame.name} is inside of the picture: the object has left it."
    return FailureCard(Cause.LEFT, sentence, boxes=frame.boxes)


def _missized(frame: JudgedFrame) -> FailureCard | None:
    """With the reference's size about its own middle, the box would be right."""
    box, reference, seen = frame.result.box, frame.reference, frame.seen
    if box.resized(reference.width, reference.height).iou(reference) < RIGHT_IOU:
        return None
    ratio = box.area / reference.area
    if 1 / SAME_AREA < ratio < SAME_AREA:
        fault = f"about the area of {frame.name} in another shape"
    elif ratio > 1:
        fault = f"{ratio:.1f} times the area of {frame.name}: too loose"
    else:
        fault = f"{100 * ratio:.0f} % of the area of {frame.name}: too tight"
    sentence = f"The place is right, but the box has {fault}."
    before = seen.chosen_box.iou(reference)
    if seen.regressed_box is not None and before >= RIGHT_IOU:
        sentence += f" Regression made it so: before it, the overlap was {share(before)}."
    return FailureCard(Cause.LOOSE_OR_TIGHT, sentence, boxes=frame.boxes)


def _learned_wrong_frames(frame: JudgedFrame) -> FailureCard | None:
    known = [past for past in frame.recent if past.is_learned and past.reference is not None][-LEARNED_FRAMES:]
    wrong = tuple(
        past.frame_index for past in known if past.reference and past.box.iou(past.reference) < RIGHT_IOU
    )
    if len(wrong) < max(LEAST_WRONG, WRONG_SHARE * len(known)):
        return None
    sentence = (
        f"Of the last {len(known)} frames that it learned from, {len(wrong)} had a wrong box "
        f"({frame_list(wrong)}): it has learned something else as the object."
    )
    return FailureCard(Cause.LEARNED_WRONG_FRAMES, sentence, boxes=frame.boxes, frames=wrong)


def _good_candidate_scored_lower(frame: JudgedFrame) -> FailureCard | None:
    """Of the candidates on the object, the best judged one is told of: it came closest to being chosen."""
    is_good, chosen = frame.overlaps >= RIGHT_IOU, chosen_row(frame.seen)
    if not is_good.any() or chosen is None:
        return None
    first = int(is_good.argmax())
    row, count = int(frame.offered[first]), int(is_good.sum())
    overlap = f"overlap {share(frame.overlaps[first])} with {frame.name}"
    if count == 1:
        better = f"The one {_offered_word(frame)} on the object ({overlap})"
    else:
        better = f"{count} {_offered_word(frame)}s were on the object; the best judged ({overlap})"
    sentence = f"{better} {_compared(frame.seen, row, chosen)}."
    cause = Cause.GOOD_CANDIDATE_SCORED_LOWER
    return FailureCard(cause, sentence, candidates=(row, chosen), boxes=frame.boxes)


def _compared(seen: Diagnostics, row: int, chosen: int) -> str:
    """Why the candidate of one row was left for another."""
    score, chosen_score = float(seen.candidates.scores[row]), float(seen.candidates.scores[chosen])
    if score < chosen_score:
        return (
            f"scored {log_odds(score)}, below the chosen one's {log_odds(chosen_score)}: the classifier took "
            "another place for the object"
        )
    said = f"scored {log_odds(score)}, no less than the chosen one's {log_odds(chosen_score)}"
    if seen.proposals is None:
        return f"{said}: the chosen box is a mean of several that did not fit"
    expected = dict(zip(seen.proposals.rows.tolist(), seen.proposals.confidences.tolist(), strict=True))
    return (
        f"{said}, but the matching head expected an overlap of {share(expected[row])} of it, and of "
        f"{share(expected[chosen])} of the chosen one"
    )


def _localizer_elsewhere(frame: JudgedFrame) -> FailureCard | None:
    """The object was in the search region, and the localiser pointed at something else there."""
    response, localized = frame.seen.response_map, frame.seen.localized_box
    if response is None or localized is None or not _holds(response.extent, frame.reference.center):
        return None
    off = distance_in_sides(response.peak, frame.reference)
    if off <= POINTED_AT:
        return None
    sentence = f"{_none_near(frame)}: the localiser pointed {off:.1f} sides away from it."
    boxes = (*frame.boxes, ("localised", localized))
    return FailureCard(Cause.LOCALIZER_ELSEWHERE, sentence, candidates=_nearest(frame), boxes=boxes)


def _no_candidate_near(frame: JudgedFrame) -> FailureCard:
    response = frame.seen.response_map
    if response is None:
        why = "it moved farther than candidates are drawn"
    elif not _holds(response.extent, frame.reference.center):
        why = "it is outside of the search region"
    elif frame.seen.localized_box is None:
        why = "it is in the search region, but the localiser saw nothing there that looks like it"
    else:
        why = "the localiser pointed at it, but no candidate there had its size"
    sentence = f"{_none_near(frame)}: {why}."
    return FailureCard(Cause.NO_CANDIDATE_NEAR, sentence, candidates=_nearest(frame), boxes=frame.boxes)


_RULES = (
    _right,
    _has_left,
    _missized,
    _learned_wrong_frames,
    _good_candidate_scored_lower,
    _localizer_elsewhere,
)
"""From the object's own state to the tracker's: what comes later explains nothing where an earlier one holds."""


def _none_near(frame: JudgedFrame) -> str:
    best = float(frame.overlaps.max(initial=0))
    return f"No {_offered_word(frame)} was on the object (the best overlaps {frame.name} by {share(best)})"


def _offered_word(frame: JudgedFrame) -> str:
    """What could have been the answer: where there are proposals, drawn candidates that lie well are none."""
    return "candidate" if frame.seen.proposals is None else "proposal"


def _nearest(frame: JudgedFrame) -> tuple[int, ...]:
    """Row of the candidate that overlaps the reference most, if there are candidates."""
    return tuple(frame.offered[np.argsort(-frame.overlaps, kind="stable")[:1]].tolist())


def _inside(box: Box, frame_size: tuple[int, int]) -> float:
    """The share of a box that is in the picture."""
    width, height = frame_size
    across = min(box.right, width) - max(box.x, 0.0)
    down = min(box.bottom, height) - max(box.y, 0.0)
    return max(across, 0.0) * max(down, 0.0) / box.area


def _holds(box: Box, place: tuple[float, float]) -> bool:
    return box.x <= place[0] <= box.right and box.y <= place[1] <= box.bottom
