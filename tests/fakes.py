"""Scriptable stand-ins: a video made of numbers and a tracker that needs no network."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dlst_gui.tracking.tracker_supply import WARM_UP_BOX
from tracker_core import (
    AnyFrame,
    Box,
    Candidates,
    Diagnostics,
    Example,
    Frame,
    OnProgress,
    ResponseMap,
    ShouldCancel,
    TrackingCancelled,
    TrackResult,
    UpdateKind,
)


@dataclass
class SyntheticVideo:
    """A bright square moving right by `speed` pixels a frame over a dark gradient; its box is known."""

    frame_count: int = 30
    width: int = 160
    height: int = 120
    speed: float = 2.0
    side: int = 24

    def box(self, frame_index: int) -> Box:
        return Box(20 + self.speed * frame_index, 40, self.side, self.side)

    def read(self, frame_index: int) -> Frame:
        if not 0 <= frame_index < self.frame_count:
            raise IndexError(frame_index)
        row = np.linspace(0, 90, self.width, dtype=np.uint8)
        frame = np.repeat(np.tile(row, (self.height, 1))[:, :, None], 3, axis=2)
        box = self.box(frame_index)
        x, y = round(box.x), round(box.y)
        frame[y : y + self.side, x : x + self.side] = (230, 180, 60)
        return frame

    def timestamp_s(self, frame_index: int) -> float:
        return frame_index / 25


@dataclass
class FakeTracker:
    """Moves its box by `velocity` each frame; `lost_frames` (counted from the first track) report a low score."""

    velocity: tuple[float, float] = (2.0, 0.0)
    frame_delay_s: float = 0.0
    learn_delay_s: float = 0.0
    lost_frames: frozenset[int] = frozenset()
    calls: list[tuple[str, Box | None]] = field(default_factory=list)
    box: Box | None = None
    tracked: int = 0
    _before: tuple[Box | None, int] | None = None
    is_used: bool = False

    def initialize(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        if box == WARM_UP_BOX:  # nothing to warm up here
            return TrackResult(box, float("inf"), True, update=UpdateKind.FIRST_FRAME)
        self.is_used = True
        self._before = None
        self._learn(should_cancel, on_progress)
        for example in examples:
            assert example.read().shape == frame.shape
        self.calls += [("example", example.box) for example in examples]
        self.calls.append(("initialize", box))
        self.box, self.tracked = box, 0
        return TrackResult(box, float("inf"), True, update=UpdateKind.FIRST_FRAME)

    def correct(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        self._before = None
        self._learn(should_cancel, on_progress)
        self._before = self.box, self.tracked
        self.calls.append(("correct", box))
        self.box = box
        return TrackResult(box, float("inf"), True, update=UpdateKind.CORRECTION)

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        assert self.box is not None
        self._before = None
        if should_cancel is not None and should_cancel():
            raise TrackingCancelled
        time.sleep(self.frame_delay_s)
        previous = self.box
        self._before = previous, self.tracked
        self.box = previous.shifted(*self.velocity)
        self.tracked += 1
        self.calls.append(("track", None))
        score = -1.0 if self.tracked in self.lost_frames else 8.0
        diagnostics = self._explain(previous, self.box, score) if with_diagnostics else None
        update = UpdateKind.LONG_TERM if self.tracked % 10 == 0 else UpdateKind.NONE
        return TrackResult(self.box, score, score > 0, diagnostics, update)

    def take_back(self) -> None:
        assert self._before is not None
        (self.box, self.tracked), self._before = self._before, None
        self.calls.pop()

    def _learn(self, should_cancel: ShouldCancel | None, on_progress: OnProgress | None) -> None:
        for step in range(10):
            if should_cancel is not None and should_cancel():
                raise TrackingCancelled
            time.sleep(self.learn_delay_s / 10)
            if on_progress is not None:
                on_progress((step + 1) / 10)

    @staticmethod
    def _explain(previous: Box, chosen: Box, score: float) -> Diagnostics:
        rng = np.random.default_rng(0)
        region = Box(
            previous.center[0] - 2 * previous.width,
            previous.center[1] - 2 * previous.height,
            4 * previous.width,
            4 * previous.height,
        )
        rows, columns = np.mgrid[0:102, 0:102] + 0.5
        x = region.x + columns * region.width / 102
        y = region.y + rows * region.height / 102
        distance = ((x - chosen.center[0]) / region.width) ** 2 + ((y - chosen.center[1]) / region.height) ** 2
        values = (8 * np.exp(-distance * 60) - 4).astype(np.float32)
        offsets = rng.normal(0, 0.3 * previous.width, (256, 2))
        boxes = np.tile(previous.xywh, (256, 1))
        boxes[128:] = chosen.xywh
        boxes[:, :2] += offsets
        scores = (score - np.hypot(*offsets.T) / previous.width * 10).astype(np.float32)
        origins = np.repeat(np.array([0, 1], dtype=np.uint8), 128)
        best = np.argsort(-scores)[:5]
        return Diagnostics(
            previous,
            region,
            ResponseMap(values, region),
            chosen,
            Candidates(boxes, origins, scores, best, np.ones(256, dtype=np.bool_)),
            chosen,
            chosen if score > 0 else None,
        )
