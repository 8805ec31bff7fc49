"""Arguments that `evaluate` and `effort` share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from dlst_gui.commands.grammar.argument_types import at_least, name_list, path
from dlst_gui.commands.grammar.arguments import (
    DEFAULT_SPEED,
    add_backbone,
    add_details,
    add_device,
    add_guides,
    add_presets,
    add_speeds,
    add_without,
)
from dlst_gui.tracking.devices import DeviceName
from tracker_core import Details, Speed


@dataclass(frozen=True, slots=True)
class SequenceRunOptions:
    """Runs over the sequences below some folders; finished ones in `out` are used again unless `force` is set."""

    folders: tuple[Path, ...]
    sequences: tuple[str, ...] | None
    presets: tuple[str, ...]
    details: Details
    speeds: tuple[Speed, ...] | None
    without: tuple[str, ...]
    guides: tuple[str, ...]
    backbone: str
    seeds: int
    device: DeviceName
    jobs: int | None
    threads: int
    out: Path
    force: bool


def add_sequence_folders(parser: argparse.ArgumentParser) -> None:
    """Add the folders of sequences, and `--sequences` to take only some."""
    parser.add_argument(
        "folders",
        type=path,
        nargs="+",
        metavar="FOLDER",
        help="sequence folder, or folder of sequence folders",
    )
    parser.add_argument("--sequences", type=name_list, metavar="A,B", help="only these (default: all)")


def add_runs(parser: argparse.ArgumentParser, *, purpose: str, unit: str) -> None:
    """Add which of our systems run and how: for a `purpose`, so many `unit`, in the plural, at a time."""
    add_presets(parser, purpose=purpose)
    add_details(parser)
    add_speeds(parser, default=None, default_text=DEFAULT_SPEED)
    add_without(parser)
    add_guides(parser)
    add_backbone(parser)
    parser.add_argument("--seeds", type=at_least(1), default=1, help="run with seeds 0..N-1 (default: 1)")
    add_device(parser)
    parser.add_argument("--jobs", type=at_least(1), help=f"{unit} at a time (default: one per core, on a GPU one)")
    parser.add_argument(
        "--threads", type=at_least(1), default=1, help="CPU threads per job; part of the result (default: 1)"
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add `--force`."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="run everything again, and replace files in the folder of --out that this command has not made",
    )
