"""Tracks back and forth for hours without a window, to see whether the memory of the process stays flat."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from dlst_gui.commands.running.first_box import first_box
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.machine import machine_line
from dlst_gui.commands.running.output_folder import claim_folder
from dlst_gui.commands.running.progress import progress_bar, show_learning
from dlst_gui.commands.running.shipped_clip import shipped_clip
from dlst_gui.commands.running.system_choice import check_systems
from dlst_gui.commands.running.terminal import answer, say
from dlst_gui.commands.soak.command import FRAMES, SoakOptions
from dlst_gui.commands.soak.memory_log import MemorySample, memory_csv, memory_report
from dlst_gui.commands.soak.resident_memory import resident_mib
from dlst_gui.tracking.devices import core_count, cpu_threads, default_speed, resolve_device
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import TrackingRun, TrackRequest
from dlst_gui.video import BackAndForth, ReadAhead, open_source
from tracker_core import ShouldCancel, TrackingCancelled

SAMPLE_EVERY = 100  # frames


@dataclass(frozen=True, slots=True)
class SoakMeasured:
    """What a run gave, up to where it ended; `fps` is None before the second frame.

    Attributes:
        samples: one before the first frame, one every `SAMPLE_EVERY` frames, one where the run ended.
    """

    samples: tuple[MemorySample, ...]
    fps: float | None

    @property
    def frame_count(self) -> int:
        return self.samples[-1].frame_count


def run_soak(options: SoakOptions, make_tracker: MakeTracker) -> int:
    """Track the source back and forth with one tracker, and tell what memory it took; returns the exit status.

    Raises:
        CommandError, VideoError, WeightsError, TrackerInputError: bad input.
    """
    settings = soak_settings(options, default_threads=core_count())
    frame_count = options.frames or FRAMES
    table, plot = options.out / "memory.csv", options.out / "memory.png"
    claim_folder(options.out, "soak", (table.name, plot.name), is_forced=options.force)
    with (
        BackAndForth(open_source(options.source or shipped_clip()), frame_count) as source,
        cpu_threads(settings.threads),
        noticing_interrupts() as interrupt,
        memory_csv(table) as write_row,
    ):
        request = TrackRequest(0, {0: first_box(source, 0, options.init)}, 0, frame_count - 1)
        with ReadAhead(source) as frames:
            run = TrackingRun(request, frames, make_tracker(settings))
            measured = _soak(run, write_row, interrupt.should_cancel)
    # Loaded now, so that it is not part of what is measured.
    from dlst_gui.commands.soak.memory_plot import write_memory_plot  # noqa: PLC0415

    title = f"{source.name} back and forth, {settings.preset} {settings.mode}"
    write_memory_plot(plot, measured.samples, title)
    pace = "" if measured.fps is None else f", {measured.fps:.2f} frames/s after the first"
    answer(machine_line(settings.device, settings.threads))
    answer(f"{title}: {measured.frame_count:,} frames{pace}")
    answer(memory_report(measured.samples))
    say(f"memory: {table}, {plot}")
    if measured.frame_count < frame_count:
        say(f"interrupted after {measured.frame_count:,} of {frame_count:,} frames")
        return EXIT_STATUS
    return 0


def soak_settings(options: SoakOptions, *, default_threads: int) -> TrackerSettings:
    """The tracker that was asked for.

    Raises:
        DeviceError: its device cannot be used.
        CommandError: a guide for a preset that follows none.
    """
    check_systems((options.preset,), guides=(options.guide,))
    device = resolve_device(options.device).name
    return TrackerSettings(
        preset=options.preset,
        backbone=options.backbone,
        device=device,
        threads=options.threads or default_threads,
        speed=options.speed or default_speed(device),
        guide=options.guide,
    )


def _soak(
    run: TrackingRun, write_row: Callable[[MemorySample], None], should_cancel: ShouldCancel
) -> SoakMeasured:
    """To the run's end or until `should_cancel` answers True.

    Keeps no results, unlike `run_headless`: over a long run they alone would let memory grow.
    """
    samples: list[MemorySample] = []
    started_s = time.perf_counter()

    def sample() -> None:
        samples.append(MemorySample(run.next_frame, time.perf_counter() - started_s, resident_mib()))
        write_row(samples[-1])
        bar.set_postfix_str(f"{samples[-1].resident_mib:.0f} MiB", refresh=False)

    first_frame_s = 0.0
    with progress_bar(run.request.stop_frame + 1, "soak") as bar:
        sample()
        while not run.is_finished and not should_cancel():
            try:
                run.step(should_cancel=should_cancel, on_progress=lambda fraction: show_learning(bar, fraction))
            except TrackingCancelled:
                break
            bar.update()
            if run.next_frame == 1:
                first_frame_s = time.perf_counter() - started_s
            if run.next_frame % SAMPLE_EVERY == 0:
                sample()
        if samples[-1].frame_count != run.next_frame:
            sample()
    later_s = samples[-1].seconds - first_frame_s
    return SoakMeasured(tuple(samples), (run.next_frame - 1) / later_s if run.next_frame > 1 else None)
