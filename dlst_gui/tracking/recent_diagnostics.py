"""Diagnostics of recent frames of all tracks, bounded by memory. No Qt."""

from __future__ import annotations

from collections import OrderedDict

from tracker_core import Diagnostics

DEFAULT_LIMIT_BYTES = 48 * 2**20  # about 900 frames of a 102 x 102 response map and 256 candidates
LOST_SHARE = 0.25
"""Ours. Of the memory, for frames on which a target was lost: they are asked about long after."""


class RecentDiagnostics:
    """What a tracker saw, by track and frame.

    The ones recorded longest ago go first when `limit_bytes` is reached. Those of lost targets have a share of
    their own: a target that waits for a person is still explained when others have gone on for long.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        lost_bytes = int(LOST_SHARE * limit_bytes)
        self._found = _Shelf(limit_bytes - lost_bytes)
        self._lost = _Shelf(lost_bytes)

    def __len__(self) -> int:
        return len(self._found.kept) + len(self._lost.kept)

    def get(self, track_id: int, frame_index: int) -> Diagnostics | None:
        """None where diagnostics were not made, or have been dropped since."""
        place = (track_id, frame_index)
        return self._found.kept.get(place) or self._lost.kept.get(place)

    def record(self, track_id: int, frame_index: int, diagnostics: Diagnostics, *, is_lost: bool = False) -> None:
        """Keep the latest of each frame."""
        self.discard(track_id, frame_index)
        (self._lost if is_lost else self._found).record((track_id, frame_index), diagnostics)

    def clear(self) -> None:
        """Forget all frames."""
        self._found.clear()
        self._lost.clear()

    def discard(self, track_id: int, frame_index: int) -> None:
        """Forget a frame of a track, if it is known."""
        self._found.discard((track_id, frame_index))
        self._lost.discard((track_id, frame_index))


class _Shelf:
    """Diagnostics by track and frame, in the order in which they came."""

    def __init__(self, limit_bytes: int) -> None:
        self.kept: OrderedDict[tuple[int, int], Diagnostics] = OrderedDict()
        self._limit_bytes = limit_bytes
        self._bytes = 0

    def record(self, place: tuple[int, int], diagnostics: Diagnostics) -> None:
        """Keep it, and at least it."""
        self.kept[place] = diagnostics
        self._bytes += array_bytes(diagnostics)
        while self._bytes > self._limit_bytes and len(self.kept) > 1:
            self.discard(next(iter(self.kept)))

    def discard(self, place: tuple[int, int]) -> None:
        """Forget it, if it is known."""
        removed = self.kept.pop(place, None)
        if removed is not None:
            self._bytes -= array_bytes(removed)

    def clear(self) -> None:
        """Forget all."""
        self.kept.clear()
        self._bytes = 0


def array_bytes(diagnostics: Diagnostics) -> int:
    """Bytes of the arrays, which are nearly all there is."""
    candidates = diagnostics.candidates
    total = candidates.boxes_xywh.nbytes + candidates.origins.nbytes + candidates.scores.nbytes
    total += candidates.best.nbytes
    if diagnostics.response_map is not None:
        total += diagnostics.response_map.values.nbytes
    return total
