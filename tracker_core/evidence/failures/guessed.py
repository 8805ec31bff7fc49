"""The likeliest cause of a failure where nobody has said where the object is. Ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker_core.box import Box
from tracker_core.evidence.failures.card import (
    Cause,
    FailureCard,
    NamedBoxes,
    PastFrame,
    frame_list,
    log_odds,
    share,
)
from tracker_core.evidence.failures.signs import Signs
from tracker_core.tracker import Diagnostics, TrackResult


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on a sign counts. Chosen on half of the sequences (docs/failure-card.md).

    Attributes:
        lead: logits of the best candidate of another place above the best of the chosen one.
        doubtful_score: frames that were learned with a lower score are doubtful.
        doubtful_share: of the latest `LEARNED_FRAMES`; with so many doubtful, what was learned may be wrong.
        low_score: a box that is found with less may not fit the object.
        growth: a box so many times larger or smaller than usual may not fit.
        proposed_growth: proposals so many times larger or smaller than the box say that it does not fit.
        fall: logits below the usual score.
        alike_area: a localiser that sees the object on so many times its area does not see it.
        peak_distance: sides from the chosen box to the response's peak.
        speed: sides per frame; what is faster may be beyond the candidates.
        edge_gap: sides; a box that is nearer to the picture's edge touches it.
    """

    lead: float = 1.0
    doubtful_score: float = 1.0
    doubtful_share: float = 0.5
    low_score: float = 0.5
    growth: float = 2.5
    proposed_growth: float = 1.35
    fall: float = 3.0
    alike_area: float = 1.5
    peak_distance: float = 1.0
    speed: float = 1.0
    edge_gap: float = 0.05


CONFIRMED = {
    Cause.RIGHT_BUT_DOUBTED: 0.67,
    Cause.LOOSE_OR_TIGHT: 0.41,
    Cause.LEARNED_WRONG_FRAMES: 0.59,
    Cause.GOOD_CANDIDATE_SCORED_LOWER: 0.41,
    Cause.NO_CANDIDATE_NEAR: 0.46,
}
"""Of such guesses on frames that were wrong or called lost, the share that the truth confirmed; of 20 or more.

In the default system; of learning from wrong boxes in the paper's, which alone shows signs of it.
"""
LEARNED_FRAMES = 10
LEAST_DOUBTFUL = 2
_WORTH_TELLING = 0.5  # logits


@dataclass(frozen=True, slots=True)
class GuessedFrame:
    """A frame of which only the tracker's own view is known."""

    result: TrackResult
    seen: Diagnostics
    recent: Sequence[PastFrame]
    signs: Signs
    limits: Thresholds = Thresholds()

    @property
    def chosen(self) -> NamedBoxes:
        """The box that the track has."""
        return (("chosen", self.result.box),)

    @property
    def trouble(self) -> str:
        """Why something seems to be wrong."""
        fall = f", {self.signs.fall:.1f} below its usual value" if self.signs.fall >= _WORTH_TELLING else ""
        return f"the score is {log_odds(self.signs.score)}{fall}"


def guessed_card(frame: GuessedFrame) -> FailureCard:
    """The first cause whose signs are there, in the order of `_RULES`."""
    for rule in _RULES:
        if (card := rule(frame)) is not None:
            return card
    sentence = f"Something seems to be wrong, for {frame.trouble}; what it is cannot be told."
    return _guess(Cause.UNKNOWN, sentence, frame.chosen)


def _outside_of_the_region(frame: GuessedFrame) -> FailureCard | None:
    """With the object in the search region, the response has one peak; without it, it is often high all over."""
    signs = frame.signs
    if signs.is_found or signs.alike_area < frame.limits.alike_area:
        return None
    sentence = (
        f"The localiser sees the object on {signs.alike_area:.1f} times its area, and {frame.trouble}: it may be "
        "outside of the search region."
    )
    return _guess(Cause.NO_CANDIDATE_NEAR, sentence, frame.chosen)


def _localizer_elsewhere(frame: GuessedFrame) -> FailureCard | None:
    signs, localized = frame.signs, frame.seen.localized_box
    if signs.is_found or localized is None or signs.peak_distance <= frame.limits.peak_distance:
        return None
    sentence = (
        f"The localiser points {signs.peak_distance:.1f} sides away from the chosen box, and {frame.trouble}."
    )
    return _guess(Cause.LOCALIZER_ELSEWHERE, sentence, (*frame.chosen, ("localised", localized)))


def _rival(frame: GuessedFrame) -> FailureCard | None:
    """Another place looks better. Where the target is found, it may be there; where it is lost, it seldom is."""
    signs, candidates = frame.signs, frame.seen.candidates
    rival, here, matched = signs.rival_row, signs.here_row, frame.seen.matched_box
    rows: tuple[int, ...] = ()
    if rival is not None and here is not None and signs.rival_lead >= frame.limits.lead:
        better = (
            f"A candidate at another place scored {log_odds(candidates.scores[rival])}, above the best here with "
            f"{log_odds(candidates.scores[here])}"
        )
        rows, place = (rival, here), Box.from_xywh(candidates.boxes_xywh[rival])
    elif matched is not None and frame.seen.has_rivals:
        expected = share(frame.seen.matched_confidence)
        better = f"The matching head is surest of a box at another place (it expects an overlap of {expected})"
        place = matched
    else:
        return None
    boxes = (*frame.chosen, ("rival", place))
    if signs.is_found:
        sentence = f"{better}: the object may be there."
        return _guess(Cause.GOOD_CANDIDATE_SCORED_LOWER, sentence, boxes, candidates=rows)
    sentence = f"{better}, and {frame.trouble}: it may be at neither, where no candidate was."
    return _guess(Cause.NO_CANDIDATE_NEAR, sentence, boxes, candidates=rows)


