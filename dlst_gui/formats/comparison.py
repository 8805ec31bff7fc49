"""What a file holds, against what was to be written: the check of every export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import Capabilities, Identity
from dlst_gui.formats.model import OCCLUDED_CODE, BoxColumns, LabelSet

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How labels that were read back differ from those written.

    Attributes:
        box_count: boxes that are in both.
        missing: boxes that were not read back, or under another track or label.
        surplus: boxes that were read and not written.
        largest_difference_px: of an edge; 0 where there is no box.
        wrong_visibilities: boxes in both of which one is occluded.
    """

    box_count: int
    missing: int
    surplus: int
    largest_difference_px: float
    wrong_visibilities: int


def compared(written: LabelSet, read: LabelSet, can_hold: Capabilities) -> Comparison:
    """Compare what a format can hold: boxes on their frames, by track and label where it knows them."""
    ours, theirs = _grouped(written, can_hold), _grouped(read, can_hold)
    empty = _Boxes(*(np.empty(shape) for shape in ((0,), (0, 4), (0,))))
    both = missing = surplus = wrong = 0
    largest = 0.0
    for key in ours.keys() | theirs.keys():
        one, other = ours.get(key, empty), theirs.get(key, empty)
        at_one, at_other = _matched(one, other)
        both += len(at_one)
        missing += len(one.frames) - len(at_one)
        surplus += len(other.frames) - len(at_one)
        if len(at_one):
            largest = max(largest, float(np.abs(one.edges[at_one] - other.edges[at_other]).max()))
            wrong += int((one.is_occluded[at_one] != other.is_occluded[at_other]).sum())
    return Comparison(both, missing, surplus, largest, wrong if can_hold.occlusion else 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Boxes:
    """Present boxes of one group: (n,) frames, (n, 4) edges, (n,) whether occluded."""

    frames: NDArray[np.float64]
    edges: NDArray[np.float64]
    is_occluded: NDArray[np.float64]


def _grouped(labels: LabelSet, can_hold: Capabilities) -> dict[Key, _Boxes]:
    parts: dict[Key, list[_Boxes]] = {}
    for identity, label, columns in _named(labels, can_hold):
        present = columns.where(columns.is_present)
        x, y, width, height = present.boxes_xywh.T
        boxes = _Boxes(
            present.frame_indices.astype(np.float64),
            np.stack([x, y, x + width, y + height], axis=1),
            (present.visibilities == OCCLUDED_CODE).astype(np.float64),
        )
        parts.setdefault((identity, label), []).append(boxes)
    return {key: _ordered(found) for key, found in parts.items()}


def _named(labels: LabelSet, can_hold: Capabilities) -> Iterator[tuple[str, str, BoxColumns]]:
    for number, track in enumerate(labels.tracks):
        identities = {Identity.IDS: str(track.track_id), Identity.ORDER: str(number), Identity.NONE: ""}
        yield identities[can_hold.identity], track.label if can_hold.labels else "", track.columns


def _ordered(parts: list[_Boxes]) -> _Boxes:
    frames = np.concatenate([part.frames for part in parts])
    edges = np.concatenate([part.edges for part in parts])
    occluded = np.concatenate([part.is_occluded for part in parts])
    order = np.argsort(frames, kind="stable")
    return _Boxes(frames[order], edges[order], occluded[order])


def _matched(one: _Boxes, other: _Boxes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Positions of the same boxes in both: by frame, and where a frame has several, the nearest ones."""
    if all(len(np.unique(boxes.frames)) == len(boxes.frames) for boxes in (one, other)):
        _, at_one, at_other = np.intersect1d(one.frames, other.frames, assume_unique=True, return_indices=True)
        return at_one, at_other
    pairs = [pair for frame in np.intersect1d(one.frames, other.frames) for pair in _nearest(one, other, frame)]
    return np.array([pair[0] for pair in pairs], dtype=np.intp), np.array(
        [pair[1] for pair in pairs], dtype=np.intp
    )


def _nearest(one: _Boxes, other: _Boxes, frame: float) -> Iterator[tuple[int, int]]:
    low, high = np.searchsorted(one.frames, [frame, frame + 1]).tolist()
    start, end = np.searchsorted(other.frames, [frame, frame + 1]).tolist()
    apart = np.abs(one.edges[low:high, None] - other.edges[None, start:end]).max(axis=2)
    for _ in range(min(high - low, end - start)):
        row, column = np.unravel_index(int(apart.argmin()), apart.shape)
        apart[row, :] = apart[:, column] = np.inf
        yield low + int(row), start + int(column)
