"""Gathers what a reader finds, checks it against the video, and makes a `LabelSet` of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.model import (
    NO_ATTRIBUTES,
    SOURCES,
    AnnotatedVideo,
    BoxSource,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.shared_texts import SharedTexts
from dlst_gui.formats.track_columns import BoxRows, TrackRows
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from tracker_core import Box

FEWEST_FOR_A_STEP = 4
"""Frames with boxes, before their distances are taken to mean something."""


class LabelBuilder:
    """Tracks by id, in the order in which they appear.

    Args:
        path: the file that is read, for messages.
        video: what its frames are checked against.
        unit: what a place counts in messages: "line", "annotation".
    """

    def __init__(self, path: Path, video: AnnotatedVideo, unit: str = "line") -> None:
        self._path = path
        self._video = video
        self._unit = unit
        self._tracks: dict[int, TrackRows] = {}
        self._box_count = 0
        self._texts = SharedTexts(path)

    def begin_track(
        self,
        track_id: int,
        label: str,
        *,
        place: int,
        color: str = "",
        attributes: Mapping[str, str] = NO_ATTRIBUTES,
    ) -> None:
        """Have a track of this id; a second call with another label is an error."""
        known = self._tracks.get(track_id)
        if known is None:
            if not 1 <= track_id < 2**31:
                self._fail(place, f"expected a track id of 1 to {2**31 - 1}, got {track_id}")
            if len(self._tracks) == limits.MOST_TRACKS:
                self._fail(place, f"more than {limits.MOST_TRACKS} tracks")
            if not label or len(label) > limits.LONGEST_LABEL:
                problem = (
                    f"expected a label's name of 1 to {limits.LONGEST_LABEL} characters, got {shortly(label)}"
                )
                self._fail(place, problem)
            self._texts.count(len(label), f"{self._unit} {place}")
            said = self._texts.shared(attributes, f"{self._unit} {place}")
            self._tracks[track_id] = TrackRows(label, color, said)
        elif known.label != label:
            self._fail(place, f"track {track_id} is {shortly(known.label)} before and {shortly(label)} here")

    def add(self, track_id: int, made: LabelledBox, *, place: int) -> None:
        """Put a box on a track that was begun."""
        index, box = made.frame_index, made.box
        if not 0 <= index < self._video.frame_count:
            count = self._video.frame_count
            self._fail(place, f"frame {index} (counted from 0) is not in the video, which has {count} frames")
        most = limits.LARGEST_COORDINATE
        # Not-a-number is in no range, so it fails here too.
        if not (-most < box.x < most and -most < box.y < most and 0 < box.width < most and 0 < box.height < most):
            self._fail_box(made, place)
        self._count(1, place)
        said = SOURCES.index(made.source), VISIBILITY_CODES.index(made.visibility), made.score, made.run_id
        rows = self._tracks[track_id]
        rows.append(index, box.xywh, said, place)
        if made.attributes:
            rows.said[index] = self._texts.shared(made.attributes, f"{self._unit} {place}")

    def add_rows(self, rows: BoxRows) -> None:
        """Put boxes on their tracks, which begin with their first; what is said is about the first wrong row."""
        if not len(rows):
            return
        self._check_rows(rows)
        self._count(len(rows), int(rows.places[-1]))
        rows = rows if (rows.track_ids == rows.track_ids[0]).all() else _by_track(rows)
        starts = np.concatenate([[0], np.flatnonzero(np.diff(rows.track_ids)) + 1]).tolist()
        for start, end in pairwise([*starts, len(rows)]):
            self._tracks[int(rows.track_ids[start])].extend(rows, slice(start, end))
        for row, said in (rows.attributes or {}).items():
            track = self._tracks[int(rows.track_ids[row])]
            track.said[int(rows.frames[row])] = self._texts.shared(said, f"{self._unit} {rows.places[row]}")

    def add_between(
        self,
        track_id: int,
        frames: NDArray[np.int32],
        boxes_xywh: NDArray[np.float64],
        source: BoxSource,
        *,
        place: int,
    ) -> None:
        """Put boxes on a track that was begun, all from one place in the file."""
        count = len(frames)
        label = self._tracks[track_id].label
        self.add_rows(
            BoxRows(
                np.full(count, track_id),
                np.zeros(count, dtype=np.intp),
                (label,),
                frames.astype(np.int64),
                boxes_xywh,
                np.full(count, place),
                sources=np.full(count, SOURCES.index(source), dtype=np.uint8),
            )
        )

    def _check_rows(self, rows: BoxRows) -> None:
        """Begin the tracks of the rows up to the first that is wrong, and raise what is wrong with that."""
        most = limits.LARGEST_COORDINATE
        xy, size = rows.boxes_xywh[:, :2], rows.boxes_xywh[:, 2:]
        # Not-a-number is in no range, so it fails here too.
        right = (
            (xy > -most).all(axis=1) & (xy < most).all(axis=1) & (size > 0).all(axis=1) & (size < most).all(axis=1)
        )
        right &= (rows.frames >= 0) & (rows.frames < self._video.frame_count)
        end = len(rows) if right.all() else int(right.argmin()) + 1
        pairs = rows.track_ids[:end] * len(rows.names) + rows.labels[:end] if self._is_plain(rows) else None
        firsts = range(end) if pairs is None else np.sort(np.unique(pairs, return_index=True)[1]).tolist()
        for row in firsts:
            label = rows.names[int(rows.labels[row])]
            self.begin_track(int(rows.track_ids[row]), label, place=int(rows.places[row]))
        if end <= len(rows) and not right.all():
            row = end - 1
            made = LabelledBox(int(rows.frames[row]), Box.from_xywh(rows.boxes_xywh[row]))
            self.add(int(rows.track_ids[row]), made, place=int(rows.places[row]))

    def _is_plain(self, rows: BoxRows) -> bool:
        """Whether a track id and a label's position make one number."""
        return bool((np.abs(rows.track_ids) < 2**31).all()) and len(rows.names) < 2**31

    def _count(self, count: int, place: int) -> None:
        self._box_count += count
        if self._box_count > limits.MOST_BOXES:
            self._fail(place, f"expected at most {limits.MOST_BOXES} boxes, there are more")

    def take(self, track_id: int, other: LabelBuilder) -> None:
        """The only track of another file becomes this one."""
        other.labels(Gaps.ABSENT)
        self._count(other._box_count, 1)
        (self._tracks[track_id],) = other._tracks.values()

    def labels(
        self,
        gaps: Gaps,
        *,
        video: AnnotatedVideo | None = None,
        notices: tuple[str, ...] = (),
    ) -> LabelSet:
        """Everything that was added; FormatError where a track has two boxes on a frame."""
        for track_id, rows in self._tracks.items():
            second = rows.second_of_frame()
            if second is not None:
                self._fail(second[1], f"track {track_id} has a second box on frame {second[0]} (from 0)")
        tracks = (
            ObjectTrack(track_id, rows.label, rows.columns(), rows.color, rows.attributes)
            for track_id, rows in self._tracks.items()
        )
        return LabelSet(video or self._video, tuple(tracks), gaps, notices)

    def _fail_box(self, made: LabelledBox, place: int) -> None:
        numbers = ", ".join(f"{value:g}" for value in made.box.xywh)
        if made.box.is_valid:
            self._fail(place, f"expected pixels of the image, got ({numbers})")
        self._fail(place, f"expected a box with finite numbers and a positive size, got ({numbers})")

    def _fail(self, place: int, problem: str) -> None:
        raise FormatError(self._path, problem, f"{self._unit} {place}")


