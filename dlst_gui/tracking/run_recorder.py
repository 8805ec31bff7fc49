"""Writes what a run finds into the project as it comes, as one step of undo. No Qt."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable

from dlst_gui.project.edits import record_predictions
from dlst_gui.project.history import EditHistory
from dlst_gui.project.prediction_block import PredictionBlock
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Prediction
from dlst_gui.tracking.bidirectional import GapFuser
from dlst_gui.tracking.fusion import FusedFrame
from dlst_gui.tracking.tracking_run import Direction, FrameTracked, TrackRequest
from tracker_core import TrackResult, UpdateKind

WRITTEN_EVERY_S = 0.25  # with the time a busy machine keeps one waiting, less than a second is lost in a crash


class RunRecorder:
    """The record of one run.

    Where a gap is tracked bidirectionally, the forward boxes stand until the backward pass is complete; then both
    are fused. A run that ends before leaves the forward boxes, and the backward ones where there is none.
    """

    def __init__(
        self,
        project: Project,
        history: EditHistory,
        *,
        title: str,
        frame_index: int,
        run_id: int,
        requests: Iterable[TrackRequest] = (),
    ) -> None:
        self._project = project
        requests = tuple(requests)
        track_ids = {request.track_id for request in requests}
        self._edit = history.begin_run(title, frame_index, track_ids.pop() if len(track_ids) == 1 else None)
        self._run_id = run_id
        self._fuser = GapFuser(requests)
        self._recorded: dict[tuple[int, int], Direction] = {}
        self._unwritten: defaultdict[int, dict[int, Prediction]] = defaultdict(dict)
        self._written_at_s = time.monotonic()

    def add(self, tracked: FrameTracked) -> None:
        """Take in one tracked frame; manual boxes are in the project already."""
        if tracked.is_human:
            return
        where = tracked.track_id, tracked.frame_index
        # The way back does not replace what the way there has found; a target that was begun again does.
        if self._recorded.setdefault(where, tracked.direction) is tracked.direction:
            self._keep(tracked.track_id, self._prediction(tracked.frame_index, tracked.result))
        fused = self._fuser.add(tracked)
        for frame in () if fused is None else fused.frames:
            self._keep(tracked.track_id, self._fused_prediction(frame))

    @property
    def run_id(self) -> int:
        """Within the project."""
        return self._run_id

    def unwritten(self, track_id: int, frame_index: int) -> Prediction | None:
        """What was found on a frame and is not in the project yet."""
        return self._unwritten[track_id].get(frame_index) if track_id in self._unwritten else None

    @property
    def is_due(self) -> bool:
        """Whether something has waited long enough to be written."""
        return bool(self._unwritten) and time.monotonic() - self._written_at_s >= WRITTEN_EVERY_S

    def write(self) -> frozenset[int]:
        """Write what has come; the tracks it was about. Raises `ProjectFileError`, and then keeps it."""
        written = set()
        for track_id in sorted(self._unwritten):
            if self._project.has_track(track_id):
                block = PredictionBlock.of(self._unwritten[track_id].values())
                self._edit.add(record_predictions(self._project, track_id, block).changes)
                written.add(track_id)
            del self._unwritten[track_id]
        self._written_at_s = time.monotonic()
        return frozenset(written)

    def _keep(self, track_id: int, prediction: Prediction) -> None:
        self._unwritten[track_id][prediction.frame_index] = prediction

    def _prediction(self, frame_index: int, result: TrackResult) -> Prediction:
        return Prediction(frame_index, result.box, result.score, result.is_found, self._run_id, result.update)

    def _fused_prediction(self, fused: FusedFrame) -> Prediction:
        return Prediction(
            fused.frame_index,
            fused.box,
            fused.score,
            fused.is_found,
            self._run_id,
            UpdateKind.NONE,
            disagreement=min(max(fused.disagreement, 0.0), 1.0),
        )
