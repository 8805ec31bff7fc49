"""A simulated person labels a sequence with a tool: looks at each frame in order, and acts only where it is wrong.

The tool sees pixels and human boxes, never the truth. Frames before the present one are done with (the online form
of SAP-1, docs/effort.md).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from tracker_core.box import Box
from tracker_core.evaluation.effort_log import End, Event, FrameRecord, LabelledRun
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.human_boxes import Hand, Truth
from tracker_core.tracker import Frame, ShouldCancel, TrackingCancelled

Answer = TypeVar("Answer")


class LabellingTool(Protocol):
    """What is measured; told about one frame after the other.

    A `should_cancel` that answers True makes a call raise `TrackingCancelled`.
    """

    def start(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """The first human box."""
        ...

    def show(self, frame: Frame, should_cancel: ShouldCancel) -> Box | None:
        """The label proposed for the next frame; None where the target is taken for absent."""
        ...

    def correct(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """The human box on the frame just shown."""
        ...

    def mark_absent(self) -> None:
        """A person says that the target is not on the frame just shown; the tool may find it again by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be labelled, how well and how long.

    Attributes:
        truth: by frame; None where the target is absent.
        hand: draws the human boxes.
        iou_threshold: a box below it is wrong.
        timeout_s: seconds the tool may compute in all.
    """

    truth: Truth
    hand: Hand
    iou_threshold: float
    timeout_s: float = float("inf")

    def first_visible(self) -> int:
        """Frame index of the first box; raises EvaluationError where there is none."""
        for index, box in enumerate(self.truth):
            if box is not None:
                return index
        raise EvaluationError(f"{self.hand.sequence}: the ground truth has no box")

    def is_wrong(self, shown: Box | None, frame_index: int) -> bool:
        """Whether a person has to act on what is shown."""
        truth_box = self.truth[frame_index]
        if truth_box is None:
            return shown is not None
        return shown is None or not shown.iou(truth_box) >= self.iou_threshold  # NaN is wrong too


@dataclass(frozen=True, slots=True)
class Bystander:
    """Who hears of each finished frame, and may end it all."""

    on_frame: Callable[[], None]
    should_cancel: ShouldCancel


@dataclass(slots=True)
class _Clock:
    """Seconds that a tool computed."""

    timeout_s: float
    spent_s: float = 0.0
    started: float | None = None

    def time(self, call: Callable[[], Answer]) -> Answer:
        self.started = time.perf_counter()
        try:
            return call()
        finally:
            self.spent_s += time.perf_counter() - self.started
            self.started = None

    def is_over(self) -> bool:
        running_s = 0.0 if self.started is None else time.perf_counter() - self.started
        return self.spent_s + running_s > self.timeout_s


def label_online(
    tool: LabellingTool, read: Callable[[int], Frame], assignment: Assignment, bystander: Bystander
) -> LabelledRun | None:
    """Label all frames in order; None where the bystander ended it.

    A tool that raises, whatever it is, or computes too long ends its run, which then counts as 100; the message
    says why.

    Args:
        tool: not yet started.
        read: gives a frame by its index in the truth; what it raises is raised.
        assignment: what to label.
        bystander: asked after each frame, and while the tool computes.
    """
    labelling = _Labelling(tool, assignment, bystander.should_cancel)
    for index in range(assignment.first_visible(), len(assignment.truth)):
        if bystander.should_cancel():
            return None
        frame = read(index)
        try:
            labelling.label(frame, index)
        except TrackingCancelled:
            if bystander.should_cancel():
                return None
            return labelling.ended(End.TIMED_OUT, f"at frame {index}")
        except Exception as error:
            return labelling.ended(End.FAILED, f"at frame {index}: {type(error).__name__}: {error}")
        bystander.on_frame()
    return labelling.ended(End.COMPLETED)


@dataclass(slots=True)
class _Labelling:
    """One sequence being labelled."""

    tool: LabellingTool
    assignment: Assignment
    should_cancel: ShouldCancel
    clock: _Clock = field(init=False)
    records: list[FrameRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = _Clock(self.assignment.timeout_s)

    def ended(self, end: End, message: str = "") -> LabelledRun:
        return LabelledRun(tuple(self.records), end, message)

    def label(self, frame: Frame, index: int) -> None:
        """Let the tool show one frame, and act on it as a person would."""
        spent_before = self.clock.spent_s
        record = self._act(frame, index)
        seconds = round(self.clock.spent_s - spent_before, 6)
        self.records.append(FrameRecord(record.frame_index, record.shown, record.event, record.human_box, seconds))

    def _act(self, frame: Frame, index: int) -> FrameRecord:
        truth_box = self.assignment.truth[index]
        if not self.records and truth_box is not None:
            self._timed(lambda: self.tool.start(frame, truth_box, self._is_over))
            return FrameRecord(index, None, Event.START, truth_box)
        shown = self._timed(lambda: self.tool.show(frame, self._is_over))
        if not self.assignment.is_wrong(shown, index):
            return FrameRecord(index, shown)
        if truth_box is None:
            self._timed(self.tool.mark_absent)
            return FrameRecord(index, shown, Event.FLAG)
        human_box = self.assignment.hand.draw(truth_box, index)
        self._timed(lambda: self.tool.correct(frame, human_box, self._is_over))
        return FrameRecord(index, shown, Event.CORRECTION, human_box)

    def _timed(self, call: Callable[[], Answer]) -> Answer:
        answer = self.clock.time(call)
        if self.clock.is_over():
            raise TrackingCancelled
        return answer

    def _is_over(self) -> bool:
        return self.should_cancel() or self.clock.is_over()
