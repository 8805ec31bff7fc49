"""The likeliest cause of a failure where nobody has said where the object is. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker_core.box import Box
from tracker_core.evidence.failures.card import Cause, FailureCard, NamedBoxes, PastFrame, frame_list
from tracker_core.evidence.failures.signs import Signs
from tracker_core.tracker import Diagnostics, TrackResult

LEAST_FALL = 3.0
"""Logits below the usual score that are a sign of trouble."""
LEAST_GROWTH = 1.6
"""A box so many times larger or smaller than usual has a wrong size."""
LEAST_LEAD = -1.0
"""Logits; a rival may be so far below the chosen candidate."""
LEAST_SPEED = 0.5
"""Sides per frame; what is so fast may be beyond the search region on the next frame."""
FAR_PEAK = 1.0
"""Sides from the chosen box to the response's peak from which on the two are at odds."""
EDGE_GAP = 0.05
"""Sides; a box that is nearer to the picture's edge touches it."""
LEARNED_FRAMES = 10
"""Latest learned frames that are looked at."""
DOUBTFUL_SHARE = 0.5
DOUBTFUL_SCORE = 1.0
"""Boxes with lower scores are often wrong, and so is what was learned from them."""


@dataclass(frozen=True, slots=True)
class GuessedFrame:
    """A frame of which only the tracker's own view is known."""

    result: TrackResult
    seen: Diagnostics
    recent: Sequence[PastFrame]
    signs: Signs

    @property
    def chosen(self) -> NamedBoxes:
        """The box that the track has."""
        return (("chosen", self.result.box),)

    @property
    def trouble(self) -> str:
        """Why something seems to be wrong."""
        fall = f", {self.signs.fall:.1f} below its usual value" if self.signs.fall > 0 else ""
        return f"the score is {self.signs.score:+.1f}{fall}"


def guessed_card(frame: GuessedFrame) -> FailureCard:
    """The first cause whose signs are there, in the order of `_RULES`."""
    for rule in _RULES:
        if (card := rule(frame)) is not None:
            return card
    sentence = f"Something seems to be wrong, for {frame.trouble}; what it is cannot be told."
    return _guess(Cause.UNKNOWN, sentence, frame.chosen)


def _nothing_wrong(frame: GuessedFrame) -> FailureCard | None:
    signs = frame.signs
    if not signs.is_found or signs.fall >= LEAST_FALL or _is_missized(signs) or signs.rival_lead >= LEAST_LEAD:
        return None
    sentence = (
        f"No sign that the box is wrong: its score is {signs.score:+.1f}, and no other place comes close to it."
    )
    return _guess(Cause.NOTHING_WRONG, sentence, frame.chosen)


def _left(frame: GuessedFrame) -> FailureCard | None:
    if frame.signs.is_found or frame.signs.edge_gap >= EDGE_GAP:
        return None
    sentence = f"The box touches the picture's edge, and {frame.trouble}: the object may have left."
    return _guess(Cause.LEFT, sentence, frame.chosen)


def _loose_or_tight(frame: GuessedFrame) -> FailureCard | None:
    if not _is_missized(frame.signs):
        return None
    fault = "loose" if frame.signs.growth > 1 else "tight"
    sentence = f"The box has {frame.signs.growth:.1f} times its usual area: it may be too {fault}."
    return _guess(Cause.LOOSE_OR_TIGHT, sentence, frame.chosen)


def _learned_wrong_frames(frame: GuessedFrame) -> FailureCard | None:
    learned = [past for past in frame.recent if past.is_learned][-LEARNED_FRAMES:]
    doubtful = tuple(past.frame_index for past in learned if past.score < DOUBTFUL_SCORE)
    if len(doubtful) < max(2, DOUBTFUL_SHARE * len(learned)):
        return None
    sentence = (
        f"Of the last {len(learned)} frames that it learned from, {len(doubtful)} had a score below "
        f"{DOUBTFUL_SCORE:+.1f} ({frame_list(doubtful)}): it may have learned something else as the object."
    )
    return _guess(Cause.LEARNED_WRONG_FRAMES, sentence, frame.chosen, frames=doubtful)


def _good_candidate_scored_lower(frame: GuessedFrame) -> FailureCard | None:
    rival, chosen = frame.signs.rival_row, frame.signs.chosen_row
    if rival is None or chosen is None or frame.signs.rival_lead < LEAST_LEAD:
        return None
    candidates = frame.seen.candidates
    sentence = (
        f"A candidate at another place scores {candidates.scores[rival]:+.1f}, and the chosen one "
        f"{candidates.scores[chosen]:+.1f}: the object may be there."
    )
    boxes = (*frame.chosen, ("rival", Box.from_xywh(candidates.boxes_xywh[rival])))
    return _guess(Cause.GOOD_CANDIDATE_SCORED_LOWER, sentence, boxes, candidates=(rival, chosen))


def _localizer_elsewhere(frame: GuessedFrame) -> FailureCard | None:
    localized, distance = frame.seen.localized_box, frame.signs.peak_distance
    if localized is None or distance <= FAR_PEAK:
        return None
    sentence = f"The localiser points {distance:.1f} sides away from the chosen box, and {frame.trouble}."
    return _guess(Cause.LOCALIZER_ELSEWHERE, sentence, (*frame.chosen, ("localised", localized)))


def _no_candidate_near(frame: GuessedFrame) -> FailureCard | None:
    if frame.signs.speed <= LEAST_SPEED:
        return None
    sentence = (
        f"The object moved by {frame.signs.speed:.1f} sides per frame, and {frame.trouble}: it may be where no "
        "candidates were drawn."
    )
    return _guess(Cause.NO_CANDIDATE_NEAR, sentence, frame.chosen)


def _occluded(frame: GuessedFrame) -> FailureCard | None:
    if frame.signs.is_found or not frame.signs.has_abstained:
        return None
    sentence = f"Nothing in the search region looks like the object, and {frame.trouble}: it may be hidden."
    return _guess(Cause.OCCLUDED, sentence, frame.chosen)


_RULES = (
    _nothing_wrong,
    _left,
    _loose_or_tight,
    _learned_wrong_frames,
    _good_candidate_scored_lower,
    _localizer_elsewhere,
    _no_candidate_near,
    _occluded,
)


def _is_missized(signs: Signs) -> bool:
    return not 1 / LEAST_GROWTH < signs.growth < LEAST_GROWTH


def _guess(
    cause: Cause,
    sentence: str,
    boxes: NamedBoxes,
    *,
    candidates: tuple[int, ...] = (),
    frames: tuple[int, ...] = (),
) -> FailureCard:
    return FailureCard(cause, sentence, is_guess=True, candidates=candidates, boxes=boxes, frames=frames)
