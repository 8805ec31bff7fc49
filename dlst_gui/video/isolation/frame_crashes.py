"""Which frames have crashed a decoder, over all sources of one video."""

from __future__ import annotations

import threading
from collections import Counter

MOST_CRASHES = 2  # ours: the second one says that it was no accident


class FrameCrashes:
    """Counted for as long as the program runs. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()

    def add(self, frame_index: int) -> None:
        """A decoder did not survive this frame."""
        with self._lock:
            self._counts[frame_index] += 1

    def has(self, frame_index: int) -> bool:
        """Whether it did so before: such a frame is not read unless it is asked for."""
        return self._counts[frame_index] > 0

    def is_refused(self, frame_index: int) -> bool:
        """Whether it did so often enough."""
        return self._counts[frame_index] >= MOST_CRASHES
