"""Which boxes of a match map are worth judging, and what speaks for each beforehand. Ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.config import MatchingConfig
from tracker_core.studio.matching_head import MatchMap
from tracker_core.studio.square_region import SquareRegion

_LOOKED_AT = 80  # most confident cells among which different boxes are sought
_SAME_OBJECT = 0.4  # IoU above which two boxes are one proposal
_SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class Proposals:
    """Different boxes, most plausible first.

    Attributes:
        boxes_xywh: (n, 4) image pixels.
        confidences: (n,) 0..1, the overlap that the matching head expects.
        priors: (n,) logarithms: confidence, less where size or shape jump or the place is far off.
    """

    boxes_xywh: BoxArray
    confidences: NDArray[np.float64]
    priors: NDArray[np.float64]


class ProposalMap:
    """Boxes all over a search region, one per cell.

    Args:
        boxes_xywh: (n, 4) image pixels.
        confidences: (n,) 0..1.
        region: where they were looked for, image pixels.
        previous: the object's box before.
        config: weights of the priors.
    """

    def __init__(
        self,
        boxes_xywh: BoxArray,
        confidences: NDArray[np.float64],
        *,
        region: Box,
        previous: Box,
        config: MatchingConfig,
    ) -> None:
        self.boxes_xywh, self.confidences = boxes_xywh, confidences
        self._region, self._previous, self._config = region, previous, config
        self.priors = self._priors(boxes_xywh, confidences)

    @classmethod
    def of(
        cls,
        found: MatchMap,
        region: SquareRegion,
        previous: Box,
        habit: NDArray[np.float64],
        config: MatchingConfig,
    ) -> ProposalMap:
        """A match map in the frame, its boxes as this person draws them (`habit.py`)."""
        boxes = region.to_image(adjusted(found.boxes_xywh, habit))
        return cls(boxes, found.confidences, region=region.area, previous=previous, config=config)

    def _priors(self, boxes_xywh: BoxArray, confidences: NDArray[np.float64]) -> NDArray[np.float64]:
        config, previous, size = self._config, self._previous, boxes_xywh[:, 2:4]
        area_change = _change(np.sqrt(size.prod(axis=1) / previous.area))
        shape_change = _change(size[:, 0] / size[:, 1] / (previous.width / previous.height))
        centers = boxes_xywh[:, 0:2] + size / 2
        far = np.abs(centers - np.array(previous.center)) / (self._region.width / 2)
        window = np.prod(0.5 + 0.5 * np.cos(np.pi * np.clip(far, 0, 1)), axis=1)
        return np.asarray(
            np.log(confidences + _SMALLEST)
            - config.change_penalty * (area_change * shape_change - 1)
            + config.window_weight * np.log(window + config.window_floor)
        )

    def rated(self, boxes_xywh: BoxArray, confidences: NDArray[np.float64]) -> Proposals:
        """Other boxes, by the same priors."""
        return Proposals(boxes_xywh, confidences, self._priors(boxes_xywh, confidences))

    def best(self, n: int) -> Proposals:
        """At most `n` boxes that differ."""
        rows = np.argsort(-self.priors, kind="stable")[:_LOOKED_AT]
        kept: list[int] = []
        while len(rows) and len(kept) < n:
            kept.append(int(rows[0]))
            overlaps = iou_with_box(self.boxes_xywh[rows], Box.from_xywh(self.boxes_xywh[rows[0]]))
            rows = rows[1:][overlaps[1:] < _SAME_OBJECT]
        return self._taken(kept)

    def at(self, x: float, y: float) -> Proposals:
        """The one of the cell whose box is centred nearest to an image position."""
        centers = self.boxes_xywh[:, 0:2] + self.boxes_xywh[:, 2:4] / 2
        return self._taken([int(np.hypot(*(centers - (x, y)).T).argmin())])

    def _taken(self, rows: list[int]) -> Proposals:
        return Proposals(self.boxes_xywh[rows], self.confidences[rows], self.priors[rows])


def adjusted(boxes_xywh: BoxArray, habit: NDArray[np.float64]) -> BoxArray:
    """Boxes as this person draws them: moved by shares of their sides, sides times exponentials."""
    size = boxes_xywh[:, 2:4]
    centers = boxes_xywh[:, 0:2] + size * (0.5 + habit[:2])
    resized = size * np.exp(habit[2:])
    return np.concatenate([centers - resized / 2, resized], axis=1)


def joined(parts: list[Proposals]) -> Proposals:
    """All of them."""
    return Proposals(
        np.concatenate([part.boxes_xywh for part in parts]),
        np.concatenate([part.confidences for part in parts]),
        np.concatenate([part.priors for part in parts]),
    )


def _change(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(ratio, 1 / np.maximum(ratio, _SMALLEST))
