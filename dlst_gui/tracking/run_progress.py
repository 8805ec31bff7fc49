"""How far a run is and when it will be done, from how long its latest frames took. No Qt."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import fmean

_RECENT = 20
"""Frames that the estimate follows: a few seconds, over which single slow ones even out."""


@dataclass(frozen=True, slots=True)
class FramesLeft:
    """Frames of a run; of several targets, each counts for itself.

    Attributes:
        total: done and to be done.
        to_track: still to be tracked.
        to_learn: still to come, and with a manual box, which takes longer.
    """

    total: int
    to_track: int
    to_learn: int

    @property
    def done(self) -> int:
        return self.total - self.to_track - self.to_learn


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far run `run_id` is; the last two are None as long as nothing can be said.

    Attributes:
        run_id: of the run.
        done: frames; of several targets, each counts for itself.
        total: likewise.
        time_left_s: seconds to its end.
        frames_per_second: lately, learning on manual boxes aside.
    """

    run_id: int
    done: int
    total: int
    time_left_s: float | None
    frames_per_second: float | None = None


class ProgressMeter:
    """Estimates the time left of one run; pauses between frames do not count."""

    def __init__(self, run_id: int) -> None:
        self._run_id = run_id
        self._tracking_s: deque[float] = deque(maxlen=_RECENT)
        self._learning_s: deque[float] = deque(maxlen=_RECENT)

    def add(self, elapsed_s: float, *, is_human: bool) -> None:
        """A frame is done; `elapsed_s` has everything it took, reading included."""
        (self._learning_s if is_human else self._tracking_s).append(elapsed_s)

    def progress(self, left: FramesLeft) -> RunProgress:
        """Where the run is now."""
        parts = (
            _time_s(left.to_track, self._tracking_s),
            _time_s(left.to_learn, self._learning_s),
        )
        known = [part for part in parts if part is not None]
        time_left_s = sum(known) if len(known) == len(parts) else None
        rate = 1 / max(fmean(self._tracking_s), 1e-6) if self._tracking_s else None
        return RunProgress(self._run_id, left.done, left.total, time_left_s, rate)


def _time_s(frames: int, recent_s: deque[float]) -> float | None:
    if frames == 0:
        return 0.0
    return frames * fmean(recent_s) if recent_s else None
