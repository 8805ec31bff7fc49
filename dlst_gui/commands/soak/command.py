"""The command `soak`: whether a long run holds, by its memory, or in the window by how quickly that answers."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import Xywh, at_least, path
from dlst_gui.commands.grammar.arguments import (
    OUTPUT_FOLDER,
    add_backbone,
    add_device,
    add_force,
    add_guide,
    add_init,
    add_preset,
    add_speed,
)
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.commands.running.display import check_display
from dlst_gui.tracking.devices import DeviceName
from tracker_core import Speed

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

FRAMES, FRAMES_IN_WINDOW = 20_000, 300
"""How long it goes on unless told otherwise."""

MOST_TRACKED, TRACKED_OF_MANY = 10, 2
"""Up to so many tracks of `--window` are tracked, of more only two: the window is what it measures."""


@dataclass(frozen=True, slots=True)
class SoakOptions:
    """`soak`: a long run, judged by its memory, or in the window by how late its events come."""

    source: Path | None
    init: Xywh | None
    preset: str
    speed: Speed | None
    guide: str
    backbone: str
    device: DeviceName
    threads: int | None
    frames: int | None
    out: Path
    window: bool
    overlays: Literal["on", "off"]
    tracks: int
    force: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `SoakOptions` holds."""
    parser.add_argument(
        "--source", type=path, help="tracked forward and backward repeatedly (default: the shipped clip)"
    )
    add_init(parser)
    add_preset(parser)
    add_speed(parser)
    add_guide(parser)
    add_backbone(parser)
    add_device(parser)
    parser.add_argument(
        "--threads", type=at_least(1), help="CPU threads (default: one per core; with --window one less)"
    )
    parser.add_argument(
        "--frames",
        type=at_least(2),
        help=f"frames to track (default: {FRAMES}; with --window {FRAMES_IN_WINDOW})",
    )
    parser.add_argument(
        "--out",
        type=path,
        default=OUTPUT_FOLDER / "soak",
        metavar="DIR",
        help="folder for memory.csv and memory.png (default: ./output/soak)",
    )
    parser.add_argument(
        "--window",
        action="store_true",
        help="track in the window, and print how late events come and sought frames are drawn; writes no files",
    )
    parser.add_argument(
        "--tracks",
        type=at_least(1),
        default=1,
        metavar="N",
        help=f"with --window: so many tracks; of more than {MOST_TRACKED}, two are tracked and the others "
        "have boxes on all frames already (default: 1)",
    )
    parser.add_argument(
        "--overlays",
        choices=("on", "off"),
        default="on",
        help="with --window: draw all overlays, or none and record no diagnostics (default: on)",
    )
    add_force(parser)


def run(options: SoakOptions, make_tracker: MakeTracker) -> int:
    """See `run_soak` and `run_window_soak`."""
    if options.window:
        check_display()
        from dlst_gui.commands.soak.window_run import run_window_soak

        return run_window_soak(options, make_tracker)
    from dlst_gui.commands.soak.run import run_soak

    return run_soak(options, make_tracker)


COMMAND = Command(
    "soak",
    "check that a long run holds: its memory, or with --window how quickly the window answers",
    add_arguments,
    with_options(SoakOptions, run),
)
