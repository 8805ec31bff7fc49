"""Which frames have ended a decoder, over all sources of one video."""

from __future__ import annotations

import threading
from collections import Counter

MOST_CRASHES = 2  # ours: the second one says that it was no accident


class FrameCrashes:
    """Counted for as long as the program runs. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._crashes: Counter[int] = Counter()
        self._hung: set[int] = set()

    def add(self, frame_index: int, *, is_hang: bool) -> None:
        """A decoder did not survive this frame; one that hangs may only have waited for a network."""
        with self._lock:
            if is_hang:
                self._hung.add(frame_index)
            else:
                self._crashes[frame_index] += 1

    def has(self, frame_index: int) -> bool:
        """Whether it is known for that: such a frame is not read unless it is asked for."""
        return self._crashes[frame_index] > 0 or frame_index in self._hung

    def is_refused(self, frame_index: int) -> bool:
        """Whether it crashed decoders often enough."""
        return self._crashes[frame_index] >= MOST_CRASHES
