"""The manual boxes of one track, in order of their frames."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.project.tracks import Keyframe, Visibility

VISIBILITY_CODES = tuple(Visibility)


@dataclass(frozen=True, slots=True)
class KeyframeWindow:
    """Keyframes around some frames: (n,) ascending frame indices, (n,) positions in `VISIBILITY_CODES`."""

    frame_indices: NDArray[np.int32]
    visibilities: NDArray[np.uint8]


class KeyframeSeries:
    """Keyframes by frame, with neighbours by bisection. Arrays mirror them, for many frames at once."""

    def __init__(self) -> None:
        self._keyframes: dict[int, Keyframe] = {}
        self._indices = array("i")
        self._visibilities = bytearray()

    def get(self, frame_index: int) -> Keyframe | None:
        """The one on this frame."""
        return self._keyframes.get(frame_index)

    def at_or_before(self, frame_index: int) -> Keyframe | None:
        """The nearest one up to this frame."""
        position = bisect_right(self._indices, frame_index)
        return self._keyframes[self._indices[position - 1]] if position else None

    def after(self, frame_index: int) -> Keyframe | None:
        """The nearest one after this frame."""
        position = bisect_right(self._indices, frame_index)
        return self._keyframes[self._indices[position]] if position < len(self._indices) else None

    def between(self, first: int, last: int) -> tuple[Keyframe, ...]:
        """Those on frames `first` to `last`."""
        indices = self._indices[bisect_left(self._indices, first) : bisect_right(self._indices, last)]
        return tuple(self._keyframes[index] for index in indices)

    def window(self, first: int, last: int) -> KeyframeWindow:
        """Those on frames `first` to `last`, and one more on either side."""
        low = max(bisect_left(self._indices, first) - 1, 0)
        high = bisect_right(self._indices, last) + 1
        return KeyframeWindow(
            np.array(self._indices[low:high], dtype=np.int32),
            np.frombuffer(bytes(self._visibilities[low:high]), dtype=np.uint8),
        )

    @property
    def shows_object(self) -> bool:
        """Whether any is not of an object outside."""
        return any(VISIBILITY_CODES[code] is not Visibility.OUTSIDE for code in self._visibilities)

    def put(self, keyframe: Keyframe) -> None:
        """Add, or replace the one on the same frame."""
        position = bisect_left(self._indices, keyframe.frame_index)
        code = VISIBILITY_CODES.index(keyframe.visibility)
        if keyframe.frame_index in self._keyframes:
            self._visibilities[position] = code
        else:
            self._indices.insert(position, keyframe.frame_index)
            self._visibilities.insert(position, code)
        self._keyframes[keyframe.frame_index] = keyframe

    def remove(self, frame_index: int) -> None:
        """KeyError where there is none."""
        del self._keyframes[frame_index]
        position = bisect_left(self._indices, frame_index)
        del self._indices[position]
        del self._visibilities[position]

    def copied(self) -> KeyframeSeries:
        """Another one with the same keyframes; what is put into one is not in the other."""
        copy = KeyframeSeries()
        copy._keyframes = dict(self._keyframes)
        copy._indices = self._indices[:]
        copy._visibilities = self._visibilities[:]
        return copy

    def __len__(self) -> int:
        return len(self._keyframes)
