"""The grammar of `effort`. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from dlst_gui.commands.argument_types import at_least, iou_list, list_of
from dlst_gui.commands.options import EFFORT_SYSTEM_NAMES
from dlst_gui.commands.shared_arguments import (
    DEFAULT_SPEED,
    OUTPUT_FOLDER,
    add_backbone,
    add_command,
    add_details,
    add_device,
    add_force,
    add_jobs,
    add_presets,
    add_seeds,
    add_sequence_folders,
    add_speeds,
    add_without,
)

SYSTEMS = ("hold", "interpolation", "reinit", "correct", "two-sided")
"""Measured unless told otherwise: all that need no extra."""


def add_effort_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `effort`."""
    parser = add_command(
        commands, "effort", "how many human actions labels of a given quality take, by a simulated annotator"
    )
    add_sequence_folders(parser)
    parser.add_argument(
        "--systems",
        type=list_of(EFFORT_SYSTEM_NAMES),
        default=SYSTEMS,
        metavar="A,B",
        help=f"of {', '.join(EFFORT_SYSTEM_NAMES)} (default: {','.join(SYSTEMS)}). Ours is re-initialised "
        "(reinit) or corrected (correct) at each manual box; or it tracks from both sides between boxes anywhere, "
        "the next of which is on the worst frame (two-sided) or the first wrong one of the review queue "
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
    add_presets(parser, purpose="measure as reinit, correct and two-sided")
    add_details(parser)
    add_speeds(parser, default=None, default_text=DEFAULT_SPEED)
    add_without(parser)
    add_backbone(parser)
    add_seeds(parser)
    add_device(parser)
    add_jobs(parser, unit="runs")
    parser.add_argument(
        "--timeout",
        type=at_least(1),
        default=3600,
        metavar="S",
        help="seconds that a run may compute; a longer one counts as drawing every box (default: 3600)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUTPUT_FOLDER / "effort",
        metavar="DIR",
        help="folder for logs, effort.json, runs.csv and plots (default: ./output/effort); "
        "finished runs of the same settings in it are used again",
    )
    add_force(parser)
