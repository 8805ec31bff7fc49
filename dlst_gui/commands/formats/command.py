"""The command `formats`: which label formats there are, and what their numbers mean."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class FormatsOptions:
    """`formats`: which there are."""

    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `FormatsOptions` holds."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: FormatsOptions, make_tracker: MakeTracker) -> int:
    """See `run_formats`."""
    from dlst_gui.commands.formats.run import run_formats

    return run_formats(options)


COMMAND = Command(
    "formats",
    "list label formats and what their numbers mean",
    add_arguments,
    with_options(FormatsOptions, run),
)
