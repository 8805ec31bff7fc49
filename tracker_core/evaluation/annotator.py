"""A simulated person labels a sequence with a tool: looks at each frame in order, and acts only where it is wrong.

The tool sees pixels and manual boxes, never the truth. Frames before the present one are done with (the online
form of SAP-1, docs/effort.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tracker_core.box import Box
from tracker_core.evaluation.compute_clock import ComputeClock
from tracker_core.evaluation.effort_log import End, Event, FrameRecord, LabelledRun
from tracker_core.evaluation.errors import EvaluationError
from tracker_core.evaluation.manual_boxes import Hand, Truth
from tracker_core.tracker import Frame, ShouldCancel, TrackingCancelled


class LabellingTool(Protocol):
    """What is measured; told about one frame after the other.

    A `should_cancel` that answers True makes a call raise `TrackingCancelled`.
    """

    def start(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """The first manual box."""
        ...

    def show(self, frame: Frame, should_cancel: ShouldCancel) -> Box | None:
        """The label proposed for the next frame; None where the target is taken for absent."""
        ...

    def correct(self, frame: Frame, box: Box, should_cancel: ShouldCancel) -> None:
        """The manual box on the frame just shown."""
        ...

    def mark_absent(self) -> None:
        """A person says that the target is not on the frame just shown; the tool may find it again by itself."""
        ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be labelled, how well and how long.

    Attributes:
        truth: by frame; None where the target is absent.
        hand: draws the manual boxes.
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
    labelling = _Labelling(tool, assignment, ComputeClock(assignment.timeout_s, bystander.should_cancel))
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
    clock: ComputeClock
    records: list[FrameRecord] = field(default_factory=list)

    def ended(self, end: End, message: str = "") -> LabelledRun:
        return LabelledRun(tuple(self.records), end, message)

    def label(self, frame: Frame, index: int) -> None:
        """Let the tool show one frame, and act on it as a person would."""
        spent_before = self.clock.spent_s
        record = self._act(frame, index)
        seconds = round(self.clock.spent_s - spent_before, 6)
        self.records.append(
            FrameRecord(record.frame_index, record.shown, record.event, record.manual_box, seconds)
        )

    def _act(self, frame: Frame, index: int) -> FrameRecord:
        truth_box = self.assignment.truth[index]
        if not self.records and truth_box is not None:
            self.clock.timed(lambda: self.tool.start(frame, truth_box, self.clock.is_over))
            return FrameRecord(index, None, Event.START, truth_box)
        shown = self.clock.timed(lambda: self.tool.show(frame, self.clock.is_over))
        if not self.assignment.is_wrong(shown, index):
            return FrameRecord(index, shown)
        if truth_box is None:
            self.clock.timed(self.tool.mark_absent)
            return FrameRecord(index, shown, Event.FLAG)
        manual_box = self.assignment.hand.draw(truth_box, index)
        self.clock.timed(lambda: self.tool.correct(frame, manual_box, self.clock.is_over))
        return FrameRecord(index, shown, Event.CORRECTION, manual_box)
