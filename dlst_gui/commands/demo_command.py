"""The command `demo`: the main job on the shipped clip, for someone who has just installed the program."""

from __future__ import annotations

from pathlib import Path

from dlst_gui.commands.display import has_display
from dlst_gui.commands.options import DEFAULT_BACKBONE, DEFAULT_PRESET, CommandError, DemoOptions, TrackOptions
from dlst_gui.commands.terminal import say
from dlst_gui.commands.track_command import run_track
from dlst_gui.tracking.tracker_factory import MakeTracker
from dlst_gui.video.demo_clip import demo_clip


def run_demo(options: DemoOptions, make_tracker: MakeTracker) -> int:
    """Open the window on the clip, or track it on the terminal where there is no display.

    Raises:
        CommandError: the clip is missing.
    """
    clip = shipped_clip()
    if not options.headless and has_display():
        from dlst_gui.app import run_gui  # noqa: PLC0415 - Qt, only where there is a window

        return run_gui(clip, speed=options.speed, device=options.device, tracks_at_once=True)
    say("tracking the demo clip without a window" if options.headless else "no display: tracking without a window")
    return run_track(
        TrackOptions(
            source=clip,
            init=None,
            preset=DEFAULT_PRESET,
            details="code",
            speed=options.speed,
            without=(),
            backbone=DEFAULT_BACKBONE,
            device=options.device,
            seed=0,
            threads=None,
            start=0,
            stop=options.stop,
            out=options.out / f"{clip.stem}.txt",
            format=None,
            video=options.out / f"{clip.stem}_tracked.mp4",
            trace=None,
            json=False,
        ),
        make_tracker,
    )


def shipped_clip() -> Path:
    """The clip; CommandError in a checkout that lacks it."""
    clip = demo_clip()
    if clip is None:
        raise CommandError("the demo clip resources/demo.mp4 is missing; install the program again")
    return clip
