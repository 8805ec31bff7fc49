"""The command `export`: labels of one project or of many into files, each checked by reading it back."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import at_least, list_of, path
from dlst_gui.commands.grammar.arguments import add_force, add_range
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker
    from dlst_gui.video.pixel_range import RangeChoice

BOX_KINDS = ("tracked", "lost", "interpolated", "occluded")
"""What may be left out."""


def quality(text: str) -> int:
    """Of JPEG images, 1 to 100."""
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 to 100, got {text!r}")
    return number


def _pixels(text: str) -> float:
    """A distance of 0 to 1000 pixels."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= _FURTHEST_PX:
        raise argparse.ArgumentTypeError(f"expected pixels, 0 to {_FURTHEST_PX}, got {text!r}")
    return value


_FURTHEST_PX = 1000


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """`export`: labels of projects into files."""

    projects: tuple[Path, ...]
    format: str | None
    out: Path
    frames: Literal["all", "labelled", "keyframes", "reviewed"]
    every: int
    without: tuple[str, ...]
    clip: bool
    whole_pixels: bool
    track_ids: bool
    keyframes_within: float
    images: Literal["png", "jpeg"] | None
    quality: int
    video: bool
    trail: int
    shown_range: RangeChoice | None
    source: Path | None
    force: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ExportOptions` holds."""
    parser.add_argument(
        "projects",
        type=path,
        nargs="+",
        metavar="PROJECT",
        help="project file (.dlst), folder: every project in it, or job list (.dlstjobs): every video of it",
    )
    parser.add_argument(
        "--format", metavar="NAME", help="see `formats`; left out where only a video is wanted (--video)"
    )
    parser.add_argument(
        "--out",
        type=path,
        required=True,
        metavar="PATH",
        help="file to write, or folder where the format has several files; for several projects or a folder of "
        "them a folder with one entry for each",
    )
    _add_selection(parser)
    parser.add_argument("--whole-pixels", action="store_true", help="round edges to whole pixels")
    parser.add_argument(
        "--track-ids",
        action="store_true",
        help="yolo: track id as a sixth number, which some readers reject",
    )
    parser.add_argument(
        "--keyframes-within",
        type=_pixels,
        default=0.0,
        metavar="PX",
        help="cvat, label-studio, dive: write so few keyframes that no edge is further off the lines between them "
        "(default: 0, every box)",
    )
    parser.add_argument(
        "--images", choices=("png", "jpeg"), help="the exported frames as images beside the labels"
    )
    parser.add_argument("--quality", type=quality, default=95, help="of JPEG images, 1 to 100 (default: 95)")
    parser.add_argument(
        "--video",
        action="store_true",
        help="an mp4 with the boxes drawn in: <out>-boxes.mp4 beside the labels; without --format <out> itself",
    )
    parser.add_argument(
        "--trail",
        type=at_least(0),
        default=25,
        metavar="N",
        help="frames that a trail in the video leads back; 0: no trails (default: 25)",
    )
    parser.add_argument(
        "--source",
        type=path,
        metavar="VIDEO",
        help="where the video of a single project is now, if it was moved",
    )
    add_range(parser)
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frames",
        choices=("all", "labelled", "keyframes", "reviewed"),
        default="all",
        help="all; or of each object those from its first box to its last, those with a manual box, or those that "
        "a person drew or accepted (default: all)",
    )
    parser.add_argument("--every", type=at_least(1), default=1, metavar="N", help="each n-th frame of the video")
    parser.add_argument(
        "--without",
        type=list_of(BOX_KINDS),
        default=(),
        metavar="A,B",
        help=f"leave these boxes out: {', '.join(BOX_KINDS)} (lost: scores below the decision threshold)",
    )
    parser.add_argument("--clip", action="store_true", help="cut boxes at the image's edges")


def run(options: ExportOptions, make_tracker: MakeTracker) -> int:
    """See `run_export`."""
    from dlst_gui.commands.export.run import run_export

    return run_export(options)


COMMAND = Command(
    "export",
    "write a project's labels in another program's format, and check them",
    add_arguments,
    with_options(ExportOptions, run),
)
