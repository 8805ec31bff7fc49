"""The command line: finds the command, parses what it takes, runs it, and answers for what went wrong.

Exit status: 0 done, 1 a fault in the program, 2 bad input (one line on stderr), 3 a part failed, which the answer
says, 130 ended by Ctrl+C, 141 whoever read the answer has left (`| head`).
"""

# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import atexit
import errno
import gc
import logging
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlst_gui.commands.grammar.command import OneLineParser
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.commands.running.interrupt import EXIT_STATUS as INTERRUPTED
from dlst_gui.commands.running.terminal import STDERR, ReaderLeftError, finish_answer
from dlst_gui.commands.table import COMMANDS
from dlst_gui.settings.log_file import log_path, logging_to_file
from dlst_gui.settings.program_version import program_version
from dlst_gui.tracking.allocator import prepare_for_torch

if TYPE_CHECKING:
    from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
    from tracker_core import Tracker

FAULT, BAD_INPUT = 1, 2
READER_LEFT = 141  # as shells say it of a program that SIGPIPE has ended

_log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None, *, make_tracker: MakeTracker | None = None) -> int:
    """Run one command and return its exit status.

    Args:
        argv: the words after the program's name; those of the process where None.
        make_tracker: builds the trackers of all commands that track; the real one where None.
    """
    _open_missing_streams()
    prepare_for_torch()
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)  # else everything is looked through once more at the end, which takes seconds
    words = _with_command(list(sys.argv[1:] if argv is None else argv))
    try:
        arguments = _parser(words).parse_args(words)
    except SystemExit as error:  # argparse has answered: --help, --version or a mistake
        return error.code if isinstance(error.code, int) else BAD_INPUT
    (command,) = (command for command in COMMANDS if command.name == arguments.command)
    with logging_to_file():
        return _guarded(
            lambda: command.run(arguments, make_tracker or _real_tracker),
            is_verbose=getattr(arguments, "verbose", False),
        )


def _open_missing_streams() -> None:
    """Python has None for a stream that was closed by whoever started the program."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the end


def _with_command(words: list[str]) -> list[str]:
    """Without a command the window opens: empty, or on the one path given."""
    if not words:
        return ["gui"]
    is_command = words[0] in (command.name for command in COMMANDS)
    looks_like_path = Path(words[0]).exists() or Path(words[0]).suffix != "" or "/" in words[0]
    if not is_command and not words[0].startswith("-") and looks_like_path:
        return ["gui", *words]
    return words


def _parser(words: Sequence[str]) -> argparse.ArgumentParser:
    """Of all commands; it knows the arguments of the one that is asked for."""
    parser: argparse.ArgumentParser = OneLineParser(
        prog="dlst", description="Label objects in video with a tracker that learns while it runs."
    )
    parser.add_argument("--version", action=_VersionAction, nargs=0, help="show program's version number and exit")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    asked = next((word for word in words if not word.startswith("-")), None)
    for command in COMMANDS:
        command.add_to(commands, with_arguments=command.name == asked)
    return parser


class _VersionAction(argparse.Action):
    """Looks the version up when it is asked for: that loads as much as a whole command."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        sys.stdout.write(f"{parser.prog} {program_version()}\n")
        parser.exit()


def _real_tracker(settings: TrackerSettings) -> Tracker:
    """What makes trackers is loaded when the first one is made: most commands need none."""
    from dlst_gui.tracking import tracker_factory

    return tracker_factory.make_tracker(settings)


def _guarded(command: Callable[[], int], *, is_verbose: bool) -> int:
    try:
        status = command()
        finish_answer()
        return status
    except ReaderLeftError:
        return READER_LEFT
    except KeyboardInterrupt:
        _tell("interrupted")
        return INTERRUPTED
    except Exception as error:
        if _is_bad_input(error):
            _tell(f"{error}{_option_for(error)}")
            return BAD_INPUT
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            _tell(f"{error.filename or 'a file could not be written'}: the disk is full; free some space")
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
    from dlst_gui.project.choices import UndecidedProjectError
    from dlst_gui.project.errors import ProjectFileError
    from dlst_gui.tracking.devices import DeviceError
    from dlst_gui.video import VideoError
    from tracker_core import TrackerInputError, WeightsError
    from tracker_core.evaluation.errors import EvaluationError

    tracking = DeviceError | VideoError | TrackerInputError | WeightsError | EvaluationError
    return isinstance(error, tracking | ExportError | FormatError | ProjectFileError | UndecidedProjectError)


def _option_for(error: Exception) -> str:
    """What to give on the command line, where the message advises what a window has a control for."""
    from dlst_gui.exchange.errors import ForeignFileError
    from dlst_gui.formats.errors import UnknownFormatError
    from dlst_gui.formats.reading.file_parts import SeveralVideosError
    from dlst_gui.project.choices import Choice, UndecidedProjectError

    if isinstance(error, ForeignFileError):
        return " (--force)"
    if isinstance(error, UndecidedProjectError) and Choice.SAVE_ELSEWHERE in error.choices:
        return " (--project)"
    if isinstance(error, SeveralVideosError):
        return " (--part)"
    return " (--format)" if isinstance(error, UnknownFormatError) else ""


def _tell(message: str) -> None:
    """One line on stderr, whatever line breaks a message brings along."""
    STDERR.write(f"dlst: {' '.join(message.split())}\n")
