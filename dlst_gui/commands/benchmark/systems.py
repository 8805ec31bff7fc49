"""What a benchmark compares: exact, fast, fast without each of its steps, trackers of others, other programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dlst_gui.commands.benchmark.command import BenchmarkOptions
from dlst_gui.commands.benchmark.outside_program import OutsideProgram, time_program
from dlst_gui.commands.benchmark.timed_run import (
    Course,
    RunListener,
    TimedRun,
    time_objects,
    time_tracker,
)
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.system_choice import check_systems
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings, guide_network
from tracker_core import PRESETS, Speed, fast_steps
from tracker_core.evaluation.peers import make_peer

SLOW_RUNS, QUICK_RUNS = 2, 5
"""Of one system where nobody says: exact learns for some 20 seconds on a processor, fast for one or two."""

TimeRun = Callable[[int, RunListener], TimedRun | None]
"""Times one run with this seed; None where it was interrupted."""


@dataclass(frozen=True, slots=True)
class BenchmarkSystem:
    """One row of the table.

    Attributes:
        runs: how many times it runs.
        settings: of our own; None for others.
        fast_name: of the system it is `fast` of, where it lacks one of its steps.
        objects: that it tracks in one run.
    """

    name: str
    runs: int
    time_run: TimeRun
    settings: TrackerSettings | None = None
    fast_name: str | None = None
    objects: int = 1


def benchmark_systems(
    options: BenchmarkOptions,
    settings: TrackerSettings,
    course: Course,
    make_tracker: MakeTracker,
    work_folder: Path,
) -> tuple[BenchmarkSystem, ...]:
    """All of them, the one that the others are compared with first.

    Raises:
        CommandError: a program that is not there, two of the same name, steps without fast, or a guide for a
            preset that follows none.
        EvaluationError: an OpenCV tracker that is not installed.
        WeightsError: a guide whose networks are not here.
    """
    if options.steps and "fast" not in options.speeds:
        raise CommandError("--steps leaves out steps of fast; add it: --speed exact,fast")
    check_systems(options.presets, guides=options.guides)
    for guide in filter(None, options.guides):
        guide_network(guide)  # a missing one is told before minutes of work
    systems = (
        *_own_systems(options, settings, course, make_tracker),
        *_peer_systems(options, course),
        *_programs(options, settings.threads, course, work_folder),
    )
    names = [system.name for system in systems]
    for name in names:
        if names.count(name) > 1:
            raise CommandError(f"two systems are named {name}; rename the folder of --against")
    return systems


def _own_systems(
    options: BenchmarkOptions, settings: TrackerSettings, course: Course, make_tracker: MakeTracker
) -> Sequence[BenchmarkSystem]:
    # Exact first, whatever the order it was asked for in.
    chosen = [
        replace(settings, preset=preset, speed=speed, guide=guide)
        for speed in sorted(options.speeds)
        for preset in options.presets
        for guide in options.guides
    ]
    without = [
        replace(fast, without=(step,))
        for fast in chosen
        if options.steps and fast.speed == "fast"
        for step in fast_steps(PRESETS[fast.preset])
    ]
    together = [(made, options.objects) for made in chosen if options.objects > 1]
    return [
        BenchmarkSystem(
            _name(made) if objects == 1 else f"{_name(made)}, {objects} objects",
            options.runs or default_runs(made.speed, made.device),
            _own_runs(make_tracker, made, course, objects),
            made,
            _name(replace(made, without=())) if made.without else None,
            objects,
        )
        for made, objects in (*((made, 1) for made in (*chosen, *without)), *together)
    ]


def _peer_systems(options: BenchmarkOptions, course: Course) -> Sequence[BenchmarkSystem]:
    for name in options.compare:
        make_peer(name)  # a missing one is told before minutes of work
    runs = options.runs or QUICK_RUNS
    return [BenchmarkSystem(name, runs, partial(_time_peer, name, course)) for name in options.compare]


def _programs(
    options: BenchmarkOptions, threads: int, course: Course, work_folder: Path
) -> Sequence[BenchmarkSystem]:
    systems = []
    for folder in options.against:
        program = OutsideProgram(folder, options.against_timeout, threads)
        program.check()
        time_run = partial(_time_program, program, course, work_folder)
        systems.append(BenchmarkSystem(program.name, options.runs or SLOW_RUNS, time_run))
    return systems


def default_runs(speed: Speed, device: str) -> int:
    """Few where one takes a minute."""
    return SLOW_RUNS if speed == "exact" and device == "cpu" else QUICK_RUNS


def _name(settings: TrackerSettings) -> str:
    return f"{settings.preset} {settings.mode}"


def _own_runs(make_tracker: MakeTracker, settings: TrackerSettings, course: Course, objects: int) -> TimeRun:
    def time_run(seed: int, listener: RunListener) -> TimedRun | None:
        seeded = replace(settings, seed=seed)
        if objects > 1:
            return time_objects(course, make_tracker, seeded, objects, listener)
        return time_tracker(course, lambda: make_tracker(seeded), listener, can_learn=True)

    return time_run


def _time_peer(name: str, course: Course, seed: int, listener: RunListener) -> TimedRun | None:
    return time_tracker(course, lambda: make_peer(name, seed=seed), listener, can_learn=False)


def _time_program(
    program: OutsideProgram, course: Course, work_folder: Path, _seed: int, listener: RunListener
) -> TimedRun | None:
    timed = time_program(program, course, work_folder, listener.should_cancel)
    if timed is not None:
        listener.on_frames(course.frame_count)
    return timed
