"""Several targets, or one bidirectionally, in one run: each step tracks one target on one frame. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import MappingProxyType

from dlst_gui.tracking.lost_rule import LostRule, LostWatch, TargetLost
from dlst_gui.tracking.run_progress import FramesLeft
from dlst_gui.tracking.tracking_run import Direction, FrameSource, FrameTracked, TrackingRun, TrackRequest
from tracker_core import Box, OnProgress, ShouldCancel, Tracker


class JointRun:
    """Steps whichever target is farthest behind, so that all have tracked a frame before the next one is decoded.

    Those that go forward come first, then those that go backward. A target that has ended or is lost leaves the
    others to go on. Its tracker is made when its turn comes and let go when it has ended. Lives in one thread.

    Args:
        requests: of one run id; a target may be tracked several times, over frames apart or the other way.
        source: of all of them; one that decodes a frame once for all targets, such as `ReadAhead`.
        make_tracker: called once per request.
        lost_rule: when a lost target is paused for a person to check; None for never.
    """

    def __init__(
        self,
        requests: Sequence[TrackRequest],
        source: FrameSource,
        make_tracker: Callable[[], Tracker],
        lost_rule: LostRule | None = None,
    ) -> None:
        if not requests or len({request.run_id for request in requests}) != 1:
            raise ValueError(f"expected requests of one run, got {[request.run_id for request in requests]}")
        self._run_id = requests[0].run_id
        self._legs = [_Leg(request, source, make_tracker, lost_rule) for request in requests]

    @property
    def run_id(self) -> int:
        return self._run_id

    @property
    def is_finished(self) -> bool:
        return all(leg.is_finished for leg in self._legs)

    @property
    def next_frame(self) -> int | None:
        """The frame whose turn it is; None where all have ended or are paused."""
        leg = self._next()
        return None if leg is None else leg.next_frame

    @property
    def is_to_learn(self) -> bool:
        """Whether the next step learns a manual box, which takes longer."""
        leg = self._next()
        return leg is not None and leg.next_frame in leg.request.keyframes

    @property
    def lost(self) -> tuple[TargetLost, ...]:
        """Targets that are paused because they were lost."""
        return tuple(leg.lost for leg in self._legs if leg.lost is not None)

    @property
    def frames_left(self) -> FramesLeft:
        """Of all targets together."""
        left = [leg.frames_left for leg in self._legs]
        total = sum(leg.request.frame_count for leg in self._legs)
        return FramesLeft(total, sum(each.to_track for each in left), sum(each.to_learn for each in left))

    def step(
        self,
        *,
        with_diagnostics: bool = False,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked:
        """Track one target on one frame.

        Raises:
            ValueError: all targets have ended or are paused.
            VideoError: the source cannot give the frame; the run can be ended there.
            TrackingCancelled: `should_cancel` answered True; the same step can be taken again.
        """
        leg = self._next()
        if leg is None:
            raise ValueError(f"run {self._run_id} has ended or is paused: resume it or start another")
        run = leg.begun()
        return leg.noted(
            run.step(with_diagnostics=with_diagnostics, should_cancel=should_cancel, on_progress=on_progress)
        )

    def apply_correction(
        self,
        track_id: int,
        frame_index: int,
        box: Box,
        *,
        should_cancel: ShouldCancel | None = None,
        on_progress: OnProgress | None = None,
    ) -> FrameTracked | None:
        """Learn a manual box now where its frame was just tracked; None where it waits for its turn.

        Raises:
            ValueError: the target has been tracked past the frame, or to its end: that needs another run.
        """
        waiting = [leg for leg in self._going_on(track_id) if leg.is_ahead(frame_index)]
        for leg in waiting:
            leg.add_keyframe(frame_index, box)
        here = self._just_tracked(track_id, frame_index)
        if here is not None:
            run = here.begun()
            return here.noted(run.correct(frame_index, box, should_cancel=should_cancel, on_progress=on_progress))
        if not waiting:
            raise ValueError(
                f"run {self._run_id} cannot learn frame {frame_index} of track {track_id} any more: start another"
            )
        return None

    def has_just_tracked(self, track_id: int, frame_index: int) -> bool:
        """Whether a manual box on this frame is learned at once."""
        return self._just_tracked(track_id, frame_index) is not None

    def end_at(self, frame_index: int) -> None:
        """Let all targets that go on end at a frame, which lies ahead of them."""
        for leg in self._legs:
            if not leg.is_finished:
                leg.change(replace(leg.request, stop_frame=frame_index))

    def wake(self) -> None:
        """Let lost targets go on as they are."""
        for leg in self._legs:
            leg.wake()

    def _going_on(self, track_id: int) -> list[_Leg]:
        return [leg for leg in self._legs if leg.request.track_id == track_id and not leg.is_finished]

    def _just_tracked(self, track_id: int, frame_index: int) -> _Leg | None:
        return next((leg for leg in self._going_on(track_id) if leg.last_tracked == frame_index), None)

    def _next(self) -> _Leg | None:
        ready = (leg for leg in self._legs if not leg.is_finished and leg.lost is None)
        return min(ready, key=lambda leg: leg.turn, default=None)


class _Leg:
    """One request of a joint run: its tracker while it is needed, and whether it is paused."""

    def __init__(
        self,
        request: TrackRequest,
        source: FrameSource,
        make_tracker: Callable[[], Tracker],
        lost_rule: LostRule | None,
    ) -> None:
        self.request = request
        self.next_frame = request.start_frame
        self.lost: TargetLost | None = None
        self._source = source
        self._make_tracker = make_tracker
        self._run: TrackingRun | None = None
        self._watch = None if lost_rule is None else LostWatch(lost_rule)

    @property
    def is_finished(self) -> bool:
        return len(self.request.frames_from(self.next_frame)) == 0

    @property
    def turn(self) -> tuple[bool, int]:
        """The smallest comes first."""
        direction = self.request.direction
        return direction is Direction.BACKWARD, self.next_frame * direction

    @property
    def last_tracked(self) -> int | None:
        return None if self._run is None else self.next_frame - self.request.direction

    @property
    def frames_left(self) -> FramesLeft:
        frames = self.request.frames_from(self.next_frame)
        to_learn = sum(i in frames for i in self.request.keyframes)
        return FramesLeft(self.request.frame_count, len(frames) - to_learn, to_learn)

    def is_ahead(self, frame_index: int) -> bool:
        return (frame_index - self.next_frame) * self.request.direction >= 0

    def add_keyframe(self, frame_index: int, box: Box) -> None:
        keyframes = MappingProxyType({**self.request.keyframes, frame_index: box})
        self.change(replace(self.request, keyframes=keyframes))

    def change(self, request: TrackRequest) -> None:
        self.request = request
        if self._run is not None:
            self._run.request = self.request

    def begun(self) -> TrackingRun:
        """With a tracker of its own from here on."""
        if self._run is None:
            self._run = TrackingRun(self.request, self._source, self._make_tracker())
        return self._run

    def noted(self, tracked: FrameTracked) -> FrameTracked:
        """Count the frame; the tracker of a target that has ended is let go."""
        if self._watch is not None:
            self.lost = self._watch.add(tracked)
        if self._run is not None:
            self.next_frame = self._run.next_frame
        if self.is_finished:
            self._run = self.lost = None
        return tracked

    def wake(self) -> None:
        self.lost = None
        if self._watch is not None:
            self._watch.reset()
