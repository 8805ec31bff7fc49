"""Why a box is wrong, in one sentence with numbers: judged by a reference box, or guessed without one.

With a reference, from ground truth or because a person drew the box, the card tells where the object was among
what the tracker saw. Without one, it has only what the tracker saw. Both speak of the same causes;
docs/failure-card.md has the rules in words, and how often the guess agrees. Ours.
"""

from __future__ import annotations

from collections.abc import Sequence

from tracker_core.box import Box
from tracker_core.evidence.failures.card import Absence, FailureCard, PastFrame, Reference
from tracker_core.evidence.failures.guessed import GuessedFrame, guessed_card
from tracker_core.evidence.failures.judged import JudgedFrame, absent_card, judged_card
from tracker_core.evidence.failures.signs import signs_of
from tracker_core.tracker import TrackResult

LEARNING_STAGE = "collect"
"""The stage of `Diagnostics.stage_ms` that only frames with samples to learn from have."""


def failure_card(
    result: TrackResult,
    frame_size: tuple[int, int],
    *,
    reference: Reference | None = None,
    recent: Sequence[PastFrame] = (),
    reference_name: str = "the reference box",
) -> FailureCard:
    """The card of one frame.

    Args:
        result: of the tracker on the frame, with diagnostics.
        frame_size: width and height in pixels.
        reference: where the object is on the frame, or why it has no box; None where nobody has said.
        recent: frames before this one, oldest first. Twenty give what is usual; learned frames are looked for in
            all of them.
        reference_name: what the sentence calls the reference: "the manual box", "the ground truth".

    Raises:
        ValueError: the result comes without diagnostics, as of a frame with a manual box that was learned unseen.
    """
    seen = result.diagnostics
    if seen is None:
        raise ValueError("a failure card needs the frame's diagnostics, and this result comes without")
    if reference is None:
        return guessed_card(GuessedFrame(result, seen, recent, signs_of(result, seen, frame_size, recent)))
    if isinstance(reference, Absence):
        return absent_card(result, reference)
    return judged_card(JudgedFrame(result, seen, frame_size, reference, recent, reference_name))


def past_frame(frame_index: int, result: TrackResult, *, reference: Box | None = None) -> PastFrame:
    """What later frames have to know of this one.

    A frame with a manual box was learned, and that box is its reference. Of others, diagnostics tell whether they
    were learned; without these, it counts as no.

    Args:
        frame_index: 0-based.
        result: of the tracker on the frame.
        reference: where the object is there, if that is known.
    """
    if result.score == float("inf"):
        return PastFrame(frame_index, result.box, result.score, is_learned=True, reference=reference or result.box)
    seen = result.diagnostics
    is_learned = seen is not None and any(stage == LEARNING_STAGE for stage, _ in seen.stage_ms)
    return PastFrame(frame_index, result.box, result.score, is_learned, reference)
