"""Which boxes have evidence, of a whole video at once."""

from __future__ import annotations

import numpy as np

from dlst_gui.evidence.stored_scores import StoredScores


def test_explained_when_scores_are_the_same_then_there_is_evidence() -> None:
    stored = StoredScores()
    stored.add(np.array([5, 7, 7, 9]), np.array([1.5, 2.5, -0.5, 3.5], np.float32))
    stored.add(np.array([100]), np.array([1.5], np.float32))
    scores = np.full(8, np.nan, np.float32)  # of frames 3 to 10
    scores[[2, 4, 5, 6]] = [1.5, -0.5, 2.5, 3.0]
    assert np.flatnonzero(stored.explained(scores, 3)).tolist() == [2, 4]


def test_add_when_there_is_no_room_then_nothing_is_lost() -> None:
    stored = StoredScores.of(np.arange(3000), np.ones(3000, np.float32))
    for frame in range(3000, 6000):
        stored.add(np.array([frame]), np.ones(1, np.float32))
    assert len(stored) == 6000
    assert stored.explained(np.ones(6001, np.float32), 0).sum() == 6000
