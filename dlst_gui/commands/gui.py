"""The command `gui`: the window, empty or on a video."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.arguments import (
    add_backbone,
    add_device,
    add_guide,
    add_preset,
    add_range,
    add_seed,
    add_speed,
)
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.commands.running.display import check_display
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.devices import DeviceName
from tracker_core import DEFAULT_PRESET, Speed

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker
    from dlst_gui.video.pixel_range import RangeChoice


@dataclass(frozen=True, slots=True)
class GuiOptions:
    """`gui`: the window."""

    source: Path | None
    preset: str | None
    speed: Speed | None
    guide: str | None
    backbone: str
    device: DeviceName
    seed: int
    background_updates: bool
    shown_range: RangeChoice | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `GuiOptions` holds."""
    parser.add_argument(
        "source",
        type=path,
        nargs="?",
        help="video, image folder, sequence folder or project; a folder of videos or a job list (.dlstjobs); or "
        "evidence without its video (.dlsttrace)",
    )
    add_preset(parser, default=None, default_text="the one that the window's settings name")
    add_speed(parser)
    add_guide(parser, default=None, default_text="the one chosen last in the window")
    add_backbone(parser)
    add_device(parser)
    add_seed(parser)
    parser.add_argument(
        "--background-updates",
        action="store_true",
        help="fast learns in the background: no frame waits for it, but lost targets are recovered less often",
    )
    add_range(parser)


def run(options: GuiOptions, make_tracker: MakeTracker) -> int:
    """Show the window until it is closed.

    Raises:
        CommandError: there is no display, or a guide for a preset that follows none.
        WeightsError: a guide whose networks are not here.
    """
    check_display()
    from dlst_gui.commands.running.range_choice import remember_range
    from dlst_gui.commands.running.system_choice import check_systems

    check_systems((options.preset or DEFAULT_PRESET,), guides=(options.guide or "",))
    if options.shown_range is not None:
        from dlst_gui.api import choose_range

        if options.source is None:
            raise CommandError("--range: say of which folder of images")
        remember_range(partial(choose_range, options.source), options.shown_range)
    from dlst_gui.app import run_gui

    return run_gui(
        options.source,
        preset=options.preset,
        speed=options.speed,
        guide=options.guide,
        backbone=options.backbone,
        device=options.device,
        seed=options.seed,
        updates_in_background=options.background_updates,
    )


COMMAND = Command(
    "gui", "open the window (what happens without a command)", add_arguments, with_options(GuiOptions, run)
)
