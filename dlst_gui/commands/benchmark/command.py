"""The command `benchmark`: how fast exact, fast and others are on this machine, on the same frames."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import Xywh, at_least, path
from dlst_gui.commands.grammar.arguments import (
    SPEED_NAMES,
    add_backbone,
    add_compare,
    add_device,
    add_guides,
    add_init,
    add_presets,
    add_speeds,
    add_threads,
)
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.tracking.devices import DeviceName
from tracker_core import Speed

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

FRAMES = 31
"""Of a run: three updates in the 30 after the first, one in ten as in a long video."""


@dataclass(frozen=True, slots=True)
class BenchmarkOptions:
    """`benchmark`: time systems on the same frames."""

    source: Path | None
    init: Xywh | None
    presets: tuple[str, ...]
    speeds: tuple[Speed, ...]
    steps: bool
    objects: int
    compare: tuple[str, ...]
    against: tuple[Path, ...]
    against_timeout: int
    guides: tuple[str, ...]
    backbone: str
    device: DeviceName
    threads: int | None
    frames: int
    runs: int | None
    stages: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `BenchmarkOptions` holds."""
    parser.add_argument("--source", type=path, help="video or sequence (default: the shipped clip)")
    add_init(parser)
    add_presets(parser, purpose="time")
    add_speeds(parser, default=SPEED_NAMES, default_text="both")
    parser.add_argument("--steps", action="store_true", help="fast without each of its steps as well")
    parser.add_argument(
        "--objects",
        type=at_least(1),
        default=1,
        metavar="N",
        help="each of our systems as well with N objects in one run: the same object, N times over",
    )
    add_compare(parser)
    parser.add_argument(
        "--against",
        type=path,
        action="append",
        default=[],
        metavar="DIR",
        help="any other tracker's program as well; may be given several times. DIR holds an executable file "
        "`track`, called once per run as `DIR/track FRAMES_FOLDER X Y W H OUTPUT_FILE`. FRAMES_FOLDER holds "
        "000001.png and on; the box counts pixels from 0, and so does the line x,y,w,h that OUTPUT_FILE must "
        "have for each frame. The whole process is timed",
    )
    parser.add_argument(
        "--against-timeout",
        type=at_least(1),
        default=600,
        metavar="S",
        help="seconds that such a program may run (default: 600)",
    )
    add_guides(parser)
    add_backbone(parser)
    add_device(parser)
    add_threads(parser)
    parser.add_argument("--frames", type=at_least(2), default=FRAMES, help=f"frames of a run (default: {FRAMES})")
    parser.add_argument(
        "--runs",
        type=at_least(1),
        help="runs of each system; medians are reported (default: 5; 2 of exact on a CPU and of programs)",
    )
    parser.add_argument(
        "--stages", action="store_true", help="one more run of each of our systems: milliseconds of every stage"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of a table")


def run(options: BenchmarkOptions, make_tracker: MakeTracker) -> int:
    """See `run_benchmark`."""
    from dlst_gui.commands.benchmark.run import run_benchmark

    return run_benchmark(options, make_tracker)


COMMAND = Command(
    "benchmark",
    "compare exact, fast and other trackers in speed, on the same frames",
    add_arguments,
    with_options(BenchmarkOptions, run),
)
