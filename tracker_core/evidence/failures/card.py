"""What is said of a wrong frame: causes, and a card that names one with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tracker_core.box import Box


class Cause(Enum):
    """What went wrong on a frame; the value is its name for people."""

    NOTHING_WRONG = "nothing wrong"
    RIGHT_BUT_DOUBTED = "right, but called lost"
    LEFT = "out of the picture"
    OCCLUDED = "hidden"
    LOOSE_OR_TIGHT = "too loose or too tight"
    LEARNED_WRONG_FRAMES = "learned from wrong boxes"
    GOOD_CANDIDATE_SCORED_LOWER = "a better candidate was not chosen"
    LOCALIZER_ELSEWHERE = "the localiser pointed elsewhere"
    NO_CANDIDATE_NEAR = "no candidate near the object"
    UNKNOWN = "unknown"


class Absence(Enum):
    """Said of a frame by a person or by ground truth, in place of a box."""

    OCCLUDED = "occluded"
    LEFT = "left"


Reference = Box | Absence
"""Where the object is, or why it has no box."""

NamedBoxes = tuple[tuple[str, Box], ...]
"""Boxes in pixels with what they are."""


@dataclass(frozen=True, slots=True)
class PastFrame:
    """What is known of a frame before the one in question.

    Attributes:
        frame_index: 0-based.
        box: as the track has it.
        score: the tracker's; infinity on a frame with a manual box.
        is_learned: whether the frame gave training samples around `box`.
        reference: where the object was, if that is known: from ground truth or a manual box.
    """

    frame_index: int
    box: Box
    score: float
    is_learned: bool = False
    reference: Box | None = None


@dataclass(frozen=True, slots=True)
class FailureCard:
    """What went wrong on a frame, and what says so.

    Attributes:
        cause: the kind of failure.
        sentence: names the cause and its evidence, for people.
        is_guess: whether there was no reference.
        candidates: row numbers of the candidates that the sentence speaks of, the better one first.
        boxes: those that it speaks of, by name: "chosen", "reference", "localised", "rival".
        frames: indices of the earlier frames that it speaks of, ascending.
        confirmed: of such guesses on wrong frames, the share that ground truth confirmed, 0..1; None where nothing
            was guessed, or too few were measured.
    """

    cause: Cause
    sentence: str
    is_guess: bool = False
    candidates: tuple[int, ...] = ()
    boxes: NamedBoxes = ()
    frames: tuple[int, ...] = ()
    confirmed: float | None = None


def share(value: float) -> str:
    """A fraction of 1 for a sentence: "0.82"."""
    return f"{value:.2f}"


def log_odds(value: float) -> str:
    """A score for a sentence: "+1.3", "−0.1"."""
    return f"{value:+.1f}".replace("-", "−")


def frame_list(frames: tuple[int, ...]) -> str:
    """0-based indices for a sentence, ascending: "frames 3, 5 and 9", "7 frames between 3 and 40"."""
    frames = tuple(sorted(frames))
    if len(frames) == 1:
        return f"frame {frames[0]}"
    if len(frames) <= 4:
        return f"frames {', '.join(map(str, frames[:-1]))} and {frames[-1]}"
    return f"{len(frames)} frames between {frames[0]} and {frames[-1]}"
