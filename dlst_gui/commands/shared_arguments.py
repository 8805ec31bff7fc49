"""Arguments that several commands share. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from dlst_gui.commands.argument_types import at_least, fast_steps, list_of, name_list
from dlst_gui.commands.options import (
    DEFAULT_BACKBONE,
    DEFAULT_PRESET,
    DEFAULT_STEP_NAMES,
    FAST_STEP_NAMES,
    OPENCV_TRACKER_NAMES,
    PRESET_NAMES,
    SPEED_NAMES,
    SpeedName,
)

OUTPUT_FOLDER = Path("output")
"""Where a command writes that was not told where: below the current folder."""

DEFAULT_SPEED = "fast on a CPU, exact on a GPU"


def add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, description: str
) -> argparse.ArgumentParser:
    """Add a command without arguments of its own."""
    parser = commands.add_parser(name, help=description, description=f"{description[0].upper()}{description[1:]}.")
    parser.add_argument("--verbose", action="store_true", help="show the traceback of an unexpected error")
    return parser


def add_preset(parser: argparse.ArgumentParser) -> None:
    """Add `--preset` for one system."""
    parser.add_argument(
        "--preset", choices=PRESET_NAMES, default=DEFAULT_PRESET, help=f"system (default: {DEFAULT_PRESET})"
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add `--seed`."""
    parser.add_argument("--seed", type=at_least(0), default=0, help="of all random draws (default: 0)")


def add_seeds(parser: argparse.ArgumentParser) -> None:
    """Add `--seeds`, which says how many."""
    parser.add_argument("--seeds", type=at_least(1), default=1, help="run with seeds 0..N-1 (default: 1)")


def add_sequence_folders(parser: argparse.ArgumentParser) -> None:
    """Add the folders of sequences, and `--sequences` to take only some."""
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="FOLDER", help="sequence folder, or folder of sequence folders"
    )
    parser.add_argument("--sequences", type=name_list, metavar="A,B", help="only these (default: all)")


def add_presets(parser: argparse.ArgumentParser, *, purpose: str) -> None:
    """Add `--preset` for several systems."""
    parser.add_argument(
        "--preset",
        dest="presets",
        type=list_of(PRESET_NAMES),
        default=(DEFAULT_PRESET,),
        metavar="A,B",
        help=f"systems to {purpose}, of {', '.join(PRESET_NAMES)} (default: {DEFAULT_PRESET})",
    )


def add_details(parser: argparse.ArgumentParser) -> None:
    """Add `--details`."""
    parser.add_argument(
        "--details",
        choices=("code", "paper"),
        default="code",
        help="where the paper and its authors' program differ, follow this one; for the presets of the paper "
        "(default: code)",
    )


def add_speed(parser: argparse.ArgumentParser) -> None:
    """Add `--speed` for one."""
    parser.add_argument(
        "--speed",
        choices=SPEED_NAMES,
        help=f"exact: the system to the letter; fast: with shortcuts (default: {DEFAULT_SPEED})",
    )


def add_speeds(
    parser: argparse.ArgumentParser, *, default: tuple[SpeedName, ...] | None, default_text: str
) -> None:
    """Add `--speed` for one or both."""
    parser.add_argument(
        "--speed",
        dest="speeds",
        type=list_of(SPEED_NAMES),
        default=default,
        metavar="exact,fast",
        help=f"one or both. exact: the system to the letter; fast: with shortcuts (default: {default_text})",
    )


def add_without(parser: argparse.ArgumentParser) -> None:
    """Add `--without`."""
    parser.add_argument(
        "--without",
        type=fast_steps,
        default=(),
        metavar="STEP,STEP",
        help="leave these shortcuts out of fast, to measure them; "
        f"of {DEFAULT_PRESET}: {', '.join(DEFAULT_STEP_NAMES)}; of the others: {', '.join(FAST_STEP_NAMES)}",
    )


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add `--compare`."""
    parser.add_argument(
        "--compare",
        type=list_of(OPENCV_TRACKER_NAMES),
        default=(),
        metavar="A,B",
        help=f"OpenCV's own trackers as well: {', '.join(OPENCV_TRACKER_NAMES)}",
    )


def add_backbone(parser: argparse.ArgumentParser) -> None:
    """Add `--backbone`."""
    parser.add_argument(
        "--backbone",
        default=DEFAULT_BACKBONE,
        metavar="NAME|FILE",
        help="see `weights list` (default: the preset's own)",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add `--device`."""
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: cuda where there is one"
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add `--threads`."""
    parser.add_argument("--threads", type=at_least(1), help="CPU threads (default: one per core)")


def add_jobs(parser: argparse.ArgumentParser, *, unit: str) -> None:
    """Add `--jobs` and the `--threads` of each; `unit` is what a job does, in the plural."""
    parser.add_argument("--jobs", type=at_least(1), help=f"{unit} at a time (default: one per core, on a GPU one)")
    parser.add_argument(
        "--threads", type=at_least(1), default=1, help="CPU threads per job; part of the result (default: 1)"
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add `--force`."""
    parser.add_argument("--force", action="store_true", help="run everything again")
