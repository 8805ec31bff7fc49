"""The rule of what a frame shows, for many frames at once: the same rule as `Project.shown`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.keyframe_block import VISIBILITY_CODES, KeyframeBlock
from dlst_gui.project.prediction_block import RowFlag
from dlst_gui.project.tracks import FrameState, Visibility

_OCCLUDED = VISIBILITY_CODES.index(Visibility.OCCLUDED)
_OUTSIDE = VISIBILITY_CODES.index(Visibility.OUTSIDE)
_MANUAL = {
    Visibility.VISIBLE: FrameState.HUMAN,
    Visibility.OCCLUDED: FrameState.OCCLUDED,
    Visibility.OUTSIDE: FrameState.OUTSIDE,
}
_OF_MANUAL = np.array([_MANUAL[each] for each in VISIBILITY_CODES], dtype=np.uint8)


def frame_states(keyframes: KeyframeBlock, flags: NDArray[np.uint8], first: int) -> NDArray[np.uint8]:
    """Tell each frame's state, from the last case that applies.

    Args:
        keyframes: those on the frames, and one more on either side.
        flags: (n,) `RowFlag` of the predictions on frames `first`, `first + 1`, ...
        first: 0-based index of the first frame.

    Returns:
        (n,) `FrameState`.
    """
    indices, visibilities = keyframes.frame_indices, keyframes.rows["visibility"]
    low, high = indices.searchsorted(np.array([first, first + len(flags)], dtype=np.int32))
    if high - low == len(flags):
        of_manual: NDArray[np.uint8] = _OF_MANUAL[visibilities[low:high]]
        return of_manual
    frames = np.arange(first, first + len(flags), dtype=np.int32)
    position = np.searchsorted(indices, frames, side="right") - 1
    has_before, has_after = position >= 0, position < len(indices) - 1
    if len(indices):
        is_human = has_before & (indices[position] == frames)
        said = np.where(has_before, visibilities[position], 0)
    else:
        is_human, said = np.zeros(len(frames), dtype=bool), np.zeros(len(frames), dtype=np.uint8)
    is_present = (flags & RowFlag.PRESENT) > 0
    is_tracked = is_present & ((flags & RowFlag.SUPERSEDED) == 0) & ~is_human
    is_lost = is_tracked & ((flags & RowFlag.FOUND) == 0)
    is_interpolated = has_before & has_after & (said != _OUTSIDE) & ~is_tracked & ~is_human

    states = np.full(len(frames), FrameState.NOTHING, dtype=np.uint8)
    states[is_present] = FrameState.SUPERSEDED
    states[said == _OUTSIDE] = FrameState.OUTSIDE
    states[is_interpolated] = FrameState.INTERPOLATED
    states[is_tracked] = FrameState.TRACKED
    states[is_human & (said != _OUTSIDE)] = FrameState.HUMAN
    is_shown = is_human | is_tracked | is_interpolated
    states[is_shown & (said == _OCCLUDED)] = FrameState.OCCLUDED
    states[is_lost] = FrameState.LOST
    return states
