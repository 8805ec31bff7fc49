"""Tracks from single boxes, for formats that know no objects: what overlaps from frame to frame is one object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.label_builder import LabelBuilder
from dlst_gui.formats.model import AnnotatedVideo, Gaps, LabelledBox, LabelSet

SAME_OBJECT_IOU = 0.3
"""Least overlap from one frame to the next; the threshold of SORT (Bewley et al., 2016)."""


@dataclass(frozen=True, slots=True)
class LooseBox:
    """A box of some object; `place` is where it is in the file."""

    label: str
    made: LabelledBox
    place: int


def linked(
    path: Path,
    video: AnnotatedVideo,
    boxes: Iterable[LooseBox],
    *,
    unit: str = "line",
    notices: tuple[str, ...] = (),
) -> LabelSet:
    """Give every box to a track: the most overlapping box of its label on the frame before, else a new one.

    `video.frames` says which frame is before which.
    """
    built = LabelBuilder(path, video, unit)
    before: list[tuple[int, LooseBox]] = []
    here: list[LooseBox] = []
    next_id = 1
    for loose in sorted(boxes, key=lambda loose: loose.made.frame_index):
        if here and loose.made.frame_index != here[0].made.frame_index:
            before, next_id = _joined(built, video, before, here, next_id)
            here = []
        here.append(loose)
    if here:
        _joined(built, video, before, here, next_id)
    return built.labels(Gaps.ABSENT, notices=notices)


def _joined(
    built: LabelBuilder,
    video: AnnotatedVideo,
    before: list[tuple[int, LooseBox]],
    here: list[LooseBox],
    next_id: int,
) -> tuple[list[tuple[int, LooseBox]], int]:
    ids = _continued(video, before, here)
    now = []
    for number, loose in enumerate(here):
        track_id = ids.get(number, next_id)
        next_id += number not in ids
        built.begin_track(track_id, loose.label, place=loose.place)
        built.add(track_id, loose.made, place=loose.place)
        now.append((track_id, loose))
    return now, next_id


def _continued(video: AnnotatedVideo, before: list[tuple[int, LooseBox]], here: list[LooseBox]) -> dict[int, int]:
    """Track ids by position in `here`, the largest overlaps first."""
    if not before:
        return {}
    old, new = before[0][1].made.frame_index, here[0].made.frame_index
    if np.searchsorted(video.frames, new) - np.searchsorted(video.frames, old) != 1:
        return {}
    overlaps = _overlaps([loose for _, loose in before], here)
    pairs = [
        (float(overlaps[row, number]), number, before[row][0])
        for row, number in np.argwhere(overlaps >= SAME_OBJECT_IOU).tolist()
        if here[number].label == before[row][1].label
    ]
    ids: dict[int, int] = {}
    for _, number, track_id in sorted(pairs, reverse=True):
        if number not in ids and track_id not in ids.values():
            ids[number] = track_id
    return ids


def _overlaps(old: list[LooseBox], new: list[LooseBox]) -> NDArray[np.float64]:
    """(old, new) IoU of each with each, all at once: long files have hundreds of thousands of boxes."""
    ours = np.array([loose.made.box.xywh for loose in old])[:, None]
    theirs = np.array([loose.made.box.xywh for loose in new])[None]
    low = np.maximum(ours[..., :2], theirs[..., :2])
    high = np.minimum(ours[..., :2] + ours[..., 2:], theirs[..., :2] + theirs[..., 2:])
    # New boxes are not checked yet: absurd numbers overlap nothing here, and are refused when they are added.
    with np.errstate(all="ignore"):
        shared = np.clip(high - low, 0, None).prod(axis=2)
        iou: NDArray[np.float64] = shared / (ours[..., 2:].prod(axis=2) + theirs[..., 2:].prod(axis=2) - shared)
    return iou
