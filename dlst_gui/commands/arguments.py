"""The command line's grammar. Imports nothing heavy, so that `--help` answers at once."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NoReturn

from dlst_gui.commands.argument_types import at_least, box_numbers, label_format, list_of, named_folder
from dlst_gui.commands.options import (
    SOAK_FRAMES,
    SOAK_FRAMES_IN_WINDOW,
    SOAK_MOST_TRACKED,
    SPEED_NAMES,
    TOOLKIT_NAMES,
)
from dlst_gui.commands.shared_arguments import (
    DEFAULT_SPEED,
    OUTPUT_FOLDER,
    add_backbone,
    add_command,
    add_compare,
    add_details,
    add_device,
    add_force,
    add_jobs,
    add_preset,
    add_presets,
    add_seed,
    add_seeds,
    add_sequence_folders,
    add_speed,
    add_speeds,
    add_threads,
    add_without,
)

FRAMES = 31
"""Of a benchmark's run: three updates in the 30 after the first, one in ten as in a long video."""

INIT_HELP = (
    "box on the first frame: left, top, width, height in pixels counted from 0; "
    "default: the source's ground truth. Write --init=-5,... where X is negative"
)


class OneLineParser(argparse.ArgumentParser):
    """Answers a mistake with one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:  # noqa: D102 - see argparse
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def add_gui_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `gui`."""
    parser = add_command(commands, "gui", "open the window (what happens without a command)")
    parser.add_argument("source", type=Path, nargs="?", help="video file, image folder or sequence folder to open")
    add_preset(parser)
    add_speed(parser)
    add_backbone(parser)
    add_device(parser)
    add_seed(parser)
    parser.add_argument(
        "--background-updates",
        action="store_true",
        help="fast learns while it tracks: no frame waits for it, but lost targets are found again less often",
    )


def add_demo_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `demo`."""
    parser = add_command(commands, "demo", "show the shipped clip: in a window, or tracked on the terminal")
    parser.add_argument("--headless", action="store_true", help="no window even where there is a display")
    parser.add_argument(
        "--out", type=Path, default=OUTPUT_FOLDER, help="folder for labels and video (default: ./output)"
    )
    parser.add_argument("--stop", type=at_least(0), help="last frame (default: the clip's last)")
    add_speed(parser)
    add_device(parser)


def add_track_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `track`."""
    parser = add_command(commands, "track", "follow one target through a video and write its boxes")
    parser.add_argument("source", type=Path, help="video file, image folder or sequence folder")
    parser.add_argument("--init", type=box_numbers, metavar="X,Y,W,H", help=INIT_HELP)
    add_preset(parser)
    add_details(parser)
    add_speed(parser)
    add_without(parser)
    add_backbone(parser)
    add_device(parser)
    add_seed(parser)
    add_threads(parser)
    parser.add_argument("--start", type=at_least(0), default=0, help="first frame, counted from 0 (default: 0)")
    parser.add_argument("--stop", type=at_least(0), help="last frame, inclusive (default: the source's last)")
    parser.add_argument(
        "--out", type=Path, help="write the boxes to this file; .csv and .jsonl choose that format"
    )
    parser.add_argument(
        "--format",
        type=label_format,
        metavar="{otb,csv,jsonl}",
        help="otb: x,y,width,height per frame counted from 1 (default); csv, jsonl: with frame number, "
        "time and score, pixels counted from 0",
    )
    parser.add_argument("--video", type=Path, metavar="OUT.mp4", help="write the frames with the boxes drawn in")
    parser.add_argument("--trace", type=Path, metavar="FILE", help="write one JSON object per frame: what it saw")
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of text")


