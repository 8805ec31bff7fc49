"""Two passes over the frames between two manual boxes, made one. No Qt.

Where the passes agree, their boxes are averaged, weighted by trust: closeness to the manual box the pass set out
from, times the chance its score stands for. Where they disagree, two different places are meant, and one is taken:

* A stretch of disagreement that reaches one manual box: the pass from that box is right about it. It leads from a
  manual box to a place on which both agree; the other one misses the manual box.
* Any other stretch: the forward pass up to some frame and the backward pass after it, so chosen that the sum of
  trust is largest. There is no jumping to and fro.

The rule is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from tracker_core import Box, TrackResult

AGREEMENT_IOU = 0.5
"""Two boxes that overlap less mean two places (the IoU at which a box counts as right: OS)."""


class FusedFrom(Enum):
    """Which pass a fused box comes from."""

    BOTH = "both"
    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True)
class FusedFrame:
    """One frame between two manual boxes.

    Attributes:
        score: of the pass that was taken, of both the larger one; above 0 means found.
        disagreement: 1 - IoU of the two passes' boxes.
    """

    frame_index: int
    box: Box
    score: float
    is_found: bool
    source: FusedFrom
    disagreement: float


@dataclass(frozen=True, slots=True)
class _Pair:
    """Both passes' word on one frame, and the trust in each."""

    frame_index: int
    forward: TrackResult
    backward: TrackResult
    forward_trust: float
    backward_trust: float

    @property
    def iou(self) -> float:
        return self.forward.box.iou(self.backward.box)

    @property
    def disagreement(self) -> float:
        return max(0.0, 1 - self.iou)

    @property
    def agrees(self) -> bool:
        return self.iou >= AGREEMENT_IOU

    def average(self) -> FusedFrame:
        weights = self.forward_trust, self.backward_trust
        xywh = np.average([self.forward.box.xywh, self.backward.box.xywh], axis=0, weights=weights)
        score = max(self.forward.score, self.backward.score)
        is_found = self.forward.is_found or self.backward.is_found
        return FusedFrame(
            self.frame_index, Box.from_xywh(xywh), score, is_found, FusedFrom.BOTH, self.disagreement
        )

    def one(self, source: FusedFrom) -> FusedFrame:
        taken = self.forward if source is FusedFrom.FORWARD else self.backward
        return FusedFrame(self.frame_index, taken.box, taken.score, taken.is_found, source, self.disagreement)


def fuse(
    forward: Mapping[int, TrackResult], backward: Mapping[int, TrackResult], *, left: int, right: int
) -> tuple[FusedFrame, ...]:
    """The frames strictly between the manual boxes on `left` and `right`, in order.

    Args:
        forward: of the pass that set out from `left`; frames outside are left aside.
        backward: of the pass that set out from `right`.
        left: frame of the earlier manual box.
        right: frame of the later one.

    Raises:
        ValueError: a pass lacks one of the frames.
    """
    frames = range(left + 1, right)
    for name, results in (("forward", forward), ("backward", backward)):
        missing = [i for i in frames if i not in results]
        if missing:
            raise ValueError(
                f"the {name} pass between frames {left} and {right} is missing frame {missing[0]}"
                f" and {len(missing) - 1} more; let it run to the end"
            )
    pairs = [_paired(i, forward[i], backward[i], closeness=(right - i) / (right - left)) for i in frames]
    fused: list[FusedFrame] = []
    for agrees, group in groupby(pairs, key=lambda pair: pair.agrees):
        stretch = list(group)
        if agrees:
            fused += [pair.average() for pair in stretch]
        else:
            switch = _switch(stretch, meets_left=stretch[0] is pairs[0], meets_right=stretch[-1] is pairs[-1])
            fused += [pair.one(FusedFrom.FORWARD) for pair in stretch[:switch]]
            fused += [pair.one(FusedFrom.BACKWARD) for pair in stretch[switch:]]
    return tuple(fused)


def _paired(frame_index: int, forward: TrackResult, backward: TrackResult, *, closeness: float) -> _Pair:
    """`closeness` to the left manual box, between 0 and 1."""
    return _Pair(
        frame_index,
        forward,
        backward,
        closeness * _chance(forward.score),
        (1 - closeness) * _chance(backward.score),
    )


def _chance(score: float) -> float:
    """A score is a logit; never 0, so that two weights have a sum."""
    return float(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def _switch(stretch: Sequence[_Pair], *, meets_left: bool, meets_right: bool) -> int:
    """How many frames of a stretch of disagreement, from its start, take the box of the forward pass."""
    if meets_left is not meets_right:
        return len(stretch) if meets_left else 0
    gain: NDArray[np.float64] = np.cumsum([pair.forward_trust - pair.backward_trust for pair in stretch])
    best = int(np.argmax(gain))
    return best + 1 if gain[best] >= 0 else 0
