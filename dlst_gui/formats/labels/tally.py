"""What labels hold, counted in one pass: for receipts, for previews, and for what a format cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from dlst_gui.formats.labels.model import OCCLUDED_CODE, SOURCES, BoxColumns, BoxSource, LabelSet
from dlst_gui.formats.labels.turned_boxes import given_attributes, stands_for
from dlst_gui.formats.labels.windows import track_pieces
from dlst_gui.formats.progress import Tick, untold


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a track, or of several.

    Attributes:
        by_source: boxes of objects that are on their frames, by where they come from.
        by_run: the same, by the id of the tracking run; without those of none.
        outside: frames on which it is said that an object is not there.
        occluded: boxes of objects that are behind something.
        scored: boxes with a score.
        fractional: boxes that do not lie on whole pixels.
        has_attributes: whether anything is noted of a track or a box ...
        has_box_attributes: ... of a box.
        shapes: boxes that stand for another shape, by its kind; "" where the box has changed since.
    """

    by_source: Counter[BoxSource] = field(default_factory=Counter)
    by_run: Counter[int] = field(default_factory=Counter)
    outside: int = 0
    occluded: int = 0
    scored: int = 0
    fractional: int = 0
    has_attributes: bool = False
    has_box_attributes: bool = False
    shapes: Counter[str] = field(default_factory=Counter)

    @property
    def boxes(self) -> int:
        """Of objects that are on their frames."""
        return self.by_source.total()

    @classmethod
    def of_all(cls, counts: Iterable[Tally]) -> Tally:
        """Several, added up."""
        by_source: Counter[BoxSource] = Counter()
        by_run: Counter[int] = Counter()
        shapes: Counter[str] = Counter()
        outside = occluded = scored = fractional = 0
        has_attributes = has_box_attributes = False
        for each in counts:
            by_source.update(each.by_source)
            by_run.update(each.by_run)
            outside += each.outside
            occluded += each.occluded
            scored += each.scored
            fractional += each.fractional
            has_attributes |= each.has_attributes
            has_box_attributes |= each.has_box_attributes
            shapes.update(each.shapes)
        return cls(
            by_source, by_run, outside, occluded, scored, fractional, has_attributes, has_box_attributes, shapes
        )


def tallies(labels: LabelSet, tick: Tick = untold) -> dict[int, Tally]:
    """Count everything, by track id."""
    return {
        track.track_id: Tally.of_all((Tally(has_attributes=bool(track.attributes)), *map(_tally, pieces)))
        for track, pieces in track_pieces(labels, tick)
    }


def _tally(columns: BoxColumns) -> Tally:
    is_present = columns.is_present
    present = int(np.count_nonzero(is_present))
    sources = np.bincount(columns.sources[is_present], minlength=len(SOURCES)).tolist()
    runs = columns.run_ids[is_present & (columns.run_ids > 0)]
    ids, times = np.unique(runs, return_counts=True) if len(runs) else (runs, runs)
    has_attributes = any(map(given_attributes, columns.attributes.values()))
    return Tally(
        Counter({source: number for source, number in zip(SOURCES, sources, strict=True) if number}),
        Counter(dict(zip(ids.tolist(), times.tolist(), strict=True))),
        len(columns) - present,
        int(np.count_nonzero(columns.visibilities == OCCLUDED_CODE)),
        len(columns) - int(np.count_nonzero(np.isnan(columns.scores))),
        int(np.count_nonzero((columns.boxes_xywh % 1 != 0).any(axis=1))),
        has_attributes,
        has_attributes,
        _shapes(columns),
    )


def _shapes(columns: BoxColumns) -> Counter[str]:
    if not columns.attributes:
        return Counter()
    columns = columns.where(columns.is_present)
    rows = np.searchsorted(columns.frame_indices, [*columns.attributes]).tolist()
    kinds = (
        stands_for(said, columns.boxes_xywh[row].tolist())
        for row, said in zip(rows, columns.attributes.values(), strict=True)
    )
    return Counter(kind for kind in kinds if kind is not None)
