"""One run of an evaluation: one system, one seed, one sequence."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dlst_gui.commands.running.failures import EXPECTED, reason
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from dlst_gui.commands.sequence_runs.systems import System
from dlst_gui.tracking.headless_run import RunEnd, run_headless
from dlst_gui.tracking.tracking_run import TrackingRun, TrackRequest
from dlst_gui.video import ReadAhead, open_source
from tracker_core import BoxArray, ShouldCancel
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.summary import FailedRun

_log = logging.getLogger(__name__)

TaskKey = tuple[str, int, str]
"""System, seed and sequence: what tells one run of an evaluation from another."""


@dataclass(frozen=True, slots=True)
class EvaluationTask:
    """One run to be done."""

    system: System
    seed: int
    sequence: BenchmarkSequence

    @property
    def key(self) -> TaskKey:
        return self.system.name, self.seed, self.sequence.name

    @property
    def frame_count(self) -> int:
        return self.sequence.frame_count


@dataclass(frozen=True, slots=True)
class TrackedSequence:
    """What a finished run gave.

    Attributes:
        rows: (n, 4) toolkit rows, one per annotated frame.
        fps: without the first frame; None for a single frame.
        scores: (n,) the tracker's; not finite where it has none, as on the first frame.
    """

    rows: BoxArray
    fps: float | None
    first_frame_s: float | None
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FailedSequence:
    """What ended a run before its last frame.

    Attributes:
        reason: in one line.
        details: the traceback of an error that nobody expected.
    """

    reason: str
    details: str = ""

    def told(self, sequence: str, seed: int) -> FailedRun:
        """For the tables."""
        return FailedRun(sequence, seed, self.reason)


Outcome = TrackedSequence | FailedSequence
"""What a run came to."""


def run_task(task: EvaluationTask, *, should_cancel: ShouldCancel, on_frame: Callable[[], None]) -> Outcome | None:
    """Track the whole sequence; None where it was cancelled.

    Whatever a tracker or a source raises ends this run alone; half a sequence is not evaluated.
    """
    try:
        return _tracked(task, should_cancel, on_frame)
    except Exception as error:
        return failed(error)


def failed(error: Exception, place: str = "") -> FailedSequence:
    """What ended a run, and where; to be called while the error is handled."""
    details = "" if isinstance(error, EXPECTED) else traceback.format_exc()
    return FailedSequence(f"{place}{reason(error)}", details)


def log_details(finished: Mapping[Hashable, object]) -> None:
    """Log faults in a program, which one line does not explain."""
    for key, outcome in finished.items():
        if isinstance(outcome, FailedSequence) and outcome.details:
            _log.error("a run of the evaluation failed: %s", key, exc_info=RuntimeError(outcome.details))


def _tracked(task: EvaluationTask, should_cancel: ShouldCancel, on_frame: Callable[[], None]) -> Outcome | None:
    sequence = task.sequence
    request = TrackRequest(
        0, {sequence.first_frame: sequence.first_box}, sequence.first_frame, sequence.last_frame
    )
    with open_source(sequence.path) as source, ReadAhead(source) as frames:
        run = TrackingRun(request, frames, task.system.make_tracker(task.seed))
        try:
            result = run_headless(run, on_frame=lambda tracked: on_frame(), should_cancel=should_cancel)
        except Exception as error:
            return failed(error, f"frame {run.next_frame}: ")
    if result.end is RunEnd.SOURCE_DAMAGED:
        return FailedSequence(result.message)
    if result.end is RunEnd.INTERRUPTED:
        return None
    return TrackedSequence(otb_rows(result.boxes), result.fps, result.first_frame_s, np.array(result.scores))
