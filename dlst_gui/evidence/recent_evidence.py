"""Evidence of recent frames of all tracks and both directions, bounded by memory."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlst_gui.evidence.stored_scores import StoredScores
from tracker_core import Diagnostics
from tracker_core.evidence import FrameEvidence

DEFAULT_LIMIT_BYTES = 48 * 2**20
"""About 900 frames of a 102 x 102 response map and 256 candidates, or 9000 of the default system."""

LOST_SHARE = 0.25
"""Ours. Of the memory, for frames on which a target was lost: they are asked about long after."""

REPLACED_SHARE = 0.125
"""Ours. Beside the memory, for what was seen by runs that were tracked over: undo brings their boxes back."""

_Place = tuple[int, int, bool]  # track, frame, whether backward


class RecentEvidence:
    """What a tracker saw, by track, frame and direction.

    The ones recorded longest ago go first when `limit_bytes` is reached. Those of lost targets have a share of
    their own: a target that waits for a person is still explained when others have gone on for long.
    """

    def __init__(self, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        lost_bytes = int(LOST_SHARE * limit_bytes)
        self._found = _Shelf(limit_bytes - lost_bytes)
        self._lost = _Shelf(lost_bytes)
        self._replaced = _Shelf(int(REPLACED_SHARE * limit_bytes))

    def __len__(self) -> int:
        return len(self._found.kept) + len(self._lost.kept)

    def __iter__(self) -> Iterator[FrameEvidence]:
        yield from self._found.kept.values()
        yield from self._lost.kept.values()

    def get(self, track_id: int, frame_index: int, *, is_backward: bool = False) -> FrameEvidence | None:
        """None where there was none, or it has been dropped since."""
        place = (track_id, frame_index, is_backward)
        return self._found.kept.get(place) or self._lost.kept.get(place)

    def on_frame(self, frame_index: int) -> Iterator[FrameEvidence]:
        """Of all tracks, directions and runs: objects may have been exchanged since, and runs undone."""
        for shelf in (self._found, self._lost, self._replaced):
            for place in shelf.places_of.get(frame_index, ()):
                yield shelf.kept[place]

    def scores(self) -> StoredScores:
        """Frames and scores of all that is kept."""
        kept = [each for shelf in (self._found, self._lost, self._replaced) for each in shelf.kept.values()]
        frames = np.fromiter((each.frame_index for each in kept), np.int64, len(kept))
        return StoredScores.of(frames, np.fromiter((each.score for each in kept), np.float32, len(kept)))

    def record(self, evidence: FrameEvidence) -> None:
        """Keep the latest of each track, frame and direction, where it has diagnostics, and one before it."""
        place = (evidence.track_id, evidence.frame_index, evidence.is_backward)
        before = self.get(place[0], place[1], is_backward=place[2])
        self._discard(place)
        if before is not None and (before.box, before.score) != (evidence.box, evidence.score):
            self._replaced.discard(place)
            self._replaced.record(place, before)
        if evidence.diagnostics is not None:
            (self._found if evidence.is_found else self._lost).record(place, evidence)

    def clear(self) -> None:
        """Forget all frames."""
        self._found.clear()
        self._lost.clear()
        self._replaced.clear()

    def _discard(self, place: _Place) -> None:
        self._found.discard(place)
        self._lost.discard(place)


class _Shelf:
    """Evidence by place, in the order in which it came."""

    def __init__(self, limit_bytes: int) -> None:
        self.kept: OrderedDict[_Place, FrameEvidence] = OrderedDict()
        self.places_of: defaultdict[int, set[_Place]] = defaultdict(set)
        self._limit_bytes = limit_bytes
        self._bytes = 0

    def record(self, place: _Place, evidence: FrameEvidence) -> None:
        """Keep it, and at least it."""
        self.kept[place] = evidence
        self.places_of[place[1]].add(place)
        self._bytes += evidence_bytes(evidence)
        while self._bytes > self._limit_bytes and len(self.kept) > 1:
            self.discard(next(iter(self.kept)))

    def discard(self, place: _Place) -> None:
        """Forget it, if it is known."""
        removed = self.kept.pop(place, None)
        if removed is None:
            return
        self._bytes -= evidence_bytes(removed)
        places = self.places_of[place[1]]
        places.discard(place)
        if not places:
            del self.places_of[place[1]]

    def clear(self) -> None:
        """Forget all."""
        self.kept.clear()
        self.places_of.clear()
        self._bytes = 0


def evidence_bytes(evidence: FrameEvidence) -> int:
    """Bytes of the arrays and of the picture, which are nearly all there is."""
    picture = 0 if evidence.picture is None else len(evidence.picture.jpeg)
    return picture + (0 if evidence.diagnostics is None else _array_bytes(evidence.diagnostics))


def _array_bytes(diagnostics: Diagnostics) -> int:
    candidates, proposals = diagnostics.candidates, diagnostics.proposals
    arrays: list[NDArray[Any]] = [
        candidates.boxes_xywh,
        candidates.origins,
        candidates.scores,
        candidates.is_exact,
        candidates.best,
    ]
    if proposals is not None:
        arrays += [proposals.rows, proposals.confidences, proposals.ratings]
    if diagnostics.response_map is not None:
        arrays.append(diagnostics.response_map.values)
    if diagnostics.regressed_best is not None:
        arrays.append(diagnostics.regressed_best)
    return sum(array.nbytes for array in arrays)
