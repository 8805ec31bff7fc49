"""Labels as they travel between projects and files. Every reader makes a `LabelSet`, every writer takes one.

Boxes are `tracker_core.Box`: pixels, 0-based, continuous, left, top, width, height. Frame indices are 0-based
positions in the video. The boxes of a track are columns, so that 100,000 frames of 50 tracks fit in memory.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.reading_report import ReadingReport
from dlst_gui.project.attributes import Attribute
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from dlst_gui.project.tracks import LAST_FRAME, Visibility
from dlst_gui.video.video_source import ShownRange
from tracker_core import Box

UNNAMED = "object"
"""The label of what comes from a file without labels."""

NOT_EVALUATED = "mot_flag"
"""The attribute of boxes that a benchmark does not evaluate: its flag, which is 0."""

NO_FRAME = -(2**31)
"""Stands for the frame of an image that the open folder does not have."""

OTHER_VIDEO = -(2**31) - 1
"""Stands for the frame of an image of another video."""

BETWEEN_FRAMES = -(2**31) - 2
"""Stands for a number that is of no frame of the video, because these are further apart."""

_ROWS_AT_ONCE = 4096
_FRAMES_AT_ONCE = 256
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
        return SOURCES.index(self) <= _LAST_HUMAN


SOURCES = tuple(BoxSource)
"""Codes of sources are positions in this; those of visibilities are positions in `VISIBILITY_CODES`."""

_LAST_HUMAN = SOURCES.index(BoxSource.IMPORTED)
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
        if n and not bool((self.frame_indices[1:] > self.frame_indices[:-1]).all()):
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
        if mask.all():
            return self
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

    def rows(self, low: int, high: int) -> BoxColumns:
        """Rows `low` to `high`, the last one not included, without copying them."""
        if low <= 0 and high >= len(self):
            return self
        part, said = slice(low, high), self.attributes
        frames = self.frame_indices[part]
        if said:
            first, last = (int(frames[0]), int(frames[-1])) if len(frames) else (0, -1)
            said = {index: each for index, each in said.items() if first <= index <= last}
        return BoxColumns(
            frames,
            self.boxes_xywh[part],
            self.sources[part],
            self.visibilities[part],
            self.scores[part],
            self.run_ids[part],
            said,
        )

    def between(self, first: int, last: int) -> BoxColumns:
        """Those on frames `first` to `last`."""
        if first <= 0 and last >= LAST_FRAME:
            return self
        low, high = rows_between(self.frame_indices, first, last)
        return self.rows(low, high) if low < high else NO_BOXES

    def joined(self, other: BoxColumns) -> BoxColumns:
        """These and others, none of them on the same frame."""
        frames = np.concatenate([self.frame_indices, other.frame_indices])
        order = np.argsort(frames, kind="stable")
        return BoxColumns(
            frames[order],
            np.concatenate([self.boxes_xywh, other.boxes_xywh])[order],
            np.concatenate([self.sources, other.sources])[order],
            np.concatenate([self.visibilities, other.visibilities])[order],
            np.concatenate([self.scores, other.scores])[order],
            np.concatenate([self.run_ids, other.run_ids])[order],
            {**self.attributes, **other.attributes},
        )

    def noted(self) -> BoxColumns:
        """Those of which something is noted."""
        return self.where(np.isin(self.frame_indices, [*self.attributes])) if self.attributes else NO_BOXES

    @property
    def is_present(self) -> NDArray[np.bool_]:
        """(n,) whether the object is on the frame; the others only say that it is not."""
        present: NDArray[np.bool_] = self.visibilities != OUTSIDE_CODE
        return present

    @property
    def is_human(self) -> NDArray[np.bool_]:
        """(n,) whether a person gave the box."""
        human: NDArray[np.bool_] = self.sources <= _LAST_HUMAN
        return human

    def __len__(self) -> int:
        return len(self.frame_indices)

    def __iter__(self) -> Iterator[LabelledBox]:
        for low in range(0, len(self), _ROWS_AT_ONCE):
            yield from self.rows(low, low + _ROWS_AT_ONCE)._boxes()

    def _boxes(self) -> Iterator[LabelledBox]:
        columns = (
            self.frame_indices.tolist(),
            self.boxes_xywh.tolist(),
            self.sources.tolist(),
            self.visibilities.tolist(),
            self.scores.tolist(),
            self.run_ids.tolist(),
        )
        for index, xywh, source, visibility, score, run_id in zip(*columns, strict=True):
            said = self.attributes.get(index, NO_ATTRIBUTES)
            yield LabelledBox(
                index, Box(*xywh), SOURCES[source], VISIBILITY_CODES[visibility], score, run_id, said
            )


NO_BOXES = BoxColumns.of(())


def rows_between(frame_indices: NDArray[np.int32], first: int, last: int) -> tuple[int, int]:
    """The first row on frames `first` to `last`, and the one after the last; the indices ascend."""
    # Looked for as int32: numbers of another kind have the whole column converted.
    low = frame_indices.searchsorted(np.int32(first))
    high = frame_indices.searchsorted(np.int32(last), side="right")
    return int(low), int(high)


class BoxSupply(Protocol):
    """Where the boxes of a track come from: `BoxColumns` holds them, a project gives them on demand."""

    def between(self, first: int, last: int) -> BoxColumns:
        """Those on frames `first` to `last`."""

    def noted(self) -> BoxColumns:
        """Those of which something is noted: few in most tracks, and found without going through all."""


@dataclass(frozen=True, slots=True)
class ObjectTrack:
    """One object through the video.

    Attributes:
        track_id: counts from 1; no two tracks of a `LabelSet` share one.
        boxes: where they come from.
        color: "#rrggbb", or "" where the file has none.
        attributes: of the whole track.
    """

    track_id: int
    label: str
    boxes: BoxSupply
    color: str = ""
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES, hash=False)

    @property
    def columns(self) -> BoxColumns:
        """All boxes at once, which may take a while."""
        return self.boxes.between(0, LAST_FRAME)


def unrated_frames(track: ObjectTrack) -> set[int]:
    """Frames on which a benchmark does not evaluate the object."""
    said = track.boxes.noted().attributes
    return {index for index, each in said.items() if each.get(NOT_EVALUATED) == "0"}


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
        image_names: of an open folder of images, the name of each frame's image; no two have the same stem.
        shown_range: of pictures with over 8 bits, which values are black and white.
    """

    name: str
    width: int
    height: int
    frame_count: int
    fps: float
    timestamps_s: NDArray[np.float64] | None
    frames: NDArray[np.int32]
    image_names: tuple[str, ...] | None = None
    shown_range: ShownRange | None = None

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.frame_count) < 1 or not 0 < self.fps < math.inf:
            raise ValueError(f"expected a video with frames, sizes and frames per second, got {self}")
        if self.timestamps_s is not None and self.timestamps_s.shape != (self.frame_count,):
            raise ValueError(f"expected {self.frame_count} timestamps, got {self.timestamps_s.shape}")
        if self.image_names is not None and len(self.image_names) != self.frame_count:
            raise ValueError(f"expected {self.frame_count} names of images, got {len(self.image_names)}")

    @classmethod
    def whole(
        cls,
        name: str,
        *,
        size: tuple[int, int],
        frame_count: int,
        fps: float,
        timestamps_s: NDArray[np.float64] | None = None,
        image_names: tuple[str, ...] | None = None,
    ) -> AnnotatedVideo:
        """A video with all its frames; `size` is width and height."""
        frames = np.arange(frame_count, dtype=np.int32)
        return cls(name, *size, frame_count, fps, timestamps_s, frames, image_names)

    def other_size(self, width: float, height: float) -> str:
        """What to say of labels that were made on images of another size."""
        size = f"{self.width}x{self.height}"
        return f"is {width:g}x{height:g} pixels, the video's frames are {size}; open the images that were labelled"

    def timestamp_s(self, frame_index: int) -> float:
        """When a frame is shown."""
        return frame_index / self.fps if self.timestamps_s is None else float(self.timestamps_s[frame_index])


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Labels of one video.

    Attributes:
        tracks: in the order in which files list them.
        gaps: what frames without a box mean.
        report: what became of the boxes of the file that they were read from.
        offered: attributes that are declared, whether something is said of them or not.
    """

    video: AnnotatedVideo
    tracks: tuple[ObjectTrack, ...]
    gaps: Gaps = Gaps.ABSENT
    report: ReadingReport = field(default_factory=ReadingReport, compare=False)
    offered: tuple[Attribute, ...] = ()

    @property
    def notices(self) -> tuple[str, ...]:
        """What a reader has to tell, such as boxes that were skipped."""
        return self.report.sentences()

    def without(self, track_ids: Collection[int]) -> LabelSet:
        """All but these tracks."""
        return replace(self, tracks=tuple(each for each in self.tracks if each.track_id not in track_ids))

    def label_names(self) -> tuple[str, ...]:
        """Each label once, by name: the order of categories and classes in files."""
        return tuple(sorted({track.label for track in self.tracks}))

    def box_count(self) -> int:
        """Boxes of objects that are on their frames."""
        return sum(int(track.columns.is_present.sum()) for track in self.tracks)

    def by_frame(self) -> Iterator[tuple[int, list[tuple[ObjectTrack, LabelledBox]]]]:
        """Each frame the labels cover, and the objects on it in the order of tracks; `windows.py` is for files."""
        for low in range(0, len(self.video.frames), _FRAMES_AT_ONCE):
            frames = self.video.frames[low : low + _FRAMES_AT_ONCE].tolist()
            boxes: dict[int, list[tuple[ObjectTrack, LabelledBox]]] = {index: [] for index in frames}
            for track in self.tracks:
                for box in track.boxes.between(frames[0], frames[-1]):
                    if box.is_present and box.frame_index in boxes:
                        boxes[box.frame_index].append((track, box))
            yield from boxes.items()