def _by_track(rows: BoxRows) -> BoxRows:
    """The same rows, those of a track together and in their order."""
    return rows.rows(np.argsort(rows.track_ids, kind="stable"))


def thinned(labels: LabelSet) -> LabelSet:
    """Where a file has boxes on every n-th frame only, the frames between stay unlabelled.

    For formats without a list of their frames, in which those would be read as frames without objects.
    """
    video = labels.video
    has_boxes = np.zeros(video.frame_count, dtype=bool)
    for each in labels.tracks:
        has_boxes[each.columns.frame_indices] = True
    places = np.searchsorted(video.frames, np.flatnonzero(has_boxes))
    step = int(np.gcd.reduce(np.diff(places))) if len(places) >= FEWEST_FOR_A_STEP else 1
    if step <= 1:
        return labels
    said = f"The file has boxes on one frame in {step}; the frames between stay unlabelled."
    covered_video = covering(video, video.frames[places[0] : places[-1] + 1 : step])
    return replace(labels, video=covered_video, notices=(*labels.notices, said))


def covering(video: AnnotatedVideo, frames: NDArray[np.int32]) -> AnnotatedVideo:
    """The same video, of which a file speaks about these frames only."""
    return AnnotatedVideo(
        video.name, video.width, video.height, video.frame_count, video.fps, video.timestamps_s, np.unique(frames)
    )
