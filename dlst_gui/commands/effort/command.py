"""The command `effort`: a simulated annotator labels sequences with several systems, and every action counts."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import at_least, list_of, path
from dlst_gui.commands.grammar.arguments import OUTPUT_FOLDER
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.commands.sequence_runs.arguments import SequenceRunOptions, add_force, add_runs, add_sequence_folders
from tracker_core.evaluation.peer_names import PEER_NAMES

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

OUR_NAMES = ("reinit", "correct", "two-sided", "two-sided-queue")
SYSTEM_NAMES = ("hold", "interpolation", *PEER_NAMES, *OUR_NAMES)
DEFAULT_SYSTEMS = ("hold", "interpolation", "reinit", "correct", "two-sided")
"""Measured unless told otherwise: all that need no extra."""


def iou_list(text: str) -> tuple[float, ...]:
    """IoU thresholds separated by commas, each above 0 and at most what a manual box is sure to have."""
    try:
        values = tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError:
        values = ()
    from tracker_core.evaluation.manual_boxes import WORST_IOU

    if not values or not all(0 < value <= WORST_IOU for value in values):
        raise argparse.ArgumentTypeError(
            f"expected IoUs above 0 and at most {WORST_IOU:g}, such as 0.5,0.7; got {text!r}"
        )
    return values


@dataclass(frozen=True, slots=True)
class EffortOptions(SequenceRunOptions):
    """`effort`: how many human actions labels of a given quality take, over the sequences below some folders."""

    systems: tuple[str, ...]
    thresholds: tuple[float, ...]
    timeout: int


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `EffortOptions` holds."""
    add_sequence_folders(parser)
    parser.add_argument(
        "--systems",
        type=list_of(SYSTEM_NAMES),
        default=DEFAULT_SYSTEMS,
        metavar="A,B",
        help=f"of {', '.join(SYSTEM_NAMES)} (default: {','.join(DEFAULT_SYSTEMS)}). Ours is re-initialised "
        "(reinit) or corrected (correct) at each manual box; or it tracks bidirectionally between boxes anywhere, "
        "the next of which is on the worst frame (two-sided) or the first wrong one of the review "
        "(two-sided-queue). "
        "The last system is compared with each of the others",
    )
    parser.add_argument(
        "--iou",
        dest="thresholds",
        type=iou_list,
        default=(0.5, 0.7),
        metavar="X,Y",
        help="boxes below it are corrected (default: 0.5,0.7)",
    )
    add_runs(parser, purpose="measure as reinit, correct and two-sided", unit="runs")
    parser.add_argument(
        "--timeout",
        type=at_least(1),
        default=3600,
        metavar="S",
        help="seconds that a run may compute; a longer one counts as drawing every box (default: 3600)",
    )
    parser.add_argument(
        "--out",
        type=path,
        default=OUTPUT_FOLDER / "effort",
        metavar="DIR",
        help="folder for logs, effort.json, runs.csv and plots (default: ./output/effort); "
        "finished runs of the same settings in it are used again",
    )
    add_force(parser)


def run(options: EffortOptions, make_tracker: MakeTracker) -> int:
    """See `run_effort`."""
    from dlst_gui.commands.effort.run import run_effort

    return run_effort(options, make_tracker)


COMMAND = Command(
    "effort",
    "how many human actions labels of a given quality take, by a simulated annotator",
    add_arguments,
    with_options(EffortOptions, run),
)
