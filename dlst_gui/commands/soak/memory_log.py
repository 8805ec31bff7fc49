"""The memory of a long run: noted while it goes on, then judged."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

EARLY_FRAMES = 1000  # after so many, everything that is taken once has been taken


@dataclass(frozen=True, slots=True)
class MemorySample:
    """Resident size after `frame_count` tracked frames, `seconds` after the run began."""

    frame_count: int
    seconds: float
    resident_mib: float


@dataclass(frozen=True, slots=True)
class MemoryTrend:
    """A straight line through samples: MiB at no frames, and per 1,000 frames."""

    start_mib: float
    slope_mib: float

    def at(self, frame_count: int) -> float:
        """MiB on the line."""
        return self.start_mib + self.slope_mib * frame_count / 1000


def settled(samples: Sequence[MemorySample]) -> Sequence[MemorySample]:
    """Those of the last three quarters of the frames: by then the run no longer fills its memory of samples."""
    return [sample for sample in samples if 4 * sample.frame_count >= samples[-1].frame_count]


def memory_trend(samples: Sequence[MemorySample]) -> MemoryTrend | None:
    """The least squares line; None where there are fewer than two samples."""
    if len(samples) < 2:
        return None
    thousands = [sample.frame_count / 1000 for sample in samples]
    slope, start = np.polyfit(thousands, [sample.resident_mib for sample in samples], 1)
    return MemoryTrend(float(start), float(slope))


def memory_report(samples: Sequence[MemorySample]) -> str:
    """Two lines on at least one sample."""
    early = next((sample for sample in samples if sample.frame_count == EARLY_FRAMES), None)
    largest = max(samples, key=lambda sample: sample.resident_mib)
    sizes = [
        f"{samples[0].resident_mib:.1f} MiB at the start",
        *([] if early is None else [f"{early.resident_mib:.1f} after {EARLY_FRAMES:,} frames"]),
        f"{samples[-1].resident_mib:.1f} at the end",
        f"{largest.resident_mib:.1f} at most (frame {largest.frame_count:,})",
    ]
    trend = memory_trend(settled(samples))
    slope = "too few samples" if trend is None else f"{trend.slope_mib:+.2f} MiB per 1,000 frames"
    return f"resident memory: {', '.join(sizes)}\nover the last three quarters: {slope}"


@contextmanager
def memory_csv(path: Path) -> Iterator[Callable[[MemorySample], None]]:
    """Gives what writes a row; each is in the file at once, whatever ends the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("frame", "seconds", "resident_mib"))

        def write(sample: MemorySample) -> None:
            rows.writerow((sample.frame_count, f"{sample.seconds:.3f}", f"{sample.resident_mib:.3f}"))
            file.flush()

        yield write
