"""`python -m tracker_core.pretraining`: trains a backbone from pictures. The recipe is in docs/pretraining.md."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import cv2
import torch

from tracker_core.backbone_weights import WeightsError
from tracker_core.pretraining.checkpoint import TrainingLength
from tracker_core.pretraining.config import LOSSES, PretrainingConfig
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.run import TrainingRequest, TrainingRun, export

_BAD_INPUT = 2
_STOPPED = 130  # what shells give for an interrupted command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    try:
        options = _parser().parse_args(arguments)
        run_folder = options.run or options.out.with_name(f"{options.out.stem}-training")
        _check_output(options.out)
        if options.export_only:
            export(run_folder, options.out)
            _tell(f"wrote {options.out}")
            return 0
        return _train(options, run_folder)
    except (PretrainingError, WeightsError, OSError) as error:
        _tell(f"error: {error}")
        return _BAD_INPUT


def _train(options: argparse.Namespace, run_folder: Path) -> int:
    if not options.data:
        raise PretrainingError("expected --data FOLDER, with photographs and clips to train on")
    config = replace(
        PretrainingConfig(),
        seed=options.seed,
        losses=tuple(options.loss.split(",")),
        episodes=options.episodes,
        rate=options.rate,
    )
    request = TrainingRequest(
        folders=tuple(options.data),
        output=options.out,
        run_folder=run_folder,
        length=_length(options),
        start=options.start,
        is_resumed=options.resume,
        checkpoint_minutes=options.checkpoint_minutes,
    )
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    is_stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_stopping.set())
    run = TrainingRun(request, config, _device(options.device), _tell)
    is_complete = run.train(is_stopping.is_set)
    _tell(f"wrote {options.out}" if is_complete else f"stopped; go on with --resume; wrote {options.out}")
    return 0 if is_complete else _STOPPED


class _Parser(argparse.ArgumentParser):
    """Answers a mistake with one line instead of the whole usage."""

    def error(self, message: str) -> NoReturn:
        raise PretrainingError(f"{message} (see --help)")


def _parser() -> argparse.ArgumentParser:
    defaults = PretrainingConfig()
    parser = _Parser(
        prog="python -m tracker_core.pretraining",
        description="Train a backbone (VGG-M's conv1 to conv3) from pictures.",
    )
    add = parser.add_argument
    length = parser.add_mutually_exclusive_group().add_argument
    add("--data", type=Path, nargs="+", metavar="FOLDER", help="photographs, and clips as folders of img and mask")
    add("--out", type=Path, required=True, metavar="FILE", help="weight file to write (.safetensors)")
    add("--run", type=Path, metavar="FOLDER", help="checkpoint, log and plot; default: beside FILE")
    length("--minutes", type=_positive, help="of training, those before --resume included (default: 60)")
    length("--steps", type=_count, help="end after so many steps instead: repeats exactly on one machine")
    add("--device", default="auto", help="auto, cpu or cuda (default: cuda where there is one)")
    add("--threads", type=_count, default=os.cpu_count() or 1, help="of the CPU; 1 beside other work")
    add("--seed", type=int, default=defaults.seed, help="default: %(default)s")
    add("--loss", default=",".join(defaults.losses), help=f"some of {','.join(LOSSES)} (default: all)")
    add("--episodes", type=_count, default=defaults.episodes, help="per step (default: %(default)s)")
    add("--rate", type=_positive, default=defaults.rate, help="highest learning rate (default: %(default)s)")
    add("--start", type=Path, metavar="FILE", help="begin from these weights instead of random ones")
    add("--resume", action="store_true", help="go on from the checkpoint, to the end it was meant to have")
    add("--checkpoint-minutes", type=_positive, default=5.0, help="between checkpoints (default: %(default)g)")
    add(
        "--export-only", action="store_true", help="write FILE from the last checkpoint, also while it is training"
    )
    return parser


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text}")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text}")
    return int(text)


def _length(options: argparse.Namespace) -> TrainingLength | None:
    if options.steps is not None:
        return TrainingLength(steps=options.steps)
    return None if options.minutes is None else TrainingLength(options.minutes)


def _check_output(output: Path) -> None:
    """That it can be a weight file: before hours of training, not after."""
    if output.suffix.lower() != ".safetensors":
        raise PretrainingError(f"--out {output}: expected a file named .safetensors")
    if output.is_dir():
        raise PretrainingError(f"--out {output}: expected a file, got a folder")


def _device(name: str) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise PretrainingError(f"--device: expected auto, cpu or cuda, got {name}")
    if name == "cuda" and not torch.cuda.is_available():
        raise PretrainingError("--device cuda: torch finds no GPU here; use --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
