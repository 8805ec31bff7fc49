"""What the commands that train share: options, signals, and errors in one line."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from tracker_core.backbone_weights import WeightsError
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.state_file import TrainingLength

BAD_INPUT = 2
STOPPED = 130  # what shells give for an interrupted command


class OneLineParser(argparse.ArgumentParser):
    """Answers a mistake with one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        """Raise PretrainingError."""
        raise PretrainingError(f"{message} (see --help)")


def add_shared_options(parser: argparse.ArgumentParser) -> None:
    """Those that mean the same in every training."""
    add = parser.add_argument
    length = parser.add_mutually_exclusive_group().add_argument
    add("--data", type=Path, nargs="+", metavar="FOLDER", help="photographs, and clips as folders of img and mask")
    add("--out", type=Path, required=True, metavar="FILE", help="weight file to write (.safetensors)")
    add("--run", type=Path, metavar="FOLDER", help="checkpoint, log and plot; default: beside FILE")
    length("--minutes", type=positive, help="of training, those before --resume included (default: 60)")
    length("--steps", type=count, help="end after so many steps instead: repeats exactly on one machine")
    add(
        "--resume",
        action="store_true",
        help="resume from the checkpoint, to the end set when the training started",
    )
    add("--checkpoint-minutes", type=positive, default=5.0, help="between checkpoints (default: %(default)g)")
    add(
        "--export-only", action="store_true", help="write FILE from the last checkpoint, also while it is training"
    )


def positive(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return value


def count(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text}")
    return int(text)


def seed(text: str) -> int:
    """A whole number, 0 or above."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or above, got {text}")
    return int(text)


def asked_length(options: argparse.Namespace) -> TrainingLength | None:
    """None where neither minutes nor steps are said."""
    if options.steps is not None:
        return TrainingLength(steps=options.steps)
    return None if options.minutes is None else TrainingLength(options.minutes)


def run_folder_of(options: argparse.Namespace) -> Path:
    """The folder that is named, or the one beside the weight file."""
    folder: Path = options.run or options.out.with_name(f"{options.out.stem}-training")
    return folder


def check_output(output: Path) -> None:
    """That it can be a weight file: before hours of training, not after."""
    if output.suffix.lower() != ".safetensors":
        raise PretrainingError(f"--out {output}: expected a file named .safetensors")
    if output.is_dir():
        raise PretrainingError(f"--out {output}: expected a file, got a folder")


def stop_signals() -> threading.Event:
    """Set when the user asks to stop."""
    is_stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_stopping.set())
    return is_stopping


def exit_code_of(command: Callable[[], int]) -> int:
    """What a command gives; what is wrong with a request is told in one line."""
    try:
        return command()
    except (PretrainingError, EvaluationError, WeightsError, OSError) as error:
        tell(f"error: {error}")
        return BAD_INPUT


def told_end(output: Path, *, is_complete: bool) -> int:
    """Say how a training ended; its exit code."""
    tell(f"wrote {output}" if is_complete else f"stopped; continue with --resume; wrote {output}")
    return 0 if is_complete else STOPPED


def tell(line: str) -> None:
    """Print a line for the user."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
