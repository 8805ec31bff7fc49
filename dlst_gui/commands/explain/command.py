"""The command `explain`: what the tracker saw on a frame, as a figure, a table, or a file for others."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import list_of, path
from dlst_gui.commands.grammar.arguments import add_force, add_range, add_threads
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker
    from dlst_gui.video.pixel_range import RangeChoice

PANELS = ("picture", "candidates", "response", "scores", "overlaps")
"""Of a figure."""


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """`explain`: why the tracker chose a box."""

    source: Path
    frame: str | None
    object: str | None
    outs: tuple[Path, ...]
    list: bool
    again: bool
    video: Path | None
    panels: tuple[str, ...]
    columns: Literal["1", "2"]
    view: Literal["region", "frame"]
    dpi: int
    no_title: bool
    no_legend: bool
    threads: int | None
    shown_range: RangeChoice | None
    force: bool
    json: bool


def _dots(text: str) -> int:
    """Dots per inch, 50 to 1200."""
    number = int(text) if text.isdecimal() else 0
    if not 50 <= number <= 1200:
        raise argparse.ArgumentTypeError(f"expected a whole number of 50 to 1200, got {text!r}")
    return number


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ExplainOptions` holds."""
    parser.add_argument("source", type=path, metavar="PROJECT", help="project (.dlst), or evidence (.dlsttrace)")
    parser.add_argument(
        "--frame",
        metavar="N",
        help="counted from 0, or a time such as 0:12.5 or 12.5s, or a share such as 50%%; N..M for tables, "
        ".dlsttrace and .rrd",
    )
    parser.add_argument("--object", metavar="NAME|N", help="name or number; may be left out where there is one")
    parser.add_argument(
        "--out",
        dest="outs",
        type=path,
        action="append",
        default=[],
        metavar="FILE",
        help="may be given several times. Figure: .svg, .png, .pdf; candidates as a table: .csv, .parquet; "
        "everything but pixels: .json; for the window of others, with the picture: .dlsttrace; for the rerun "
        "viewer: .rrd",
    )
    parser.add_argument("--list", action="store_true", help="list frames whose evidence was kept, and why")
    parser.add_argument("--again", action="store_true", help="track again even where evidence was kept")
    parser.add_argument(
        "--video",
        type=path,
        metavar="FILE",
        help="where the project's video is now, if it moved; the video of a .dlsttrace",
    )
    parser.add_argument(
        "--panels",
        type=list_of(PANELS),
        default=PANELS,
        metavar="A,B",
        help=f"parts of a figure, of {', '.join(PANELS)} (default: all)",
    )
    parser.add_argument(
        "--columns", choices=("1", "2"), default="2", help="width of a figure: 84 or 174 mm (default: 2)"
    )
    parser.add_argument(
        "--view",
        choices=("region", "frame"),
        default="region",
        help="what the picture of a figure shows: the search region or the whole frame (default: region)",
    )
    parser.add_argument(
        "--dpi", type=_dots, default=600, metavar="N", help="of a .png, dots per inch (default: 600)"
    )
    parser.add_argument("--no-title", action="store_true", help="a figure without the line on top")
    parser.add_argument("--no-legend", action="store_true", help="a figure without legend")
    add_threads(parser)
    add_range(parser)
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: ExplainOptions, make_tracker: MakeTracker) -> int:
    """See `run_explain`."""
    from dlst_gui.commands.explain.run import run_explain

    return run_explain(options, make_tracker)


COMMAND = Command(
    "explain",
    "show what the tracker saw on a frame: figure, table, or a file for others",
    add_arguments,
    with_options(ExplainOptions, run),
)
