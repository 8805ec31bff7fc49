"""One run of the simulated annotator: one system, one seed, one sequence, one quality."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial

from dlst_gui.commands.effort.bidirectional_tool import BidirectionalTool
from dlst_gui.commands.running.failures import reason
from dlst_gui.commands.sequence_runs.sequences import BenchmarkSequence
from dlst_gui.commands.sequence_runs.systems import MakeSeededTracker
from dlst_gui.video import ReadAhead, VideoError, open_source
from tracker_core import Frame, ShouldCancel
from tracker_core.evaluation.annotator import Assignment, Bystander, LabellingTool, label_online
from tracker_core.evaluation.effort import EffortRun, score_run
from tracker_core.evaluation.effort_log import End, LabelledRun, LogHeader
from tracker_core.evaluation.interpolation_baseline import label_by_interpolation
from tracker_core.evaluation.manual_boxes import Hand
from tracker_core.evaluation.offline_annotator import MendNext, label_offline
from tracker_core.evaluation.otb import otb_rows
from tracker_core.evaluation.summary import Settings

MakeTool = Callable[[int], LabellingTool]
"""Builds a tool for a seed; crosses to other processes, so it is made of module-level functions."""


@dataclass(frozen=True, slots=True)
class EffortSystem:
    """Something whose effort is measured.

    Attributes:
        name: its column in the tables.
        label: labels a whole sequence; None where the bystander ended it. Crosses to other processes.
        settings: all that its boxes depend on, apart from seed, sequence and quality.
    """

    name: str
    label: Callable[[EffortTask, Bystander], LabelledRun | None]
    settings: Settings

    @property
    def folder_name(self) -> str:
        """The name without blanks."""
        return self.name.replace(" ", "_")


@dataclass(frozen=True, slots=True)
class EffortTask:
    """One run to be done."""

    system: EffortSystem
    seed: int
    sequence: BenchmarkSequence
    iou_threshold: float
    timeout_s: float

    @property
    def key(self) -> Hashable:
        return self.system.name, self.seed, self.sequence.name, self.iou_threshold

    @property
    def frame_count(self) -> int:
        return self.sequence.frame_count

    @property
    def assignment(self) -> Assignment:
        sequence = self.sequence
        hand = Hand(self.seed, sequence.name)
        return Assignment(sequence.ground_truth, hand, self.iou_threshold, self.timeout_s)

    @property
    def header(self) -> LogHeader:
        truth_sha256 = hashlib.sha256(otb_rows(self.sequence.ground_truth).tobytes()).hexdigest()
        settings = {**self.system.settings, "truth_sha256": truth_sha256}
        return LogHeader(
            self.system.name, self.seed, self.sequence.name, self.iou_threshold, self.timeout_s, settings
        )

    def scored(self, run: LabelledRun) -> EffortRun:
        """Count what was done; raises EvaluationError where the run is of another ground truth."""
        name = self.sequence.name
        score = score_run(name, run, self.sequence.ground_truth, self.iou_threshold)
        return EffortRun(name, self.seed, self.iou_threshold, score)


def run_effort_task(
    task: EffortTask, *, should_cancel: ShouldCancel, on_frame: Callable[[], None]
) -> LabelledRun | None:
    """Label the whole sequence; None where it was cancelled.

    A source that cannot be read ends this run alone, which then counts as 100, as one of a tool that raises.
    """
    try:
        return task.system.label(task, Bystander(on_frame, should_cancel))
    except VideoError as error:
        return failed_run(reason(error))


def failed_run(why: str) -> LabelledRun:
    """One that gave no labels."""
    return LabelledRun((), End.FAILED, why)


def label_with_tool(make_tool: MakeTool, task: EffortTask, bystander: Bystander) -> LabelledRun | None:
    """Frame by frame, with a tool that sees pixels and manual boxes only."""
    with open_source(task.sequence.path) as source, ReadAhead(source) as frames:
        read = _Shifted(frames, task.sequence.first_frame).read
        return label_online(make_tool(task.seed), read, task.assignment, bystander)


def label_bidirectional(
    make_tracker: MakeSeededTracker, mend_next: MendNext, task: EffortTask, bystander: Bystander
) -> LabelledRun | None:
    """Bidirectionally, between manual boxes that may be anywhere."""
    sequence = task.sequence
    with open_source(sequence.path) as source, ReadAhead(source) as frames:
        shifted = _Shifted(frames, sequence.first_frame)
        tool = BidirectionalTool(partial(make_tracker, task.seed), shifted, sequence.frame_count)
        return label_offline(tool, task.assignment, bystander, mend_next)


@dataclass(frozen=True, slots=True)
class _Shifted:
    """Frames counted from the first annotated one."""

    source: ReadAhead[Frame]
    first_frame: int

    def read(self, frame_index: int) -> Frame:
        return self.source.read(self.first_frame + frame_index)


def label_by_interpolating(task: EffortTask, bystander: Bystander) -> LabelledRun:
    """With the fewest keyframes; looks at no pixels."""
    run = label_by_interpolation(task.assignment)
    for _ in task.sequence.ground_truth:
        bystander.on_frame()
    return run
