"""What of a project goes into a file, chosen in words, and the labels that this gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import (
    NO_BOXES,
    OCCLUDED_CODE,
    OUTSIDE_CODE,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
    rows_between,
)
from dlst_gui.formats.transfer.frame_values import FrameValues, with_defaults
from dlst_gui.project.keyframe_block import ORIGIN_CODES, KeyframeBlock
from dlst_gui.project.keyframing.thinning import lines_between
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.prediction_pages import FrameSpans
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import LAST_FRAME

_TRACKED, _FUSED, _INTERPOLATED = map(SOURCES.index, (BoxSource.TRACKED, BoxSource.FUSED, BoxSource.INTERPOLATED))
_KEPT_BOXES = 1 << 20
"""About 50 MB: an export asks four times for the boxes of each track, and they are put together each time."""
_MOST_FRAMES = 1 << 17
_LEAST_KEPT = 24
"""Ours: for as many boxes counts what Python takes for a track, however few it has."""
_OF_ORIGINS = np.array([SOURCES.index(BoxSource(origin.value)) for origin in ORIGIN_CODES], dtype=np.uint8)


class FrameChoice(Enum):
    """Which frames of a track are taken."""

    ALL = "all"
    LABELLED = "labelled"  # from an object's first box to its last: before and after, nothing is known of it
    HUMAN = "human"  # those with a manual box
    REVIEWED = "reviewed"  # those with a manual box, and those in spans that a person accepted


@dataclass(frozen=True, slots=True)
class Selection:
    """What is exported.

    Attributes:
        frames: which frames of each track.
        every: each n-th frame of the video only, from the first.
        tracked: with the boxes that a tracker found, those joined from two passes included.
        lost: with the boxes tracked while the target was lost.
        interpolated: with the boxes on straight lines between manual boxes.
        occluded: with boxes of objects that are behind something.
        clip_to_image: cut boxes at the image's edges, and leave out those that lie outside altogether.
        track_ids: of these tracks only; None: of all.
    """

    frames: FrameChoice = FrameChoice.ALL
    every: int = 1
    tracked: bool = True
    lost: bool = True
    interpolated: bool = True
    occluded: bool = True
    clip_to_image: bool = False
    track_ids: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if self.every < 1:
            raise ValueError(f"expected every 1st, 2nd, ... frame, got {self.every}")

    @property
    def gaps(self) -> Gaps:
        """What a frame without a box means, given what was left out."""
        is_whole = self.frames is not FrameChoice.HUMAN and self.tracked and self.interpolated and self.lost
        return Gaps.ABSENT if is_whole and self.occluded else Gaps.UNSAID


_EVERYTHING = Selection()


def selected_labels(project: Project, video: AnnotatedVideo, selection: Selection) -> LabelSet:
    """The labels of a project as its frames show them (`Project.shown`), as far as they are selected.

    Args:
        project: read only.
        video: the project's, with all its frames.
        selection: `LabelSet.video.frames` are the frames that it takes of any track.
    """
    chosen = [
        info for info in project.tracks() if selection.track_ids is None or info.track_id in selection.track_ids
    ]
    grid = video.frames[video.frames % selection.every == 0]
    frames = {info.track_id: _frames_of(project, info.track_id, grid, selection.frames) for info in chosen}
    kept = _Kept()
    tracks = (
        ObjectTrack(
            info.track_id,
            info.label,
            _SelectedBoxes(
                project,
                info.track_id,
                frames[info.track_id],
                video,
                selection,
                kept,
                FrameValues.of(project, info),
            ),
            info.color,
            with_defaults(project, info),
        )
        for info in chosen
    )
    taken = grid
    if selection.frames is not FrameChoice.ALL:
        taken = np.unique(np.concatenate([grid[:0], *frames.values()]))
    return LabelSet(replace(video, frames=taken), tuple(tracks), selection.gaps, offered=project.attributes())


def _frames_of(project: Project, track_id: int, grid: NDArray[np.int32], choice: FrameChoice) -> NDArray[np.int32]:
    if choice is FrameChoice.ALL or not len(grid):
        return grid
    spans: FrameSpans = ()
    manual = project.keyframe_block(track_id).frame_indices
    if choice is FrameChoice.LABELLED:
        spans = (*_ends(manual), *project.valid_predictions(track_id, 0, int(grid[-1])))
        spans = ((min(first for first, _ in spans), max(last for _, last in spans)),) if spans else ()
    elif choice is FrameChoice.REVIEWED:
        marks = project.review(track_id)
        spans = tuple((span.first, span.last) for span in marks if span.mark is ReviewMark.ACCEPTED)
    is_taken = np.zeros(int(grid[-1]) + 1, dtype=bool)
    is_taken[manual[manual <= grid[-1]]] = True
    for first, last in spans:
        is_taken[first : last + 1] = True
    return grid[is_taken[grid]]


def _ends(manual: NDArray[np.int32]) -> FrameSpans:
    return ((int(manual[0]), int(manual[-1])),) if len(manual) else ()


class _Kept:
    """All boxes of tracks, as far as they are few: put together once, when they are first asked for."""

    def __init__(self) -> None:
        self._columns: dict[int, BoxColumns | None] = {}
        self._left = _KEPT_BOXES

    def of(self, track_id: int, most: int, find: Callable[[], BoxColumns]) -> BoxColumns | None:
        """Those of a track; None where they are not kept, as there may be too many: `most` of them."""
        if track_id not in self._columns:
            found = find() if most <= min(self._left, _MOST_FRAMES) else None
            self._columns[track_id] = found
            self._left -= 0 if found is None else max(len(found), _LEAST_KEPT)
        return self._columns[track_id]


@dataclass(frozen=True, slots=True, eq=False)
class _SelectedBoxes:
    """What is selected of a track, asked of the project when it is needed.

    Attributes:
        frames: (m,) ascending indices of those that are taken of the track.
        kept: of all tracks of the labels.
        values: what boxes say besides what their own frames do.
    """

    project: Project
    track_id: int
    frames: NDArray[np.int32]
    video: AnnotatedVideo
    selection: Selection
    kept: _Kept
    values: FrameValues

    def between(self, first: int, last: int) -> BoxColumns:
        whole = self.kept.of(self.track_id, len(self.frames), lambda: self._on(self.frames))
        if whole is not None:
            return whole.between(first, last)
        low, high = rows_between(self.frames, first, last)
        return self._on(self.frames[low:high])

    def noted(self) -> BoxColumns:
        if not self.values.is_plain:
            return self.between(0, LAST_FRAME).noted()
        # Of a tracker's boxes nothing is noted.
        noted = np.array([*self.project.keyframe_block(self.track_id).attributes], dtype=np.int32)
        return self._on(np.intersect1d(self.frames, noted)) if len(noted) else NO_BOXES

    def _on(self, frames: NDArray[np.int32]) -> BoxColumns:
        columns = self.values.on(shown_columns(self.project, self.track_id, frames))
        if self.selection != _EVERYTHING:
            columns = columns.where(self._is_kept(columns))
        return _clipped(columns, self.video) if self.selection.clip_to_image else columns

    def _is_kept(self, columns: BoxColumns) -> NDArray[np.bool_]:
        selection, codes = self.selection, columns.sources
        kept = np.ones(len(columns), dtype=bool)
        is_machine = np.isin(codes, [_TRACKED, _FUSED])
        if not selection.tracked:
            kept &= ~is_machine
        if not selection.lost:
            block = self.project.predictions_at(self.track_id, columns.frame_indices)
            lost = block.frame_indices[(block.rows["flags"] & RowFlag.FOUND) == 0]
            kept &= ~(is_machine & np.isin(columns.frame_indices, lost))
        if not selection.interpolated:
            kept &= codes != _INTERPOLATED
        if not selection.occluded:
            kept &= columns.visibilities != OCCLUDED_CODE
        return kept


def shown_columns(project: Project, track_id: int, frames: NDArray[np.int32]) -> BoxColumns:
    """What these ascending frames show of a track, the rule of `Project.shown` for many frames at once."""
    if not len(frames):
        return NO_BOXES
    manual = project.keyframes_around(track_id, int(frames[0]), int(frames[-1]))
    block = project.predictions_at(track_id, frames)
    known = manual.frame_indices
    if not len(block):
        # Nothing is shown before the first manual box and after the last one.
        low, high = rows_between(frames, int(known[0]), int(known[-1])) if len(known) else (0, 0)
        frames = frames[low:high]
    low, high = rows_between(known, int(frames[0]), int(frames[-1])) if len(frames) else (0, 0)
    if np.array_equal(known[low:high], frames):
        return _manual_alone(manual.rows_from(low, high), frames)
    boxes, sources = np.zeros((len(frames), 4)), np.full(len(frames), len(SOURCES), dtype=np.uint8)
    scores, run_ids = np.full(len(frames), np.nan), np.zeros(len(frames), dtype=np.int32)
    # What the last manual box up to each frame says; before the first one the object is visible.
    said = np.concatenate([np.zeros(1, dtype=np.uint8), manual.rows["visibility"]])
    visibilities = said[np.searchsorted(known, frames, side="right")]
    is_outside = visibilities == OUTSIDE_CODE

    is_valid = (block.rows["flags"] & RowFlag.SUPERSEDED) == 0
    rows, at = block.rows[is_valid], np.searchsorted(frames, block.frame_indices[is_valid])
    boxes[at], scores[at], run_ids[at] = rows["box"], rows["score"], rows["run_id"]
    sources[at] = np.where(np.isnan(rows["disagreement"]), _TRACKED, _FUSED)
    visibilities[at[is_outside[at]]] = 0

    if len(known) > 1:
        between = (frames > known[0]) & (frames < known[-1]) & ~is_outside & (sources == len(SOURCES))
        boxes[between] = lines_between(known, manual.rows["box"], frames[between])
        sources[between] = _INTERPOLATED

    at = np.minimum(np.searchsorted(frames, known), len(frames) - 1)
    is_here = frames[at] == known
    at, rows = at[is_here], manual.rows[is_here]
    boxes[at], visibilities[at], sources[at] = rows["box"], rows["visibility"], _OF_ORIGINS[rows["origin"]]
    scores[at], run_ids[at] = np.nan, 0
    here = set(known[is_here].tolist()) if manual.attributes else set()
    attributes = {index: each for index, each in manual.attributes.items() if index in here}
    is_shown = sources < len(SOURCES)
    sources = np.minimum(sources, len(SOURCES) - 1)
    return BoxColumns(frames, boxes, sources, visibilities, scores, run_ids, attributes).where(is_shown)


def _manual_alone(block: KeyframeBlock, frames: NDArray[np.int32]) -> BoxColumns:
    """Of frames that have a manual box each."""
    return BoxColumns(
        frames,
        np.ascontiguousarray(block.rows["box"]),
        _OF_ORIGINS[block.rows["origin"]],
        block.rows["visibility"].copy(),
        np.full(len(frames), np.nan),
        np.zeros(len(frames), dtype=np.int32),
        block.attributes,
    )


def _clipped(columns: BoxColumns, video: AnnotatedVideo) -> BoxColumns:
    x, y, width, height = columns.boxes_xywh.T
    left, right = np.clip(x, 0, video.width), np.clip(x + width, 0, video.width)
    top, bottom = np.clip(y, 0, video.height), np.clip(y + height, 0, video.height)
    is_untouched = (left == x) & (top == y) & (right == x + width) & (bottom == y + height)
    cut = np.stack([left, top, right - left, bottom - top], axis=1)
    boxes = np.where(is_untouched[:, None], columns.boxes_xywh, cut)
    # Where an object was last says that it is gone, wherever that was.
    kept = ((boxes[:, 2] > 0) & (boxes[:, 3] > 0)) | ~columns.is_present
    boxes[~columns.is_present] = columns.boxes_xywh[~columns.is_present]
    return replace(columns, boxes_xywh=boxes).where(kept)
