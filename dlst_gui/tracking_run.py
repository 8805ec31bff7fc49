"""One tracking run, step by step: the single loop behind the window, the command line and the tests. No Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tracker_core import Box, Frame, OnProgress, ShouldCancel, Tracker, TrackResult


class FrameSource(Protocol):
    """Frames by exact index; `dlst_gui.video.VideoSource` is one."""

    def read(self, frame_index: int) -> Frame:
        """Frame `frame_index` (0-based) as uint8 RGB (height, width, 3)."""
        ...


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What to track.

    Attributes:
        run_id: carried by every result, so that results of an abandoned run can be told apart.
        keyframes: human boxes by frame index; the first one at or after `start_frame` starts the run, and each
            later one is learned by `Tracker.correct` when the run comes to it.
        start_frame: first frame of the run; must hold a human box.
        stop_frame: last frame of the run, inclusive.
    """

    run_id: int
    keyframes: Mapping[int, Box]
    start_frame: int
    stop_frame: int

    def __post_init__(self) -> None:
        if self.start_frame not in self.keyframes:
            raise ValueError(f"frame {self.start_frame} has no human box to start from")
        if self.stop_frame < self.start_frame:
            raise ValueError(f"the run stops at frame {self.stop_frame}, before its start {self.start_frame}")


@dataclass(frozen=True, slots=True)
class FrameTracked:
    """One finished frame of a run; `is_human` marks a frame whose box a person gave."""

    run_id: int
    frame_index: int
    result: TrackResult
    is_human: bool
    elapsed_s: float


@dataclass(slots=True)
class TrackingRun:
    """Drives a tracker over a source, one frame per `step`; lives in one thread."""

    request: TrackRequest
    source: FrameSource
    tracker: Tracker
    next_frame: int = field(init=False)

    def __post_init__(self) -> None:
        self.next_frame = self.request.start_frame

    @property
    def is_finished(self) -> bool:
        return self.next_frame > self.request.stop_frame

    def step(
        self,
        *,
        with_diagnostics: bool = False,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """Track the next frame.

        Raises:
            VideoError: the source cannot give the frame; the run can be ended there.
            TrackingCancelled: `should_cancel` answered True; the same step can be taken again.
        """
        if self.is_finished:
            raise ValueError(f"run {self.request.run_id} has ended at frame {self.request.stop_frame}")
        index = self.next_frame
        frame = self.source.read(index)
        human_box = self.request.keyframes.get(index)
        started = time.perf_counter()
        if human_box is None:
            result = self.tracker.track(frame, with_diagnostics=with_diagnostics, should_cancel=should_cancel)
        else:
            learn = self.tracker.initialize if index == self.request.start_frame else self.tracker.correct
            result = learn(frame, human_box, should_cancel=should_cancel, on_progress=on_progress)
        elapsed_s = time.perf_counter() - started
        self.next_frame += 1
        return FrameTracked(self.request.run_id, index, result, human_box is not None, elapsed_s)

    def correct(
        self,
        frame_index: int,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """Learn a human box on the frame just tracked; the run goes on from it.

        Raises ValueError for any other frame: earlier frames need a new run from their keyframe.
        """
        if frame_index != self.next_frame - 1:
            raise ValueError(
                f"only frame {self.next_frame - 1}, the last one tracked, can be corrected; got {frame_index}"
            )
        started = time.perf_counter()
        result = self.tracker.correct(
            self.source.read(frame_index), box, should_cancel=should_cancel, on_progress=on_progress
        )
        return FrameTracked(self.request.run_id, frame_index, result, True, time.perf_counter() - started)
