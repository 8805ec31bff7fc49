"""Two runs over the same frames, box by box: how alike they are, and where they part."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import BoxArray, iou_in_rows

PARTED_IOU = 0.5
"""Two boxes that overlap less mean two places (the IoU at which a box counts as right)."""


@dataclass(frozen=True, slots=True, eq=False)
class RunBoxes:
    """The boxes of one target on some frames, by whomever they are.

    Attributes:
        frames: (n,) int64, 0-based, strictly ascending.
        boxes_xywh: (n, 4) float64, pixels.
        scores: (n,) float64; NaN where there is none, infinite where a person gave the box.
        is_found: (n,) bool; False where the tracker said that it had lost the target.
        seconds: (n,) float64 that each frame took to be tracked; NaN where that is not known.

    Raises:
        ValueError: lengths differ, or the frames are not ascending.
    """

    frames: NDArray[np.int64]
    boxes_xywh: BoxArray
    scores: NDArray[np.float64]
    is_found: NDArray[np.bool_]
    seconds: NDArray[np.float64]

    def __post_init__(self) -> None:
        shapes = [getattr(self, each.name).shape for each in fields(self)]
        count = len(self.frames)
        if shapes != [(count,), (count, 4), (count,), (count,), (count,)]:
            raise ValueError(f"expected n frames, (n, 4) boxes and n of the rest, got {shapes}")
        if (np.diff(self.frames) <= 0).any():
            raise ValueError("expected frames in ascending order, each once")

    @classmethod
    def empty(cls) -> RunBoxes:
        """No frames."""
        nothing = np.zeros(0)
        return cls(np.zeros(0, np.int64), np.zeros((0, 4)), nothing, np.zeros(0, np.bool_), nothing)

    def __len__(self) -> int:
        return len(self.frames)

    def taken(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> RunBoxes:
        """Some of the frames, by a mask or by ascending positions."""
        return RunBoxes(*(getattr(self, each.name)[which] for each in fields(self)))

    def between(self, first: int, last: int) -> RunBoxes:
        """Those on frames `first` to `last`, inclusive."""
        return self.taken((self.frames >= first) & (self.frames <= last))

    @property
    def lost_count(self) -> int:
        """Frames on which the target was lost."""
        return int((~self.is_found).sum())

    @property
    def frames_per_second(self) -> float | None:
        """Pace of the frames that were tracked, without those that were learned; None where it is not known."""
        is_timed = np.isfinite(self.seconds) & ~np.isposinf(self.scores)
        total_s = float(self.seconds[is_timed].sum())
        return int(is_timed.sum()) / total_s if total_s > 0 else None


@dataclass(frozen=True, slots=True, eq=False)
class TruthAgreement:
    """A run against true boxes.

    Attributes:
        frames: how many have both.
        mean_iou: 0 to 1; NaN without frames.
        right_share: of the frames, with an IoU of `PARTED_IOU` or more; NaN without frames.
    """

    frames: int
    mean_iou: float
    right_share: float


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Two runs on the frames that both have.

    Attributes:
        first: one of them, on these frames.
        second: the other.
        iou: (n,) of the two boxes of each frame, 0 to 1.
    """

    first: RunBoxes
    second: RunBoxes
    iou: NDArray[np.float64]

    @property
    def frames(self) -> NDArray[np.int64]:
        """(n,) the frames."""
        return self.first.frames

    @property
    def mean_iou(self) -> float:
        """0 to 1; NaN without frames."""
        return float(self.iou.mean()) if len(self.iou) else math.nan

    @property
    def parting_frame(self) -> int | None:
        """The first frame on which the boxes mean two places; None where there is none."""
        parted = np.flatnonzero(self.iou < PARTED_IOU)
        return int(self.frames[parted[0]]) if parted.size else None

    @property
    def parted_count(self) -> int:
        """Frames on which they do."""
        return int((self.iou < PARTED_IOU).sum())

    @property
    def is_equal(self) -> bool:
        """Whether all boxes and scores are the same, bit for bit."""
        scores = self.first.scores, self.second.scores
        return np.array_equal(self.first.boxes_xywh, self.second.boxes_xywh) and np.array_equal(
            *scores, equal_nan=True
        )


def compare(first: RunBoxes, second: RunBoxes) -> Comparison:
    """Two runs, frame by frame; frames that only one of them has are left out."""
    one = first.taken(np.isin(first.frames, second.frames, assume_unique=True))
    other = second.taken(np.isin(second.frames, first.frames, assume_unique=True))
    return Comparison(one, other, iou_in_rows(one.boxes_xywh, other.boxes_xywh))


def against_truth(run: RunBoxes, truth_xywh: BoxArray) -> TruthAgreement:
    """A run against true boxes.

    Args:
        run: within the frames of the video.
        truth_xywh: (frames of the video, 4) pixels; a row with NaN has no true box.
    """
    truth = truth_xywh[run.frames]
    is_known = np.isfinite(truth).all(axis=1)
    iou = iou_in_rows(run.boxes_xywh[is_known], truth[is_known])
    if not len(iou):
        return TruthAgreement(0, math.nan, math.nan)
    return TruthAgreement(len(iou), float(iou.mean()), float((iou >= PARTED_IOU).mean()))
