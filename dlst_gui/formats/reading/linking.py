"""Tracks from boxes that belong to no track: a box goes on with the track that it overlaps most.

For boxes without ids. Nothing but the boxes themselves is known, so this is a guess, and a reader that uses it
loses nothing: every box ends up in some track.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import AnnotatedVideo
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import Loose
from dlst_gui.formats.reading.track_columns import BoxRows

SAME_OBJECT_IOU = 0.3
"""Least overlap from one frame to the next; the threshold of SORT (Bewley et al., 2016)."""

MOST_PAIRS = 1 << 22
"""Boxes on a frame times those on the frame before: of more, no overlaps are computed, and all are new objects."""


def in_order(parts: list[BoxRows]) -> Iterator[BoxRows]:
    """The same boxes in the order of their frames; the list is emptied, so that none is kept twice."""
    parts[:] = [rows for rows in parts if len(rows)]
    is_sorted = all(bool((np.diff(rows.frames) >= 0).all()) for rows in parts) and all(
        before.frames[-1] <= after.frames[0] for before, after in pairwise(parts)
    )
    if not is_sorted:
        together = BoxRows.joined(parts)
        parts[:] = [together.rows(np.argsort(together.frames, kind="stable"))]
        del together
    parts.reverse()
    while parts:
        yield parts.pop()


def _whole_frames(parts: Iterable[BoxRows]) -> Iterator[BoxRows]:
    """The same rows, in parts that do not end in the middle of a frame."""
    begun: BoxRows | None = None
    for part in parts:
        rows = part if begun is None else BoxRows.joined([begun, part])
        if not len(rows):
            continue
        end = int(np.searchsorted(rows.frames, rows.frames[-1]))
        if end:
            yield rows.rows(np.arange(end))
        begun = rows.rows(np.arange(end, len(rows)))
    if begun is not None:
        yield begun


class Linker:
    """What is on the latest frame, and which track each of its boxes is of.

    Args:
        video: its `frames` say which frame is before which.
        loose: whether boxes are linked at all.
    """

    def __init__(self, video: AnnotatedVideo, loose: Loose = Loose.LINKED) -> None:
        self._frames = video.frames
        self._is_linking = loose is Loose.LINKED
        self._codes: dict[str, int] = {}
        self._next_id = 1
        self._frame: int | None = None
        self._boxes = np.empty((0, 4))
        self._labels = np.empty(0, dtype=np.intp)
        self._ids = np.empty(0, dtype=np.int64)

    def with_ids(self, parts: Iterable[BoxRows], tick: Tick = untold) -> Iterator[BoxRows]:
        """The same boxes, each with the id of a track, from 1; they come in the order of their frames."""
        for rows in _whole_frames(parts):
            track_ids = np.empty(len(rows), dtype=np.int64)
            labels = np.array([self._code_of(name) for name in rows.names], dtype=np.intp)[rows.labels]
            starts = np.flatnonzero(np.diff(rows.frames)) + 1
            for start, end in pairwise([0, *starts.tolist(), len(rows)]):
                tick(0, 1)
                frame, boxes = int(rows.frames[start]), rows.boxes_xywh[start:end]
                track_ids[start:end] = self._next_ids(frame, boxes, labels[start:end])
            yield replace(rows, track_ids=track_ids)

    def _code_of(self, label: str) -> int:
        """A number that stands for a label in the whole file."""
        return self._codes.setdefault(label, len(self._codes))

    def _next_ids(self, frame: int, boxes: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.int64]:
        """(n,) track ids of the boxes on a frame that is later than all before."""
        ids = self._continued(boxes, labels) if self._is_next(frame) else np.zeros(len(boxes), dtype=np.int64)
        new = np.flatnonzero(ids == 0)
        ids[new] = np.arange(self._next_id, self._next_id + len(new))
        self._next_id += len(new)
        self._frame, self._boxes, self._labels, self._ids = frame, boxes, labels, ids
        return ids

    def _is_next(self, frame: int) -> bool:
        if self._frame is None or not self._is_linking:
            return False
        # As int32: numbers of another kind have all the frames converted, for each of them.
        before, now = self._frames.searchsorted(np.array([self._frame, frame], dtype=np.int32)).tolist()
        return bool(now - before == 1)

    def _continued(self, boxes: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.int64]:
        """(n,) ids of the tracks that go on, the largest overlaps first; 0 where none does."""
        if len(self._boxes) * len(boxes) > MOST_PAIRS:
            return np.zeros(len(boxes), dtype=np.int64)
        overlaps = _overlaps(self._boxes, boxes)
        with np.errstate(invalid="ignore"):
            alike = (overlaps >= SAME_OBJECT_IOU) & (self._labels[:, None] == labels)
        old, new = np.nonzero(alike)
        ids = np.zeros(len(boxes), dtype=np.int64)
        # Those of `old` ascend.
        if (np.diff(old) > 0).all() and np.bincount(new, minlength=1).max() <= 1:
            ids[new] = self._ids[old]
            return ids
        pairs = zip(overlaps[old, new].tolist(), new.tolist(), self._ids[old].tolist(), strict=True)
        taken: set[int] = set()
        for _, number, track_id in sorted(pairs, reverse=True):
            if not ids[number] and track_id not in taken:
                ids[number] = track_id
                taken.add(track_id)
        return ids


def _overlaps(old: NDArray[np.float64], new: NDArray[np.float64]) -> NDArray[np.float64]:
    """(old, new) IoU of each with each."""
    # New boxes are not checked yet: absurd numbers overlap nothing here, and are refused when they are added.
    with np.errstate(all="ignore"):
        old_right, new_right = old[:, :2] + old[:, 2:], new[:, :2] + new[:, 2:]
        across = np.minimum.outer(old_right[:, 0], new_right[:, 0]) - np.maximum.outer(old[:, 0], new[:, 0])
        down = np.minimum.outer(old_right[:, 1], new_right[:, 1]) - np.maximum.outer(old[:, 1], new[:, 1])
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        iou: NDArray[np.float64] = shared / (np.add.outer(old[:, 2] * old[:, 3], new[:, 2] * new[:, 3]) - shared)
    return iou
