"""An object tracked again, otherwise, beside its real boxes: a ghost that is compared, taken or discarded. No Qt.

A ghost is tracked as a real run from the same box would be: with the manual boxes that the object has when it is
begun, all of them learned at its start, and each once more where it comes to it. It does not pause where it loses
the object: one sees whether it comes back. Nothing of the project changes until it is taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dlst_gui.formats.transfer.selection import shown_columns
from dlst_gui.project.changes import LongEdit, stretches
from dlst_gui.project.edit_parts import EditError
from dlst_gui.project.edits import record_predictions
from dlst_gui.project.prediction_block import ROW, UPDATES, PredictionBlock, RowFlag
from dlst_gui.project.project import Project
from dlst_gui.project.tracks import FrameState, Visibility
from dlst_gui.tracking.headless_run import HeadlessResult, run_headless
from dlst_gui.tracking.run_plans import PlanError, TrackedStretch, plan_on, plan_one_way
from dlst_gui.tracking.tracker_factory import MakeTracker, TrackerSettings
from dlst_gui.tracking.tracking_run import Direction, FrameSource, FrameTracked, TrackingRun, TrackRequest
from tracker_core import Box, OnProgress, ShouldCancel
from tracker_core.evidence import RunBoxes

Number = TypeVar("Number", np.uint8, np.float32)


@dataclass(frozen=True, slots=True)
class WhatIfPlan:
    """What is to be tracked again.

    Attributes:
        request: with run id 0.
        is_start_tracked: whether the box it begins with is no manual one.
    """

    request: TrackRequest
    is_start_tracked: bool


def plan_what_if(
    project: Project, track_id: int, frame_index: int, *, last_frame: int, begins_here: bool = False
) -> WhatIfPlan:
    """From what a person asks for to what is tracked.

    Args:
        project: has the manual boxes.
        track_id: of the object.
        frame_index: where one is.
        last_frame: where it is to end; it ends before where the object is said to leave.
        begins_here: begin with the box that this frame shows, as if a person had given it; else with the nearest
            manual box before it, as a real run does.

    Raises:
        PlanError: the object cannot be tracked so.
    """
    if not begins_here:
        plan = plan_one_way(
            project,
            [track_id],
            frame_index,
            direction=Direction.FORWARD,
            last_frame=last_frame,
            stops_at_keyframe=False,
        )
    elif project.shown(track_id, frame_index) is None:
        raise PlanError(f"Frame {frame_index} has no box to begin with: go to a frame that has one.")
    else:
        here = TrackedStretch(track_id, Direction.FORWARD, frame_index, frame_index, is_lost=False, can_go_on=True)
        plan = plan_on(project, here, last_frame=last_frame, stops_at_keyframe=False)
    (request,) = plan.requests
    if request.direction is Direction.BACKWARD:
        raise PlanError(f"It would begin at frame {request.start_frame}: choose a later frame to end at.")
    return WhatIfPlan(request, project.keyframe(track_id, request.start_frame) is None)


class Ghost:
    """A run beside the real one, as far as it has come. Belongs to one thread.

    Attributes:
        plan: what is tracked, with the manual boxes as they were when it was begun.
        settings: of its tracker.
    """

    def __init__(self, plan: WhatIfPlan, settings: TrackerSettings) -> None:
        self.plan = plan
        self.settings = settings
        count = plan.request.frame_count
        self._count = 0
        self._boxes = np.zeros((count, 4))
        self._scores = np.zeros(count)
        self._is_found = np.zeros(count, np.bool_)
        self._seconds = np.zeros(count)
        self._updates = np.zeros(count, np.uint8)
        self._is_human = np.zeros(count, np.bool_)

    def __len__(self) -> int:
        return self._count

    @property
    def request(self) -> TrackRequest:
        return self.plan.request

    @property
    def track_id(self) -> int:
        return self.request.track_id

    @property
    def first_frame(self) -> int:
        return self.request.start_frame

    @property
    def last_frame(self) -> int:
        """Where it ends, or is to end."""
        return self.request.last_frame

    @property
    def is_complete(self) -> bool:
        return self._count == self.request.frame_count

    def add(self, tracked: FrameTracked) -> None:
        """Take in the next frame; ValueError for any other."""
        if tracked.frame_index != self.first_frame + self._count:
            raise ValueError(f"expected frame {self.first_frame + self._count}, got {tracked.frame_index}")
        at, result = self._count, tracked.result
        self._boxes[at] = result.box.xywh
        self._scores[at], self._is_found[at], self._seconds[at] = result.score, result.is_found, tracked.elapsed_s
        self._updates[at], self._is_human[at] = UPDATES.index(result.update), tracked.is_human
        self._count += 1

    @property
    def boxes(self) -> RunBoxes:
        """What it has found so far; not changed by what comes after."""
        count = self._count
        frames = np.arange(self.first_frame, self.first_frame + count, dtype=np.int64)
        return RunBoxes(
            frames,
            self._boxes[:count].copy(),
            self._scores[:count].copy(),
            self._is_found[:count].copy(),
            self._seconds[:count].copy(),
        )

    def box(self, frame_index: int) -> Box | None:
        """Its box on a frame; None where it has not been, or not yet."""
        at = self._position(frame_index)
        return None if at is None else Box.from_xywh(self._boxes[at])

    def score(self, frame_index: int) -> float | None:
        """Of that box; infinite where a person gave it."""
        at = self._position(frame_index)
        return None if at is None else float(self._scores[at])

    def is_found(self, frame_index: int) -> bool:
        """Whether the target was found on a frame."""
        at = self._position(frame_index)
        return at is not None and bool(self._is_found[at])

    def state_codes(self, first: int, last: int) -> NDArray[np.uint8]:
        """(frames,) the `FrameState` of frames `first` to `last`, as those of a track."""
        states = np.where(self._is_found, FrameState.TRACKED, FrameState.LOST)
        states = np.where(self._is_human, FrameState.HUMAN, states)
        return self._spread(states.astype(np.uint8), first, last, np.uint8(FrameState.NOTHING))

    def shown_scores(self, first: int, last: int) -> NDArray[np.float32]:
        """(frames,) the scores of frames `first` to `last`; NaN where there is none, or a person gave the box."""
        scores = np.where(self._is_human, np.nan, self._scores)
        return self._spread(scores.astype(np.float32), first, last, np.float32(np.nan))

    def predictions(self, run_id: int, *, before: int | None = None) -> PredictionBlock:
        """What a tracker found, as a project keeps it.

        Args:
            run_id: that they get.
            before: only those on frames before this one.
        """
        end = self._count if before is None else min(max(before - self.first_frame, 0), self._count)
        at = np.flatnonzero(~self._is_human[:end])
        rows = np.zeros(at.size, ROW)
        rows["box"], rows["score"], rows["update"] = self._boxes[at], self._scores[at], self._updates[at]
        rows["disagreement"], rows["run_id"] = np.nan, run_id
        rows["flags"] = np.where(self._is_found[at], RowFlag.PRESENT | RowFlag.FOUND, RowFlag.PRESENT)
        return PredictionBlock((self.first_frame + at).astype(np.int32), rows)

    def _position(self, frame_index: int) -> int | None:
        at = frame_index - self.first_frame
        return at if 0 <= at < self._count else None

    def _spread(self, values: NDArray[Number], first: int, last: int, nothing: Number) -> NDArray[Number]:
        spread = np.full(last - first + 1, nothing)
        begin, end = max(self.first_frame, first), min(self.first_frame + self._count - 1, last)
        if begin <= end:
            spread[begin - first : end - first + 1] = values[begin - self.first_frame : end - self.first_frame + 1]
        return spread


def track_ghost(
    ghost: Ghost,
    source: FrameSource,
    make_tracker: MakeTracker,
    *,
    on_frame: Callable[[FrameTracked], None],
    should_cancel: ShouldCancel,
    on_progress: OnProgress | None = None,
    with_diagnostics: bool = False,
) -> HeadlessResult:
    """Track it to its end, in the thread that calls; who adds the frames to it is `on_frame`'s business.

    `on_frame` hears what the tracker saw where `with_diagnostics` asks for it.

    Raises:
        WeightsError, ValueError: as `make_tracker`.
        TrackerInputError: the box that it begins with is refused.
    """
    run = TrackingRun(ghost.request, source, make_tracker(ghost.settings))
    return run_headless(
        run,
        on_frame=on_frame,
        should_cancel=should_cancel,
        on_progress=on_progress,
        with_diagnostics=with_diagnostics,
    )


def shown_boxes(
    project: Project, track_id: int, first: int, last: int, seconds: NDArray[np.float32] | None = None
) -> RunBoxes:
    """What a project shows of an object on frames `first` to `last`, to compare with.

    Args:
        project: has it.
        track_id: of the object.
        first: first frame.
        last: last frame, inclusive.
        seconds: (last + 1,) or more that each frame of the video took to be tracked; None: not known.
    """
    columns = shown_columns(project, track_id, np.arange(first, last + 1, dtype=np.int32))
    columns = columns.where(columns.is_present)
    frames = columns.frame_indices.astype(np.int64)
    codes = project.state_codes(track_id, first, last)[frames - first]
    is_human = codes == FrameState.HUMAN
    scores = np.where(is_human, np.inf, columns.scores.astype(np.float64))
    taken_s = np.full(len(frames), np.nan) if seconds is None else seconds[frames].astype(np.float64)
    taken_s[np.isnan(scores)] = np.nan  # of a tracked box that is no longer there
    return RunBoxes(frames, columns.boxes_xywh, scores, codes != FrameState.LOST, taken_s)


def first_frame_kept(project: Project, ghost: Ghost) -> int:
    """The first frame on which a person has given, changed or removed a box since the ghost was begun.

    Its boxes from there on were found without knowing that. Beyond the ghost's last frame where there is none.

    Raises:
        EditError: nothing of the ghost can be taken, and the message says why.
    """
    if not project.has_track(ghost.track_id):
        raise EditError("The object is gone: there is nothing to take this what-if into.")
    if project.track(ghost.track_id).is_locked:
        raise EditError("This object is locked: unlock it to take the what-if.")
    then = dict(ghost.request.keyframes)
    if ghost.plan.is_start_tracked:
        del then[ghost.first_frame]
    keyframes = project.keyframes(ghost.track_id, ghost.first_frame, ghost.last_frame)
    now = {each.frame_index: each.box for each in keyframes if each.visibility is not Visibility.OUTSIDE}
    outside = {each.frame_index for each in keyframes if each.visibility is Visibility.OUTSIDE}
    known = {frame: box for frame, box in then.items() if ghost.first_frame <= frame <= ghost.last_frame}
    changed = {frame for frame in now.keys() | known.keys() if now.get(frame) != known.get(frame)}
    return min(changed | outside, default=ghost.last_frame + 1)


def take_ghost(project: Project, ghost: Ghost, run_id: int) -> LongEdit:
    """Replace the tracked boxes of the ghost's frames by the ghost's; manual boxes stay.

    It is made a few thousand frames at a time. Where a manual box was drawn, changed or removed since the ghost
    was begun, only the boxes before it are taken.

    Raises:
        EditError: none can be taken.
    """
    if len(ghost) < 2:
        raise EditError("This what-if has no tracked boxes yet.")
    block = ghost.predictions(run_id, before=first_frame_kept(project, ghost))
    if not len(block):
        raise EditError("The manual boxes have changed since: ask what if again.")
    spans = list(stretches(block))
    return LongEdit(
        "Take what-if",
        ghost.first_frame,
        len(spans),
        (record_predictions(project, ghost.track_id, block.between(*span)).changes for span in spans),
        ghost.track_id,
        ends_run=True,
    )
