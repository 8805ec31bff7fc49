"""One request of a joint run: where it is, its tracker, and a step that was begun before its turn. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dlst_gui.tracking.lost_rule import LostRule, LostWatch, TargetLost
from dlst_gui.tracking.run_memory import HAS_ENDED, RunMemory, forget_in, memory_of, removal_effect_of
from dlst_gui.tracking.run_progress import FramesLeft
from dlst_gui.tracking.step_pool import StartedStep, StepPool, StepWork
from dlst_gui.tracking.tracking_run import Direction, FrameSource, FrameTracked, TrackingRun, TrackRequest
from tracker_core import Box, OnProgress, RemovalEffect, RemovalError, Revocable, ShouldCancel, Tracker


class Leg:
    """What has been given out of a request counts; a step that was begun before its turn can be taken back.

    Attributes:
        next_frame: after the latest one that was given out.
        lost: says so where the target is paused because it was lost.
        is_held: it is paused because a person is about to correct it, or it follows another one's target.
        keeps_memory: what its tracker knew when it ended is kept, for whoever asks then.
    """

    def __init__(
        self,
        request: TrackRequest,
        source: FrameSource,
        make_tracker: Callable[[], Tracker],
        lost_rule: LostRule | None,
    ) -> None:
        self.request = request
        self.next_frame = request.start_frame
        self.lost: TargetLost | None = None
        self.is_held = False
        self.keeps_memory = False
        self._is_left = False
        self._last_memory: RunMemory | None = None
        self._source = source
        self._make_tracker = make_tracker
        self._run: TrackingRun | None = None
        self._watch = None if lost_rule is None else LostWatch(lost_rule)
        self._started: StartedStep | None = None
        self._is_explained = False

    @property
    def is_finished(self) -> bool:
        return self._is_left or len(self.request.frames_from(self.next_frame)) == 0

    @property
    def is_waiting(self) -> bool:
        """Whether it is paused while others may go on."""
        return self.lost is not None or self.is_held

    @property
    def is_ready(self) -> bool:
        """Whether it can go on."""
        return not self.is_finished and not self.is_waiting

    @property
    def is_at_start(self) -> bool:
        return self.next_frame == self.request.start_frame

    @property
    def is_to_learn(self) -> bool:
        """Whether the next frame has a manual box."""
        return self.next_frame in self.request.keyframes

    @property
    def is_started(self) -> bool:
        """Whether its next step was begun before its turn."""
        return self._started is not None

    @property
    def is_revocable(self) -> bool:
        """Whether its next step could be taken back."""
        return self.is_at_start or (self._run is not None and isinstance(self._run.tracker, Revocable))

    @property
    def turn(self) -> tuple[bool, int]:
        """The smallest comes first."""
        direction = self.request.direction
        return direction is Direction.BACKWARD, self.next_frame * direction

    @property
    def last_tracked(self) -> int | None:
        return None if self._run is None or self.is_at_start else self.next_frame - self.request.direction

    @property
    def frames_left(self) -> FramesLeft:
        frames = range(0) if self._is_left else self.request.frames_from(self.next_frame)
        to_learn = sum(i in frames for i in self.request.keyframes)
        return FramesLeft(self.request.frame_count, len(frames) - to_learn, to_learn)

    def is_ahead(self, frame_index: int) -> bool:
        """Whether the frame is still to come."""
        return (frame_index - self.next_frame) * self.request.direction >= 0

    def add_keyframe(self, frame_index: int, box: Box) -> None:
        """Learn a manual box when its frame comes, or when the target is begun."""
        keyframes = MappingProxyType({**self.request.keyframes, frame_index: box})
        self.change(replace(self.request, keyframes=keyframes))

    def change(self, request: TrackRequest) -> None:
        """Go on by another request; a step that was begun by the old one is taken back."""
        self.take_back()
        self.request = request
        if self._run is not None:
            self._run.request = self.request

    def step(
        self,
        *,
        with_diagnostics: bool = False,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """As `TrackingRun.step`, with a tracker of its own from here on."""
        if self._run is None:
            self._run = TrackingRun(self.request, self._source, self._make_tracker())
        return self._run.step(
            with_diagnostics=with_diagnostics, should_cancel=should_cancel, on_progress=on_progress
        )

    def correct(
        self,
        frame_index: int,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """As `TrackingRun.correct`."""
        assert self._run is not None
        return self._run.correct(frame_index, box, should_cancel=should_cancel, on_progress=on_progress)

    def start(self, pool: StepPool, *, with_diagnostics: bool) -> None:
        """Begin the next step; one begun without the diagnostics that are wanted now is begun again."""
        if self._started is not None and with_diagnostics and not self._is_explained and self.is_revocable:
            self.take_back()
        if self._started is None:
            self.begin(pool, partial(self.step, with_diagnostics=with_diagnostics))
            self._is_explained = with_diagnostics

    def begin(self, pool: StepPool, work: StepWork) -> None:
        """Have something done that gives a frame."""
        self._started = pool.start(work)

    def wait(self, should_cancel: ShouldCancel | None, on_progress: OnProgress | None) -> bool:
        """For what was begun; see `StartedStep.wait`."""
        assert self._started is not None
        return self._started.wait(should_cancel, on_progress)

    def taken(self) -> FrameTracked:
        """What was begun and waited for; where it raises, the step can be taken again."""
        assert self._started is not None
        started, self._started = self._started, None
        return started.result()

    def stop(self) -> None:
        """Let what was begun end early; does not wait."""
        if self._started is not None:
            self._started.stop()

    def settle(self) -> None:
        """Stop what was begun and wait for that; a step that was finished all the same waits for its turn."""
        if self._started is not None and not self._started.is_taken_after_all():
            self._started = None

    def take_back(self) -> None:
        """Be as if the next step had not been begun."""
        self.settle()
        if self._started is None:
            return
        self._started = None
        if self.is_at_start:
            self._run = None
        elif self._run is not None:
            self._run.take_back()

    def noted(self, tracked: FrameTracked) -> FrameTracked:
        """Count the frame; the tracker of a target that has ended is let go."""
        if self._watch is not None:
            self.lost = self._watch.add(tracked)
        if self._run is not None:
            self.next_frame = self._run.next_frame
        if tracked.is_human:
            self.is_held = False
        if self.is_finished:
            if self.keeps_memory and self._run is not None:
                self._last_memory = memory_of(self._run)
            self._run = self.lost = None
        return tracked

    def memory(self) -> RunMemory | None:
        """What its tracker knows after the latest frame that was given out; None where it cannot tell."""
        self.take_back()
        return self._last_memory if self._run is None else memory_of(self._run)

    def removal_effect(
        self, memory: RunMemory, rows: NDArray[np.int64], *, should_cancel: ShouldCancel | None = None
    ) -> RemovalEffect:
        """As `removal_effect_of`."""
        self.take_back()
        return removal_effect_of(self._going(), memory, rows, should_cancel=should_cancel)

    def forget(
        self, memory: RunMemory, rows: NDArray[np.int64], *, should_cancel: ShouldCancel | None = None
    ) -> None:
        """As `forget_in`."""
        self.take_back()
        forget_in(self._going(), memory, rows, should_cancel=should_cancel)

    def _going(self) -> TrackingRun:
        if self._run is None:
            raise RemovalError(HAS_ENDED)
        return self._run

    def hold(self) -> None:
        """Pause it, and take back what was begun before its turn."""
        self.take_back()
        self.is_held = True

    def wake(self) -> None:
        """Go on although it was lost or held."""
        self.lost, self.is_held = None, False
        if self._watch is not None:
            self._watch.reset()

    def rename(self, track_id: int, keyframes: Mapping[int, Box]) -> None:
        """Go on as another target, which has these manual boxes; the frame it began on stays what it is."""
        start = self.request.start_frame
        known = {start: self.request.keyframes[start], **keyframes}
        self.change(replace(self.request, track_id=track_id, keyframes=MappingProxyType(known)))

    def leave(self) -> None:
        """End where it is, and let its tracker go."""
        self.take_back()
        self.wake()
        self._is_left, self._run = True, None
