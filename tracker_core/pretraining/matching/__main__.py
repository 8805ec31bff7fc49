"""`python -m tracker_core.pretraining.matching`: trains a matching head. The recipe is in docs/pretraining.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import torch

from tracker_core.pretraining.command_line import (
    STOPPED,
    OneLineParser,
    add_shared_options,
    asked_length,
    check_output,
    count,
    exit_code_of,
    run_folder_of,
    seed,
    stop_signals,
    tell,
    told_end,
)
from tracker_core.pretraining.errors import PretrainingError, TrainingStopped
from tracker_core.pretraining.matching.config import MatchingConfig
from tracker_core.pretraining.matching.run import HeadRequest, HeadTrainingRun, export_head
from tracker_core.pretraining.matching.trunk import frozen_trunk


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return exit_code_of(lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    check_output(options.out)
    if options.trunk is None:
        raise PretrainingError("expected --trunk NAME|FILE, such as efficientnet-lite0")
    if options.export_only:
        export_head(run_folder_of(options), frozen_trunk(options.trunk), options.out)
        tell(f"wrote {options.out}")
        return 0
    return _train(options)


def _train(options: argparse.Namespace) -> int:
    if not options.data:
        raise PretrainingError("expected --data FOLDER, with photographs and clips to train on")
    request = HeadRequest(
        folders=tuple(options.data),
        output=options.out,
        run_folder=run_folder_of(options),
        length=asked_length(options),
        begun_with=options.tune,
        is_resumed=options.resume,
        checkpoint_minutes=options.checkpoint_minutes,
        data_threads=max(1, options.threads - 1),
    )
    torch.set_num_threads(1)  # several that wait for each other do less; and results depend on none
    cv2.setNumThreads(1)
    is_stopping = stop_signals()
    tunes = options.tune is not None
    config = MatchingConfig.for_tuning(options.seed) if tunes else MatchingConfig(seed=options.seed)
    run = HeadTrainingRun(request, config, frozen_trunk(options.trunk), tell)
    try:
        is_complete = run.train(is_stopping.is_set)
    except TrainingStopped:
        tell("stopped while it was being prepared; nothing was written")
        return STOPPED
    return told_end(options.out, is_complete=is_complete)


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m tracker_core.pretraining.matching",
        description="Train a matching head, which finds a template in a search region, from pictures.",
    )
    add_shared_options(parser)
    add = parser.add_argument
    add("--trunk", metavar="NAME|FILE", help="a backbone with EfficientNet-Lite0's layers")
    add(
        "--tune",
        type=Path,
        metavar="FOLDER",
        help="begin with the head of a finished run folder, and train the trunk's last blocks with it",
    )
    add(
        "--threads",
        type=count,
        default=min(4, os.cpu_count() or 1),
        help="one trains, the others, at least one, make pairs (default: %(default)s)",
    )
    add("--seed", type=seed, default=MatchingConfig().seed, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
