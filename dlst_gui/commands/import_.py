"""The command `import`: labels of another program into a video's project."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dlst_gui.commands.grammar.argument_types import fraction, path
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """`import`: labels of other programs into a project."""

    file: Path
    format: str
    video: Path
    project: Path | None
    become: Literal["human", "predictions"]
    first_frame: int | None
    without_id: Literal["linked", "single"]
    part: str | None
    frame_step: Fraction
    again: bool
    json: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `ImportOptions` holds."""
    parser.add_argument("file", type=path, help="file, folder or zip of labels")
    parser.add_argument("--format", default="auto", metavar="NAME", help="see `formats` (default: by its content)")
    parser.add_argument(
        "--video", type=path, required=True, help="the video, or folder of images, that the labels belong to"
    )
    parser.add_argument(
        "--project", type=path, metavar="FILE.dlst", help="add to this project (default: the video's own)"
    )
    parser.add_argument(
        "--as",
        dest="become",
        choices=("human", "predictions"),
        default="human",
        help="how to import boxes whose source the file does not state (default: human)",
    )
    parser.add_argument(
        "--first-frame",
        type=int,
        metavar="N",
        help="the number that the file gives to the video's first frame (default: as the file shows)",
    )
    parser.add_argument(
        "--without-id",
        choices=("linked", "single"),
        default="linked",
        help="link boxes without an id to tracks by their overlap, or make each a track (default: linked)",
    )
    parser.add_argument(
        "--part", metavar="NAME", help="which video of a file about several (default: by its name)"
    )
    parser.add_argument(
        "--frame-step",
        type=fraction,
        default=Fraction(1),
        metavar="N",
        help="how many frames apart the file's numbers are: 5 where every fifth frame was labelled and these are "
        "numbered one after the other, 1/10 where numbers go up by tens (default: 1)",
    )
    parser.add_argument(
        "--again",
        action="store_true",
        help="add objects that the project has already, box for box, once more (default: skip them)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: ImportOptions, make_tracker: MakeTracker) -> int:
    """Import, say what came; returns the exit status. `exchange.importing` says what it raises."""
    from dlst_gui.commands.running.format_choice import known_reader
    from dlst_gui.commands.running.reading_bar import reading_bar
    from dlst_gui.commands.running.terminal import answer, answer_json, say
    from dlst_gui.counting import counted
    from dlst_gui.exchange.importing import import_labels
    from dlst_gui.exchange.progress import Watch
    from dlst_gui.formats.read_options import Loose, ReadOptions
    from dlst_gui.formats.transfer.import_edit import ImportAs
    from dlst_gui.project.opening import COMMANDS_WAIT_S, ProjectOpener, projects_folder

    with reading_bar() as tell:
        report = import_labels(
            options.file,
            options.video,
            ProjectOpener(projects_folder(), wait_s=COMMANDS_WAIT_S, asks=False),
            label_format=None if options.format == "auto" else known_reader(options.format),
            project_path=options.project,
            become=ImportAs(options.become),
            options=ReadOptions(options.first_frame, Loose(options.without_id), options.part, options.frame_step),
            again=options.again,
            watch=Watch(tell),
        )
    for notice in report.notices:
        say(notice)
    if report.known_count:
        say("--again adds objects that are already there once more")
    if options.json:
        answer_json(
            {
                "project": str(report.project),
                "tracks": report.track_count,
                "boxes": report.box_count,
                "already_there": report.known_count,
                "format": report.format_title,
                "notices": list(report.notices),
                "reading": report.reading.as_json(),
            }
        )
    else:
        in_file = counted(report.reading.boxes_in_file, "box", "boxes")
        say(f"{report.format_title}: {in_file} in the file, {report.reading.read:,} read")
        if not report.track_count:
            answer(f"{report.project}: nothing new, so nothing was imported")
        else:
            answer(
                f"{report.project}: {counted(report.box_count, 'box', 'boxes')} in "
                f"{counted(report.track_count, 'track')}; one Undo takes them back"
            )
    return 0


COMMAND = Command(
    "import",
    "add labels of another program to a video's project, as one step of undo",
    add_arguments,
    with_options(ImportOptions, run),
)