def add_trax_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trax`."""
    parser = add_command(commands, "trax", "be a tracker for the VOT toolkit, over the TraX protocol")
    add_preset(parser)
    add_details(parser)
    add_speed(parser)
    add_without(parser)
    add_backbone(parser)
    add_device(parser)
    add_seed(parser)
    add_threads(parser)


def add_evaluate_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `evaluate`."""
    parser = add_command(commands, "evaluate", "one-pass evaluation (OPE) over sequences with ground truth")
    add_sequence_folders(parser)
    add_presets(parser, purpose="evaluate")
    add_details(parser)
    add_speeds(parser, default=None, default_text=DEFAULT_SPEED)
    add_without(parser)
    add_backbone(parser)
    add_seeds(parser)
    add_device(parser)
    add_jobs(parser, unit="sequences")
    add_compare(parser)
    parser.add_argument(
        "--results",
        type=named_folder,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="draw in another tracker's result files; may be given several times",
    )
    parser.add_argument(
        "--results-as",
        type=list_of(TOOLKIT_NAMES),
        default=(),
        metavar="got10k,otb",
        help="write the boxes also as these toolkits read them, to GOT-10k and OTB2015 in the folder of --out",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUTPUT_FOLDER / "evaluation",
        metavar="DIR",
        help="folder for boxes, results.json and plots (default: ./output/evaluation); "
        "finished results of the same settings in it are used again",
    )
    add_force(parser)


def add_benchmark_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `benchmark`."""
    parser = add_command(
        commands, "benchmark", "compare exact, fast and other trackers in speed, on the same frames"
    )
    parser.add_argument("--source", type=Path, help="video or sequence (default: the shipped clip)")
    parser.add_argument("--init", type=box_numbers, metavar="X,Y,W,H", help=INIT_HELP)
    add_presets(parser, purpose="time")
    add_speeds(parser, default=SPEED_NAMES, default_text="both")
    parser.add_argument("--steps", action="store_true", help="fast without each of its steps as well")
    add_compare(parser)
    parser.add_argument(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="any other tracker's program as well; may be given several times. DIR holds an executable file "
        "`track`, called once per run as `DIR/track FRAMES_FOLDER X Y W H OUTPUT_FILE`. FRAMES_FOLDER holds "
        "000001.png and on; the box counts pixels from 0, and so does the line x,y,w,h that OUTPUT_FILE must "
        "have for each frame. The whole process is timed",
    )
    parser.add_argument(
        "--against-timeout",
        type=at_least(1),
        default=600,
        metavar="S",
        help="seconds that such a program may run (default: 600)",
    )
    add_backbone(parser)
    add_device(parser)
    add_threads(parser)
    parser.add_argument("--frames", type=at_least(2), default=FRAMES, help=f"frames of a run (default: {FRAMES})")
    parser.add_argument(
        "--runs",
        type=at_least(1),
        help="runs of each system; medians are reported (default: 5; 2 of exact on a CPU and of programs)",
    )
    parser.add_argument(
        "--stages", action="store_true", help="one more run of each of our systems: milliseconds of every stage"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout instead of a table")


def add_soak_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `soak`."""
    parser = add_command(
        commands,
        "soak",
        "check that a long run holds: its memory, or with --window how quickly the window answers",
    )
    parser.add_argument(
        "--source", type=Path, help="tracked forwards and backwards over and over (default: the shipped clip)"
    )
    parser.add_argument("--init", type=box_numbers, metavar="X,Y,W,H", help=INIT_HELP)
    add_preset(parser)
    add_speed(parser)
    add_backbone(parser)
    add_device(parser)
    parser.add_argument(
        "--threads", type=at_least(1), help="CPU threads (default: one per core; with --window one less)"
    )
    parser.add_argument(
        "--frames",
        type=at_least(2),
        help=f"frames to track (default: {SOAK_FRAMES}; with --window {SOAK_FRAMES_IN_WINDOW})",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=OUTPUT_FOLDER / "soak",
        metavar="DIR",
        help="folder for memory.csv and memory.png (default: ./output/soak)",
    )
    parser.add_argument(
        "--window",
        action="store_true",
        help="track in the window, and print how late events come and sought frames are drawn; writes no files",
    )
    parser.add_argument(
        "--tracks",
        type=at_least(1),
        default=1,
        metavar="N",
        help=f"with --window: so many tracks; of more than {SOAK_MOST_TRACKED}, two are tracked and the others "
        "have boxes on all frames already (default: 1)",
    )
    parser.add_argument(
        "--overlays",
        choices=("on", "off"),
        default="on",
        help="with --window: draw all overlays, or none and let the tracker explain nothing (default: on)",
    )
