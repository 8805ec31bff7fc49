"""The command `track`: one target through one source, from the first box to a file."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import Xywh, at_least, path
from dlst_gui.commands.grammar.arguments import (
    TrackerOptions,
    add_force,
    add_init,
    add_range,
    add_tracker,
)
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker
    from dlst_gui.video.pixel_range import RangeChoice


@dataclass(frozen=True, slots=True)
class TrackOptions(TrackerOptions):
    """`track`: track one target through one source. Frame numbers are 0-based, `stop` is inclusive."""

    source: Path
    init: Xywh | None
    start: int
    stop: int | None
    out: Path | None
    format: str | None
    video: Path | None
    trace: Path | None
    shown_range: RangeChoice | None
    force: bool
    restart: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `TrackOptions` holds."""
    parser.add_argument("source", type=path, help="video file, image folder or sequence folder")
    add_init(parser)
    add_tracker(parser)
    parser.add_argument("--start", type=at_least(0), default=0, help="first frame, counted from 0 (default: 0)")
    parser.add_argument("--stop", type=at_least(0), help="last frame, inclusive (default: the source's last)")
    parser.add_argument(
        "--out",
        type=path,
        help="write the boxes there, with a receipt; by its ending as .csv, .jsonl, .txt (otb), .xml (cvat)",
    )
    parser.add_argument(
        "--format",
        metavar="NAME",
        help="one that `dlst formats` lists; needed where the ending of --out names none",
    )
    parser.add_argument("--video", type=path, metavar="OUT.mp4", help="write the frames with the boxes drawn in")
    parser.add_argument(
        "--trace",
        type=path,
        metavar="FILE",
        help="write what the tracker saw: FILE.dlsttrace, else one JSON object per frame",
    )
    add_range(parser)
    add_force(parser)
    parser.add_argument(
        "--restart", action="store_true", help="begin anew where an earlier call was ended before its end"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: TrackOptions, make_tracker: MakeTracker) -> int:
    """See `run_track`."""
    from dlst_gui.commands.track.run import run_track

    return run_track(options, make_tracker)


COMMAND = Command(
    "track",
    "track one target through a video and write its boxes",
    add_arguments,
    with_options(TrackOptions, run),
)
