"""What of a project goes into a file, chosen in words, and the labels that this gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.model import (
    OCCLUDED_CODE,
    OUTSIDE_CODE,
    SOURCES,
    AnnotatedVideo,
    BoxColumns,
    BoxSource,
    Gaps,
    LabelSet,
    ObjectTrack,
)
from dlst_gui.formats.spans import lines_between
from dlst_gui.project.keyframe_block import VISIBILITY_CODES
from dlst_gui.project.labels import TrackInfo
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.review import ReviewMark
from dlst_gui.project.tracks import Keyframe


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
    tracks = [_track(project, info, frames[info.track_id], video, selection) for info in chosen]
    taken = grid
    if selection.frames is not FrameChoice.ALL:
        taken = np.unique(np.concatenate([grid[:0], *frames.values()]))
    return LabelSet(replace(video, frames=taken), tuple(tracks), selection.gaps)


def _frames_of(project: Project, track_id: int, grid: NDArray[np.int32], choice: FrameChoice) -> NDArray[np.int32]:
    if choice is FrameChoice.ALL or not len(grid):
        return grid
    spans = [(each.frame_index, each.frame_index) for each in project.keyframes(track_id)]
    if choice is FrameChoice.LABELLED:
        spans += project.valid_predictions(track_id, 0, int(grid[-1]))
        spans = [(min(first for first, _ in spans), max(last for _, last in spans))] if spans else []
    elif choice is FrameChoice.REVIEWED:
        marks = project.review(track_id)
        spans += [(span.first, span.last) for span in marks if span.mark is ReviewMark.ACCEPTED]
    is_taken = np.zeros(int(grid[-1]) + 1, dtype=bool)
    for first, last in spans:
        is_taken[first : last + 1] = True
    return grid[is_taken[grid]]


def _track(
    project: Project, info: TrackInfo, frames: NDArray[np.int32], video: AnnotatedVideo, selection: Selection
) -> ObjectTrack:
    columns = shown_columns(project, info.track_id, frames)
    codes = columns.sources
    kept = np.ones(len(columns), dtype=bool)
    is_machine = np.isin(codes, [SOURCES.index(BoxSource.TRACKED), SOURCES.index(BoxSource.FUSED)])
    if not selection.tracked:
        kept &= ~is_machine
    if not selection.lost:
        block = project.predictions_at(info.track_id, columns.frame_indices)
        lost = block.frame_indices[(block.rows["flags"] & RowFlag.FOUND) == 0]
        kept &= ~(is_machine & np.isin(columns.frame_indices, lost))
    if not selection.interpolated:
        kept &= codes != SOURCES.index(BoxSource.INTERPOLATED)
    if not selection.occluded:
        kept &= columns.visibilities != OCCLUDED_CODE
    columns = columns.where(kept)
    if selection.clip_to_image:
        columns = _clipped(columns, video)
    return ObjectTrack(info.track_id, info.label, columns, info.color, info.attributes)


def shown_columns(project: Project, track_id: int, frames: NDArray[np.int32]) -> BoxColumns:
    """What these ascending frames show of a track, the rule of `Project.shown` for many frames at once."""
    keyframes = project.keyframes(track_id)
    known = np.array([each.frame_index for each in keyframes], dtype=np.int32)
    boxes, sources = np.zeros((len(frames), 4)), np.full(len(frames), len(SOURCES), dtype=np.uint8)
    scores, run_ids = np.full(len(frames), np.nan), np.zeros(len(frames), dtype=np.int32)
    visibilities = _said(keyframes, known, frames)
    is_outside = visibilities == OUTSIDE_CODE

    if len(known) > 1:
        between = (frames > known[0]) & (frames < known[-1]) & ~is_outside
        boxes[between] = lines_between(known, np.array([each.box.xywh for each in keyframes]), frames[between])
        sources[between] = SOURCES.index(BoxSource.INTERPOLATED)

    block = project.predictions_at(track_id, frames)
    block = block.where((block.rows["flags"] & RowFlag.SUPERSEDED) == 0)
    at = np.searchsorted(frames, block.frame_indices)
    boxes[at], scores[at], run_ids[at] = block.rows["box"], block.rows["score"], block.rows["run_id"]
    is_one_pass = np.isnan(block.rows["disagreement"])
    sources[at] = np.where(is_one_pass, SOURCES.index(BoxSource.TRACKED), SOURCES.index(BoxSource.FUSED))
    visibilities[at[is_outside[at]]] = 0

    attributes = {}
    for each in _on(keyframes, known, frames):
        row = int(np.searchsorted(frames, each.frame_index))
        boxes[row] = each.box.xywh
        sources[row] = SOURCES.index(BoxSource(each.origin.value))
        visibilities[row] = VISIBILITY_CODES.index(each.visibility)
        scores[row], run_ids[row] = np.nan, 0
        if each.attributes:
            attributes[each.frame_index] = each.attributes
    columns = BoxColumns(
        frames, boxes, np.minimum(sources, len(SOURCES) - 1), visibilities, scores, run_ids, attributes
    )
    return columns.where(sources < len(SOURCES))


def _said(
    keyframes: tuple[Keyframe, ...], known: NDArray[np.int32], frames: NDArray[np.int32]
) -> NDArray[np.uint8]:
    """(n,) what the last manual box up to each frame says of visibility; a code."""
    codes = np.array([0, *(VISIBILITY_CODES.index(each.visibility) for each in keyframes)], dtype=np.uint8)
    return codes[np.searchsorted(known, frames, side="right")]


def _on(keyframes: tuple[Keyframe, ...], known: NDArray[np.int32], frames: NDArray[np.int32]) -> list[Keyframe]:
    is_here = np.isin(known, frames)
    return [each for each, here in zip(keyframes, is_here.tolist(), strict=True) if here]


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
