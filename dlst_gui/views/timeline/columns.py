"""Frames to columns of pixels: what a column shows that stands for many frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.tracks import FrameState
from dlst_gui.views.timeline.axis import ColumnFrames
from dlst_gui.views.timeline.model import DISAGREEMENT_THRESHOLD

# From what may vanish in a crowd to what never may. Keyframes come as marks of their own, and are drawn over LOST.
_BY_IMPORTANCE = np.array(
    [
        FrameState.NOTHING,
        FrameState.TRACKED,
        FrameState.INTERPOLATED,
        FrameState.SUPERSEDED,
        FrameState.OUTSIDE,
        FrameState.OCCLUDED,
        FrameState.HUMAN,
        FrameState.LOST,
    ],
    np.uint8,
)
_IMPORTANCE = np.argsort(_BY_IMPORTANCE).astype(np.uint8)


def state_columns(codes: NDArray[np.uint8], starts: NDArray[np.intp]) -> NDArray[np.uint8]:
    """The most important state of each column; (columns,).

    Args:
        codes: (frames,) states of all frames of these columns.
        starts: (columns,) where each column begins in `codes`.
    """
    return _BY_IMPORTANCE[np.maximum.reduceat(_IMPORTANCE[codes], starts)]


def widened(columns: NDArray[np.uint8], state: FrameState, by: int) -> NDArray[np.uint8]:
    """`state` spread over `by` more columns on both sides, so that a single column of it is seen."""
    spread = columns.copy()
    is_state = columns == state
    for distance in range(1, by + 1):
        spread[distance:][is_state[:-distance]] = state
        spread[:-distance][is_state[distance:]] = state
    return spread


def score_columns(
    scores: NDArray[np.float32], starts: NDArray[np.intp]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Lowest and highest score of each column; NaN where none is known. Arguments as of `state_columns`."""
    return np.fmin.reduceat(scores, starts), np.fmax.reduceat(scores, starts)


def disagreement_columns(disagreements: NDArray[np.float32], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Columns where both passes disagree somewhere. Arguments as of `state_columns`."""
    return np.fmax.reduceat(disagreements, starts) >= DISAGREEMENT_THRESHOLD


def evidence_columns(evidence: NDArray[np.bool_], starts: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Columns with evidence of any frame. Arguments as of `state_columns`."""
    return np.logical_or.reduceat(evidence, starts)


def span_columns(spans: Sequence[tuple[int, int]], frames: ColumnFrames) -> NDArray[np.bool_]:
    """Columns that show any frame of the spans; each is given by its first and its last frame."""
    ends = np.append(frames.starts[1:], frames.end)
    is_within = np.zeros(frames.starts.size, np.bool_)
    for first, last in spans:
        begin = np.searchsorted(np.maximum(ends, frames.starts + 1), first, side="right")
        is_within[begin : np.searchsorted(frames.starts, last, side="right")] = True
    return is_within


def keyframe_columns(
    keyframe_indices: NDArray[np.int64], frames_per_column: float, spacing: int
) -> NDArray[np.float64]:
    """Columns of the whole video for keyframe marks: the first keyframe of every `spacing` columns."""
    columns = (keyframe_indices.astype(np.float64) + 0.5) / frames_per_column
    _, first = np.unique(columns // spacing, return_index=True)
    return columns[first]
