"""The command `demo`: the main job on the shipped clip, for someone who has just installed the program."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import at_least, path
from dlst_gui.commands.grammar.arguments import OUTPUT_FOLDER, add_device, add_guide, add_speed
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.commands.running.display import has_display
from dlst_gui.commands.track.command import TrackOptions
from dlst_gui.tracking.devices import DeviceName
from tracker_core import DEFAULT_PRESET, Speed
from tracker_core.weights import DEFAULT_NAME

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """`demo`: the shipped clip, in a window or without."""

    out: Path
    headless: bool
    speed: Speed | None
    guide: str
    device: DeviceName
    stop: int | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `DemoOptions` holds."""
    parser.add_argument("--headless", action="store_true", help="no window even where there is a display")
    parser.add_argument(
        "--out", type=path, default=OUTPUT_FOLDER, help="folder for labels and video (default: ./output)"
    )
    parser.add_argument("--stop", type=at_least(0), help="last frame (default: the clip's last)")
    add_speed(parser)
    add_guide(parser)
    add_device(parser)


def run(options: DemoOptions, make_tracker: MakeTracker) -> int:
    """Open the window on the clip, or track it on the terminal where there is no display.

    Raises:
        CommandError: the clip is missing.
    """
    from dlst_gui.commands.running.shipped_clip import shipped_clip

    clip = shipped_clip()
    if not options.headless and has_display():
        from dlst_gui.app import run_gui

        return run_gui(
            clip,
            preset=DEFAULT_PRESET,
            speed=options.speed,
            guide=options.guide,
            device=options.device,
            tracks_at_once=True,
        )
    from dlst_gui.commands.running.terminal import say
    from dlst_gui.commands.track.run import run_track

    say("tracking the demo clip without a window" if options.headless else "no display: tracking without a window")
    return run_track(
        TrackOptions(
            source=clip,
            init=None,
            shown_range=None,
            preset=DEFAULT_PRESET,
            details="code",
            speed=options.speed,
            without=(),
            backbone=DEFAULT_NAME,
            device=options.device,
            seed=0,
            threads=None,
            guide=options.guide,
            start=0,
            stop=options.stop,
            out=options.out / f"{clip.stem}.txt",
            format=None,
            video=options.out / f"{clip.stem}_tracked.mp4",
            trace=None,
            force=False,
            restart=True,
            json=False,
        ),
        make_tracker,
    )


COMMAND = Command(
    "demo",
    "show the shipped clip: in a window, or tracked on the terminal",
    add_arguments,
    with_options(DemoOptions, run),
)
