"""Scripted tools and made-up targets for the simulated annotator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from tracker_core import Box, Frame, ShouldCancel
from tracker_core.evaluation.annotator import Assignment, Bystander, LabellingTool, label_online
from tracker_core.evaluation.effort_log import LabelledRun
from tracker_core.evaluation.manual_boxes import Hand, Truth

SIDE = 20.0


def target(left: float) -> Box:
    return Box(left, 10, SIDE, SIDE)


def frame_of(index: int) -> Frame:
    return np.full((4, 4, 3), index, dtype=np.uint8)


@dataclass
class ScriptedTool:
    """Shows what it is told to by frame, and notes what it hears; the frame's first pixel tells the index."""

    shows: Mapping[int, Box | None]
    does: Callable[[int], object] = lambda index: None
    heard: list[tuple[str, int, Box | None]] = field(default_factory=list)
    frame_index: int = -1

    def start(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        self.heard.append(("start", int(frame[0, 0, 0]), box))

    def show(self, frame: Frame, should_cancel: ShouldCancel) -> Box | None:
        self.frame_index = int(frame[0, 0, 0])
        self.does(self.frame_index)
        return self.shows[self.frame_index]

    def correct(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        self.heard.append(("correct", int(frame[0, 0, 0]), box))

    def mark_absent(self) -> None:
        self.heard.append(("absent", self.frame_index, None))


def assignment(truth: Truth, iou_threshold: float = 0.5, *, seed: int = 0, timeout_s: float = 60) -> Assignment:
    return Assignment(truth, Hand(seed, "made up"), iou_threshold, timeout_s)


def labelled(
    tool: LabellingTool, truth: Truth, iou_threshold: float = 0.5, *, timeout_s: float = 60
) -> LabelledRun:
    run = label_online(
        tool,
        frame_of,
        assignment(truth, iou_threshold, timeout_s=timeout_s),
        Bystander(lambda: None, lambda: False),
    )
    assert run is not None
    return run
