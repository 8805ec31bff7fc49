"""`python -m tracker_core.pretraining.matching.looks`: how good single looks of a matching head are.

A template is taken of one frame of a sequence, a search region of another around the true box of the frame before
it: no tracking, so no chance event on the way decides, and two heads differ by little more than what they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import mean

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from tracker_core.backbone_weights import BackboneWeights
from tracker_core.box import Box, BoxArray, iou_with_box
from tracker_core.call_monitor import CallMonitor
from tracker_core.config import DEFAULT_PRESET, PRESETS, MatchingConfig
from tracker_core.evaluation.result_files import read_rows
from tracker_core.pretraining.command_line import OneLineParser, count, exit_code_of
from tracker_core.pretraining.errors import PretrainingError
from tracker_core.pretraining.pictures import read_frame
from tracker_core.studio.habit import NO_HABIT
from tracker_core.studio.matching_head import (
    SEARCH_FACTOR,
    SEARCH_SIZE,
    TEMPLATE_FACTOR,
    TEMPLATE_SIZE,
    MatchingHead,
    MatchingTemplate,
)
from tracker_core.studio.proposals import ProposalMap
from tracker_core.studio.trunk import Trunk
from tracker_core.tracker import Frame
from tracker_core.weights import load_backbone

RECENT = 10
"""Frames from a recent template to the search region."""

_POOR, _RIGHT = 0.3, 0.5  # IoU
_PROPOSALS = 6


@dataclass(frozen=True, slots=True)
class LookScores:
    """Means over the looks at a sequence, or over sequences.

    Attributes:
        iou: of the surest box, by the first frame's template.
        poor: share of looks whose surest box has an IoU below 0.3.
        right: proposals (of six different ones) with an IoU of at least 0.5 are there, per 100 looks.
        iou_recent: as `iou`, by a template of the true box ten frames before.
    """

    iou: float
    poor: float
    right: float
    iou_recent: float

    @classmethod
    def mean_of(cls, scores: Sequence[LookScores]) -> LookScores:
        """Of at least one."""
        return cls(*(mean(getattr(score, field.name) for score in scores) for field in fields(cls)))

    def row(self, name: str) -> str:
        """A line of the table."""
        return f"{name:24} {self.iou:8.3f} {self.poor:8.3f} {self.right:8.1f} {self.iou_recent:8.3f}"


class LookJudge:
    """Looks with one backbone's trunk and head, exact.

    Raises:
        WeightsError: the backbone has no matching head.
    """

    def __init__(self, backbone: BackboneWeights) -> None:
        device = torch.device("cpu")
        self._trunk = Trunk(PRESETS[DEFAULT_PRESET], backbone, device)
        self._head = MatchingHead(backbone.extra_tensors, device)
        self._config = MatchingConfig()

    def judge(self, frames: Sequence[Path], boxes: BoxArray, looks: int) -> LookScores:
        """About `looks` frames at most, evenly spread, from frame 10 on; (n, 4) true boxes, NaN for none.

        Raises:
            PretrainingError: no frame can be judged, or one cannot be read.
        """
        judged = [k for k in range(RECENT, len(boxes)) if np.isfinite(boxes[[k, k - 1, k - RECENT]]).all()]
        judged = judged[:: max(1, len(judged) // looks)]
        if not judged or not np.isfinite(boxes[0]).all():
            raise PretrainingError(f"expected ground truth on the first and on more than {RECENT} frames")
        first = self._template(_frame(frames[0]), boxes[0])
        results = []
        for k in judged:
            truth, previous = Box.from_xywh(boxes[k]), Box.from_xywh(boxes[k - 1])
            recent = self._template(_frame(frames[k - RECENT]), boxes[k - RECENT])
            found, latest = self._found(_frame(frames[k]), previous, (first, recent))
            surest, surest_recent = (_overlap_of_surest(each, truth) for each in (found, latest))
            best = iou_with_box(found.best(_PROPOSALS).boxes_xywh, truth).max()
            results.append((surest, surest < _POOR, 100.0 * (best >= _RIGHT), surest_recent))
        return LookScores(*np.array(results, dtype=np.float64).mean(axis=0).tolist())

    def _template(self, frame: Frame, box: NDArray[np.float64]) -> MatchingTemplate:
        view = self._trunk.look(
            frame, Box.from_xywh(box), factor=TEMPLATE_FACTOR, size=TEMPLATE_SIZE, watch=CallMonitor()
        )
        return self._head.template(view.fine, view.coarse)

    def _found(self, frame: Frame, around: Box, templates: Sequence[MatchingTemplate]) -> list[ProposalMap]:
        """What one look finds of each."""
        view = self._trunk.look(frame, around, factor=SEARCH_FACTOR, size=SEARCH_SIZE, watch=CallMonitor())
        maps = self._head.match(templates, view.fine, view.coarse)
        return [ProposalMap.of(found, view.region, around, NO_HABIT, self._config) for found in maps]


def _overlap_of_surest(found: ProposalMap, truth: Box) -> float:
    return truth.iou(Box.from_xywh(found.boxes_xywh[found.confidences.argmax()]))


def sequences_in(folders: Sequence[Path]) -> Iterator[tuple[str, list[Path], BoxArray]]:
    """Name, frames and (n, 4) 0-based true boxes of OTB's folders, or of those one level below.

    Raises:
        PretrainingError: there are none.
        EvaluationError: a ground truth cannot be read.
    """
    kept = [
        folder
        for given in folders
        for folder in (given, *(sorted(given.iterdir()) if given.is_dir() else ()))
        if (folder / "groundtruth_rect.txt").is_file() and (folder / "img").is_dir()
    ]
    if not kept:
        raise PretrainingError(f"{folders[0]}: expected folders with groundtruth_rect.txt and img, found none")
    for folder in kept:
        boxes = read_rows(folder / "groundtruth_rect.txt")
        boxes[~(boxes[:, 2:] > 0).all(axis=1)] = np.nan
        boxes[:, :2] -= 1
        frames = sorted(path for path in (folder / "img").iterdir() if path.suffix.lower() in {".jpg", ".png"})
        yield folder.name, frames, boxes[: len(frames)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a table; returns the exit code."""
    return exit_code_of(lambda: _run(_parser().parse_args(arguments)))


def _run(options: argparse.Namespace) -> int:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    judge = LookJudge(load_backbone(options.backbone))
    sys.stdout.write(f"{'':24} {'IoU':>8} {'below .3':>8} {'right':>8} {'recent':>8}\n")
    scores = []
    for name, frames, boxes in sequences_in(options.sequences):
        scores.append(judge.judge(frames, boxes, options.looks))
        sys.stdout.write(f"{scores[-1].row(name)}\n")
    sys.stdout.write(f"{LookScores.mean_of(scores).row('mean')}\n")
    return 0


def _frame(path: Path) -> Frame:
    frame = read_frame(path)
    if frame is None:
        raise PretrainingError(f"{path}: cannot be read as an image")
    return frame


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="python -m tracker_core.pretraining.matching.looks",
        description="How accurate single searches of a matching head are, on sequences with ground truth.",
    )
    parser.add_argument(
        "sequences", type=Path, nargs="+", metavar="FOLDER", help="OTB's: img, groundtruth_rect.txt"
    )
    parser.add_argument("--backbone", default="studio", metavar="NAME|FILE", help="default: %(default)s")
    parser.add_argument(
        "--looks", type=count, default=24, help="searches per sequence, about (default: %(default)s)"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
