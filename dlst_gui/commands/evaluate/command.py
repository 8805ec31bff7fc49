"""The command `evaluate`: one-pass evaluation of several systems over the sequences of a benchmark."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from dlst_gui.commands.grammar.argument_types import list_of, path
from dlst_gui.commands.grammar.arguments import OUTPUT_FOLDER, add_compare
from dlst_gui.commands.grammar.command import Command, with_options
from dlst_gui.commands.sequence_runs.arguments import SequenceRunOptions, add_force, add_runs, add_sequence_folders

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

ToolkitName = Literal["got10k", "otb"]
"""Whose result folders are written."""

ProtocolName = Literal["ope", "tre", "sre", "vot-supervised", "long-term"]
"""How trackers are run, and what is measured of it."""


@dataclass(frozen=True, slots=True)
class NamedFolder:
    """Result files of another tracker, and the name it goes by."""

    name: str
    folder: Path


def named_folder(text: str) -> NamedFolder:
    """NAME=DIR."""
    name, separator, folder = text.partition("=")
    if not separator or not name or not folder:
        raise argparse.ArgumentTypeError(f"expected NAME=DIR, got {text!r}")
    return NamedFolder(name, Path(folder))


@dataclass(frozen=True, slots=True)
class EvaluateOptions(SequenceRunOptions):
    """`evaluate`: one-pass evaluation over the sequences below some folders."""

    compare: tuple[str, ...]
    results: tuple[NamedFolder, ...]
    results_as: tuple[ToolkitName, ...]
    retry_failed: bool
    protocol: ProtocolName
    attributes: Path | None
    pages: bool
    paper_tables: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `EvaluateOptions` holds."""
    add_sequence_folders(parser)
    add_runs(parser, purpose="evaluate", unit="sequences")
    add_compare(parser)
    parser.add_argument(
        "--results",
        type=named_folder,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="add another tracker's result files to the plots; may be given several times",
    )
    parser.add_argument(
        "--results-as",
        type=list_of(get_args(ToolkitName)),
        default=(),
        metavar="got10k,otb",
        help="also write the boxes in these toolkits' layout, to GOT-10k and OTB2015 in the folder of --out",
    )
    parser.add_argument(
        "--out",
        type=path,
        default=OUTPUT_FOLDER / "evaluation",
        metavar="DIR",
        help="folder for boxes, results.json and plots (default: ./output/evaluation); "
        "finished results of the same settings in it are used again",
    )
    parser.add_argument(
        "--protocol",
        choices=get_args(ProtocolName),
        default="ope",
        help="ope: one pass (default); tre, sre: OTB's robustness, from 20 frames and from 12 first boxes; "
        "vot-supervised: begun again after a failure, as VOT2016; long-term: one pass, with VOT's measures",
    )
    parser.add_argument(
        "--attributes",
        type=path,
        metavar="DIR",
        help="folder with a file of attributes for each sequence (default: where the benchmark has it)",
    )
    parser.add_argument(
        "--pages", action="store_true", help="a page for each sequence as well, with the frames of failure"
    )
    parser.add_argument(
        "--paper-tables",
        action="store_true",
        help="the paper's tables as well, its printed numbers beside those measured here, as Markdown and LaTeX: "
        "Table 1 and Figures 5 and 6 of sequences in OTB's layout, Table 2 of those in VOT's",
    )
    parser.add_argument(
        "--retry-failed", action="store_true", help="run again what failed before; otherwise it is only told again"
    )
    add_force(parser)


def run(options: EvaluateOptions, make_tracker: MakeTracker) -> int:
    """See `run_evaluate`."""
    from dlst_gui.commands.evaluate.run import run_evaluate

    return run_evaluate(options, make_tracker)


COMMAND = Command(
    "evaluate",
    "one-pass evaluation (OPE) over sequences with ground truth",
    add_arguments,
    with_options(EvaluateOptions, run),
)
