"""What the tracker of a run knows, by frames of the video. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.tracking.tracker_supply import LearnedTracker
from dlst_gui.tracking.tracking_run import TrackingRun
from tracker_core import (
    Box,
    Inspectable,
    OnProgress,
    RemovalEffect,
    RemovalError,
    SampleMemoryView,
    SampleSource,
    ShouldCancel,
    Tracker,
)

HAS_ENDED = "The run has ended: start another from a manual box before these frames."
IS_OLD = "The run has gone on since: look at the memory again."


@dataclass(frozen=True, slots=True)
class KnownTemplate:
    """A template of the matching head: the object as it was on a frame; see `TemplateView`."""

    frame_index: int
    box: Box
    source: SampleSource
    is_used: bool


@dataclass(frozen=True, slots=True, eq=False)
class RunMemory:
    """All that a tracker has learned from, after a frame of its run.

    Attributes:
        track_id: of its target.
        last_frame: the latest it was given.
        frame_indices: (n,) int32, which frame each sample was cut from.
        samples: the rest of what is known of them.
        templates: of the matching head, if it has one.
    """

    track_id: int
    last_frame: int
    frame_indices: NDArray[np.int32]
    samples: SampleMemoryView
    templates: tuple[KnownTemplate, ...]

    def __len__(self) -> int:
        return len(self.frame_indices)

    def is_of(self, samples: SampleMemoryView) -> bool:
        """Whether a tracker's memory, as it is now, has the same rows."""
        own = self.samples
        return (own.latest_call, own.updates, len(own)) == (samples.latest_call, samples.updates, len(samples))


def memory_of(run: TrackingRun) -> RunMemory | None:
    """That of a run's tracker; None where it has not begun, or cannot tell."""
    tracker = _inspectable(run.tracker)
    log = run.calls
    last_frame = log.latest
    if tracker is None or last_frame is None:
        return None
    samples = tracker.memory()
    return RunMemory(
        run.request.track_id,
        last_frame,
        log.frames_of(samples.calls),
        samples,
        tuple(
            KnownTemplate(log.frame_of(each.call), each.box, each.source, each.is_used)
            for each in samples.templates
        ),
    )


def removal_effect_of(
    run: TrackingRun,
    memory: RunMemory,
    rows: NDArray[np.int64],
    *,
    should_cancel: ShouldCancel | None = None,
    on_progress: OnProgress | None = None,
) -> RemovalEffect:
    """What its tracker would make of the last frame without some samples; see `Inspectable.without`.

    Raises:
        RemovalError: they cannot be left out, or the run has gone on since `memory` was told.
        VideoError: the frame cannot be read again.
        TrackingCancelled: `should_cancel` answered True.
    """
    tracker = _as_told(run, memory)
    frame = run.source.read(memory.last_frame)
    return tracker.without(rows, frame, should_cancel=should_cancel, on_progress=on_progress)


def forget_in(
    run: TrackingRun,
    memory: RunMemory,
    rows: NDArray[np.int64],
    *,
    should_cancel: ShouldCancel | None = None,
    on_progress: OnProgress | None = None,
) -> None:
    """Let its tracker go on without some samples; errors are those of `removal_effect_of`."""
    _as_told(run, memory).forget(rows, should_cancel=should_cancel, on_progress=on_progress)


def _as_told(run: TrackingRun, memory: RunMemory) -> Inspectable:
    tracker = _inspectable(run.tracker)
    if tracker is None:
        raise RemovalError("this tracker cannot be looked into")
    if not memory.is_of(tracker.memory()):
        raise RemovalError(IS_OLD)
    return tracker


def _inspectable(tracker: Tracker) -> Inspectable | None:
    inner = tracker.tracker if isinstance(tracker, LearnedTracker) else tracker
    return inner if isinstance(inner, Inspectable) else None
