"""Candidates by their overlap with a reference box: figure 3 d of the paper, for any frame.

No score brings back what was never drawn: how many of the draws cover the target, and how well, tells a failure of
sampling from one of judging.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.tracker import CandidateOrigin, Candidates

ON_TARGET = 0.5
"""IoU from which a box counts as on the target in the OTB benchmark."""

CLOSE = 0.7
"""IoU from which a box is a positive sample of the classifier (paper 4.1)."""

OVERLAP_BINS = 20
"""Bins of `Overlaps.histogram` between IoU 0 and 1."""


@dataclass(frozen=True, slots=True)
class Overlaps:
    """A set of boxes by overlap with one reference box.

    Attributes:
        values: (n,) float64, IoU of each box with the reference, 0..1.
        origins: (n,) uint8, a `CandidateOrigin` each.
    """

    values: NDArray[np.float64]
    origins: NDArray[np.uint8]

    @classmethod
    def between(cls, boxes_xywh: BoxArray, origins: NDArray[np.uint8], reference: Box) -> Overlaps:
        """Of (n, 4) boxes with a reference box, all in pixels of one frame."""
        return cls(iou_with_box(boxes_xywh, reference), origins)

    @classmethod
    def of_candidates(cls, candidates: Candidates, reference: Box) -> Overlaps:
        """Of all candidates of a frame, in their order."""
        return cls.between(candidates.boxes_xywh, candidates.origins, reference)

    def __len__(self) -> int:
        return len(self.values)

    def __add__(self, other: Overlaps) -> Overlaps:
        return Overlaps(np.concatenate([self.values, other.values]), np.concatenate([self.origins, other.origins]))

    @property
    def present_origins(self) -> tuple[CandidateOrigin, ...]:
        """Which origins occur."""
        return tuple(CandidateOrigin(int(origin)) for origin in np.unique(self.origins))

    @property
    def best(self) -> float:
        """The largest overlap; 0 where there is no box."""
        return float(self.values.max(initial=0.0))

    @property
    def apart(self) -> int:
        """How many do not touch the reference box."""
        return int((self.values == 0).sum())

    def of(self, *origins: CandidateOrigin) -> Overlaps:
        """Those of some origins alone."""
        kept = np.isin(self.origins, origins)
        return Overlaps(self.values[kept], self.origins[kept])

    def reaching(self, bound: float) -> int:
        """How many overlap the reference box by `bound` or more."""
        return int((self.values >= bound).sum())

    def share_reaching(self, bound: float) -> float:
        """The same as a share of all, 0..1; 0 where there is no box."""
        return self.reaching(bound) / len(self) if len(self) else 0.0

    def histogram(self, bins: int = OVERLAP_BINS) -> NDArray[np.int64]:
        """(bins,) how many lie in each of equal parts of 0..1; edges belong to the part above, 1 to the last."""
        return np.histogram(self.values, bins=bins, range=(0, 1))[0].astype(np.int64)

    def curve(self, bounds: ArrayLike) -> NDArray[np.int64]:
        """(m,) how many reach each of m bounds."""
        sorted_values = np.sort(self.values)
        return (len(self) - np.searchsorted(sorted_values, np.asarray(bounds), side="left")).astype(np.int64)
