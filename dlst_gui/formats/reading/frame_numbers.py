"""From the numbers that a file gives its frames to indices, and how it is told from where they are counted.

A format says where it begins to count, but programs do not keep to it. What a file shows counts for more: a frame
0 is there, or the last frame has the number of frames. A person's word counts most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from functools import wraps
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.format import Read
from dlst_gui.formats.labels.model import BETWEEN_FRAMES, AnnotatedVideo, LabelSet
from dlst_gui.formats.progress import Tick, untold
from dlst_gui.formats.read_options import AS_THE_FILE_SAYS, ReadOptions
from dlst_gui.formats.reading_report import ReadingReport

_TIME_ERROR_S = 1e-3
"""Players round times, and so do files."""


class CountedOtherwiseError(Exception):
    """Frames turned out to be counted from another number than was taken; the file is to be read again."""

    def __init__(self, first: int, reason: str) -> None:
        super().__init__(reason)
        self.first = first
        self.reason = reason


def frames_of_numbers(numbers: NDArray[np.int64], first: int, step: Fraction) -> NDArray[np.int64]:
    """(n,) positions of numbers of a file that gives `first` to the first frame; see `ReadOptions.step`."""
    positions = numbers - first
    if step == 1:
        return positions
    scaled = positions * step.numerator
    return np.where(scaled % step.denominator == 0, scaled // step.denominator, BETWEEN_FRAMES)


class FrameNumbers:
    """Turns numbers into indices, and watches them.

    Args:
        usual: from where the format counts, 0 or 1.
        frame_count: of what the numbers count.
        options: a person's word.
        is_defined: whether the format says so; else it is a habit, and the report says what was taken.
    """

    def __init__(self, usual: int, frame_count: int, options: ReadOptions, *, is_defined: bool = True) -> None:
        self._usual = usual
        self._count = frame_count
        self._asked = options.first_frame
        self._step = options.step
        self._is_defined = is_defined
        self._low: int | None = None
        self._high = 0
        self.first = usual if self._asked is None else self._asked

    def indices(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """(n,) positions among the frames that are counted; some may be beyond them."""
        if len(numbers):
            self._see(int(numbers.min()), int(numbers.max()))
        return frames_of_numbers(numbers, self.first, self._step)

    def index(self, number: int) -> int:
        """The same of one number."""
        self._see(number, number)
        return number - self.first if self._step == 1 else int(self.indices(np.array([number]))[0])

    def _see(self, low: int, high: int) -> None:
        if self._low is None or low < self._low:
            self._low = low
            if self._asked is None and self._usual == 1 and low == 0:
                raise CountedOtherwiseError(0, "Frames were counted from 0, because there is a frame 0.")
        self._high = max(self._high, high)

    def finish(self, report: ReadingReport) -> None:
        """All numbers are known; CountedOtherwiseError where they show another origin than was taken."""
        if self._asked is not None or self._low is None:
            return
        if self._usual == 0 and self._low >= 1 and self._high == self._count and self._step == 1:
            reason = f"Frames were counted from 1, because there is a frame {self._count} and no frame 0."
            raise CountedOtherwiseError(1, reason)
        if not self._is_defined and self._usual == 0 and self._low >= 1:
            report.assume(
                "Frames were counted from 0, although the file has no frame 0 to show it. "
                "If it counts from another number, say which one it gives to the first frame."
            )


def frames_shown_at(times_s: Sequence[float], video: AnnotatedVideo) -> NDArray[np.int64]:
    """(n,) indices of the frames that a player shows at these seconds; beyond the last one's second frame none."""
    count = video.frame_count
    shown = np.array([video.timestamp_s(index) for index in range(count)])
    times = np.asarray(times_s, dtype=np.float64)
    found = np.searchsorted(shown, times + _TIME_ERROR_S, side="right") - 1
    is_after = times > shown[-1] + 2 / video.fps
    return np.where(is_after, count, found).astype(np.int64)


def read_by_evidence(read: Read) -> Read:
    """A reader that reads again where the frames of a file turn out to be counted from another number."""

    @wraps(read)
    def reading(
        path: Path, video: AnnotatedVideo, tick: Tick = untold, options: ReadOptions = AS_THE_FILE_SAYS, /
    ) -> LabelSet:
        try:
            return read(path, video, tick, options)
        except CountedOtherwiseError as found:
            labels = read(path, video, tick, replace(options, first_frame=found.first))
            labels.report.assumptions.insert(0, found.reason)
            return labels

    return reading
