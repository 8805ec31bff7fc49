"""From labels to a project: one edit, so that one Undo takes a whole import back.

* Boxes that a person gave, and all boxes of files that do not say who gave them, become manual boxes.
* Boxes that a tracker found, where the file says so, become predictions of a run of their own.
* Interpolated boxes are left out where the manual boxes around them lead to the same box; else they become
  predictions.
* Where a file says that an object is gone, or has gaps that mean so, a manual box marked *outside* stands on the
  first frame without it: nothing is then interpolated over the gap.
* Attributes that the file declares are offered, unless the project has some of these names; values of those that
  are of objects are said of the track, where all boxes say them alike.
* What is occluded stays so for manual boxes; a prediction is as visible as the manual box before it says.

Tracks keep their ids where these are free. Everything that is in the project already stays as it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import SOURCES, BoxColumns, BoxSource, LabelSet, ObjectTrack
from dlst_gui.formats.labels.spans import goings
from dlst_gui.formats.transfer.frame_values import settled
from dlst_gui.project.attributes import Attribute, clash_in
from dlst_gui.project.changes import (
    AttributeChange,
    Change,
    KeyframesChange,
    LabelChange,
    LongEdit,
    PredictionChange,
    TrackChange,
)
from dlst_gui.project.keyframe_block import KEYFRAME_ROW, ORIGIN_CODES, KeyframeBlock
from dlst_gui.project.keyframing.thinning import lines_between
from dlst_gui.project.labels import Label, TrackInfo
from dlst_gui.project.prediction_block import ROW, UPDATES, PredictionBlock, RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.track_colors import TRACK_COLORS
from dlst_gui.project.tracks import BoxOrigin, Keyframe, Visibility
from tracker_core import Box, UpdateKind

SAME_BOX_PX = 0.02
"""Formats round to a hundredth of a pixel: the ends of a line may be half of that off, and so may a box on it."""

_LARGEST_KEPT_ID = 1_000_000
_COLOR = re.compile(r"#[0-9a-f]{6}")
_BELIEVED = 1.0  # a score that means found, for boxes without one


class ImportAs(Enum):
    """What boxes become of which a file does not say that a tracker found them."""

    HUMAN = "human"
    PREDICTIONS = "predictions"  # to be looked through, and corrected by tracking


def import_edit(project: Project, labels: LabelSet, *, run_id: int, become: ImportAs = ImportAs.HUMAN) -> LongEdit:
    """Add all tracks of the labels, and the names that are not offered yet; a part of the edit for each track.

    Args:
        project: of the same video.
        labels: from a reader, which checked them against the video.
        run_id: that no run of the project has, for predictions.
        become: what a box of unknown source becomes.
    """
    firsts = [int(track.columns.frame_indices[0]) for track in labels.tracks if len(track.columns)]
    parts = _parts(project, labels, run_id, become)
    return LongEdit("Import labels", min(firsts, default=None), len(firsts), parts)


def _parts(project: Project, labels: LabelSet, run_id: int, become: ImportAs) -> Iterator[tuple[Change, ...]]:
    offered = {label.name for label in project.labels()}
    used = Counter(track.color for track in project.tracks())
    ids = _free_ids(project, labels)
    declared = _new_attributes(project, labels)
    attributes = (*project.attributes(), *declared)
    for read, track_id in zip(labels.tracks, ids, strict=True):
        if not len(read.columns):
            continue
        track = settled(read, attributes)
        changes: list[Change] = [AttributeChange(None, each) for each in declared]
        declared = ()
        color = track.color if _COLOR.fullmatch(track.color) else min(TRACK_COLORS, key=lambda each: used[each])
        used[color] += 1
        if track.label not in offered:
            offered.add(track.label)
            changes.append(LabelChange(None, Label(track.label, color)))
        changes.append(TrackChange(None, TrackInfo(track_id, track.label, color, track.attributes)))
        yield (*changes, *_boxes(labels, track, track_id, run_id, become))


def _new_attributes(project: Project, labels: LabelSet) -> tuple[Attribute, ...]:
    """Those that the file declares and the project lacks, as far as they can be told from the project's."""
    known = project.attributes()
    new: list[Attribute] = []
    for number, each in enumerate(labels.offered, start=project.next_attribute_id()):
        made = replace(each, attribute_id=number, hotkey="")
        if not clash_in((*known, *new, made)):
            new.append(made)
    return tuple(new)


