"""OTB's temporal and spatial robustness: the same sequence from other frames (TRE) and other first boxes (SRE).

Frames of all runs over a sequence are pooled: a long run counts more than a short one.

Source: Wu, Lim and Yang, "Object Tracking Benchmark", PAMI 2015, and its MATLAB toolkit (splitSeqTRE, shiftInitBB,
main_running, genPerfMat).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from tracker_core.box import BoxArray
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.otb import SequenceScore

SEGMENTS = 20
FEWEST_FRAMES = 20  # of a run: no start lies later
SHIFT = 0.1  # of a side
SCALES: Mapping[str, float] = MappingProxyType({"scale_8": 0.8, "scale_9": 0.9, "scale_11": 1.1, "scale_12": 1.2})
SHIFTS = (
    *("left", "right", "up", "down", "topLeft", "topRight", "bottomLeft", "bottomRight"),
    *SCALES,
)
"""The toolkit's names of the twelve first boxes of SRE: moved by a tenth, grown at a corner, scaled."""


def temporal_starts(truth_rows: BoxArray) -> tuple[int, ...]:
    """Rows from which TRE tracks to the end: 20 of those that have a box and are followed by enough frames.

    The toolkit also leaves out stretches that a folder `initOmit` lists, which few people have. Short sequences
    have fewer different starts; the same one is taken once.

    Args:
        truth_rows: (n, 4) toolkit rows.

    Raises:
        EvaluationError: no row can be started from.
    """
    usable = np.flatnonzero((truth_rows > 0).all(axis=1))
    usable = usable[usable <= len(truth_rows) - FEWEST_FRAMES]
    if not len(usable):
        raise EvaluationError(f"TRE needs a box that is followed by {FEWEST_FRAMES - 1} frames or more")
    last, step = len(usable), len(usable) / (SEGMENTS - 1)
    positions = [math.floor(1 + step * number) for number in range(SEGMENTS) if 1 + step * number <= last + 1e-9]
    return tuple(dict.fromkeys(int(usable[position - 1]) for position in (*positions, last)))


def shifted_row(row: Sequence[float], shift: str, frame_size: tuple[int, int]) -> NDArray[np.float64]:
    """A first box of SRE.

    Args:
        row: x, y, width, height; the first pixel is 1.
        shift: one of `SHIFTS`.
        frame_size: width and height; the box is cut off there, as the toolkit does: at the left and upper edge
            it is moved instead.
    """
    x, y, width, height = map(float, row)
    right, bottom = x + width - 1, y + height - 1
    if shift in SCALES:
        wide, high = SCALES[shift] * width, SCALES[shift] * height
        x, y = _rounded(x + width / 2 - wide / 2), _rounded(y + height / 2 - high / 2)
        width, height = _rounded(wide), _rounded(high)
    elif shift in ("left", "right"):
        x += math.ceil(SHIFT * width) * (1 if shift == "right" else -1)
    elif shift in ("up", "down"):
        y += math.ceil(SHIFT * height) * (1 if shift == "down" else -1)
    else:
        if shift.endswith("Left"):
            x = _rounded(x - SHIFT * width)
        else:
            right = _rounded(right + SHIFT * width)
        if shift.startswith("top"):
            y = _rounded(y - SHIFT * height)
        else:
            bottom = _rounded(bottom + SHIFT * height)
        width, height = right - x + 1, bottom - y + 1
    x, y = max(x, 1.0), max(y, 1.0)
    return np.array([x, y, min(width, frame_size[0] - x + 1), min(height, frame_size[1] - y + 1)])


def pooled_score(sequence: str, scores: Sequence[SequenceScore]) -> SequenceScore:
    """At least one run over a sequence as one score, each frame counting alike."""
    frames = np.array([score.frame_count for score in scores], dtype=np.float64)
    shares = frames / frames.sum()
    return SequenceScore(
        success=shares @ np.stack([score.success for score in scores]),
        precision=shares @ np.stack([score.precision for score in scores]),
        sequence=sequence,
        frame_count=int(frames.sum()),
    )


def _rounded(value: float) -> float:
    """As MATLAB: halves away from 0."""
    return math.copysign(math.floor(abs(value) + 0.5), value)
