"""How a person draws boxes, against what the matching head would draw: tight or loose, with the tail or without.

The head looks at the frame of a manual box from several places; what its boxes lack on average is added to all
that follow. Ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box
from tracker_core.studio.matching_head import MatchMap
from tracker_core.studio.square_region import SquareRegion

NO_HABIT: NDArray[np.float64] = np.zeros(4)
"""Offsets of the middle in sides (x, y), logarithms of factors on width and height."""

_FEWEST = 3
_OFF_TARGET = 0.4  # IoU below which a look tells nothing
_BELIEVED = 0.7  # part of the median that is taken over
_LARGEST = np.array([0.15, 0.15, 0.35, 0.35])


def residual(found: MatchMap, region: SquareRegion, box: Box) -> NDArray[np.float64] | None:
    """(4,) what the most confident box lacks to a human one; None where it is elsewhere."""
    best = region.to_image(found.boxes_xywh[[int(found.confidences.argmax())]])[0]
    return lack(Box.from_xywh(best), box)


def lack(found: Box, box: Box) -> NDArray[np.float64] | None:
    """(4,) what a box that was found lacks to a human one; None where it is elsewhere."""
    if box.iou(found) < _OFF_TARGET:
        return None
    size = np.array([found.width, found.height])
    return np.concatenate(
        [(np.array(box.center) - found.center) / size, np.log(np.array([box.width, box.height]) / size)]
    )


def habit_of(residuals: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """(4,) what to add from now on; nothing where too few looks found the object."""
    if len(residuals) < _FEWEST:
        return NO_HABIT
    return np.asarray(np.clip(_BELIEVED * np.median(residuals, axis=0), -_LARGEST, _LARGEST))
