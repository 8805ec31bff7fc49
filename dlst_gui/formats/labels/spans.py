"""Where an object is in sight without a break, and which of its boxes a straight line gives back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.labels.model import NO_BOXES, SOURCES, AnnotatedVideo, BoxColumns, BoxSource, Gaps
from dlst_gui.project.keyframing.thinning import Measure, Tolerance, lines_between, needed_points

_INTERPOLATED = SOURCES.index(BoxSource.INTERPOLATED)


@dataclass(frozen=True, slots=True, eq=False)
class VisibleSpan:
    """Boxes between an object's coming and its going.

    Attributes:
        columns: at least one box, all present.
        gone_on: the first frame on which it is to be said that the object is gone; None: it stays to the end.
    """

    columns: BoxColumns
    gone_on: int | None


def visible_spans(columns: BoxColumns, video: AnnotatedVideo, gaps: Gaps) -> Iterator[VisibleSpan]:
    """The spans of one track, in order."""
    for rows, gone_on in _spans(columns, video, gaps):
        # Rows of objects that are outside lie between spans only.
        yield VisibleSpan(columns.rows(int(rows[0]), int(rows[-1]) + 1), gone_on)


def goings(columns: BoxColumns, video: AnnotatedVideo, gaps: Gaps) -> Iterator[tuple[int, int]]:
    """The last row of each span that ends, and the frame on which it is to be said that the object is gone."""
    for rows, gone_on in _spans(columns, video, gaps):
        if gone_on is not None:
            yield int(rows[-1]), gone_on


def _spans(
    columns: BoxColumns, video: AnnotatedVideo, gaps: Gaps
) -> Iterator[tuple[NDArray[np.intp], int | None]]:
    """The rows of each span, and where the object is gone."""
    frames, is_present = columns.frame_indices, columns.is_present
    if len(columns) and frames[-1] - frames[0] < len(columns) and is_present.all():
        # A box on every frame, as in most tracks.
        yield np.arange(len(columns)), _gone_on(int(frames[-1]), NO_BOXES.frame_indices, video, gaps)
        return
    present = np.flatnonzero(is_present)
    outside = columns.frame_indices[~is_present]
    if not len(present):
        return
    frames = columns.frame_indices[present]
    is_break = np.searchsorted(outside, frames[:-1]) != np.searchsorted(outside, frames[1:])
    if gaps is Gaps.ABSENT:
        places = np.searchsorted(video.frames, frames)
        is_break |= np.diff(places) > 1
    starts = np.concatenate([[0], np.flatnonzero(is_break) + 1])
    for start, end in zip(starts, np.append(starts, len(present))[1:], strict=True):
        yield present[start:end], _gone_on(int(frames[end - 1]), outside, video, gaps)


def _gone_on(last: int, outside: NDArray[np.int32], video: AnnotatedVideo, gaps: Gaps) -> int | None:
    following = last + 1
    if gaps is Gaps.ABSENT:
        place = int(np.searchsorted(video.frames, last, side="right"))
        following = int(video.frames[place]) if place < len(video.frames) else last + 1
    said = int(np.searchsorted(outside, last, side="right"))
    if said < len(outside) and gaps is Gaps.UNSAID:
        following = int(outside[said])
    return following if following < video.frame_count else None


def needed_rows(columns: BoxColumns, on_line_px: float, within_px: float = 0.0) -> NDArray[np.bool_]:
    """(n,) which boxes of a span must be written for a reader that draws straight lines between them.

    Args:
        columns: boxes of a span, all present.
        on_line_px: interpolated boxes are left out where the line between the others is this near.
        within_px: above 0, boxes of any source are left out where the line is this near to each of their edges.
    """
    if within_px > 0:
        return _sparse_rows(columns, within_px)
    needed: NDArray[np.bool_] = columns.sources != _INTERPOLATED
    if not needed.all():
        needed[[0, -1]] = True
        anchors = np.flatnonzero(needed)
        on_line = lines_between(columns.frame_indices[anchors], columns.boxes_xywh[anchors], columns.frame_indices)
        needed |= (np.abs(on_line - columns.boxes_xywh) > on_line_px).any(axis=1)
    return needed


def _sparse_rows(columns: BoxColumns, within_px: float) -> NDArray[np.bool_]:
    """(n,) the ends of lines, and where what keyframes say changes."""
    pinned = np.zeros(len(columns), dtype=bool)
    pinned[1:] |= np.diff(columns.visibilities.astype(np.int16)) != 0
    frames = columns.frame_indices.tolist()
    said = [columns.attributes.get(frame) for frame in frames] if columns.attributes else []
    pinned[[row for row in range(1, len(said)) if said[row] != said[row - 1]]] = True
    times = columns.frame_indices.astype(np.float64)
    return needed_points(times, columns.boxes_xywh, pinned, Tolerance(Measure.PIXELS, within_px))


def on_lines(columns: BoxColumns, needed: NDArray[np.bool_]) -> BoxColumns:
    """The same boxes, those that are not needed on the lines between the others."""
    anchors = np.flatnonzero(needed)
    known, boxes = columns.frame_indices[anchors], columns.boxes_xywh[anchors]
    return replace(columns, boxes_xywh=lines_between(known, boxes, columns.frame_indices))
