"""`python -m tracker_core.pretraining`: trains a backbone from pictures. The recipe is in docs/pretraining.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from tracker_core.pretraining.command_line import (
    OneLineParser,
    add_shared_options,
    asked_length,
    check_output,
    count,
    exit_code_of,
    positive,
    run_folder_of,
    seed,
    stop_signals,
    tell,
    told_end,
)
from tracker_core.pretraining.config import LOSSES, PretrainingConfig
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.run import TrainingRequest, TrainingRun, export


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return exit_code_of(lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    check_output(options.out)
    if options.export_only:
        export(run_folder_of(options), options.out)
        tell(f"wrote {options.out}")
        return 0
    return _train(options)


def _train(options: argparse.Namespace) -> int:
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
        run_folder=run_folder_of(options),
        length=asked_length(options),
        start=options.start,
        is_resumed=options.resume,
        checkpoint_minutes=options.checkpoint_minutes,
    )
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(1)
    is_stopping = stop_signals()
    run = TrainingRun(request, config, _device(options.device), tell)
    return told_end(options.out, is_complete=run.train(is_stopping.is_set))


def _parser() -> argparse.ArgumentParser:
    defaults = PretrainingConfig()
    parser = OneLineParser(
        prog="python -m tracker_core.pretraining",
        description="Train a backbone (VGG-M's conv1 to conv3) from pictures.",
    )
    add_shared_options(parser)
    add = parser.add_argument
    add("--device", default="auto", help="auto, cpu or cuda (default: cuda where there is one)")
    add("--threads", type=count, default=os.cpu_count() or 1, help="of the CPU; 1 beside other work")
    add("--seed", type=seed, default=defaults.seed, help="default: %(default)s")
    add("--loss", default=",".join(defaults.losses), help=f"some of {','.join(LOSSES)} (default: all)")
    add("--episodes", type=count, default=defaults.episodes, help="per step (default: %(default)s)")
    add("--rate", type=positive, default=defaults.rate, help="highest learning rate (default: %(default)s)")
    add("--start", type=Path, metavar="FILE", help="begin from these weights instead of random ones")
    return parser


def _device(name: str) -> torch.device:
    if name not in ("auto", "cpu", "cuda"):
        raise PretrainingError(f"--device: expected auto, cpu or cuda, got {name}")
    if name == "cuda" and not torch.cuda.is_available():
        raise PretrainingError("--device cuda: torch finds no GPU here; use --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


if __name__ == "__main__":
    sys.exit(main())
