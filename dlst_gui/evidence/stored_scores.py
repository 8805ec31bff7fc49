"""Of which frames a file of evidence tells, in arrays: asked about a whole video as about one frame."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import NDArray

_FIRST_ROOM = 1024


class StoredScores:
    """Frame and score of each piece of evidence, of all tracks and directions.

    As box and score tell whose evidence is, not the track (see `belonging`), the score alone tells nearly as well.
    """

    def __init__(self) -> None:
        self._frames = np.zeros(_FIRST_ROOM, np.int64)
        self._scores = np.zeros(_FIRST_ROOM, np.float32)
        self._count = 0

    @classmethod
    def of(cls, frames: NDArray[np.int64], scores: NDArray[np.float32]) -> Self:
        """Of (n,) frames and their (n,) scores."""
        made = cls()
        made.add(frames, scores)
        return made

    def __len__(self) -> int:
        return self._count

    @property
    def content(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Frames and scores, as `add` takes them."""
        return self._frames[: self._count], self._scores[: self._count]

    def add(self, frames: NDArray[np.int64], scores: NDArray[np.float32]) -> None:
        """Take in more, (n,) each, in any order."""
        needed = self._count + len(frames)
        if needed > len(self._frames):
            room = max(needed, 2 * len(self._frames))
            self._frames = np.resize(self._frames, room)
            self._scores = np.resize(self._scores, room)
        self._frames[self._count : needed] = frames
        self._scores[self._count : needed] = scores
        self._count = needed

    def explained(self, scores: NDArray[np.float32], first: int) -> NDArray[np.bool_]:
        """(n,) whether there is evidence of boxes with these (n,) scores, on frames from `first` on; NaN: none."""
        frames = self._frames[: self._count] - first
        is_within = (frames >= 0) & (frames < len(scores))
        frames, kept = frames[is_within], self._scores[: self._count][is_within]
        found = np.zeros(len(scores), np.bool_)
        found[frames[scores[frames] == kept]] = True
        return found
