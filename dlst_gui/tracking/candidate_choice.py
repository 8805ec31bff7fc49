"""Which candidates a person may pick instead of drawing: a few, good, and different from each other. No Qt."""

from __future__ import annotations

import numpy as np

from tracker_core import Box, CandidateOrigin, Candidates, iou_with_box

PICKS = 9
"""As many as there are digit keys."""

_MOST_ALIKE = 0.55  # IoU; offers closer than this lie over each other on the screen


def offered_picks(candidates: Candidates, *, n: int = PICKS) -> tuple[Box, ...]:
    """At most `n` candidates, best first, none much like a better one.

    Where a box of the matching head is much like the best one left, it is offered in its place: it is drawn to
    fit, the others are drawn at random.
    """
    offered: list[Box] = []
    ranked = candidates.ranked()
    left, is_matched = candidates.boxes_xywh[ranked], candidates.origins[ranked] == CandidateOrigin.MATCHED
    while len(left) and len(offered) < n:
        is_alike = iou_with_box(left, Box.from_xywh(left[0])) >= _MOST_ALIKE
        is_alike[0] = True  # itself, also where it has no area
        fitting = np.flatnonzero(is_alike & is_matched)
        box = Box.from_xywh(left[fitting[0] if len(fitting) else 0])
        offered.append(box)
        is_kept = ~is_alike & (iou_with_box(left, box) < _MOST_ALIKE)
        left, is_matched = left[is_kept], is_matched[is_kept]
    return tuple(offered)