def _learned_wrong_frames(frame: GuessedFrame) -> FailureCard | None:
    if not frame.signs.is_found:
        return None
    learned, limits = [past for past in frame.recent if past.is_learned][-LEARNED_FRAMES:], frame.limits
    doubtful = tuple(past.frame_index for past in learned if past.score < limits.doubtful_score)
    if len(doubtful) < max(LEAST_DOUBTFUL, limits.doubtful_share * len(learned)):
        return None
    sentence = (
        f"Of the last {len(learned)} frames that it learned from, {len(doubtful)} had a score below "
        f"{log_odds(limits.doubtful_score)} ({frame_list(doubtful)}): it may have learned something else as the "
        "object."
    )
    return _guess(Cause.LEARNED_WRONG_FRAMES, sentence, frame.chosen, frames=doubtful)


def _loose_or_tight(frame: GuessedFrame) -> FailureCard | None:
    signs, limits = frame.signs, frame.limits
    if signs.is_found and _is_far_from_1(signs.growth, limits.growth):
        fault = "loose" if signs.growth > 1 else "tight"
        sentence = f"The box has {signs.growth:.1f} times its usual area: it may be too {fault}."
    elif signs.is_found and signs.score < limits.low_score:
        sentence = (
            f"The score is only {log_odds(signs.score)}, and no other place comes close: the box may be on the "
            "object without fitting it."
        )
    elif not signs.is_found and _is_far_from_1(signs.proposed_growth, limits.proposed_growth):
        fault = "tight" if signs.proposed_growth > 1 else "loose"
        sentence = (
            "Called lost, so the box kept its size; those proposed at its place have "
            f"{signs.proposed_growth:.1f} times its area: it may be too {fault}."
        )
    else:
        return None
    return _guess(Cause.LOOSE_OR_TIGHT, sentence, frame.chosen)


def _nothing_wrong(frame: GuessedFrame) -> FailureCard | None:
    signs = frame.signs
    if not signs.is_found or signs.fall >= frame.limits.fall:
        return None
    sentence = (
        f"No sign that the box is wrong: the score is {log_odds(signs.score)}, and no other place comes close. If "
        "it is wrong all the same, it mostly does not fit, or learned frames had wrong boxes: draw one to know."
    )
    return _guess(Cause.NOTHING_WRONG, sentence, frame.chosen)


def _no_candidate_near(frame: GuessedFrame) -> FailureCard | None:
    if frame.signs.is_found or frame.signs.speed <= frame.limits.speed:
        return None
    sentence = (
        f"The object moved by {frame.signs.speed:.1f} sides per frame, and {frame.trouble}: it may be where no "
        "candidates were drawn."
    )
    return _guess(Cause.NO_CANDIDATE_NEAR, sentence, frame.chosen)


def _gone(frame: GuessedFrame) -> FailureCard | None:
    """Lost on all frames of late: at the picture's edge, or with nothing in sight that looks like the object."""
    signs = frame.signs
    if signs.is_found or signs.lost_share < 1:
        return None
    if signs.edge_gap < frame.limits.edge_gap:
        sentence = f"Lost for long, and the box touches the picture's edge ({frame.trouble}): it may have left."
        return _guess(Cause.LEFT, sentence, frame.chosen)
    if signs.has_abstained:
        sentence = (
            f"Lost for long, and nothing in the search region looks like the object ({frame.trouble}): it may be "
            "hidden."
        )
        return _guess(Cause.OCCLUDED, sentence, frame.chosen)
    return None


def _right_but_doubted(frame: GuessedFrame) -> FailureCard | None:
    if frame.signs.is_found:
        return None
    sentence = (
        f"Called lost, for {frame.trouble}; but no other place looks more like the object: the box may be right."
    )
    return _guess(Cause.RIGHT_BUT_DOUBTED, sentence, frame.chosen)


_RULES = (
    _outside_of_the_region,
    _localizer_elsewhere,
    _rival,
    _learned_wrong_frames,
    _loose_or_tight,
    _nothing_wrong,
    _no_candidate_near,
    _gone,
    _right_but_doubted,
)
"""What speaks against the place comes first, then what speaks against the size, then what is usual."""


def _is_far_from_1(ratio: float, limit: float) -> bool:
    return not 1 / limit < ratio < limit


def _guess(
    cause: Cause,
    sentence: str,
    boxes: NamedBoxes,
    *,
    candidates: tuple[int, ...] = (),
    frames: tuple[int, ...] = (),
) -> FailureCard:
    return FailureCard(
        cause,
        sentence,
        is_guess=True,
        candidates=candidates,
        boxes=boxes,
        frames=frames,
        confirmed=CONFIRMED.get(cause),
    )
