"""Where the time of a frame goes, from the stages a tracker reports about itself."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker_core.evaluation.report import JsonValue, format_table


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """One tracked frame: all of it, and by stage, in milliseconds."""

    total_ms: float
    stage_ms: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class TimedRun:
    """One run: the first frame, and at least one frame after it."""

    first_frame_ms: float
    frames: tuple[FrameTimes, ...]

    @property
    def frame_ms(self) -> float:
        """Mean over the frames after the first: what decides how long a video takes."""
        return statistics.fmean(frame.total_ms for frame in self.frames)

    @property
    def stages(self) -> tuple[str, ...]:
        """Names in the order in which they were first reported."""
        return tuple(dict.fromkeys(name for frame in self.frames for name, _ in frame.stage_ms))

    def stage(self, name: str) -> tuple[float, float]:
        """Milliseconds of a stage: mean over all frames, and mean over the frames where it ran."""
        times = [ms for frame in self.frames for stage, ms in frame.stage_ms if stage == name]
        return sum(times) / len(self.frames), statistics.fmean(times) if times else 0.0


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage, median over runs: per frame, and per frame where it ran."""

    name: str
    ms_per_frame: float
    ms_where_run: float


@dataclass(frozen=True, slots=True)
class PresetTimes:
    """Medians over the runs of one preset."""

    preset: str
    first_frame_ms: float
    frame_ms: float
    stages: tuple[StageTime, ...]

    @classmethod
    def of(cls, preset: str, runs: Sequence[TimedRun]) -> PresetTimes:
        """From at least one run."""
        names = tuple(dict.fromkeys(name for run in runs for name in run.stages))
        stages = []
        for name in names:
            times = [run.stage(name) for run in runs]
            per_frame, where_run = (statistics.median(column) for column in zip(*times, strict=True))
            stages.append(StageTime(name, per_frame, where_run))
        return cls(
            preset,
            statistics.median(run.first_frame_ms for run in runs),
            statistics.median(run.frame_ms for run in runs),
            tuple(stages),
        )

    def table(self) -> str:
        """For a terminal."""
        rows = [
            (stage.name, *self._cells(stage.ms_per_frame), f"{stage.ms_where_run:.1f}") for stage in self.stages
        ]
        named_ms = sum(stage.ms_per_frame for stage in self.stages)
        rows.append(("other", *self._cells(max(self.frame_ms - named_ms, 0.0)), ""))
        rows.append(("frame", *self._cells(self.frame_ms), f"{self.frame_ms:.1f}"))
        rows.append(("first frame", "", "", f"{self.first_frame_ms:.1f}"))
        table = format_table(("stage", "ms per frame", "share", "ms where it runs"), rows)
        return f"{self.preset}, {1000 / self.frame_ms:.2f} frames/s\n{table}"

    def as_object(self) -> Mapping[str, JsonValue]:
        """For JSON; the keys are told in docs/evaluation.md."""
        return {
            "preset": self.preset,
            "first_frame_ms": self.first_frame_ms,
            "frame_ms": self.frame_ms,
            "fps": 1000 / self.frame_ms,
            "stages": [
                {"name": stage.name, "ms_per_frame": stage.ms_per_frame, "ms_where_run": stage.ms_where_run}
                for stage in self.stages
            ],
        }

    def _cells(self, ms_per_frame: float) -> tuple[str, str]:
        return f"{ms_per_frame:.1f}", f"{ms_per_frame / self.frame_ms:.0%}"
