"""The command `label-set`: labels and attributes from a project or a file to a project or a file."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class LabelSetOptions:
    """`label-set`: from where, to where, and in which format."""

    source: Path
    to: Path | None
    format: Literal["json", "cvat", "label-studio"] | None
    replace: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `LabelSetOptions` holds."""
    parser.add_argument(
        "source", type=path, help="a project (.dlst), or a label set: ours, CVAT's or Label Studio's"
    )
    parser.add_argument(
        "--to",
        type=path,
        metavar="FILE",
        help="a project that takes it, or a file to write (default: only show it)",
    )
    parser.add_argument(
        "--format",
        choices=("json", "cvat", "label-studio"),
        help="of the file to write (default: label-studio for .xml, else json)",
    )
    parser.add_argument(
        "--replace", action="store_true", help="a project no longer offers what is not in the label set"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: LabelSetOptions, make_tracker: MakeTracker) -> int:
    """See `run_label_set`."""
    from dlst_gui.commands.label_set.run import run_label_set

    return run_label_set(options)


COMMAND = Command(
    "label-set",
    "show a label set, take it into a project, or write it as a file",
    add_arguments,
    with_options(LabelSetOptions, run),
)
