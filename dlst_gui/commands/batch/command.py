"""The command `batch`: many videos, on the processors of this machine or of many."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import at_least, path
from dlst_gui.commands.grammar.arguments import TrackerOptions, add_system
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class BatchOptions(TrackerOptions):
    """`batch`: many videos; the tracker is that of rows that name no other."""

    jobs: Path
    out: Path
    format: str | None
    workers: int | None
    scheduler: str | None
    in_place: bool
    json: bool
    events: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `BatchOptions` holds."""
    parser.add_argument(
        "jobs",
        type=path,
        metavar="JOBS",
        help="table (.csv, .jsonl, .parquet), job list (.dlstjobs), folder of projects, or folder of videos with "
        "labels of another tool beside them",
    )
    parser.add_argument(
        "--out", type=path, required=True, metavar="DIR", help="folder for projects, labels, summary and report"
    )
    parser.add_argument("--format", metavar="NAME", help="labels in this format, too; see `formats`")
    parser.add_argument(
        "--workers", type=at_least(1), metavar="N", help="processes (default: one per core, on a GPU one)"
    )
    parser.add_argument(
        "--scheduler",
        metavar="tcp://HOST:PORT",
        help="of a Dask cluster that is running, instead of processes here",
    )
    parser.add_argument(
        "--in-place",
        action="store_true",
        help="write the boxes into the videos' own projects, as one step of undo each, instead of new ones",
    )
    add_system(parser)
    parser.add_argument(
        "--threads",
        type=at_least(1),
        default=1,
        help="CPU threads for each piece of work; part of the result (default: 1)",
    )
    parser.add_argument(
        "--events", action="store_true", help="print a JSON object on stdout for each video as soon as it is done"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: BatchOptions, make_tracker: MakeTracker) -> int:
    """See `run_batch`."""
    from dlst_gui.commands.batch.run import run_batch

    return run_batch(options, make_tracker)


COMMAND = Command(
    "batch",
    "track the objects of many videos, on all processors of this machine or of a Dask cluster",
    add_arguments,
    with_options(BatchOptions, run),
)
