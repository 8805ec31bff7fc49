"""The command line: wires each command's grammar to what runs it.

What runs a command is imported when it is asked for, so that `--help` needs neither torch nor OpenCV nor Qt.

Exit status: 0 done, 1 a fault in the program, 2 bad input (one line on stderr), 130 ended by Ctrl+C.
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.arguments import (
    OneLineParser,
    add_benchmark_parser,
    add_demo_parser,
    add_evaluate_parser,
    add_gui_parser,
    add_soak_parser,
    add_track_parser,
    add_trax_parser,
)
from dlst_gui.commands.display import check_display
from dlst_gui.commands.effort_arguments import add_effort_parser
from dlst_gui.commands.exchange_arguments import add_exchange_parsers
from dlst_gui.commands.interrupt import EXIT_STATUS as INTERRUPTED
from dlst_gui.commands.options import (
    BenchmarkOptions,
    CommandError,
    DemoOptions,
    EffortOptions,
    EvaluateOptions,
    ExportOptions,
    FormatsOptions,
    GuiOptions,
    ImportOptions,
    SoakOptions,
    TrackOptions,
    TraxOptions,
    options_from,
)
from dlst_gui.settings.log_file import log_path, logging_to_file
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.allocator import prepare_for_torch

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker

EXCHANGE_COMMANDS = ("export", "import", "formats")
COMMANDS = (
    *("gui", "track", *EXCHANGE_COMMANDS),
    *("evaluate", "effort", "benchmark", "soak", "trax", "weights", "demo"),
)
FAULT, BAD_INPUT = 1, 2

_log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None, *, make_tracker: MakeTracker | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        argv: the words after the program's name; those of the process where None.
        make_tracker: builds the trackers of all commands that track; the real one where None.
    """
    prepare_for_torch()
    words = _with_command(list(sys.argv[1:] if argv is None else argv))
    try:
        arguments = _parser(words).parse_args(words)
    except SystemExit as error:  # argparse has answered: --help, --version or a mistake
        return error.code if isinstance(error.code, int) else BAD_INPUT
    with logging_to_file():
        return _guarded(lambda: _run(arguments, make_tracker), is_verbose=getattr(arguments, "verbose", False))


def _with_command(words: list[str]) -> list[str]:
    """Without a command the window opens: empty, or on the one path given."""
    if not words:
        return ["gui"]
    looks_like_path = Path(words[0]).exists() or Path(words[0]).suffix != "" or "/" in words[0]
    if words[0] not in COMMANDS and not words[0].startswith("-") and looks_like_path:
        return ["gui", *words]
    return words


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = OneLineParser(
        prog="dlst", description="Label objects in video with a tracker that learns while it runs."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_gui_parser(commands)
    add_track_parser(commands)
    add_evaluate_parser(commands)
    add_exchange_parsers(commands)
    add_effort_parser(commands)
    add_benchmark_parser(commands)
    add_soak_parser(commands)
    add_trax_parser(commands)
    if words[0] == "weights":
        from dlst_gui.commands.weights_command import add_weights_parser

        add_weights_parser(commands)
    else:
        commands.add_parser("weights", help="list, import or fetch backbone weights")
    add_demo_parser(commands)
    return parser


def _run(arguments: argparse.Namespace, make_tracker: MakeTracker | None) -> int:
    if arguments.command == "gui":
        check_display()
        from dlst_gui.app import run_gui

        options = options_from(GuiOptions, arguments)
        return run_gui(
            options.source,
            preset=options.preset,
            speed=options.speed,
            backbone=options.backbone,
            device=options.device,
            seed=options.seed,
            updates_in_background=options.background_updates,
        )
    if arguments.command == "weights":
        from dlst_gui.commands.weights_command import run_weights

        return run_weights(arguments)
    if arguments.command in EXCHANGE_COMMANDS:
        return _run_exchange(arguments)
    from dlst_gui.tracking import tracker_factory

    return _run_tracking(arguments, make_tracker or tracker_factory.make_tracker)


def _run_exchange(arguments: argparse.Namespace) -> int:
    if arguments.command == "export":
        from dlst_gui.commands.export_command import run_export

        return run_export(options_from(ExportOptions, arguments))
    if arguments.command == "import":
        from dlst_gui.commands.import_command import run_import

        return run_import(options_from(ImportOptions, arguments))
    from dlst_gui.commands.formats_command import run_formats

    return run_formats(options_from(FormatsOptions, arguments))


def _run_tracking(arguments: argparse.Namespace, make: MakeTracker) -> int:
    if arguments.command == "track":
        from dlst_gui.commands.track_command import run_track

        return run_track(options_from(TrackOptions, arguments), make)
    if arguments.command == "trax":
        from dlst_gui.commands.trax_command import run_trax

        return run_trax(options_from(TraxOptions, arguments), make)
    if arguments.command == "demo":
        from dlst_gui.commands.demo_command import run_demo

        return run_demo(options_from(DemoOptions, arguments), make)
    return _run_measuring(arguments, make)


def _run_measuring(arguments: argparse.Namespace, make: MakeTracker) -> int:
    if arguments.command == "evaluate":
        from dlst_gui.commands.evaluate_command import run_evaluate

        return run_evaluate(options_from(EvaluateOptions, arguments), make)
    if arguments.command == "effort":
        from dlst_gui.commands.effort_command import run_effort

        return run_effort(options_from(EffortOptions, arguments), make)
    if arguments.command == "benchmark":
        from dlst_gui.commands.benchmark_command import run_benchmark

        return run_benchmark(options_from(BenchmarkOptions, arguments), make)
    return _run_soak(options_from(SoakOptions, arguments), make)


def _run_soak(options: SoakOptions, make_tracker: MakeTracker) -> int:
    if options.window:
        check_display()
        from dlst_gui.soak.window_soak import run_window_soak

        return run_window_soak(options, make_tracker)
    from dlst_gui.commands.soak_command import run_soak

    return run_soak(options, make_tracker)


def _guarded(command: Callable[[], int], *, is_verbose: bool) -> int:
    try:
        return command()
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except Exception as error:
        if _is_bad_input(error):
            _tell(str(error))
            return BAD_INPUT
        _log.exception("unexpected error")
        _tell(f"unexpected error: {type(error).__name__}: {error} (details in {log_path()})")
        if is_verbose:
            traceback.print_exc()
        return FAULT


def _is_bad_input(error: Exception) -> bool:
    """Whether the user can do something about it, rather than the program's authors."""
    if isinstance(error, CommandError):
        return True
    from dlst_gui.exchange.errors import ExportError
    from dlst_gui.formats.errors import FormatError
    from dlst_gui.project.errors import ProjectFileError
    from dlst_gui.project.opening import UndecidedProjectError
    from dlst_gui.tracking.devices import DeviceError
    from dlst_gui.video import VideoError
    from tracker_core import TrackerInputError, WeightsError
    from tracker_core.evaluation.errors import EvaluationError

    tracking = DeviceError | VideoError | TrackerInputError | WeightsError | EvaluationError
    return isinstance(error, tracking | ExportError | FormatError | ProjectFileError | UndecidedProjectError)


def _tell(message: str) -> None:
    """One line on stderr, whatever line breaks a message brings along."""
    sys.stderr.write(f"dlst: {' '.join(message.split())}\n")
