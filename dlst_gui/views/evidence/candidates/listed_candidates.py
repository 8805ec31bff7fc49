"""All candidates of a frame as columns, sorted and filtered by numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.overlays import ReferenceBox
from tracker_core import Box, CandidateOrigin, Candidates, iou_with_box


class Column(Enum):
    """From left to right; the value is the name of its explanation, which a reference box changes."""

    RANK = "rank"
    SCORE = "score"
    ORIGIN = "origin"
    IOU_CHOSEN = "iou-chosen"
    IOU_REFERENCE = "iou-reference"
    SOURCE = "source"
    CENTRE = "centre"
    SIZE = "size"


COLUMNS = tuple(Column)


@dataclass(frozen=True, slots=True)
class CandidateFilter:
    """Which candidates are listed.

    Attributes:
        origin: those of one origin; None for all.
        above_zero: only those that the classifier takes for the target.
    """

    origin: CandidateOrigin | None = None
    above_zero: bool = False


@dataclass(frozen=True)
class ListedCandidates:
    """What the table says of n candidates; row numbers are those of `Candidates`.

    Attributes:
        ranks: (n,) from 1.
        iou_chosen: (n,) overlap with the chosen box.
        iou_reference: (n,) overlap with the reference box; None without one.
    """

    candidates: Candidates
    chosen_box: Box
    reference: ReferenceBox | None
    ranks: NDArray[np.int64]
    iou_chosen: NDArray[np.float64]
    iou_reference: NDArray[np.float64] | None

    @classmethod
    def of(cls, candidates: Candidates, chosen_box: Box, reference: ReferenceBox | None) -> ListedCandidates:
        """Of one frame."""
        ranks = np.empty(len(candidates.scores), np.int64)
        ranks[candidates.ranked()] = np.arange(1, len(ranks) + 1)
        boxes = candidates.boxes_xywh
        overlaps = None if reference is None else iou_with_box(boxes, reference.box)
        return cls(candidates, chosen_box, reference, ranks, iou_with_box(boxes, chosen_box), overlaps)

    def rows(self, wanted: CandidateFilter, column: Column, *, is_descending: bool) -> NDArray[np.int64]:
        """Those that are wanted, in order; equal ones by rank."""
        is_listed = np.ones(len(self.ranks), bool)
        if wanted.origin is not None:
            is_listed &= self.candidates.origins == wanted.origin
        if wanted.above_zero:
            is_listed &= self.candidates.scores > 0
        rows = np.flatnonzero(is_listed)
        keys = self._keys(column)[rows]
        return rows[np.lexsort((self.ranks[rows], -keys if is_descending else keys))]

    def row_at(self, x: float, y: float, *, within: float, among: NDArray[np.int64]) -> int | None:
        """The candidate whose middle is nearest to a place, in pixels, and not farther than `within`.

        Of several at one place, the best.
        """
        boxes = self.candidates.boxes_xywh[among]
        distances = np.hypot(boxes[:, 0] + boxes[:, 2] / 2 - x, boxes[:, 1] + boxes[:, 3] / 2 - y)
        if not len(distances) or distances.min() > within:
            return None
        return int(among[np.lexsort((self.ranks[among], distances.round(2)))[0]])

    def csv(self, rows: NDArray[np.int64]) -> str:
        """Some of the rows as comma-separated values with a header; boxes in pixels, scores in log-odds."""
        reference = "" if self.reference is None else f",iou_{self.reference.name}"
        lines = [f"rank,score,origin,source,x,y,width,height,iou_chosen{reference}"]
        for row in rows.tolist():
            x, y, width, height = self.candidates.boxes_xywh[row].tolist()
            origin = CandidateOrigin(int(self.candidates.origins[row])).name.lower()
            source = "pixels" if self.candidates.is_exact[row] else "map"
            line = (
                f"{self.ranks[row]},{self.candidates.scores[row]:.4f},{origin},{source},"
                f"{x:.2f},{y:.2f},{width:.2f},{height:.2f},{self.iou_chosen[row]:.4f}"
            )
            overlaps = self.iou_reference
            lines.append(line if overlaps is None else f"{line},{overlaps[row]:.4f}")
        return "\n".join(lines) + "\n"

    def _keys(self, column: Column) -> NDArray[np.float64]:
        candidates, boxes = self.candidates, self.candidates.boxes_xywh
        numbers: Mapping[Column, NDArray[np.generic] | None] = {
            Column.SCORE: candidates.scores,
            Column.ORIGIN: candidates.origins,
            Column.IOU_CHOSEN: self.iou_chosen,
            Column.IOU_REFERENCE: self.iou_reference,
            Column.SOURCE: candidates.is_exact,
            Column.CENTRE: boxes[:, 0] + boxes[:, 2] / 2,
            Column.SIZE: boxes[:, 2] * boxes[:, 3],
        }
        asked = numbers.get(column)
        return np.asarray(self.ranks if asked is None else asked, np.float64)
