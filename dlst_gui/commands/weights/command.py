"""The command `weights`: list, import and fetch the backbones the tracker sees with."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.command import Command, with_options
from tracker_core.weights import VGG_M_NAME

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class WeightsOptions:
    """`weights`: what to do with which backbones; `file` and `name` are of an import."""

    action: Literal["list", "import", "fetch"]
    folder: Path | None
    file: Path | None
    name: str | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add its own commands, with what `WeightsOptions` holds."""
    parser.set_defaults(file=None, name=None)
    commands = parser.add_subparsers(dest="action", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="list the available backbones")
    importing = commands.add_parser("import", help="convert a weight file and store it")
    importing.add_argument(
        "file",
        type=path,
        help="MatConvNet .mat, py-MDNet .pth, EfficientNet-Lite0 .pth or .onnx, or .safetensors of this program",
    )
    importing.add_argument("--name", help="name to store it under (default: the file's own)")
    fetching = commands.add_parser("fetch", help="download and store a backbone")
    fetching.add_argument("backbone", choices=[VGG_M_NAME], help="name of the backbone")
    for command in (listing, importing, fetching):
        command.add_argument("--folder", type=path, help="where backbones are stored (default: your data folder)")


def run(options: WeightsOptions, make_tracker: MakeTracker) -> int:
    """See `run_weights`."""
    from dlst_gui.commands.weights.run import run_weights

    return run_weights(options)


COMMAND = Command(
    "weights",
    "list, import or fetch backbone weights",
    add_arguments,
    with_options(WeightsOptions, run),
    is_group=True,
)
