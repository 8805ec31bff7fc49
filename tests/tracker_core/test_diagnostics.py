"""What a tracked frame's diagnostics conclude."""

from __future__ import annotations

import numpy as np
import pytest

from tracker_core import Box, Candidates, Diagnostics

CHOSEN = Box(50, 50, 20, 20)
NOTHING = Candidates(
    np.empty((0, 4)), np.empty(0, np.uint8), np.empty(0, np.float32), np.empty(0, np.int64), np.empty(0, np.bool_)
)


@pytest.mark.parametrize(
    ("matched", "expected"),
    [
        (None, False),
        (CHOSEN, False),
        (CHOSEN.shifted(10, 0), False),  # IoU 0.33
        (CHOSEN.shifted(12, 0), True),  # IoU 0.25
        (CHOSEN.resized(60, 60), True),
        (Box(150, 50, 20, 20), True),
    ],
    ids=["no-matching-head", "same", "near", "beside", "far-larger", "elsewhere"],
)
def test_has_rivals_then_tells_whether_the_matching_head_is_surest_of_another_place(
    matched: Box | None, expected: bool
) -> None:
    diagnostics = Diagnostics(CHOSEN, None, None, None, NOTHING, CHOSEN, None, matched_box=matched)
    assert diagnostics.has_rivals is expected
