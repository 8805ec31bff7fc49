"""Gathers what a reader finds, checks it against the video, and makes a `LabelSet` of it."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui import limits
from dlst_gui.formats.errors import FormatError, shortly
from dlst_gui.formats.model import (
    NO_ATTRIBUTES,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    Gaps,
    LabelledBox,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.project.keyframe_block import VISIBILITY_CODES

FEWEST_FOR_A_STEP = 4
"""Frames with boxes, before their distances are taken to mean something."""


class _Rows:
    """Columns of one track while they grow: 8 numbers per box instead of some objects."""

    def __init__(self, label: str, color: str, attributes: Mapping[str, str]) -> None:
        self.label = label
        self.color = color
        self.attributes = attributes
        self.frames = array("i")
        self.boxes = array("d")
        self.sources = array("B")
        self.visibilities = array("B")
        self.scores = array("d")
        self.run_ids = array("i")
        self.places = array("q")
        self.said: dict[int, Mapping[str, str]] = {}

    def columns(self) -> BoxColumns:
        order = np.argsort(np.array(self.frames, dtype=np.int32), kind="stable")
        return BoxColumns(
            np.array(self.frames, dtype=np.int32)[order],
            np.array(self.boxes, dtype=np.float64).reshape(-1, 4)[order],
            np.array(self.sources, dtype=np.uint8)[order],
            np.array(self.visibilities, dtype=np.uint8)[order],
            np.array(self.scores, dtype=np.float64)[order],
            np.array(self.run_ids, dtype=np.int32)[order],
            self.said,
        )

    def second_of_frame(self) -> int | None:
        """The position of a box whose frame had one before."""
        frames = np.array(self.frames, dtype=np.int32)
        order = np.argsort(frames, kind="stable")
        same = np.flatnonzero(np.diff(frames[order]) == 0)
        return int(order[same[0] + 1]) if len(same) else None


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
        self._tracks: dict[int, _Rows] = {}

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
                self._fail(place, f"expected a label's name, got {shortly(label)}")
            self._tracks[track_id] = _Rows(label, color, attributes)
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
        rows = self._tracks[track_id]
        rows.frames.append(index)
        rows.boxes.extend((box.x, box.y, box.width, box.height))
        rows.sources.append(SOURCES.index(made.source))
        rows.visibilities.append(VISIBILITY_CODES.index(made.visibility))
        rows.scores.append(made.score)
        rows.run_ids.append(made.run_id)
        rows.places.append(place)
        if made.attributes:
            rows.said[index] = made.attributes

    def take(self, track_id: int, other: LabelBuilder) -> None:
        """The only track of another file becomes this one."""
        other.labels(Gaps.ABSENT)
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
                frame = rows.frames[second]
                self._fail(rows.places[second], f"track {track_id} has a second box on frame {frame} (from 0)")
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


def thinned(labels: LabelSet) -> LabelSet:
    """Where a file has boxes on every n-th frame only, the frames between stay unlabelled.

    For formats without a list of their frames, in which those would be read as frames without objects.
    """
    video = labels.video
    frames = np.unique(np.concatenate([video.frames[:0], *(each.columns.frame_indices for each in labels.tracks)]))
    places = np.searchsorted(video.frames, frames)
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