def _free_ids(project: Project, labels: LabelSet) -> list[int]:
    taken = {track.track_id for track in project.tracks()}
    wanted = [track.track_id for track in labels.tracks]
    kept = [each if each not in taken and each <= _LARGEST_KEPT_ID else None for each in wanted]
    following = max([*taken, *(each for each in kept if each is not None)], default=0)
    ids = []
    for each in kept:
        following += each is None
        ids.append(following if each is None else each)
    return ids


def _boxes(labels: LabelSet, track: ObjectTrack, track_id: int, run_id: int, become: ImportAs) -> Iterator[Change]:
    columns = track.columns
    is_human = columns.is_human & (become is ImportAs.HUMAN)
    said = is_human | (~columns.is_present & (become is ImportAs.HUMAN))
    keyframes = _keyframes(columns.where(said))
    if become is ImportAs.HUMAN:
        goings = KeyframeBlock.of(_goings(labels, columns, keyframes))
        keyframes = keyframes.joined(goings.without(keyframes.frame_indices))
    if len(keyframes):
        yield KeyframesChange(None, keyframes, track_id)
    if said.all():
        return
    follows = _follows_from(keyframes, columns) & (columns.sources == SOURCES.index(BoxSource.INTERPOLATED))
    block = _predictions(columns.where(columns.is_present & ~is_human & ~follows), run_id)
    if len(block):
        yield PredictionChange(None, block, track_id)


def _keyframes(columns: BoxColumns) -> KeyframeBlock:
    rows = np.zeros(len(columns), dtype=KEYFRAME_ROW)
    rows["box"] = columns.boxes_xywh
    rows["visibility"] = columns.visibilities
    rows["origin"] = ORIGIN_CODES.index(BoxOrigin.IMPORTED)
    return KeyframeBlock(columns.frame_indices, rows, columns.attributes)


def _goings(labels: LabelSet, columns: BoxColumns, given: KeyframeBlock) -> Iterator[Keyframe]:
    """Where the object goes and comes back, as far as a line between manual boxes would lead over it."""
    known, shows = given.frame_indices, given.shows_object
    if not len(known) or known[-1] - known[0] == len(known) - 1:
        return  # there are boxes on all frames that a line would lead over
    for last_row, gone_on in goings(columns, labels.video, labels.gaps):
        following = int(np.searchsorted(known, gone_on))
        if 0 < following < len(known) and shows[following - 1]:
            last = Box.from_xywh(columns.boxes_xywh[last_row])
            yield Keyframe(gone_on, last, Visibility.OUTSIDE, BoxOrigin.IMPORTED)


def _follows_from(keyframes: KeyframeBlock, columns: BoxColumns) -> NDArray[np.bool_]:
    """(n,) whether a project with these manual boxes, and nothing else, shows the same box."""
    if len(keyframes) < 2:
        return np.zeros(len(columns), dtype=bool)
    known, frames = keyframes.frame_indices, columns.frame_indices
    on_line = lines_between(known, keyframes.rows["box"], frames)
    before = np.clip(np.searchsorted(known, frames, side="right") - 1, 0, None)
    is_outside = ~keyframes.shows_object[before]
    is_between = (frames > known[0]) & (frames < known[-1]) & ~is_outside
    same: NDArray[np.bool_] = (np.abs(on_line - columns.boxes_xywh) <= SAME_BOX_PX).all(axis=1) & is_between
    return same


def _predictions(columns: BoxColumns, run_id: int) -> PredictionBlock:
    rows = np.zeros(len(columns), dtype=ROW)
    scores = np.where(np.isnan(columns.scores), _BELIEVED, columns.scores)
    rows["box"] = columns.boxes_xywh
    rows["score"] = np.clip(scores, -1e30, 1e30)
    rows["disagreement"] = math.nan
    rows["run_id"] = run_id
    rows["flags"] = np.where(scores > 0, RowFlag.PRESENT | RowFlag.FOUND, RowFlag.PRESENT)
    rows["update"] = UPDATES.index(UpdateKind.NONE)
    return PredictionBlock(columns.frame_indices, rows)
