"""Times every system on the same frames, in turns, and tells medians and ratios."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tqdm import tqdm

from dlst_gui.commands.benchmark.command import BenchmarkOptions
from dlst_gui.commands.benchmark.outside_program import write_frames
from dlst_gui.commands.benchmark.report import BenchmarkReport, SystemTimes
from dlst_gui.commands.benchmark.stage_times import StageTimes
from dlst_gui.commands.benchmark.systems import BenchmarkSystem, benchmark_systems
from dlst_gui.commands.benchmark.timed_run import Course, RunListener, TimedRun, time_stages
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.failures import EXPECTED, PARTLY, reason
from dlst_gui.commands.running.first_box import first_box
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.machine import machine_facts, machine_line
from dlst_gui.commands.running.progress import progress_bar, show_learning
from dlst_gui.commands.running.shipped_clip import shipped_clip
from dlst_gui.commands.running.terminal import answer, answer_json, say
from dlst_gui.tracking.devices import core_count, cpu_threads, resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import TrackRequest
from dlst_gui.video import VideoSource, open_source
from tracker_core import ShouldCancel

_log = logging.getLogger(__name__)


def run_benchmark(options: BenchmarkOptions, make_tracker: MakeTracker) -> int:
    """Time every system on the same frames and print medians and ratios; returns the exit status.

    A system that fails is told in the table, and the others go on.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError, EvaluationError: bad input.
    """
    device = resolve_device(options.device)
    threads = options.threads or core_count()
    settings = TrackerSettings(backbone=options.backbone, device=device.name, threads=threads)
    with ExitStack() as stack:
        source = stack.enter_context(open_source(options.source or shipped_clip()))
        stack.enter_context(cpu_threads(threads))
        interrupt = stack.enter_context(noticing_interrupts())
        work_folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="dlst-benchmark-")))
        course = Course(source, _request(source, options), device.name)
        systems = benchmark_systems(options, settings, course, make_tracker, work_folder)
        if options.against:
            (work_folder / "frames").mkdir()
            write_frames(course, work_folder / "frames")
        say(f"{len(systems)} systems, {course.frame_count} frames; device {device}, {threads} CPU threads")
        report = _measure(systems, course, make_tracker, interrupt.should_cancel, with_stages=options.stages)
        if report is None:
            say("interrupted: a partial measurement is not reported")
            return EXIT_STATUS
        if not report.reference.runs:
            raise CommandError(f"no system could be timed: {report.reference.failure}")
        if options.json:
            answer_json(report.as_object(machine_facts(device.name, threads)))
        else:
            answer(f"{machine_line(device.name, threads)}\n\n{report.tables()}")
    return PARTLY if report.has_failures else 0


def turns(runs: Sequence[int]) -> Iterator[int]:
    """The order of the runs, by system: round by round, so that a noisy minute hits all alike.

    Systems with fewer runs take part in rounds spread over all of them.
    """
    rounds = max(runs)
    for number in range(rounds):
        for index, count in enumerate(runs):
            if (number + 1) * count // rounds > number * count // rounds:
                yield index


def _request(source: VideoSource, options: BenchmarkOptions) -> TrackRequest:
    if source.frame_count < options.frames:
        raise CommandError(f"--frames {options.frames}: {source.name} has only {source.frame_count}")
    return TrackRequest(0, {0: first_box(source, 0, options.init)}, 0, options.frames - 1)


def _measure(
    systems: Sequence[BenchmarkSystem],
    course: Course,
    make_tracker: MakeTracker,
    should_cancel: ShouldCancel,
    *,
    with_stages: bool,
) -> BenchmarkReport | None:
    """None where it was interrupted."""
    own = [s for s in systems if s.settings is not None and s.objects == 1] if with_stages else []
    run_count = sum(system.runs for system in systems) + len(own)
    runs: list[list[TimedRun]] = [[] for _ in systems]
    stages: list[StageTimes] = []
    failures: dict[int, str] = {}
    with progress_bar(run_count * course.frame_count, "benchmark") as bar:
        listener = _listener(bar, should_cancel)
        for index in turns([system.runs for system in systems]):
            bar.set_description(systems[index].name)
            if index in failures:
                continue
            try:
                timed = systems[index].time_run(len(runs[index]), listener)
            except Exception as error:
                failures[index] = _failed(systems[index], error)
                continue
            if timed is None:
                return None
            runs[index].append(timed)
        for index, system in enumerate(systems):
            if system not in own or index in failures:
                continue
            assert system.settings is not None
            bar.set_description(f"{system.name}, stages")
            try:
                frames = time_stages(course, make_tracker(system.settings), listener)
            except Exception as error:
                failures[index] = _failed(system, error)
                continue
            if frames is None:
                return None
            stages.append(StageTimes(system.name, frames))
    times = (
        SystemTimes(system, tuple(runs[index]), course.frame_count, failures.get(index, ""))
        for index, system in enumerate(systems)
    )
    return BenchmarkReport(course.source.name, course.frame_count, tuple(times), tuple(stages))


def _failed(system: BenchmarkSystem, error: Exception) -> str:
    """Why a system has no times: it is not run any more, and the others go on."""
    if not isinstance(error, EXPECTED):
        _log.error("%s failed in the benchmark", system.name, exc_info=error)
    return reason(error)


def _listener(bar: tqdm, should_cancel: ShouldCancel) -> RunListener:
    def on_frames(count: int) -> None:
        bar.set_postfix_str("", refresh=False)
        bar.update(count)

    return RunListener(on_frames, lambda fraction: show_learning(bar, fraction), should_cancel)
