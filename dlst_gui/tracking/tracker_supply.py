"""Trackers that are ready before they are asked for: made, warmed up, taught a first frame. No Qt; one thread."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameSource, TrackingRun, TrackRequest
from tracker_core import (
    AnyFrame,
    Box,
    Example,
    Frame,
    OnProgress,
    ShouldCancel,
    Tracker,
    TrackingCancelled,
    TrackResult,
)

LONGEST_WARM_UP_S = 1.0  # ours: the default system has done everything once by then
WARM_UP_SIZE = (360, 640)  # rows and columns
WARM_UP_BOX = Box(280, 140, 80, 80)
_NOISE_STEP = 20  # pixels from one random value to the next, with those between in between


@dataclass(frozen=True, slots=True)
class FirstFrame:
    """All that decides what a tracker knows after the first frame of a run; equal ones give equal trackers.

    Attributes:
        source_path: the video.
        settings: of the tracker.
        start_frame: where the run begins.
        keyframes: all manual boxes of the target, by frame index.
    """

    source_path: Path
    settings: TrackerSettings
    start_frame: int
    keyframes: Mapping[int, Box]

    @classmethod
    def of(cls, request: TrackRequest, source_path: Path, settings: TrackerSettings) -> FirstFrame:
        """That of a run."""
        return cls(source_path, settings, request.start_frame, dict(request.keyframes))


class TrackerSupply:
    """Holds one tracker to be taken, and one that has learned a first frame.

    What was prepared changes no result: a tracker that is taken gives the boxes of one that was made anew.
    """

    def __init__(self, make_tracker: MakeTracker) -> None:
        self._make_tracker = make_tracker
        self._spare: tuple[TrackerSettings, Tracker] | None = None
        self._learned: tuple[FirstFrame, LearnedTracker] | None = None
        self._is_warm = False

    def has_spare(self, settings: TrackerSettings) -> bool:
        """Whether a tracker of these settings is ready."""
        return self._spare is not None and self._spare[0] == settings

    @property
    def is_warm(self) -> bool:
        """Whether `warm_up` has been called."""
        return self._is_warm

    def make_spare(self, settings: TrackerSettings) -> None:
        """Make a tracker ready, with the errors of `make_tracker`; one of other settings is let go."""
        if not self.has_spare(settings):
            self._spare = None
            self._spare = settings, self._make_tracker(settings)

    def warm_up(self, should_cancel: ShouldCancel) -> None:
        """Let the spare tracker learn something for nothing: what is slow only once in a process is done then."""
        if self._spare is None or self._is_warm:
            return
        self._is_warm = True
        ends_s = time.monotonic() + LONGEST_WARM_UP_S
        with suppress(TrackingCancelled):
            self._spare[1].initialize(
                _soft_noise(), WARM_UP_BOX, should_cancel=lambda: should_cancel() or time.monotonic() > ends_s
            )

    def learn(
        self,
        first: FirstFrame,
        request: TrackRequest,
        source: FrameSource,
        *,
        should_cancel: ShouldCancel,
        on_progress: OnProgress,
    ) -> None:
        """Learn the first frame of a run that is likely to be asked for; the errors are those of such a run."""
        tracker = self.take(first.settings)
        try:
            run = TrackingRun(request, source, tracker)
            result = run.step(should_cancel=should_cancel, on_progress=on_progress).result
        except TrackingCancelled:
            self._spare = first.settings, tracker  # which is as it was before
            raise
        boxes = [request.keyframes[i] for i in (request.start_frame, *request.other_keyframes())]
        self._learned = first, LearnedTracker(tracker, boxes, result)

    def take(self, settings: TrackerSettings) -> Tracker:
        """A tracker to initialize: one that is ready, else a new one. Any other is let go: memory is for one."""
        spare, learned = self._spare, self._learned
        self.clear()
        if spare is not None and spare[0] == settings:
            return spare[1]
        if learned is not None and learned[0].settings == settings:
            return learned[1].tracker
        del spare, learned
        return self._make_tracker(settings)

    def take_for(self, first: FirstFrame) -> Tracker:
        """A tracker for a run that begins like this, which has learned its first frame where that was foreseen."""
        learned = self._learned
        if learned is None or learned[0] != first:
            del learned
            return self.take(first.settings)
        self.clear()
        return learned[1]

    def clear(self) -> None:
        """Let go of everything."""
        self._spare = self._learned = None


class LearnedTracker:
    """A tracker that has been initialized; whoever does it again, once, is given what came of it.

    Args:
        tracker: itself.
        boxes: it was initialized with, that of the first frame and those of the examples.
        result: what came of it.

    Attributes:
        tracker: itself.
    """

    def __init__(self, tracker: Tracker, boxes: Sequence[Box], result: TrackResult) -> None:
        self.tracker = tracker
        self._boxes = list(boxes)
        self._result: TrackResult | None = result

    def initialize(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        examples: Sequence[Example] = (),
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """See `Tracker.initialize`; the first call must be that of the run it was taken for.

        That run may have been given more boxes since.
        """
        result, self._result = self._result, None
        if result is not None and [box, *(example.box for example in examples)] == self._boxes:
            return result
        return self.tracker.initialize(
            frame, box, examples=examples, should_cancel=should_cancel, on_progress=on_progress
        )

    def track(
        self, frame: AnyFrame, *, with_diagnostics: bool = False, should_cancel: ShouldCancel | None = None
    ) -> TrackResult:
        """See `Tracker.track`."""
        return self.tracker.track(frame, with_diagnostics=with_diagnostics, should_cancel=should_cancel)

    def correct(
        self,
        frame: AnyFrame,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> TrackResult:
        """See `Tracker.correct`."""
        return self.tracker.correct(frame, box, should_cancel=should_cancel, on_progress=on_progress)


def _soft_noise() -> Frame:
    """A picture of nothing, whose values lie and change as those of photographs do."""
    rows, columns = (size // _NOISE_STEP + 1 for size in WARM_UP_SIZE)
    coarse = np.random.default_rng(0).uniform(0, 255, (rows, columns, 3))
    for axis, size in enumerate(WARM_UP_SIZE):
        places = np.arange(size) / _NOISE_STEP
        before = places.astype(int)
        share = (places - before).reshape([-1 if each == axis else 1 for each in range(3)])
        coarse = (1 - share) * coarse.take(before, axis) + share * coarse.take(before + 1, axis)
    return coarse.astype(np.uint8)
