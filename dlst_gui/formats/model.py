"""Labels as they travel between projects and files. Every reader makes a `LabelSet`, every writer takes one.

Boxes are `tracker_core.Box`: pixels, 0-based, continuous, left, top, width, height. Frame indices are 0-based
positions in the video. The boxes of a track are columns, so that 100,000 frames of 50 tracks fit in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from dlst_gui.project.tracks import Visibility
from tracker_core import Box

UNNAMED = "object"
"""The label of what comes from a file without labels."""

_ROWS_AT_ONCE = 4096
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})


class BoxSource(Enum):
    """Where a box comes from. The first five are manual boxes, told apart as in the project."""

    DRAWN = "drawn"
    PICKED = "picked"
    ACCEPTED = "accepted"
    COPIED = "copied"
    IMPORTED = "imported"
    TRACKED = "tracked"
    FUSED = "fused"  # from a forward and a backward pass
    INTERPOLATED = "interpolated"

    @property
    def is_human(self) -> bool:
        """Whether a person gave the box, here or in the program that the file is from."""
        return SOURCES.index(self) <= SOURCES.index(BoxSource.IMPORTED)


SOURCES = tuple(BoxSource)
"""Codes of sources are positions in this; those of visibilities are positions in `VISIBILITY_CODES`."""

OUTSIDE_CODE = VISIBILITY_CODES.index(Visibility.OUTSIDE)
OCCLUDED_CODE = VISIBILITY_CODES.index(Visibility.OCCLUDED)


class Gaps(Enum):
    """What a frame without a box says about a track that has boxes before and after it."""

    ABSENT = "absent"  # the object is not there
    UNSAID = "unsaid"  # nothing: a straight line may lead over it


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """One object on one frame.

    Attributes:
        frame_index: 0-based position in the video.
        box: with `Visibility.OUTSIDE` where the object was last; it is then on the frame no more.
        score: the tracker's or detector's; NaN where there is none.
        run_id: of the tracking run; 0 where there is none.
        attributes: of this box alone.
    """

    frame_index: int
    box: Box
    source: BoxSource = BoxSource.IMPORTED
    visibility: Visibility = Visibility.VISIBLE
    score: float = math.nan
    run_id: int = 0
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)

    @property
    def is_present(self) -> bool:
        return self.visibility is not Visibility.OUTSIDE


@dataclass(frozen=True, slots=True, eq=False)
class BoxColumns:
    """The boxes of one track, in order of their frames.

    Attributes:
        frame_indices: (n,) int32, strictly ascending.
        boxes_xywh: (n, 4) float64.
        sources: (n,) uint8, positions in `SOURCES`.
        visibilities: (n,) uint8, positions in `VISIBILITY_CODES`.
        scores: (n,) float64, NaN where there is none.
        run_ids: (n,) int32, 0 where there is none.
        attributes: of single boxes, by frame index; most have none.
    """

    frame_indices: NDArray[np.int32]
    boxes_xywh: NDArray[np.float64]
    sources: NDArray[np.uint8]
    visibilities: NDArray[np.uint8]
    scores: NDArray[np.float64]
    run_ids: NDArray[np.int32]
    attributes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.frame_indices)
        if self.boxes_xywh.shape != (n, 4) or any(
            column.shape != (n,) for column in (self.sources, self.visibilities, self.scores, self.run_ids)
        ):
            raise ValueError(f"expected {n} rows in every column, as there are frame indices")
        if n and not bool((np.diff(self.frame_indices) > 0).all()):
            raise ValueError("expected frame indices that ascend")

    @classmethod
    def of(cls, boxes: Iterable[LabelledBox]) -> BoxColumns:
        """Pack boxes, in any order; ValueError for two on one frame."""
        ordered = sorted(boxes, key=lambda box: box.frame_index)
        return cls(
            np.array([each.frame_index for each in ordered], dtype=np.int32),
            np.array([each.box.xywh for each in ordered], dtype=np.float64).reshape(-1, 4),
            np.array([SOURCES.index(each.source) for each in ordered], dtype=np.uint8),
            np.array([VISIBILITY_CODES.index(each.visibility) for each in ordered], dtype=np.uint8),
            np.array([each.score for each in ordered], dtype=np.float64),
            np.array([each.run_id for each in ordered], dtype=np.int32),
            {each.frame_index: each.attributes for each in ordered if each.attributes},
        )

    def where(self, mask: NDArray[np.bool_]) -> BoxColumns:
        """The rows that an (n,) mask picks."""
        kept = set(self.frame_indices[mask].tolist()) if self.attributes else set()
        return BoxColumns(
            self.frame_indices[mask],
            self.boxes_xywh[mask],
            self.sources[mask],
            self.visibilities[mask],
            self.scores[mask],
            self.run_ids[mask],
            {index: each for index, each in self.attributes.items() if index in kept},
        )

    @property
    def is_present(self) -> NDArray[np.bool_]:
        """(n,) whether the object is on the frame; the others only say that it is not."""
        present: NDArray[np.bool_] = self.visibilities != OUTSIDE_CODE
        return present

    @property
    def is_human(self) -> NDArray[np.bool_]:
        """(n,) whether a person gave the box."""
        return np.array([source.is_human for source in SOURCES])[self.sources]

    def __len__(self) -> int:
        return len(self.frame_indices)

    def __iter__(self) -> Iterator[LabelledBox]:
        for low in range(0, len(self), _ROWS_AT_ONCE):
            part = slice(low, low + _ROWS_AT_ONCE)
            columns = (
                self.frame_indices[part].tolist(),
                self.boxes_xywh[part].tolist(),
                self.sources[part].tolist(),
                self.visibilities[part].tolist(),
                self.scores[part].tolist(),
                self.run_ids[part].tolist(),
            )
            for index, xywh, source, visibility, score, run_id in zip(*columns, strict=True):
                said = self.attributes.get(index, NO_ATTRIBUTES)
                yield LabelledBox(
                    index, Box(*xywh), SOURCES[source], VISIBILITY_CODES[visibility], score, run_id, said
                )


@dataclass(frozen=True, slots=True)
class ObjectTrack:
    """One object through the video.

    Attributes:
        track_id: counts from 1; no two tracks of a `LabelSet` share one.
        color: "#rrggbb", or "" where the file has none.
        attributes: of the whole track.
    """

    track_id: int
    label: str
    columns: BoxColumns
    color: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)

    def on_frames(self, frames: NDArray[np.int32]) -> Iterator[LabelledBox | None]:
        """For each of these ascending frames the box; None where the object is not on it."""
        boxes = iter(self.columns)
        box = next(boxes, None)
        for index in frames.tolist():
            while box is not None and box.frame_index < index:
                box = next(boxes, None)
            is_here = box is not None and box.frame_index == index and box.is_present
            yield box if is_here else None


@dataclass(frozen=True, slots=True, eq=False)
class AnnotatedVideo:
    """What is labelled.

    Attributes:
        name: without folder and ending.
        width: pixels of a frame.
        height: pixels of a frame.
        frame_count: of the whole video.
        fps: frames per second on average; `timestamps_s` is the truth.
        timestamps_s: (frame_count,) seconds since the first frame; None: frame index over `fps`.
        frames: (m,) ascending indices of the frames that the labels speak about. Formats that number images one
            after the other number these.
    """

    name: str
    width: int
    height: int
    frame_count: int
    fps: float
    timestamps_s: NDArray[np.float64] | None
    frames: NDArray[np.int32]

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.frame_count) < 1 or not 0 < self.fps < math.inf:
            raise ValueError(f"expected a video with frames, sizes and frames per second, got {self}")
        if self.timestamps_s is not None and self.timestamps_s.shape != (self.frame_count,):
            raise ValueError(f"expected {self.frame_count} timestamps, got {self.timestamps_s.shape}")

    @classmethod
    def whole(
        cls,
        name: str,
        *,
        size: tuple[int, int],
        frame_count: int,
        fps: float,
        timestamps_s: NDArray[np.float64] | None = None,
    ) -> AnnotatedVideo:
        """A video with all its frames; `size` is width and height."""
        return cls(name, *size, frame_count, fps, timestamps_s, np.arange(frame_count, dtype=np.int32))

    def timestamp_s(self, frame_index: int) -> float:
        """When a frame is shown."""
        return frame_index / self.fps if self.timestamps_s is None else float(self.timestamps_s[frame_index])


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels of one video.

    Attributes:
        tracks: in the order in which files list them.
        gaps: what frames without a box mean.
        notices: what a reader has to tell, such as rows that are missing at the end.
    """

    video: AnnotatedVideo
    tracks: tuple[ObjectTrack, ...]
    gaps: Gaps = Gaps.ABSENT
    notices: tuple[str, ...] = ()

    def label_names(self) -> tuple[str, ...]:
        """Each label once, by name: the order of categories and classes in files."""
        return tuple(sorted({track.label for track in self.tracks}))

    def box_count(self) -> int:
        """Boxes of objects that are on their frames."""
        return sum(int(track.columns.is_present.sum()) for track in self.tracks)

    def counted_from_one(self) -> LabelSet:
        """The same with all ids less by one, if that leaves them above 0.

        For files whose ids may begin with 0: a reader adds one, and here takes it back where no id was 0.
        """
        if any(track.track_id == 1 for track in self.tracks):
            return self
        return replace(self, tracks=tuple(replace(each, track_id=each.track_id - 1) for each in self.tracks))

    def by_frame(self) -> Iterator[tuple[int, list[tuple[ObjectTrack, LabelledBox]]]]:
        """Each frame the labels cover, and the objects on it in the order of tracks."""
        rows = [track.on_frames(self.video.frames) for track in self.tracks]
        for index in self.video.frames.tolist():
            boxes = ((track, next(row)) for track, row in zip(self.tracks, rows, strict=True))
            yield index, [(track, box) for track, box in boxes if box is not None]
