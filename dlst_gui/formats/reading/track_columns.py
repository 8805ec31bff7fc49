"""The boxes of a track while a reader finds them: columns that grow, some 40 bytes for each box."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import SOURCES, BoxColumns, BoxSource

Scalar = TypeVar("Scalar", bound=np.generic)
_IMPORTED = SOURCES.index(BoxSource.IMPORTED)


@dataclass(frozen=True, slots=True, eq=False)
class BoxRows:
    """Boxes as a reader finds them, of any tracks and in any order; None: as by default in all rows.

    Attributes:
        track_ids: (n,)
        labels: (n,) positions in `names`.
        names: labels that the rows have.
        frames: (n,) 0-based positions in the video.
        boxes_xywh: (n, 4) pixels, the first being 0.
        places: (n,) where in the file, for messages.
        visibilities: (n,) positions in `VISIBILITY_CODES`; all visible.
        scores: (n,) NaN where there is none.
        sources: (n,) positions in `SOURCES`; all imported.
        run_ids: (n,) 0 where there is none.
        attributes: of single boxes, by row.
    """

    track_ids: NDArray[np.int64]
    labels: NDArray[np.intp]
    names: tuple[str, ...]
    frames: NDArray[np.int64]
    boxes_xywh: NDArray[np.float64]
    places: NDArray[np.int64]
    visibilities: NDArray[np.uint8] | None = None
    scores: NDArray[np.float64] | None = None
    sources: NDArray[np.uint8] | None = None
    run_ids: NDArray[np.int64] | None = None
    attributes: Mapping[int, Mapping[str, str]] | None = None

    def __len__(self) -> int:
        return len(self.frames)

    def first(self, count: int) -> BoxRows:
        """So many of the first rows; columns may be longer by rows that turned out to be wrong."""
        return self if all(len(column) == count for column in self._columns()) else self.rows(np.arange(count))

    def rows(self, chosen: NDArray[np.intp]) -> BoxRows:
        """These rows, in this order."""
        attributes = self.attributes
        if attributes:
            attributes = {at: attributes[row] for at, row in enumerate(chosen.tolist()) if row in attributes}
        return BoxRows(
            self.track_ids[chosen],
            self.labels[chosen],
            self.names,
            self.frames[chosen],
            self.boxes_xywh[chosen],
            self.places[chosen],
            None if self.visibilities is None else self.visibilities[chosen],
            None if self.scores is None else self.scores[chosen],
            None if self.sources is None else self.sources[chosen],
            None if self.run_ids is None else self.run_ids[chosen],
            attributes,
        )

    @classmethod
    def joined(cls, parts: Sequence[BoxRows]) -> BoxRows:
        """All rows of some parts, one after the other."""
        names = tuple(dict.fromkeys(name for part in parts for name in part.names))
        position = {name: at for at, name in enumerate(names)}
        labels = [np.array([position[name] for name in part.names], dtype=np.intp)[part.labels] for part in parts]
        made = {
            each.name: np.concatenate([_filled(part, each.name) for part in parts])
            for each in fields(cls)
            if each.name not in {"labels", "names", "attributes"}
            and any(getattr(part, each.name) is not None for part in parts)
        }
        attributes: dict[int, Mapping[str, str]] = {}
        start = 0
        for part in parts:
            attributes |= {start + row: said for row, said in (part.attributes or {}).items()}
            start += len(part)
        return cls(labels=np.concatenate(labels), names=names, attributes=attributes or None, **made)

    def _columns(self) -> list[NDArray[np.generic]]:
        values = (getattr(self, each.name) for each in fields(self))
        return [value for value in values if isinstance(value, np.ndarray)]


_USUAL = {"visibilities": 0, "scores": math.nan, "sources": _IMPORTED, "run_ids": 0}


def _filled(rows: BoxRows, name: str) -> NDArray[np.generic]:
    column: NDArray[np.generic] | None = getattr(rows, name)
    return np.full(len(rows), _USUAL[name]) if column is None else column


class _Mostly:
    """Numbers most of which are one and the same: kept from where one differs."""

    __slots__ = ("_code", "_count", "_usual", "_values")

    def __init__(self, code: str, usual: float) -> None:
        self._code = code
        self._usual = usual
        self._count = 0
        self._values: array[float] | None = None

    def extend(self, values: NDArray[np.generic] | None, count: int) -> None:
        if values is None and self._values is None:
            self._count += count
            return
        if values is None:
            values = np.full(count, self._usual)
        if self._values is None and self._is_usual(values):
            self._count += count
        else:
            self._kept().frombytes(values.astype(self._code).tobytes())

    def column(self, kind: type[Scalar], order: NDArray[np.intp] | None) -> NDArray[Scalar]:
        if self._values is None:
            count = self._count if order is None else len(order)
            return np.broadcast_to(np.array(self._usual).astype(kind), (count,))
        return _ordered(np.frombuffer(self._values, dtype=kind), order)

    def _is_usual(self, values: NDArray[np.generic]) -> bool:
        return bool((np.isnan(values) if math.isnan(self._usual) else values == self._usual).all())

    def _kept(self) -> array[float]:
        if self._values is None:
            self._values = array(self._code)
            self._values.frombytes(np.full(self._count, self._usual).astype(self._code).tobytes())
        return self._values


class TrackRows:
    """One track while it grows."""

    __slots__ = (
        *("label", "color", "attributes", "said"),
        *("_frames", "_boxes", "_late_from", "_places", "_sources", "_visibilities", "_scores", "_run_ids"),
    )

    def __init__(self, label: str, color: str, attributes: Mapping[str, str]) -> None:
        self.label = label
        self.color = color
        self.attributes = attributes
        self.said: dict[int, Mapping[str, str]] = {}
        self._frames = array("i")
        self._boxes = array("d")
        # A row can be a second one of its frame only where its frame is not later than those of all rows before.
        # Places are kept from the first such row on.
        self._late_from: int | None = None
        self._places = array("q")
        self._sources = _Mostly("B", _IMPORTED)
        self._visibilities = _Mostly("B", 0)
        self._scores = _Mostly("d", np.nan)
        self._run_ids = _Mostly("i", 0)

    def extend(self, rows: BoxRows, part: slice) -> None:
        """Some rows that are of this track."""
        count = part.stop - part.start
        self._keep_places(rows.frames[part], rows.places[part])
        self._frames.frombytes(rows.frames[part].astype(np.int32).tobytes())
        self._boxes.frombytes(rows.boxes_xywh[part].tobytes())
        for grown, column in (
            (self._sources, rows.sources),
            (self._visibilities, rows.visibilities),
            (self._scores, rows.scores),
            (self._run_ids, rows.run_ids),
        ):
            grown.extend(None if column is None else column[part], count)

    def columns(self) -> tuple[BoxColumns, int, tuple[int, int]]:
        """All boxes in order of their frames; nothing can be added after that.

        Of several on one frame the first of the file is kept. Returns the boxes, how many were left out, and frame
        and place of the first of those.
        """
        order = self._order()
        frames = _ordered(np.frombuffer(self._frames, dtype=np.int32), order)
        seconds, first = 0, (0, 0)
        if order is not None and self._late_from is not None and len(frames):
            is_second = np.concatenate([[False], np.diff(frames) == 0])
            seconds = int(is_second.sum())
            if seconds:
                row = int(order[is_second].min())
                first = self._frames[row], self._places[row - self._late_from]
                order, frames = order[~is_second], frames[~is_second]
        columns = BoxColumns(
            frames,
            _ordered(np.frombuffer(self._boxes, dtype=np.float64).reshape(-1, 4), order),
            self._sources.column(np.uint8, order),
            self._visibilities.column(np.uint8, order),
            self._scores.column(np.float64, order),
            self._run_ids.column(np.int32, order),
            self.said,
        )
        return columns, seconds, first

    def _keep_places(self, frames: NDArray[np.int64], places: NDArray[np.int64]) -> None:
        """Of rows that are about to be added."""
        if self._late_from is None:
            is_first_later = not self._frames or frames[0] > self._frames[-1]
            is_later = frames[1:] > frames[:-1]
            if is_first_later and is_later.all():
                return
            first = 1 + int(is_later.argmin()) if is_first_later else 0
            self._late_from, places = len(self._frames) + first, places[first:]
        self._places.frombytes(places.tobytes())

    def _order(self) -> NDArray[np.intp] | None:
        """None: they are in order already, as they are in most files."""
        if self._late_from is None:
            return None
        return np.argsort(np.frombuffer(self._frames, dtype=np.int32), kind="stable")


def _ordered(column: NDArray[Scalar], order: NDArray[np.intp] | None) -> NDArray[Scalar]:
    return column if order is None else column[order]
