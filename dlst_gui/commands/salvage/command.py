"""The command `salvage`: what can still be read of a damaged project, in a new one."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class SalvageOptions:
    """`salvage`: a damaged project, and where what is left of it goes."""

    project: Path
    out: Path | None
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `SalvageOptions` holds."""
    parser.add_argument("project", type=path, help="the damaged project; it is only read")
    parser.add_argument(
        "--out",
        type=path,
        metavar="NEW.dlst",
        help="the new project (default: beside it, 'clip salvaged.dlst')",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: SalvageOptions, make_tracker: MakeTracker) -> int:
    """Salvage and say what is left; 0 where that is everything, 3 where something could not be read."""
    from dlst_gui.commands.salvage.run import salvage_project

    return salvage_project(options)


COMMAND = Command(
    "salvage",
    "copy what can be read of a damaged project into a new one",
    add_arguments,
    with_options(SalvageOptions, run),
)
