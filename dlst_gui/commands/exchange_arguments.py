"""The grammar of `export`, `import` and `formats`. Imports nothing heavy."""

from __future__ import annotations

import argparse
from pathlib import Path

from dlst_gui.commands.argument_types import at_least, list_of
from dlst_gui.commands.options import BOX_KINDS
from dlst_gui.commands.shared_arguments import add_command


def add_exchange_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add all three."""
    _add_export(commands)
    _add_import(commands)
    parser = add_command(commands, "formats", "the label formats there are, and what their numbers mean")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "export", "write a project's labels in another program's format, and check them"
    )
    parser.add_argument(
        "projects",
        type=Path,
        nargs="+",
        metavar="PROJECT",
        help="project file (.dlst), or a folder: every project in it",
    )
    parser.add_argument(
        "--format", metavar="NAME", help="see `formats`; left out where only a video is wanted (--video)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PATH",
        help="file to write, or folder where the format has several files; for several projects or a folder of "
        "them the folder in which each gets a name of its own",
    )
    _add_selection(parser)
    parser.add_argument("--whole-pixels", action="store_true", help="round edges to whole pixels")
    parser.add_argument(
        "--track-ids", action="store_true", help="yolo: the object's number as a sixth word, which some refuse"
    )
    parser.add_argument(
        "--images", choices=("png", "jpeg"), help="the exported frames as images beside the labels"
    )
    parser.add_argument("--quality", type=_quality, default=95, help="of JPEG images, 1 to 100 (default: 95)")
    parser.add_argument(
        "--video",
        action="store_true",
        help="an mp4 with the boxes drawn in: <out>-boxes.mp4 beside the labels; without --format <out> itself",
    )
    parser.add_argument("--trail", type=at_least(0), default=25, metavar="N", help=_TRAIL_HELP)
    parser.add_argument(
        "--source", type=Path, metavar="VIDEO", help="where the video of a single project is now, if it was moved"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


_TRAIL_HELP = "frames that a trail in the video leads back; 0: no trails (default: 25)"


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--frames",
        choices=("all", "labelled", "keyframes", "reviewed"),
        default="all",
        help="all; or of each object those from its first box to its last, those with a manual box, or those that "
        "a person drew or accepted (default: all)",
    )
    parser.add_argument("--every", type=at_least(1), default=1, metavar="N", help="each n-th frame of the video")
    parser.add_argument(
        "--without",
        type=list_of(BOX_KINDS),
        default=(),
        metavar="A,B",
        help=f"leave these boxes out: {', '.join(BOX_KINDS)} (lost: the tracker did not believe them)",
    )
    parser.add_argument("--clip", action="store_true", help="cut boxes at the image's edges")


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = add_command(
        commands, "import", "add labels of another program to a video's project, as one step of undo"
    )
    parser.add_argument("file", type=Path, help="file, folder or zip of labels")
    parser.add_argument("--format", default="auto", metavar="NAME", help="see `formats` (default: by its content)")
    parser.add_argument(
        "--video", type=Path, required=True, help="the video, or folder of images, that it is about"
    )
    parser.add_argument(
        "--project", type=Path, metavar="FILE.dlst", help="add to this project (default: the video's own)"
    )
    parser.add_argument(
        "--as",
        dest="become",
        choices=("human", "predictions"),
        default="human",
        help="what boxes become whose file does not say where they come from (default: human)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def _quality(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError(f"expected a whole number of 1 to 100, got {text!r}")
    return number
