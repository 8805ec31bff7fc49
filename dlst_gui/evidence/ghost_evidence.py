"""What a ghost's tracker saw: in memory alone, until the ghost is taken."""

from __future__ import annotations

from collections.abc import Iterator

from dlst_gui.evidence.reasons import FRAMES_BEFORE_LOSS, ORDINARY, Reason, reasons_of
from dlst_gui.evidence.recent_evidence import RecentEvidence
from tracker_core.evidence import FrameEvidence

LIMIT_BYTES = 12 * 2**20
"""Ours, for each ghost: 220 frames of the paper's system, or 2,200 of the default one."""


class GhostEvidence:
    """Of the latest frames of one run forwards, those that were lost longest.

    Attributes:
        seen: on which frame.
    """

    def __init__(self) -> None:
        self.seen = RecentEvidence(LIMIT_BYTES)
        self._reasons: dict[int, Reason] = {}
        self._before: FrameEvidence | None = None

    def add(self, evidence: FrameEvidence) -> None:
        """Take in the next frame."""
        before = self._before
        reasons = reasons_of(evidence, None if before is None else before.box)
        if Reason.LOST in reasons and before is not None and before.is_found:
            for frames in range(1, FRAMES_BEFORE_LOSS + 1):
                self._add_reasons(evidence.frame_index - frames, Reason.BEFORE_LOSS)
        self._add_reasons(evidence.frame_index, reasons)
        self.seen.record(evidence)
        self._before = evidence

    def worth_keeping(self, *, keeps_all: bool) -> Iterator[tuple[FrameEvidence, Reason]]:
        """Frames to be kept beside a project, and why; all that there are, or those worth asking about."""
        for evidence in self.seen:
            reasons = self._reasons.get(evidence.frame_index, ORDINARY)
            if reasons or keeps_all:
                yield evidence, reasons

    def _add_reasons(self, frame_index: int, reasons: Reason) -> None:
        if reasons:
            self._reasons[frame_index] = self._reasons.get(frame_index, ORDINARY) | reasons
