"""Tracks and seeks in the real window, and tells how quickly it answers meanwhile."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.first_box import first_box
from dlst_gui.commands.running.interrupt import EXIT_STATUS, noticing_interrupts
from dlst_gui.commands.running.machine import machine_line
from dlst_gui.commands.running.shipped_clip import shipped_clip
from dlst_gui.commands.running.terminal import answer, say
from dlst_gui.commands.soak.command import FRAMES_IN_WINDOW, MOST_TRACKED, TRACKED_OF_MANY, SoakOptions
from dlst_gui.commands.soak.run import soak_settings
from dlst_gui.soak.window_soak import WindowMeasured, WindowRun, soak_in_window, spread_boxes
from dlst_gui.tracking.devices import core_count
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.video import BackAndForth, OpeningWatch, VideoSource, open_source
from dlst_gui.video.isolation.isolated_opener import IsolatedOpener
from dlst_gui.video.video_source import UNWATCHED


def run_window_soak(options: SoakOptions, make_tracker: MakeTracker) -> int:
    """Track in the window until enough frames are done or it is closed, and report; returns the exit status.

    Raises:
        CommandError, DeviceError, VideoError, WeightsError: bad input.
    """
    settings = soak_settings(options, default_threads=max(1, core_count() - 1))
    path = options.source or shipped_clip()
    frame_count = options.frames or FRAMES_IN_WINDOW
    with open_source(path) as source:
        boxes = spread_boxes(first_box(source, 0, options.init), options.tracks, source.width, source.height)

    tracked_count = options.tracks if options.tracks <= MOST_TRACKED else TRACKED_OF_MANY
    with IsolatedOpener() as opener, noticing_interrupts() as interrupt:

        def open_long(path: Path, watch: OpeningWatch = UNWATCHED) -> VideoSource:
            return BackAndForth(opener(path, watch), frame_count)

        run = WindowRun(path, open_long, boxes, tracked_count, has_overlays=options.overlays == "on")
        measured = soak_in_window(run, settings, make_tracker, interrupt.should_cancel)
    if measured.failure:
        raise CommandError(measured.failure)
    answer(_report(measured, settings, options))
    if measured.frame_count < frame_count:
        say(f"ended after {measured.frame_count} of {frame_count} frames")
        return EXIT_STATUS
    return 0


def _report(measured: WindowMeasured, settings: TrackerSettings, options: SoakOptions) -> str:
    pace = "" if measured.fps is None else f", {measured.fps:.2f} frames/s after the first"
    tracks = f"{options.tracks} track" + ("s" if options.tracks > 1 else "")
    waits = (
        ("event delay while learning the first frame", measured.learning),
        ("event delay while tracking", measured.tracking),
        ("... by the window's own work alone", measured.own_work),
        ("seek to drawn frame, while tracking", measured.seeks_while_tracking),
        ("seek to drawn frame, while idle", measured.seeks_at_rest),
    )
    lines = (
        machine_line(settings.device, settings.threads),
        f"{settings.preset} {settings.mode}, overlays {options.overlays}, {tracks}: "
        f"{measured.frame_count} frames{pace}",
        *(f"{name}: {'not measured' if waited is None else waited}" for name, waited in waits),
    )
    return "\n".join(lines)
