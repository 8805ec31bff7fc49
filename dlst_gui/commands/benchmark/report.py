"""What a benchmark found, as tables for the terminal and as one JSON object."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dlst_gui.commands.benchmark.stage_times import StageTimes
from dlst_gui.commands.benchmark.systems import BenchmarkSystem
from dlst_gui.commands.benchmark.timed_run import TimedRun
from tracker_core.evaluation.report import JsonValue, format_table

NO_NUMBER = "-"
LAST_HEADERS = ("first frame", "correction", "AUC", "runs")


@dataclass(frozen=True, slots=True)
class SystemTimes:
    """One system's runs over `frame_count` frames each, and medians over them.

    Attributes:
        runs: at least one, unless it failed.
        failure: why it did not do all of them, in one line.
    """

    system: BenchmarkSystem
    runs: tuple[TimedRun, ...]
    frame_count: int
    failure: str = ""

    @property
    def fps(self) -> float | None:
        """Frames per second after the first frame; None where a program keeps its frames to itself."""
        frame_s = _median([run.frame_s for run in self.runs])
        return None if frame_s is None else 1 / frame_s

    @property
    def whole_fps(self) -> float | None:
        """Frames per second of the whole run; None where none came to its end."""
        whole_s = _median([run.whole_s for run in self.runs])
        return None if whole_s is None else self.frame_count / whole_s

    @property
    def first_frame_s(self) -> float | None:
        return _median([run.first_frame_s for run in self.runs])

    @property
    def correction_s(self) -> float | None:
        return _median([run.correction_s for run in self.runs])

    @property
    def auc(self) -> float | None:
        """Mean over runs: each has its own seed."""
        known = [run.auc for run in self.runs if run.auc is not None]
        return statistics.fmean(known) if known else None


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """All systems over the same frames of one source.

    The others are compared with the first one that ran.
    """

    source: str
    frame_count: int
    times: tuple[SystemTimes, ...]
    stages: tuple[StageTimes, ...] = ()

    @property
    def reference(self) -> SystemTimes:
        return next((times for times in self.times if times.runs), self.times[0])

    @property
    def has_failures(self) -> bool:
        return any(times.failure for times in self.times)

    def tables(self) -> str:
        """For a terminal."""
        steps = [times for times in self.times if times.system.fast_name is not None]
        whole = [times for times in self.times if times.system.fast_name is None]
        tables = [self._comparison(whole)]
        if steps:
            tables.append(self._steps(steps))
        tables += [stages.table() for stages in self.stages]
        failed = [(times.system.name, times.failure) for times in self.times if times.failure]
        if failed:
            tables.append("failed\n" + format_table(("system", "why"), failed, left=(0, 1)))
        return "\n\n".join(tables)

    def as_object(self, facts: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
        """For JSON, with the facts about the machine; the keys are told in docs/evaluation.md."""
        return {
            **facts,
            "source": self.source,
            "frames": self.frame_count,
            "reference": self.reference.system.name,
            "systems": [self._object(times) for times in self.times],
        }

    def _comparison(self, systems: Sequence[SystemTimes]) -> str:
        rows = [
            (
                times.system.name,
                _number(times.fps, ".2f"),
                _number(ratio(times.fps, self.reference.fps), ".2f"),
                _number(times.whole_fps, ".2f"),
                _number(ratio(times.whole_fps, self.reference.whole_fps), ".2f"),
                *_last_cells(times),
            )
            for times in systems
        ]
        header = ("system", "frames/s", "ratio", "whole run", "ratio", *LAST_HEADERS)
        name = self.reference.system.name
        return (
            f"{self.source}, {self.frame_count} frames, medians over runs; ratios to {name}\n"
            "reading and decoding the frames is part of every number but the correction's\n"
            "frames/s: after the first frame; correction: learning a manual box on the last frame\n"
            "whole run, frames/s: from building the tracker, or starting the program, to the last box\n"
            + format_table(header, rows)
        )

    def _steps(self, steps: Sequence[SystemTimes]) -> str:
        rows = [
            (
                times.system.name,
                _number(times.fps, ".2f"),
                _number(ratio(times.fps, self._fast_of(times).fps), ".2f"),
                *_last_cells(times),
            )
            for times in steps
        ]
        header = ("fast without one step", "frames/s", "ratio to fast", *LAST_HEADERS)
        return format_table(header, rows)

    def _fast_of(self, times: SystemTimes) -> SystemTimes:
        return next(other for other in self.times if other.system.name == times.system.fast_name)

    def _object(self, times: SystemTimes) -> Mapping[str, JsonValue]:
        settings = times.system.settings
        stages = next((stages for stages in self.stages if stages.name == times.system.name), None)
        is_step = times.system.fast_name is not None
        return {
            "name": times.system.name,
            "preset": None if settings is None else settings.preset,
            "backbone": None if settings is None else settings.weights,
            "speed": None if settings is None else settings.speed,
            "guide": None if settings is None else settings.guide or None,
            "without": [] if settings is None else list(settings.without),
            "objects": times.system.objects,
            "fps": times.fps,
            "fps_ratio": ratio(times.fps, self.reference.fps),
            "fps_ratio_to_fast": ratio(times.fps, self._fast_of(times).fps) if is_step else None,
            "whole_fps": times.whole_fps,
            "whole_fps_ratio": ratio(times.whole_fps, self.reference.whole_fps),
            "first_frame_s": times.first_frame_s,
            "correction_s": times.correction_s,
            "auc": times.auc,
            "failed": times.failure or None,
            "runs": [
                {
                    "whole_s": run.whole_s,
                    "first_frame_s": run.first_frame_s,
                    "frame_s": run.frame_s,
                    "correction_s": run.correction_s,
                    "auc": run.auc,
                }
                for run in times.runs
            ],
            "stages": None if stages is None else stages.as_object(),
        }


def ratio(value: float | None, reference: float | None) -> float | None:
    """None where one of them is not known."""
    return None if value is None or reference is None else value / reference


def _last_cells(times: SystemTimes) -> tuple[str, str, str, str]:
    return (
        _number(times.first_frame_s, ".2f", unit=" s"),
        _number(times.correction_s, ".2f", unit=" s"),
        _number(times.auc, ".3f"),
        "failed" if times.failure else str(len(times.runs)),
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _number(value: float | None, form: str, *, unit: str = "") -> str:
    return NO_NUMBER if value is None else f"{value:{form}}{unit}"
