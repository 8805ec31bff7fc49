"""One run of an evaluation: one system, one seed, one sequence."""

from __future__ import annotations

import traceback
from collections.abc import Callable
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
from tracker_core.evaluation.otb import frame_ious, otb_rows, score_sequence
from tracker_core.evaluation.scores.roc import scored_frames
from tracker_core.evaluation.summary import FailedRun, RunResult

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

    def scored(self, task: EvaluationTask) -> RunResult:
        """Compare with the ground truth."""
        sequence = task.sequence
        truth = otb_rows(sequence.ground_truth)
        score = score_sequence(sequence.name, self.rows, truth)
        scored = scored_frames(self.scores, frame_ious(self.rows, truth))
        return RunResult(task.seed, score, self.fps, self.first_frame_s, scored)


@dataclass(frozen=True, slots=True)
class FailedSequence:
    """What ended a run before its last frame.

    Attributes:
        reason: in one line.
        details: the traceback of an error that nobody expected.
    """

    reason: str
    details: str = ""

    def told(self, task: EvaluationTask) -> FailedRun:
        """For the tables."""
        return FailedRun(task.sequence.name, task.seed, self.reason)


Outcome = TrackedSequence | FailedSequence
"""What a run came to."""


def run_task(task: EvaluationTask, *, should_cancel: ShouldCancel, on_frame: Callable[[], None]) -> Outcome | None:
    """Track the whole sequence; None where it was cancelled.

    Whatever a tracker or a source raises ends this run alone; half a sequence is not evaluated.
    """
    try:
        return _tracked(task, should_cancel, on_frame)
    except Exception as error:
        return _failed(error)


def _failed(error: Exception, place: str = "") -> FailedSequence:
    details = "" if isinstance(error, EXPECTED) else traceback.format_exc()
    return FailedSequence(f"{place}{reason(error)}", details)


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
            return _failed(error, f"frame {run.next_frame}: ")
    if result.end is RunEnd.SOURCE_DAMAGED:
        return FailedSequence(result.message)
    if result.end is RunEnd.INTERRUPTED:
        return None
    return TrackedSequence(otb_rows(result.boxes), result.fps, result.first_frame_s, np.array(result.scores))
