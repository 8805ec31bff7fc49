"""Our tracker between human boxes from both sides, as the window does it, for the offline form of `effort`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from dlst_gui.fusion import fuse
from dlst_gui.joint_run import JointRun
from dlst_gui.tracking_run import Direction, FrameSource, TrackRequest
from tracker_core import Box, ShouldCancel, Tracker, TrackResult
from tracker_core.evaluation.offline_annotator import HumanLabels


class TwoSidedTool:
    """Tracks each gap between neighbouring human boxes both ways, and forward where there is no later one.

    Every pass learns all human boxes of the target first. What a gap gave is kept until a human label falls into
    it.
    """

    def __init__(self, make_tracker: Callable[[], Tracker], source: FrameSource, frame_count: int) -> None:
        self._make_tracker = make_tracker
        self._source = source
        self._frame_count = frame_count
        self._found: dict[tuple[int, int], Mapping[int, Box]] = {}

    def propose(self, human_labels: HumanLabels, should_cancel: ShouldCancel) -> Mapping[int, Box]:
        """Boxes of all gaps; none from a frame without target up to the next human box."""
        keyframes = {index: box for index, box in human_labels.items() if box is not None}
        ends = [*sorted(human_labels), self._frame_count]
        self._found = {gap: self._found[gap] for gap in pairwise(ends) if gap in self._found}
        for left, right in pairwise(ends):
            if (left, right) not in self._found and left in keyframes:
                self._found[left, right] = self._track(keyframes, left, right, should_cancel)
        return {index: box for boxes in self._found.values() for index, box in boxes.items()}

    def _track(
        self, keyframes: Mapping[int, Box], left: int, right: int, should_cancel: ShouldCancel
    ) -> Mapping[int, Box]:
        """Boxes of the frames between the two."""
        if right == left + 1:
            return {}
        requests = [TrackRequest(0, keyframes, left, right - 1)]
        if right in keyframes:
            requests.append(TrackRequest(0, keyframes, right, left + 1))
        results: dict[Direction, dict[int, TrackResult]] = {request.direction: {} for request in requests}
        run = JointRun(requests, self._source, self._make_tracker)
        while not run.is_finished:
            tracked = run.step(should_cancel=should_cancel)
            if not tracked.is_human:
                results[tracked.direction][tracked.frame_index] = tracked.result
        forward = results[Direction.FORWARD]
        if right not in keyframes:
            return {index: result.box for index, result in forward.items()}
        fused = fuse(forward, results[Direction.BACKWARD], left=left, right=right)
        return {frame.frame_index: frame.box for frame in fused}
