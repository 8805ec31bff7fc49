"""Why a frame's evidence is kept."""

from __future__ import annotations

from enum import IntFlag

import numpy as np

from dlst_gui.project.findings.signs import JUMP_SIDES, SIZE_CHANGE
from dlst_gui.project.tracks import UNSURE_SCORE
from tracker_core import Box
from tracker_core.evidence import FrameEvidence


class Reason(IntFlag):
    """What makes a frame worth keeping; of one that was kept because all are, nothing."""

    LOST = 1
    LOW = 2  # found, but unsure
    JUMPED = 4
    CORRECTED = 8  # a person gave another box than the tracker
    MARKED_BAD = 16  # in the review
    BEFORE_LOSS = 32

    @property
    def words(self) -> str:
        """For people: "lost, corrected"; empty where there is none."""
        return ", ".join(_WORDS[each] for each in Reason if each in self)


ORDINARY = Reason(0)

FRAMES_BEFORE_LOSS = 5
"""Ours. How a target is lost begins before."""

_WORDS = {
    Reason.LOST: "lost",
    Reason.LOW: "unsure",
    Reason.JUMPED: "jumped",
    Reason.CORRECTED: "corrected",
    Reason.MARKED_BAD: "marked as bad",
    Reason.BEFORE_LOSS: "just before it was lost",
}


def reasons_of(evidence: FrameEvidence, before: Box | None) -> Reason:
    """What can be told of a frame when it has been tracked.

    Args:
        evidence: of the frame.
        before: the box that the run found on the frame before; None where that is not known.
    """
    if evidence.is_manual:
        return ORDINARY
    reasons = ORDINARY
    if not evidence.is_found:
        reasons |= Reason.LOST
    elif evidence.score < UNSURE_SCORE:
        reasons |= Reason.LOW
    if before is not None and _is_jump(before, evidence.box):
        reasons |= Reason.JUMPED
    return reasons


def _is_jump(before: Box, box: Box) -> bool:
    """As the review finds jumps."""
    if not (before.is_valid and box.is_valid):
        return False
    (x, y), (x_before, y_before) = box.center, before.center
    moved = max(abs(x - x_before) / (box.width + before.width), abs(y - y_before) / (box.height + before.height))
    resized = max(abs(np.log(box.width / before.width)), abs(np.log(box.height / before.height)))
    return 2 * moved > JUMP_SIDES or resized > np.log(1 + SIZE_CHANGE)
