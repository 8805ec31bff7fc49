"""What is to be looked at in a review: some frames of a track, why, and how suspicious they are."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class Reason(Enum):
    """Why frames are to be looked at; the value is what people read."""

    MAY_HAVE_LEFT = "may have left the picture"
    LOW_SCORE = "low score"
    SCORE_DROP = "score drop"
    DISAGREEMENT = "forward and backward disagree"
    JUMP = "sudden jump"
    INTERPOLATED = "only interpolated"
    MARKED_BAD = "marked as bad"


REASONS = tuple(Reason)
"""By their codes in `Findings`."""

FINDING = np.dtype(
    [
        ("track_id", "<i4"),
        ("first", "<i4"),
        ("last", "<i4"),
        ("worst", "<i4"),
        ("suspicion", "<f4"),
        ("reason", "u1"),  # position in REASONS
    ]
)
Findings = NDArray[np.void]
"""(n,) of `FINDING`: there may be a hundred thousand."""

NO_FINDINGS: Findings = np.zeros(0, dtype=FINDING)


@dataclass(frozen=True, slots=True)
class Finding:
    """Frames `first` to `last` of a track, both included.

    Attributes:
        worst: the frame to look at first.
        suspicion: of that frame, 0 to 1.
    """

    track_id: int
    first: int
    last: int
    worst: int
    suspicion: float
    reason: Reason


def finding_at(findings: Findings, position: int) -> Finding:
    """One of them as a record."""
    track_id, first, last, worst, suspicion, reason = findings[position].item()
    return Finding(track_id, first, last, worst, suspicion, REASONS[reason])


def packed(findings: list[Finding]) -> Findings:
    """The inverse of `finding_at`, for all of them."""
    rows = [(f.track_id, f.first, f.last, f.worst, f.suspicion, REASONS.index(f.reason)) for f in findings]
    return np.array(rows, dtype=FINDING)
