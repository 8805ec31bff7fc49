"""Arguments that several commands share."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from dlst_gui.commands.grammar.argument_types import (
    NO_GUIDE,
    at_least,
    box_numbers,
    guide_list,
    guide_name,
    list_of,
    range_choice,
    step_list,
)
from dlst_gui.tracking.devices import DeviceName
from tracker_core import DEFAULT_PRESET, FAST_STEPS, PRESETS, Details, Speed, fast_steps
from tracker_core.evaluation.peer_names import PEER_NAMES
from tracker_core.weights import DEFAULT_NAME, GUIDE_NAMES

PRESET_NAMES = (DEFAULT_PRESET, *(name for name in PRESETS if name != DEFAULT_PRESET))
SPEED_NAMES: tuple[Speed, ...] = get_args(Speed)

OUTPUT_FOLDER = Path("output")
"""Where a command writes that was not told where: below the current folder."""

DEFAULT_SPEED = "fast on a CPU, exact on a GPU"


@dataclass(frozen=True, slots=True)
class TrackerOptions:
    """One tracker, as it is asked for; `speed` is None where the device decides, as everywhere in the commands."""

    preset: str
    details: Details
    speed: Speed | None
    without: tuple[str, ...]
    backbone: str
    device: DeviceName
    seed: int
    threads: int | None
    guide: str


def add_tracker(parser: argparse.ArgumentParser) -> None:
    """Add what `TrackerOptions` holds."""
    add_system(parser)
    add_threads(parser)


def add_system(parser: argparse.ArgumentParser) -> None:
    """Add which tracker, on which device and with which seed."""
    add_preset(parser)
    add_details(parser)
    add_speed(parser)
    add_without(parser)
    add_guide(parser)
    add_backbone(parser)
    add_device(parser)
    add_seed(parser)


def add_init(parser: argparse.ArgumentParser) -> None:
    """Add `--init`."""
    parser.add_argument(
        "--init",
        type=box_numbers,
        metavar="X,Y,W,H",
        help="box on the first frame: left, top, width, height in pixels counted from 0; "
        "default: the source's ground truth. Write --init=-5,... where X is negative",
    )


def add_force(parser: argparse.ArgumentParser) -> None:
    """Add `--force` of commands that write files."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace files that this program has not made, or that were changed since; never what the command "
        "reads, a project or its video",
    )


def add_range(parser: argparse.ArgumentParser) -> None:
    """Add `--range` of commands that show pictures, or what is made of them."""
    parser.add_argument(
        "--range",
        dest="shown_range",
        type=range_choice,
        metavar="VALUES",
        help="of images with over 8 bits: which values are black and white. LOW..HIGH, percentiles as 1%%..99%%, "
        "real (lowest to highest), full (all of the type) or auto; remembered for the folder, in the window too",
    )


def add_preset(
    parser: argparse.ArgumentParser, *, default: str | None = DEFAULT_PRESET, default_text: str = DEFAULT_PRESET
) -> None:
    """Add `--preset` for one system."""
    parser.add_argument(
        "--preset", choices=PRESET_NAMES, default=default, help=f"system (default: {default_text})"
    )


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Add `--seed`."""
    parser.add_argument("--seed", type=at_least(0), default=0, help="of all random draws (default: 0)")


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
        choices=get_args(Details),
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


def add_speeds(parser: argparse.ArgumentParser, *, default: tuple[Speed, ...] | None, default_text: str) -> None:
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
        type=step_list,
        default=(),
        metavar="STEP,STEP",
        help=f"leave these shortcuts out of fast, to measure them; of {DEFAULT_PRESET}: "
        f"{', '.join(fast_steps(PRESETS[DEFAULT_PRESET]))}; of the others: {', '.join(FAST_STEPS)}",
    )


def add_compare(parser: argparse.ArgumentParser) -> None:
    """Add `--compare`."""
    parser.add_argument(
        "--compare",
        type=list_of(PEER_NAMES),
        default=(),
        metavar="A,B",
        help=f"trackers of others as well: {', '.join(PEER_NAMES)}",
    )


def add_backbone(parser: argparse.ArgumentParser) -> None:
    """Add `--backbone`."""
    parser.add_argument(
        "--backbone",
        default=DEFAULT_NAME,
        metavar="NAME|FILE",
        help="see `weights list` (default: the preset's own)",
    )


def add_guide(
    parser: argparse.ArgumentParser, *, default: str | None = NO_GUIDE, default_text: str = NO_GUIDE
) -> None:
    """Add `--guide` for one."""
    parser.add_argument(
        "--guide",
        type=guide_name,
        default=default,
        metavar="NAME",
        help=f"proposes boxes to {DEFAULT_PRESET}, too; of {', '.join((NO_GUIDE, *GUIDE_NAMES))} "
        f"(default: {default_text})",
    )


def add_guides(parser: argparse.ArgumentParser) -> None:
    """Add `--guide` for several, each of which makes a system of its own."""
    parser.add_argument(
        "--guide",
        dest="guides",
        type=guide_list,
        default=("",),
        metavar="A,B",
        help=f"proposes boxes to {DEFAULT_PRESET}, too; each in turn, of {', '.join((NO_GUIDE, *GUIDE_NAMES))} "
        f"(default: {NO_GUIDE})",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add `--device`."""
    parser.add_argument(
        "--device", choices=get_args(DeviceName), default="auto", help="default: cuda where there is one"
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add `--threads`."""
    parser.add_argument("--threads", type=at_least(1), help="CPU threads (default: one per core)")
