"""All candidates of a frame as columns, sorted and filtered by numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.evidence.tables.candidate_columns import JudgedFrame
from dlst_gui.evidence.tables.candidate_files import csv_text
from dlst_gui.overlays import ReferenceBox
from tracker_core import CandidateOrigin, Candidates, Diagnostics, iou_with_box
from tracker_core.evidence import FrameEvidence


class Column(Enum):
    """From left to right; the value is the name of its explanation, which a reference box changes."""

    RANK = "rank"
    SCORE = "score"
    ORIGIN = "origin"
    RATING = "rating"
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
        evidence: of the frame.
        ranks: (n,) from 1.
        ratings: (n,) what the default system chooses its box by, NaN of those that are no proposals; None where
            the best are averaged.
        answers: rows of those that the chosen box was made of: a proposal, or the best.
        iou_chosen: (n,) overlap with the chosen box.
        iou_reference: (n,) overlap with the reference box; None without one.
    """

    evidence: FrameEvidence
    candidates: Candidates
    reference: ReferenceBox | None
    ranks: NDArray[np.int64]
    ratings: NDArray[np.float64] | None
    answers: frozenset[int]
    iou_chosen: NDArray[np.float64]
    iou_reference: NDArray[np.float64] | None

    @classmethod
    def of(cls, evidence: FrameEvidence, seen: Diagnostics, reference: ReferenceBox | None) -> ListedCandidates:
        """Of one frame; `seen` are the diagnostics of `evidence`."""
        candidates = seen.candidates
        ranks = np.empty(len(candidates.scores), np.int64)
        ranks[candidates.ranked()] = np.arange(1, len(ranks) + 1)
        boxes = candidates.boxes_xywh
        overlaps = None if reference is None else iou_with_box(boxes, reference.box)
        ratings: NDArray[np.float64] | None = None
        answers: list[int] = candidates.best.tolist()
        proposals = seen.proposals
        if proposals is not None and len(proposals.rows):
            ratings = np.full(len(ranks), np.nan)
            ratings[proposals.rows] = proposals.ratings
            answers = [proposals.chosen_row]
        chosen = iou_with_box(boxes, seen.chosen_box)
        return cls(evidence, candidates, reference, ranks, ratings, frozenset(answers), chosen, overlaps)

    @property
    def chosen_row(self) -> int | None:
        """The proposal that became the chosen box; None where the best are averaged."""
        return None if self.ratings is None else next(iter(self.answers))

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
        """Some of the rows as comma-separated values with a header, as an export of the frame has them."""
        reference = self.reference
        boxes = {} if reference is None else {reference.name: reference.box}
        judged = JudgedFrame(self.evidence, self.candidates, boxes.get("true"), boxes.get("manual"))
        return csv_text(judged, rows)

    def _keys(self, column: Column) -> NDArray[np.float64]:
        candidates, boxes = self.candidates, self.candidates.boxes_xywh
        numbers: Mapping[Column, NDArray[np.generic] | None] = {
            Column.SCORE: candidates.scores,
            Column.ORIGIN: candidates.origins,
            Column.RATING: None if self.ratings is None else np.nan_to_num(self.ratings, nan=-np.inf),
            Column.IOU_CHOSEN: self.iou_chosen,
            Column.IOU_REFERENCE: self.iou_reference,
            Column.SOURCE: candidates.is_exact,
            Column.CENTRE: boxes[:, 0] + boxes[:, 2] / 2,
            Column.SIZE: boxes[:, 2] * boxes[:, 3],
        }
        asked = numbers.get(column)
        return np.asarray(self.ranks if asked is None else asked, np.float64)
