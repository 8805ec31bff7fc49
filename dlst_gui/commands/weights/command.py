"""The command `weights`: list, import and fetch the backbones the tracker sees with, and guides."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.command import Command, with_options
from tracker_core.weights import GUIDE_FAMILIES, VGG_M_NAME

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class WeightsOptions:
    """`weights`: what to do with which; `file` and `name` are of an import, `fetched` is what is fetched."""

    action: Literal["list", "import", "fetch"]
    folder: Path | None
    file: Path | None
    name: str | None
    fetched: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add its own commands, with what `WeightsOptions` holds."""
    parser.set_defaults(file=None, name=None, fetched="")
    commands = parser.add_subparsers(dest="action", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="list backbones, and guides with what is here of them")
    importing = commands.add_parser("import", help="store a weight file, or a folder of guides")
    importing.add_argument(
        "file",
        type=path,
        metavar="FILE|FOLDER",
        help="a backbone: MatConvNet .mat, py-MDNet .pth, EfficientNet-Lite0 .pth or .onnx, or .safetensors of "
        "this program; or a folder with networks of guides, or one of them",
    )
    importing.add_argument("--name", help="name to store a backbone under (default: the file's own)")
    fetching = commands.add_parser("fetch", help="download and store a backbone or guides")
    fetching.add_argument(
        "fetched",
        choices=[VGG_M_NAME, *GUIDE_FAMILIES],
        metavar="NAME",
        help=f"{VGG_M_NAME}, a backbone; or of guides {', '.join(GUIDE_FAMILIES)}",
    )
    for command in (listing, importing, fetching):
        command.add_argument("--folder", type=path, help="where weights are stored (default: your data folder)")


def run(options: WeightsOptions, make_tracker: MakeTracker) -> int:
    """See `run_weights`."""
    from dlst_gui.commands.weights.run import run_weights

    return run_weights(options)


COMMAND = Command(
    "weights",
    "list, import or fetch weights of backbones and guides",
    add_arguments,
    with_options(WeightsOptions, run),
    is_group=True,
)
