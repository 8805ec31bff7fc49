"""From what a person asks for to what a run does: which targets, from which manual box, how far. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from dlst_gui.project.project import Project
from dlst_gui.project.tracks import Visibility
from dlst_gui.tracking.bidirectional import bidirectional_requests
from dlst_gui.tracking.tracking_run import Direction, TrackRequest

_FRAMES_AT_ONCE = 4096  # ours: looked through in a millisecond


class PlanError(Exception):
    """There is nothing to track as asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """A run to begin.

    Attributes:
        title: what its undo step is called.
        requests: with run id 0; the tracker's thread numbers them.
        is_bidirectional: whether two passes over the same frames are to be fused.
        to_frame: where a person wants it to end, if that is neither the video's end nor the object's.
    """

    title: str
    requests: tuple[TrackRequest, ...]
    is_bidirectional: bool = False
    to_frame: int | None = None

    @property
    def track_ids(self) -> frozenset[int]:
        return frozenset(request.track_id for request in self.requests)


def plan_one_way(
    project: Project,
    track_ids: Iterable[int],
    frame_index: int,
    *,
    direction: Direction,
    last_frame: int,
    stops_at_keyframe: bool,
) -> RunPlan:
    """From the manual box nearest to a frame, against the direction, to the video's end or the object's.

    Args:
        project: has the manual boxes.
        track_ids: whom to track; those without a box to start from are left out where others have one.
        frame_index: where one is.
        direction: forward or backward.
        last_frame: of the video.
        stops_at_keyframe: end before the next manual box instead of going on through it.

    Raises:
        PlanError: none of the tracks can be tracked.
    """
    requests, reasons = [], []
    for track_id in track_ids:
        try:
            start = _start(project, track_id, frame_index, direction)
            end = _end(project, track_id, start, last_frame if direction is Direction.FORWARD else 0)
        except PlanError as error:
            reasons.append(str(error))
        else:
            boxes = project.manual_boxes(track_id)
            requests.append(TrackRequest(0, boxes, start, end, track_id, stops_at_keyframe))
    if not requests:
        raise PlanError(reasons[0] if reasons else "Drag a box around the object first.")
    return RunPlan("Track" if direction is Direction.FORWARD else "Track backward", tuple(requests))


@dataclass(frozen=True, slots=True)
class TrackedStretch:
    """How far a track has boxes without a break, one way from the manual box that a run would start at.

    Attributes:
        start: frame of that manual box.
        end: the last frame, in the direction of the run; `start` where nothing is tracked yet.
        is_lost: whether the tracker has lost the object there.
        can_go_on: whether there are frames to track after it.
    """

    track_id: int
    direction: Direction
    start: int
    end: int
    is_lost: bool
    can_go_on: bool

    def is_behind(self, frame_index: int) -> bool:
        """Whether a frame is the last one of the stretch, or beyond it."""
        return (frame_index - self.end) * self.direction >= 0


def tracked_stretch(
    project: Project, track_id: int, frame_index: int, *, direction: Direction, last_frame: int
) -> TrackedStretch:
    """What is tracked already of what a run from the manual box nearest to a frame would track.

    Raises:
        PlanError: the track has no box to start from.
    """
    start = _start(project, track_id, frame_index, direction)
    limit = last_frame if direction is Direction.FORWARD else 0
    end = _end_of_boxes(project, track_id, start, limit)
    prediction = None if project.keyframe(track_id, end) is not None else project.prediction(track_id, end)
    try:
        _end(project, track_id, end, limit)
    except PlanError:
        can_go_on = False
    else:
        can_go_on = True
    is_lost = prediction is not None and not prediction.is_found
    return TrackedStretch(track_id, direction, start, end, is_lost, can_go_on)


def plan_on(project: Project, stretch: TrackedStretch, *, last_frame: int, stops_at_keyframe: bool) -> RunPlan:
    """Go on where a stretch ends, from the box that is there; the manual boxes are learned as well.

    Raises:
        PlanError: no frames are left to track.
    """
    end = _end(project, stretch.track_id, stretch.end, last_frame if stretch.direction is Direction.FORWARD else 0)
    shown = project.shown(stretch.track_id, stretch.end)
    boxes = dict(project.manual_boxes(stretch.track_id))
    if shown is not None:
        boxes.setdefault(stretch.end, shown.box)
    request = TrackRequest(0, boxes, stretch.end, end, stretch.track_id, stops_at_keyframe)
    return RunPlan("Track" if stretch.direction is Direction.FORWARD else "Track backward", (request,))


def plan_to(
    project: Project, track_id: int, frame_index: int, to_frame: int, *, stops_at_keyframe: bool
) -> RunPlan:
    """From the manual box nearest to a frame, against the direction of `to_frame`, to there or the object's end.

    Raises:
        PlanError: the track cannot be tracked so.
    """
    direction = Direction.FORWARD if to_frame >= frame_index else Direction.BACKWARD
    start = _start(project, track_id, frame_index, direction)
    if start == to_frame:
        raise PlanError(f"Frame {start} has a manual box, from which tracking would start: choose another frame.")
    end = _end(project, track_id, start, to_frame)
    request = TrackRequest(0, project.manual_boxes(track_id), start, end, track_id, stops_at_keyframe)
    return RunPlan(f"Track to {to_frame}", (request,), to_frame=to_frame)


