"""One system's way over the frames of a benchmark, against the clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace

import torch

from dlst_gui.commands.benchmark.stage_times import FrameTimes
from dlst_gui.commands.running.errors import CommandError
from dlst_gui.tracking.headless_run import RunEnd, run_headless
from dlst_gui.tracking.joint_run import JointRun, shared_threads
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import FrameTracked, TrackingRun, TrackRequest
from dlst_gui.video import InParts, ReadAhead, VideoError, VideoSource
from tracker_core import Box, BoxArray, OnProgress, ShouldCancel, Tracker, TrackingCancelled
from tracker_core.evaluation.otb import otb_rows, score_sequence


@dataclass(frozen=True, slots=True)
class Course:
    """The frames that every system tracks, from the same box; `device` is that of our own trackers."""

    source: VideoSource
    request: TrackRequest
    device: str

    @property
    def frame_count(self) -> int:
        return self.request.stop_frame + 1

    @property
    def correction(self) -> Box:
        """A manual box on the last frame: the true one, or where there is none, any that lies inside."""
        truth = self.source.ground_truth
        true_box = None if truth is None else truth[self.request.stop_frame]
        return true_box or self.request.keyframes[0]

    def auc(self, rows: BoxArray) -> float | None:
        """Of toolkit rows, one per frame; None where the source has no ground truth for them."""
        truth = (self.source.ground_truth or ())[: self.frame_count]
        if len(truth) < self.frame_count or truth[-1] is None:
            return None
        return score_sequence(self.source.name, rows, otb_rows(truth)).auc


@dataclass(frozen=True, slots=True)
class TimedRun:
    """How long one run took; reading the frames is part of all but the correction.

    Attributes:
        whole_s: from building the tracker to its last box; of a program of its own, from its start to its end.
        first_frame_s: learning the first frame; None where a program keeps it to itself.
        frame_s: mean of the frames after it.
        correction_s: learning a manual box on the last frame, when the run is done; None where nothing learns, and
            of several objects.
        auc: against the ground truth, where there is one.
    """

    whole_s: float
    first_frame_s: float | None
    frame_s: float | None
    correction_s: float | None
    auc: float | None


@dataclass(frozen=True, slots=True)
class RunListener:
    """Who hears how a run is going."""

    on_frames: Callable[[int], None]
    on_progress: OnProgress
    should_cancel: ShouldCancel


def time_tracker(
    course: Course, make_tracker: Callable[[], Tracker], listener: RunListener, *, can_learn: bool
) -> TimedRun | None:
    """Build a tracker and let it run over the course; None where it was interrupted.

    Args:
        course: what to track.
        make_tracker: called once, against the clock.
        listener: told how it is going.
        can_learn: whether corrections mean something to the tracker.
    """
    ends_s: list[float] = []

    def on_frame(tracked: FrameTracked) -> None:
        if tracked.frame_index in (0, course.request.stop_frame):
            _wait_for(course.device)
        ends_s.append(time.perf_counter())
        listener.on_frames(1)

    started_s = time.perf_counter()
    tracker = make_tracker()
    built_s = time.perf_counter()
    rows = _follow(course, tracker, listener, on_frame, with_diagnostics=False)
    if rows is None:
        return None
    return TimedRun(
        whole_s=ends_s[-1] - started_s,
        first_frame_s=ends_s[0] - built_s,
        frame_s=(ends_s[-1] - ends_s[0]) / (len(ends_s) - 1),
        correction_s=_time_correction(course, tracker) if can_learn else None,
        auc=course.auc(rows),
    )


def time_objects(
    course: Course, make_tracker: MakeTracker, settings: TrackerSettings, count: int, listener: RunListener
) -> TimedRun | None:
    """Track the object of the course `count` times over, as so many objects of one run; as `time_tracker`.

    The first frame includes building the trackers, which is part of each object's first step.
    """
    requests = [replace(course.request, track_id=number) for number in range(count)]
    at_once, settings = shared_threads(requests, settings)
    ends_s, boxes = [], []
    started_s = time.perf_counter()
    with (
        ReadAhead(InParts(course.source)) as frames,
        closing(
            JointRun(
                requests, frames, lambda: make_tracker(settings), at_once=at_once, threads_each=settings.threads
            )
        ) as run,
    ):
        try:
            while not run.is_finished:
                tracked = run.step(should_cancel=listener.should_cancel, on_progress=listener.on_progress)
                if tracked.track_id == count - 1:  # the last one of its frame
                    if tracked.frame_index in (0, course.request.stop_frame):
                        _wait_for(course.device)
                    ends_s.append(time.perf_counter())
                    boxes.append(tracked.result.box)
                    listener.on_frames(1)
        except TrackingCancelled:
            return None
        except VideoError as error:
            raise CommandError(str(error)) from error
    return TimedRun(
        whole_s=ends_s[-1] - started_s,
        first_frame_s=ends_s[0] - started_s,
        frame_s=(ends_s[-1] - ends_s[0]) / (len(ends_s) - 1),
        correction_s=None,
        auc=course.auc(otb_rows(boxes)),
    )


def time_stages(course: Course, tracker: Tracker, listener: RunListener) -> tuple[FrameTimes, ...] | None:
    """The stages of each frame after the first; None where it was interrupted."""
    frames: list[FrameTimes] = []

    def on_frame(tracked: FrameTracked) -> None:
        seen = tracked.result.diagnostics
        if not tracked.is_human:
            frames.append(FrameTimes(tracked.elapsed_s * 1000, () if seen is None else seen.stage_ms))
        listener.on_frames(1)

    rows = _follow(course, tracker, listener, on_frame, with_diagnostics=True)
    return None if rows is None else tuple(frames)


def _follow(
    course: Course,
    tracker: Tracker,
    listener: RunListener,
    on_frame: Callable[[FrameTracked], None],
    *,
    with_diagnostics: bool,
) -> BoxArray | None:
    with ReadAhead(InParts(course.source)) as frames:
        result = run_headless(
            TrackingRun(course.request, frames, tracker),
            on_frame=on_frame,
            should_cancel=listener.should_cancel,
            on_progress=listener.on_progress,
            with_diagnostics=with_diagnostics,
        )
    if result.end is RunEnd.SOURCE_DAMAGED:
        raise CommandError(result.message)
    return None if result.end is RunEnd.INTERRUPTED else otb_rows(result.boxes)


def _time_correction(course: Course, tracker: Tracker) -> float:
    frame = course.source.read(course.request.stop_frame)
    started_s = time.perf_counter()
    tracker.correct(frame, course.correction)
    _wait_for(course.device)
    return time.perf_counter() - started_s


def _wait_for(device: str) -> None:
    """What a frame has begun on a GPU belongs to its time."""
    if device != "cpu":
        torch.cuda.synchronize(device)
