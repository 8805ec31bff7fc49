"""Diagnostics of recent frames, bounded by memory. No Qt."""

from __future__ import annotations

from collections import OrderedDict

from tracker_core import Diagnostics

DEFAULT_LIMIT_BYTES = 48 * 2**20  # about 900 frames of a 102 x 102 response map and 256 candidates


class RecentDiagnostics:
    """Diagnostics by frame; the ones recorded longest ago go first when `limit_bytes` is reached."""

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._by_frame: OrderedDict[int, Diagnostics] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._by_frame)

    def get(self, frame_index: int) -> Diagnostics | None:
        """None where diagnostics were not made, or have been dropped since."""
        return self._by_frame.get(frame_index)

    def record(self, frame_index: int, diagnostics: Diagnostics) -> None:
        """Keep the latest of each frame."""
        self.discard(frame_index)
        self._by_frame[frame_index] = diagnostics
        self._bytes += array_bytes(diagnostics)
        while self._bytes > self._limit_bytes and len(self._by_frame) > 1:
            self.discard(next(iter(self._by_frame)))

    def clear(self) -> None:
        """Forget all frames."""
        self._by_frame.clear()
        self._bytes = 0

    def discard(self, frame_index: int) -> None:
        """Forget a frame, if it is known."""
        removed = self._by_frame.pop(frame_index, None)
        if removed is not None:
            self._bytes -= array_bytes(removed)


def array_bytes(diagnostics: Diagnostics) -> int:
    """Bytes of the arrays, which are nearly all there is."""
    candidates = diagnostics.candidates
    total = candidates.boxes_xywh.nbytes + candidates.origins.nbytes + candidates.scores.nbytes
    total += candidates.best.nbytes
    if diagnostics.response_map is not None:
        total += diagnostics.response_map.values.nbytes
    return total
