"""The command `keyframes`: tracked boxes of a project as few manual ones."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.argument_types import path
from dlst_gui.commands.grammar.command import Command, with_options

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

_USUAL_PX = 2.0


@dataclass(frozen=True, slots=True)
class KeyframesOptions:
    """`keyframes`: of which project and objects, and how far off."""

    project: Path
    within: float
    iou: float | None
    objects: tuple[int, ...] | None
    dry_run: bool
    json: bool


def _pixels(text: str) -> float:
    """A distance in pixels, 0 or more."""
    return _number(text, 1000.0, "pixels, 0 to 1000")


def _overlap(text: str) -> float:
    """An IoU, 0 to 1."""
    return _number(text, 1.0, "an IoU of 0 to 1")


def _number(text: str, most: float, expected: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
    return value


def _ids(text: str) -> tuple[int, ...]:
    """Numbers of objects, separated by commas."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected numbers of objects, such as 1,4, got {text!r}")
    return tuple(map(int, parts))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `KeyframesOptions` holds."""
    parser.add_argument("project", type=path, help="project file (.dlst)")
    tolerance = parser.add_mutually_exclusive_group()
    tolerance.add_argument(
        "--within",
        type=_pixels,
        default=_USUAL_PX,
        metavar="PX",
        help=f"no edge of a box is farther off the lines between keyframes (default: {_USUAL_PX:g})",
    )
    tolerance.add_argument(
        "--iou", type=_overlap, metavar="X", help="instead: each box has at least this IoU with the line"
    )
    parser.add_argument(
        "--objects",
        type=_ids,
        metavar="N,N",
        help="of these objects only (default: of all that have tracked boxes and are not locked)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only tell what would come of it")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def run(options: KeyframesOptions, make_tracker: MakeTracker) -> int:
    """Make them, say how many; returns the exit status. ProjectFileError where the project cannot be used."""
    from dlst_gui.commands.running.errors import CommandError
    from dlst_gui.commands.running.terminal import answer, answer_json
    from dlst_gui.exchange.sparse_projects import make_project_sparse
    from dlst_gui.project.edit_parts import EditError
    from dlst_gui.project.keyframing.thinning import Measure, Tolerance

    tolerance = Tolerance(Measure.PIXELS, options.within)
    if options.iou is not None:
        tolerance = Tolerance(Measure.IOU, options.iou)
    try:
        made = make_project_sparse(options.project, tolerance, options.objects, is_dry=options.dry_run)
    except EditError as error:
        raise CommandError(f"{options.project}: {error}") from error
    if options.json:
        answer_json(
            {
                "project": str(options.project),
                "is_done": not options.dry_run,
                "objects": [
                    {
                        "object": each.track_id,
                        "tracked_boxes": len(each.tracked),
                        "keyframes": each.made,
                        "marked_outside": each.outside,
                        "largest_px": each.largest_px,
                        "farthest_frame": each.farthest,
                        "least_iou": each.least_iou,
                    }
                    for each in made
                ],
            }
        )
        return 0
    for each in made:
        answer(f"object {each.track_id}: {each.words}")
    end = "nothing was changed" if options.dry_run else "one Undo takes them back"
    answer(f"{options.project}: {sum(each.made for each in made):,} keyframes; {end}")
    return 0


COMMAND = Command(
    "keyframes",
    "turn tracked boxes of a project into few keyframes with straight lines between",
    add_arguments,
    with_options(KeyframesOptions, run),
)
