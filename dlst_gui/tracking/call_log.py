"""Which frame of the video a tracker was given with which of its calls. No Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class CallLog:
    """Kept as stretches of frames that follow each other: hours of tracking take as little as minutes.

    Calls are numbered as `SampleMemoryView` says. A log begins anew with `begin`.
    """

    def __init__(self, step: int) -> None:
        """Make one that is empty.

        Args:
            step: frames from one call to the next, 1 or -1.
        """
        self._step = step
        self._examples: tuple[int, ...] = ()
        self._calls: list[int] = []  # first of each stretch
        self._frames: list[int] = []  # its frame
        self._count = 0

    def begin(self, frame_index: int, examples: Sequence[int]) -> None:
        """The tracker was initialized on a frame, with examples of others in this order."""
        self._examples = tuple(examples)
        self._calls, self._frames, self._count = [], [], 0
        self.add(frame_index)

    def add(self, frame_index: int) -> None:
        """It was given one more."""
        if self.latest is None or frame_index != self.latest + self._step:
            self._calls.append(self._count)
            self._frames.append(frame_index)
        self._count += 1

    def drop(self) -> None:
        """The latest call was taken back."""
        self._count -= 1
        if self._calls[-1] == self._count:
            self._calls.pop()
            self._frames.pop()

    @property
    def latest(self) -> int | None:
        """The frame given last; None before the first."""
        return None if self._count == 0 else self.frame_of(self._count - 1)

    def frame_of(self, call: int) -> int:
        """The frame of a call."""
        if call < 0:
            return self._examples[-1 - call]
        stretch = bisect_right(self._calls, call) - 1
        return self._frames[stretch] + self._step * (call - self._calls[stretch])

    def frames_of(self, calls: NDArray[np.int32]) -> NDArray[np.int32]:
        """Those of many calls, of which few are different."""
        different, places = np.unique(calls, return_inverse=True)
        frames = np.array([self.frame_of(int(call)) for call in different], dtype=np.int32)
        return np.asarray(frames[places], dtype=np.int32)
