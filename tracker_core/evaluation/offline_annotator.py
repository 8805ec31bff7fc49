"""A simulated person mends one frame of a whole sequence after the other, until none is wrong.

The offline form of SAP-1 (docs/effort.md): manual boxes may be anywhere, and the tool may change what it showed on
any other frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from tracker_core.box import Box
from tracker_core.evaluation.annotator import Assignment, Bystander
from tracker_core.evaluation.compute_clock import ComputeClock
from tracker_core.evaluation.effort_log import End, Event, FrameRecord, LabelledRun
from tracker_core.tracker import ShouldCancel, TrackingCancelled

HumanLabels = Mapping[int, Box | None]
"""What a person said, by frame: a box, or None where the target is absent."""


class MendNext(Enum):
    """Which of the wrong frames is mended next.

    WORST is that of lowest IoU, the earliest of several: what a perfect review queue would show. QUEUED is the
    first wrong one a person meets who looks where the tool says, and then at all frames in order.
    """

    WORST = "worst"
    QUEUED = "queued"


class OfflineTool(Protocol):
    """What is measured; it sees pixels and human labels only."""

    def propose(self, human_labels: HumanLabels, should_cancel: ShouldCancel) -> Mapping[int, Box]:
        """A box for each frame without a human label on which the target is taken for present.

        A `should_cancel` that answers True makes it raise `TrackingCancelled`.
        """
        ...

    def queue(self, human_labels: HumanLabels) -> Sequence[int]:
        """Frames of the latest proposal that a person should review, the most urgent first; not all."""
        ...


def label_offline(
    tool: OfflineTool, assignment: Assignment, bystander: Bystander, mend_next: MendNext
) -> LabelledRun | None:
    """Label all frames; None where the bystander ended it.

    A tool that raises, whatever it is, or computes too long ends its run, which then counts as 100; the message
    says why.
    """
    clock = ComputeClock(assignment.timeout_s, bystander.should_cancel)
    labelling = _Labelling(tool, assignment, clock, mend_next)
    best_count = 0
    while not labelling.is_done:
        try:
            right_count = labelling.improve()
        except TrackingCancelled:
            if bystander.should_cancel():
                return None
            return labelling.ended(End.TIMED_OUT, labelling.progress)
        except Exception as error:
            return labelling.ended(End.FAILED, f"{labelling.progress}: {type(error).__name__}: {error}")
        for _ in range(best_count, right_count):
            bystander.on_frame()
        best_count = max(best_count, right_count)
    return labelling.ended(End.COMPLETED)


@dataclass(slots=True)
class _Labelling:
    """One sequence being labelled: what the person did, and what the tool shows on the other frames."""

    tool: OfflineTool
    assignment: Assignment
    clock: ComputeClock
    mend_next: MendNext
    acts: dict[int, FrameRecord] = field(init=False)
    shown: Mapping[int, Box] = field(default_factory=dict)
    is_done: bool = False

    def __post_init__(self) -> None:
        first = self.assignment.first_visible()
        self.acts = {first: FrameRecord(first, None, Event.START, self.assignment.truth[first])}

    @property
    def progress(self) -> str:
        return f"after {len(self.acts)} human labels"

    def improve(self) -> int:
        """Let the tool propose, and act on the worst frame where one is wrong; the number of right frames."""
        labels = {index: act.final_box for index, act in self.acts.items()}
        spent_before = self.clock.spent_s
        self.shown = self.clock.timed(lambda: self.tool.propose(labels, self.clock.is_over))
        self._charge(self.clock.spent_s - spent_before)
        others = [index for index in self._frames() if index not in self.acts]
        wrong = [index for index in others if self.assignment.is_wrong(self.shown.get(index), index)]
        if wrong:
            self._act(self._next(wrong))
        self.is_done = not wrong
        return len(self._frames()) - len(wrong)

    def ended(self, end: End, message: str = "") -> LabelledRun:
        records = (self.acts.get(index, FrameRecord(index, self.shown.get(index))) for index in self._frames())
        return LabelledRun(tuple(records), end, message)

    def _frames(self) -> range:
        return range(min(self.acts), len(self.assignment.truth))

    def _charge(self, seconds: float) -> None:
        """Note the seconds on the frame that made the tool compute: the latest act."""
        index, act = next(reversed(self.acts.items()))
        self.acts[index] = FrameRecord(index, act.shown, act.event, act.manual_box, round(seconds, 6))

    def _next(self, wrong: Sequence[int]) -> int:
        if self.mend_next is MendNext.WORST:
            return min(wrong, key=self._iou)
        labels = {index: act.final_box for index, act in self.acts.items()}
        return next(index for index in (*self.tool.queue(labels), *wrong) if index in wrong)

    def _iou(self, index: int) -> float:
        box, truth_box = self.shown.get(index), self.assignment.truth[index]
        return 0.0 if box is None or truth_box is None else box.iou(truth_box)

    def _act(self, index: int) -> None:
        shown, truth_box = self.shown.get(index), self.assignment.truth[index]
        if truth_box is None:
            self.acts[index] = FrameRecord(index, shown, Event.FLAG)
        else:
            manual_box = self.assignment.hand.draw(truth_box, index)
            self.acts[index] = FrameRecord(index, shown, Event.CORRECTION, manual_box)
