"""Our tracker in both directions between manual boxes, as the window does it, for the offline form of `effort`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from dlst_gui.project.edits import add_track, record_predictions, set_keyframe
from dlst_gui.project.findings.review_findings import review_findings
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Keyframe, Prediction, Visibility
from dlst_gui.project.video_identity import VideoIdentity
from dlst_gui.tracking.fusion import FusedFrame, fuse
from dlst_gui.tracking.joint_run import JointRun
from dlst_gui.tracking.tracking_run import Direction, FrameSource, TrackRequest
from tracker_core import Box, ShouldCancel, Tracker, TrackResult, UpdateKind
from tracker_core.evaluation.offline_annotator import HumanLabels

TRACK_ID = RUN_ID = 1  # there is one of each


class BidirectionalTool:
    """Tracks each gap between neighbouring manual boxes bidirectionally, and forward where there is no later one.

    Every pass learns all manual boxes of the target first. What a gap gave is kept until a human label falls into
    it.
    """

    def __init__(self, make_tracker: Callable[[], Tracker], source: FrameSource, frame_count: int) -> None:
        self._make_tracker = make_tracker
        self._source = source
        self._frame_count = frame_count
        self._found: dict[tuple[int, int], tuple[Prediction, ...]] = {}

    def propose(self, human_labels: HumanLabels, should_cancel: ShouldCancel) -> Mapping[int, Box]:
        """Boxes of all gaps; none from a frame without target up to the next manual box."""
        keyframes = {index: box for index, box in human_labels.items() if box is not None}
        ends = [*sorted(human_labels), self._frame_count]
        self._found = {gap: self._found[gap] for gap in pairwise(ends) if gap in self._found}
        for left, right in pairwise(ends):
            if (left, right) not in self._found and left in keyframes:
                self._found[left, right] = self._track(keyframes, left, right, should_cancel)
        return {made.frame_index: made.box for gap in self._found.values() for made in gap}

    def queue(self, human_labels: HumanLabels) -> Sequence[int]:
        """The findings of the window's review: of each the worst frame, then the others in order."""
        project = _project(human_labels, [made for gap in self._found.values() for made in gap], self._frame_count)
        found = review_findings(project, TRACK_ID, self._frame_count)[["worst", "first", "last"]].tolist()
        return [index for worst, first, last in found for index in (worst, *range(first, last + 1))]

    def _track(
        self, keyframes: Mapping[int, Box], left: int, right: int, should_cancel: ShouldCancel
    ) -> tuple[Prediction, ...]:
        """The frames between the two, in order."""
        if right == left + 1:
            return ()
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
            return tuple(_prediction(index, result) for index, result in forward.items())
        fused = fuse(forward, results[Direction.BACKWARD], left=left, right=right)
        return tuple(_prediction(frame.frame_index, frame, frame.disagreement) for frame in fused)


def _prediction(frame_index: int, found: TrackResult | FusedFrame, disagreement: float = math.nan) -> Prediction:
    return Prediction(
        frame_index, found.box, found.score, found.is_found, RUN_ID, UpdateKind.NONE, disagreement=disagreement
    )


def _project(human_labels: HumanLabels, predictions: Sequence[Prediction], frame_count: int) -> Project:
    """As the window would have it; the frames' size and file play no part in reviewing."""
    project = Project(VideoIdentity("", frame_count, 1, 1, 0))
    project.apply(*add_track(project, label="target", color="#ffffff").changes)
    last_box: Box | None = None
    for index, box in sorted(human_labels.items()):
        last_box = box or last_box
        if last_box is not None:
            visibility = Visibility.OUTSIDE if box is None else Visibility.VISIBLE
            project.apply(*set_keyframe(project, TRACK_ID, Keyframe(index, last_box, visibility)).changes)
    project.apply(*record_predictions(project, TRACK_ID, PredictionBlock.of(predictions)).changes)
    return project
