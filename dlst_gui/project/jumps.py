"""Where the keys jump to: keyframes, gaps, low scores and disagreements of one track.

The functions give the frames where such spans begin, ascending; `following` and `preceding` pick the one to go to.
A keyframe track's own indices can be handed to these two as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.tracks import SHOWS_NOTHING


def following(starts: NDArray[np.int64], frame_index: int) -> int | None:
    """The first of the ascending `starts` after a frame; None where there is none."""
    position = int(np.searchsorted(starts, frame_index, side="right"))
    return int(starts[position]) if position < starts.size else None


def preceding(starts: NDArray[np.int64], frame_index: int) -> int | None:
    """The last of the ascending `starts` before a frame; None where there is none."""
    position = int(np.searchsorted(starts, frame_index, side="left"))
    return int(starts[position - 1]) if position else None


def gap_starts(codes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """First frames of the spans after the first shown one in which a track shows nothing.

    A frame where a person said that the object is outside is no gap.

    Args:
        codes: (frames,) `FrameState` of every frame of the video.
    """
    is_empty = np.isin(codes, SHOWS_NOTHING)
    return _run_starts(is_empty & np.logical_or.accumulate(~is_empty))


def low_score_starts(scores: NDArray[np.float32], threshold: float) -> NDArray[np.int64]:
    """First frames of the spans whose score is below `threshold`; (frames,) scores, NaN where unknown."""
    return _run_starts(scores < threshold)


def _run_starts(is_marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    begins = is_marked.copy()
    begins[1:] &= ~is_marked[:-1]
    return np.flatnonzero(begins).astype(np.int64)
