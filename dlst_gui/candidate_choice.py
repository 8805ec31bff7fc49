"""Which candidates a person may pick instead of drawing: a few, good, and different from each other. No Qt."""

from __future__ import annotations

from tracker_core import Box, Candidates, iou_with_box

PICKS = 9
"""As many as there are digit keys."""

_MOST_ALIKE = 0.55  # IoU; offers closer than this lie over each other on the screen


def offered_picks(candidates: Candidates, *, n: int = PICKS) -> tuple[Box, ...]:
    """At most `n` candidates, best first, none much like a better one."""
    offered: list[Box] = []
    left = candidates.boxes_xywh[candidates.ranked()]
    while len(left) and len(offered) < n:
        best = Box.from_xywh(left[0])
        offered.append(best)
        left = left[iou_with_box(left, best) < _MOST_ALIKE]
    return tuple(offered)