def plan_between(project: Project, track_id: int, frame_index: int) -> RunPlan:
    """Bidirectional, between the two manual boxes around a frame; on the last one, between it and the one before.

    Raises:
        PlanError: there are no two such boxes with frames between them.
    """
    _check_tracked(project, track_id)
    before = project.keyframe_at_or_before(track_id, frame_index)
    after = project.keyframe_after(track_id, frame_index)
    if after is None and before is not None and before.frame_index == frame_index:
        before, after = project.keyframe_before(track_id, frame_index), before
    if before is None or after is None:
        raise PlanError(
            "Track Between needs a manual box before this frame and one after it: draw the missing one."
        )
    if Visibility.OUTSIDE in (before.visibility, after.visibility):
        raise PlanError(
            "The object is marked as outside at one end of this gap: track it in one direction instead."
        )
    left, right = before.frame_index, after.frame_index
    if right - left < 2:
        raise PlanError("The manual boxes are on adjacent frames: there is nothing to track between them.")
    requests = bidirectional_requests(0, project.manual_boxes(track_id), left=left, right=right, track_id=track_id)
    return RunPlan("Track between", requests, is_bidirectional=True)


def plan_interpolated(project: Project, track_id: int, frame_index: int, *, last_frame: int) -> RunPlan:
    """Track the interpolated boxes around a frame: from the first manual box of the stretch without a break.

    A single gap is tracked bidirectionally, several forward, through the manual boxes between them, which stay.

    Raises:
        PlanError: there are none around the frame.
    """
    _check_tracked(project, track_id)
    manual = project.keyframe_block(track_id)
    frames = manual.frame_indices[manual.shows_object]
    is_line = project.are_interpolated(track_id, 0, last_frame)
    is_drawn = is_line.copy()
    is_drawn[frames] = True
    edges = np.flatnonzero(~is_drawn)
    after = int(np.searchsorted(edges, frame_index))
    left = int(edges[after - 1]) + 1 if after else 0
    right = int(edges[after]) - 1 if after < edges.size else last_frame
    if not is_drawn[frame_index] or not is_line[left : right + 1].any():
        raise PlanError("There are no interpolated boxes around this frame: go to some of them first.")
    met = frames[(frames >= left) & (frames <= right)]
    if len(met) == 2:
        return plan_between(project, track_id, int(met[0]))
    request = TrackRequest(0, project.manual_boxes(track_id), int(met[0]), int(met[-1]) - 1, track_id)
    return RunPlan("Track interpolated boxes", (request,), to_frame=int(met[-1]) - 1)


def _check_tracked(project: Project, track_id: int) -> None:
    info = project.track(track_id)
    if info.is_locked:
        raise PlanError(f"{info.label} {track_id} is locked: unlock it to track it.")
    if info.is_interpolated:
        raise PlanError(
            f"{info.label} {track_id} is interpolated only: turn off Object > Interpolate Only to track it."
        )


def _start(project: Project, track_id: int, frame_index: int, direction: Direction) -> int:
    """The manual box to start from: the nearest one behind, else the nearest one ahead."""
    _check_tracked(project, track_id)
    before = project.keyframe_at_or_before(track_id, frame_index)
    after = project.keyframe_after(track_id, frame_index)
    here = before is not None and before.frame_index == frame_index
    order = (before, after) if direction is Direction.FORWARD or here else (after, before)
    keyframe = next((found for found in order if found is not None), None)
    if keyframe is None:
        raise PlanError("Drag a box around the object first.")
    if keyframe.visibility is Visibility.OUTSIDE:
        raise PlanError(
            f"The object is marked as outside from frame {keyframe.frame_index} on: draw a box where it reappears."
        )
    return keyframe.frame_index


def _end_of_boxes(project: Project, track_id: int, start: int, limit: int) -> int:
    """The last frame on the way to `limit` up to which every frame has a box that is tracked or manual."""
    step = 1 if limit >= start else -1
    end = start
    while end != limit:
        near, far = end + step, end + step * min(_FRAMES_AT_ONCE, abs(limit - end))
        first, last = min(near, far), max(near, far)
        has_box = ~np.isnan(project.scores(track_id, first, last))
        for keyframe in project.keyframes(track_id, first, last):
            has_box[keyframe.frame_index - first] = keyframe.visibility is not Visibility.OUTSIDE
        missing = np.flatnonzero(~has_box[::step])
        if missing.size:
            return end + step * int(missing[0])
        end = far
    return end


def _end(project: Project, track_id: int, start: int, limit: int) -> int:
    """The last frame on the way to `limit` on which the object may be; raises PlanError where there is none."""
    end = limit
    if limit > start:
        outside = (k for k in project.keyframes(track_id, start + 1, limit) if k.visibility is Visibility.OUTSIDE)
        end = next((keyframe.frame_index - 1 for keyframe in outside), limit)
    else:
        entered = start
        for keyframe in reversed(project.keyframes(track_id, limit, start - 1) if start > limit else ()):
            if keyframe.visibility is Visibility.OUTSIDE:
                end = entered  # it was outside until this manual box
                break
            entered = keyframe.frame_index
    if end == start:
        raise PlanError(f"There is nothing to track {'after' if limit >= start > 0 else 'before'} frame {start}.")
    return end
