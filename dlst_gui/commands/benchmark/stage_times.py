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
class StageTimes:
    """One system's frames after the first, at least one, while it explained itself."""

    name: str
    frames: tuple[FrameTimes, ...]

    @property
    def frame_ms(self) -> float:
        """Mean, in the tracker alone."""
        return statistics.fmean(frame.total_ms for frame in self.frames)

    @property
    def stages(self) -> tuple[str, ...]:
        """Names in the order in which they were first reported."""
        return tuple(dict.fromkeys(name for frame in self.frames for name, _ in frame.stage_ms))

    def stage(self, name: str) -> tuple[float, float]:
        """Milliseconds of a stage: mean over all frames, and mean over the frames where it ran."""
        times = [ms for frame in self.frames for stage, ms in frame.stage_ms if stage == name]
        return sum(times) / len(self.frames), statistics.fmean(times) if times else 0.0

    def table(self) -> str:
        """For a terminal."""
        rows = []
        named_ms = 0.0
        for name in self.stages:
            per_frame, where_run = self.stage(name)
            named_ms += per_frame
            rows.append((name, *self._cells(per_frame), f"{where_run:.1f}"))
        rows.append(("other", *self._cells(max(self.frame_ms - named_ms, 0.0)), ""))
        rows.append(("frame", *self._cells(self.frame_ms), f"{self.frame_ms:.1f}"))
        table = format_table(("stage", "ms per frame", "share", "ms where it runs"), rows)
        return f"{self.name}, where the tracker's time goes (one run, with diagnostics)\n{table}"

    def as_object(self) -> Sequence[Mapping[str, JsonValue]]:
        """For JSON; the keys are told in docs/evaluation.md."""
        times = [(name, *self.stage(name)) for name in self.stages]
        return [
            {"name": name, "ms_per_frame": per_frame, "ms_where_run": where_run}
            for name, per_frame, where_run in times
        ]

    def _cells(self, ms_per_frame: float) -> tuple[str, str]:
        return f"{ms_per_frame:.1f}", f"{ms_per_frame / self.frame_ms:.0%}"
