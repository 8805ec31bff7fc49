"""How a candidate looks, by its origin and by its score: in the picture, in the legend and in tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.overlays.palette import GUIDED, LAST_SEEN, LOCALIZED, MATCHED, PREVIOUS, SCORE_RAMP, Mark
from tracker_core import CandidateOrigin

DOT_SIZE = 3.2  # screen pixels


@dataclass(frozen=True, slots=True)
class OriginLook:
    """What stands for an origin.

    Attributes:
        name: a word or two.
        text: in the legend.
    """

    color: str
    mark: Mark
    name: str
    text: str


ORIGIN_LOOKS: dict[CandidateOrigin, OriginLook] = {
    CandidateOrigin.PREVIOUS: OriginLook(PREVIOUS.color, Mark.DOT, "previous", "Candidates around previous box"),
    CandidateOrigin.LOCALIZED: OriginLook(
        LOCALIZED.color, Mark.SQUARE, "localised", "Candidates around localised box"
    ),
    CandidateOrigin.LAST_SEEN: OriginLook(
        LAST_SEEN.color, Mark.TRIANGLE, "last seen", "Candidates around last seen box"
    ),
    CandidateOrigin.MATCHED: OriginLook(MATCHED.color, Mark.DIAMOND, "matched", "Matched candidates"),
    CandidateOrigin.GUIDED: OriginLook(GUIDED.color, Mark.CROSS, "guided", "Candidates around guided box"),
}
"""In the order in which they are drawn."""


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """Which colour a score has: those of one frame are spread over the ramp, with 0 always among them."""

    low: float
    high: float

    @classmethod
    def of(cls, scores: NDArray[np.float32]) -> ScoreScale:
        """From the lowest to the highest of (n,) scores, and to 0."""
        return cls(min(0.0, float(scores.min(initial=0.0))), max(0.0, float(scores.max(initial=0.0))))

    def steps(self, scores: NDArray[np.float32]) -> NDArray[np.int64]:
        """(n,) index into SCORE_RAMP, in even steps."""
        fraction = (scores - self.low) / max(self.high - self.low, 1e-6)
        return np.clip((fraction * len(SCORE_RAMP)).astype(np.int64), 0, len(SCORE_RAMP) - 1)

    @property
    def zero(self) -> float:
        """Where 0 lies, as a fraction of the scale."""
        return -self.low / max(self.high - self.low, 1e-6)


def score_mark(score: float) -> Mark:
    """Filled above 0, where the classifier sees the target; an empty ring at 0 and below."""
    return Mark.DOT if score > 0 else Mark.RING
