"""The command `benchmark`: how long each stage of tracking takes on this machine."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

import torch

from dlst_gui.commands.demo_command import shipped_clip
from dlst_gui.commands.first_box import first_box
from dlst_gui.commands.headless_run import RunEnd, run_headless
from dlst_gui.commands.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.options import BenchmarkOptions, CommandError
from dlst_gui.commands.progress import progress_bar, show_learning
from dlst_gui.commands.stage_times import FrameTimes, PresetTimes, TimedRun
from dlst_gui.commands.terminal import answer, answer_json, say
from dlst_gui.devices import core_count, cpu_threads, resolve_device
from dlst_gui.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import VideoSource, open_source
from tracker_core import ShouldCancel, Tracker


def run_benchmark(options: BenchmarkOptions, make_tracker: MakeTracker) -> int:
    """Time every preset on the same frames and print the medians over runs; returns the exit status.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError: bad input.
    """
    device = resolve_device(options.device)
    threads = options.threads or core_count()
    settings = TrackerSettings(backbone=options.backbone, device=device.name, threads=threads)
    say(f"device {device}, {threads} CPU threads")
    with ExitStack() as stack:
        source = stack.enter_context(open_source(options.source or shipped_clip()))
        stack.enter_context(cpu_threads(threads))
        interrupt = stack.enter_context(noticing_interrupts())
        request = _request(source, options)
        times = []
        for preset in options.presets:
            trackers = [make_tracker(replace(settings, preset=preset, seed=seed)) for seed in range(options.runs)]
            runs = _time_runs(preset, trackers, source, request, interrupt.should_cancel)
            if runs is None:
                say("interrupted: half a measurement is not reported")
                return EXIT_STATUS
            times.append(PresetTimes.of(preset, runs))
        _report(times, options, settings, source.name)
    return 0


def _request(source: VideoSource, options: BenchmarkOptions) -> TrackRequest:
    if source.frame_count < options.frames:
        raise CommandError(f"--frames {options.frames}: {source.name} has only {source.frame_count}")
    return TrackRequest(0, {0: first_box(source, 0, options.init)}, 0, options.frames - 1)


def _time_runs(
    preset: str,
    trackers: list[Tracker],
    source: VideoSource,
    request: TrackRequest,
    should_cancel: ShouldCancel,
) -> list[TimedRun] | None:
    """One timed run per tracker; None where they were interrupted."""
    runs = []
    with progress_bar(len(trackers) * (request.stop_frame + 1), preset) as bar:
        for tracker in trackers:
            tracked_frames: list[FrameTracked] = []

            def on_frame(tracked: FrameTracked, frames: list[FrameTracked] = tracked_frames) -> None:
                frames.append(tracked)
                bar.update()

            result = run_headless(
                TrackingRun(request, source, tracker),
                on_frame=on_frame,
                should_cancel=should_cancel,
                on_progress=lambda fraction: show_learning(bar, fraction),
                with_diagnostics=True,
            )
            if result.end is RunEnd.SOURCE_DAMAGED:
                raise CommandError(result.message)
            if result.end is RunEnd.INTERRUPTED:
                return None
            runs.append(_timed_run(tracked_frames))
    return runs


def _timed_run(tracked_frames: list[FrameTracked]) -> TimedRun:
    first, *others = tracked_frames
    frames = []
    for tracked in others:
        diagnostics = tracked.result.diagnostics
        stage_ms = () if diagnostics is None else diagnostics.stage_ms
        frames.append(FrameTimes(tracked.elapsed_s * 1000, stage_ms))
    return TimedRun(first.elapsed_s * 1000, tuple(frames))


def _report(
    times: list[PresetTimes], options: BenchmarkOptions, settings: TrackerSettings, source_name: str
) -> None:
    if not options.json:
        answer("\n\n".join(preset_times.table() for preset_times in times))
        return
    answer_json(
        {
            "device": settings.device,
            "backbone": settings.backbone,
            "threads": settings.threads,
            "torch": torch.__version__,
            "source": source_name,
            "frames": options.frames,
            "runs": options.runs,
            "presets": [preset_times.as_object() for preset_times in times],
        }
    )
