"""One tracking run, step by step: the single loop behind the window, the command line and the tests. No Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import partial
from typing import Protocol

from dlst_gui.tracking.call_log import CallLog
from tracker_core import (
    AnyFrame,
    Box,
    Checkpoint,
    CheckpointError,
    Example,
    OnProgress,
    Resumable,
    Revocable,
    ShouldCancel,
    Tracker,
    TrackResult,
)


class FrameSource(Protocol):
    """Frames by exact index; `dlst_gui.video.VideoSource` is one."""

    def read(self, frame_index: int) -> AnyFrame:
        """Frame `frame_index` (0-based) as uint8 RGB (height, width, 3), or in parts."""
        ...


class Direction(IntEnum):
    """Which way a run goes through the video; the value is its step in frames."""

    FORWARD = 1
    BACKWARD = -1


@dataclass(frozen=True, slots=True)
class TrackRequest:
    """What to track.

    Attributes:
        run_id: carried by every result, so that results of an abandoned run can be told apart.
        keyframes: all manual boxes of the target, by frame index, also those outside of the run: they are learned
            when it starts. Where it comes to one, the box stands and is learned by `Tracker.correct`.
        start_frame: first frame of the run; must hold a manual box.
        stop_frame: last frame of the run, inclusive; where it lies before the start, the run goes backward.
        track_id: of the target, carried by every result.
        stops_at_keyframe: end before the first keyframe on the way; otherwise go on through it.
    """

    run_id: int
    keyframes: Mapping[int, Box]
    start_frame: int
    stop_frame: int
    track_id: int = 0
    stops_at_keyframe: bool = False

    def __post_init__(self) -> None:
        if self.start_frame not in self.keyframes:
            raise ValueError(f"frame {self.start_frame} has no manual box to start from")

    @property
    def direction(self) -> Direction:
        return Direction.BACKWARD if self.stop_frame < self.start_frame else Direction.FORWARD

    @property
    def last_frame(self) -> int:
        """Where the run ends, inclusive: `stop_frame`, or just before the keyframe it stops at."""
        on_the_way = range(self.start_frame + self.direction, self.stop_frame + self.direction, self.direction)
        met = [i for i in self.keyframes if i in on_the_way] if self.stops_at_keyframe else []
        return min(met, key=self.distance) - self.direction if met else self.stop_frame

    @property
    def frame_count(self) -> int:
        return len(self.frames_from(self.start_frame))

    def frames_from(self, frame_index: int) -> range:
        """This frame and those after it, in the order of tracking; empty past the end."""
        return range(frame_index, self.last_frame + self.direction, self.direction)

    def can_begin_at(self, frame_index: int) -> bool:
        """Whether a run that begins on this frame goes the same way to the same end."""
        return (self.stop_frame - frame_index) * self.direction >= 0

    def distance(self, frame_index: int) -> int:
        """Frames between this one and the start."""
        return abs(frame_index - self.start_frame)

    def other_keyframes(self) -> tuple[int, ...]:
        """Those the run does not start from, the farthest first: near ones look most like what is tracked."""
        others = (i for i in self.keyframes if i != self.start_frame)
        return tuple(sorted(others, key=lambda i: (-self.distance(i), i)))


@dataclass(frozen=True, slots=True)
class FrameTracked:
    """One finished frame of a run; `is_human` marks a frame with a manual box."""

    run_id: int
    frame_index: int
    result: TrackResult
    is_human: bool
    elapsed_s: float
    track_id: int = 0
    direction: Direction = Direction.FORWARD


@dataclass(frozen=True, slots=True, eq=False)
class SavedTracker:
    """What a tracker had learned after a frame of a run."""

    last_frame: int
    checkpoint: Checkpoint


@dataclass(slots=True)
class TrackingRun:
    """Drives a tracker over a source, one frame per `step`; lives in one thread.

    The same seed and manual boxes give the same boxes, whatever order a person gave them in.

    Attributes:
        next_frame: after the latest one.
        calls: which frames the tracker was given.
    """

    request: TrackRequest
    source: FrameSource
    tracker: Tracker
    next_frame: int = field(init=False)
    calls: CallLog = field(init=False)

    def __post_init__(self) -> None:
        self.next_frame = self.request.start_frame
        self.calls = CallLog(self.request.direction)

    @property
    def is_finished(self) -> bool:
        return len(self.request.frames_from(self.next_frame)) == 0

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
            raise ValueError(f"run {self.request.run_id} has ended at frame {self.request.last_frame}")
        index = self.next_frame
        frame = self.source.read(index)
        manual_box = self.request.keyframes.get(index)
        started = time.perf_counter()
        if manual_box is None:
            result = self.tracker.track(frame, with_diagnostics=with_diagnostics, should_cancel=should_cancel)
        elif index == self.request.start_frame:
            result = self.tracker.initialize(
                frame, manual_box, examples=self._examples(), should_cancel=should_cancel, on_progress=on_progress
            )
        else:
            result = self.tracker.correct(frame, manual_box, should_cancel=should_cancel, on_progress=on_progress)
        if index == self.request.start_frame:
            self.calls.begin(index, self.request.other_keyframes())
        else:
            self.calls.add(index)
        tracked = self._tracked(index, result, started, is_human=manual_box is not None)
        self.next_frame += self.request.direction
        return tracked

    def take_back(self) -> None:
        """Be as before the latest `step`, which was not the first one; its tracker has to be `Revocable`."""
        assert isinstance(self.tracker, Revocable)
        self.tracker.take_back()
        self.calls.drop()
        self.next_frame -= self.request.direction

    def resume(
        self,
        saved: SavedTracker,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> None:
        """Go on after the frame that an earlier run like this one had come to, as that one would have.

        The first frame is learned again; what came of it is known.

        Raises:
            CheckpointError: it is of another tracker; the run is at its start.
            VideoError: the source cannot give the first frame.
            TrackingCancelled: `should_cancel` answered True; the run is at its start.
        """
        if not isinstance(self.tracker, Resumable):
            raise CheckpointError("this tracker cannot be resumed")
        self.next_frame = self.request.start_frame
        self.step(should_cancel=should_cancel, on_progress=on_progress)
        self.next_frame = self.request.start_frame
        self.tracker.resume(saved.checkpoint)
        for index in self.request.frames_from(self.request.start_frame)[1:]:
            if self.request.distance(index) <= self.request.distance(saved.last_frame):
                self.calls.add(index)
        self.next_frame = saved.last_frame + self.request.direction

    def correct(
        self,
        frame_index: int,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """Learn a manual box on the frame just tracked; the run goes on from it.

        Raises ValueError for any other frame: earlier frames need a new run from their keyframe.
        """
        last = self.next_frame - self.request.direction
        if frame_index != last:
            raise ValueError(f"only frame {last}, the last one tracked, can be corrected; got {frame_index}")
        started = time.perf_counter()
        result = self.tracker.correct(
            self.source.read(frame_index), box, should_cancel=should_cancel, on_progress=on_progress
        )
        self.calls.add(frame_index)
        return self._tracked(frame_index, result, started, is_human=True)

    def _examples(self) -> tuple[Example, ...]:
        request = self.request
        return tuple(
            Example(request.keyframes[i], partial(self.source.read, i)) for i in request.other_keyframes()
        )

    def _tracked(self, frame_index: int, result: TrackResult, started_s: float, *, is_human: bool) -> FrameTracked:
        request, elapsed_s = self.request, time.perf_counter() - started_s
        return FrameTracked(
            request.run_id, frame_index, result, is_human, elapsed_s, request.track_id, request.direction
        )
