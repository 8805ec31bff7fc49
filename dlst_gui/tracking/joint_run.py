"""Several targets, or one bidirectionally, in one run: each step gives one target on one frame. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from dlst_gui.tracking.leg import Leg
from dlst_gui.tracking.lost_rule import LostRule, TargetLost
from dlst_gui.tracking.meeting_watch import MeetingWatch, TargetsMet
from dlst_gui.tracking.run_memory import HAS_ENDED, IS_OLD, RunMemory
from dlst_gui.tracking.run_progress import FramesLeft
from dlst_gui.tracking.shared_frames import SharedFrames
from dlst_gui.tracking.step_pool import StepPool
from dlst_gui.tracking.tracker_factory import TrackerSettings
from dlst_gui.tracking.tracking_run import FrameSource, FrameTracked, TrackRequest
from tracker_core import Box, OnProgress, RemovalEffect, RemovalError, ShouldCancel, Tracker, TrackingCancelled


def shared_threads(requests: Sequence[TrackRequest], settings: TrackerSettings) -> tuple[int, TrackerSettings]:
    """How many targets to track at the same time, and the settings of each tracker: they share the threads.

    As many as meet on a frame, and have a thread; on a GPU one.
    """
    meeting = max(
        sum(
            other.direction is request.direction and request.start_frame in other.frames_from(other.start_frame)
            for other in requests
        )
        for request in requests
    )
    at_once = min(meeting, settings.threads) if settings.device == "cpu" else 1
    return at_once, replace(settings, threads=max(1, settings.threads // at_once))


class JointRun:
    """Steps whichever target is farthest behind, so that all have tracked a frame before the next one is decoded.

    Those that go forward come first, then those that go backward. A target that has ended or is lost leaves the
    others to go on. Its tracker is made when its turn comes and let go when it has ended. Lives in one thread.

    With several threads, targets of the same frame are tracked at the same time, and those that are done already
    go one frame ahead. Results come in the same order, and are the same, as if the targets took turns: what was
    tracked before its turn is taken back where something else is wanted by then.

    Args:
        requests: of one run id; a target may be tracked several times, over frames apart or the other way.
        source: of all of them; one that decodes a frame once for all targets, such as `ReadAhead`.
        make_tracker: called once per request, in the thread that tracks.
        lost_rule: when a lost target is paused for a person to check; None for never.
        meeting_watch: told every frame; a target that it finds on another one's is paused. None for nobody.
        at_once: targets tracked at the same time, each on a thread of its own; 1 for all in the caller's.
        threads_each: torch computes with in each of these threads.
    """

    def __init__(
        self,
        requests: Sequence[TrackRequest],
        source: FrameSource,
        make_tracker: Callable[[], Tracker],
        lost_rule: LostRule | None = None,
        *,
        meeting_watch: MeetingWatch | None = None,
        at_once: int = 1,
        threads_each: int = 1,
    ) -> None:
        if not requests or len({request.run_id for request in requests}) != 1:
            raise ValueError(f"expected requests of one run, got {[request.run_id for request in requests]}")
        self._run_id = requests[0].run_id
        self._pool = StepPool(at_once, threads_each=threads_each) if at_once > 1 else None
        self._frames = SharedFrames(source)
        self._meeting_watch = meeting_watch
        self._met: list[TargetsMet] = []
        is_direct = self._pool is None and meeting_watch is None
        read_from = source if is_direct else self._frames
        self._make_leg = partial(Leg, source=read_from, make_tracker=make_tracker, lost_rule=lost_rule)
        self._legs = [self._make_leg(request) for request in requests]
        self._latest_frame: int | None = None

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
        return leg is not None and leg.is_to_learn

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
        """Track one target on one frame, or wait until that is done.

        Raises:
            ValueError: all targets have ended or are paused.
            VideoError: the source cannot give the frame; the run can be ended there.
            TrackingCancelled: `should_cancel` answered True; the same step can be taken again.
        """
        leg = self._next()
        if leg is None:
            raise ValueError(f"run {self._run_id} has ended or is paused: resume it or start another")
        if self._pool is None:
            self._frames.want({leg.next_frame})  # where a meeting is looked for, the frame is looked at once more
            tracked = leg.noted(
                leg.step(with_diagnostics=with_diagnostics, should_cancel=should_cancel, on_progress=on_progress)
            )
            self._look_for_meeting(tracked)
            return tracked
        self._start_with(leg, self._pool, with_diagnostics=with_diagnostics)
        tracked = leg.noted(self._awaited(leg, should_cancel, on_progress))
        self._latest_frame = tracked.frame_index
        self._look_for_meeting(tracked)
        if not with_diagnostics and tracked.result.diagnostics is not None:
            return replace(tracked, result=replace(tracked.result, diagnostics=None))
        return tracked

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
            VideoError, TrackingCancelled: as `step`.
        """
        waiting = [leg for leg in self._going_on(track_id) if leg.is_ahead(frame_index)]
        for leg in waiting:
            leg.add_keyframe(frame_index, box)
        here = self._just_tracked(track_id, frame_index)
        if here is not None:
            tracked = here.noted(self._corrected(here, frame_index, box, should_cancel, on_progress))
            if self._meeting_watch is not None:
                self._meeting_watch.forget(track_id)
            return tracked
        if not waiting:
            raise ValueError(
                f"run {self._run_id} cannot learn frame {frame_index} of track {track_id} any more: start another"
            )
        return None

    def has_just_tracked(self, track_id: int, frame_index: int) -> bool:
        """Whether a manual box on this frame is learned at once."""
        return self._just_tracked(track_id, frame_index) is not None

    def last_tracked(self, track_id: int) -> int | None:
        """The frame that a target which goes on was tracked on last; None before its first, or without one."""
        return next((leg.last_tracked for leg in self._going_on(track_id)), None)

    def can_learn(self, track_id: int, frame_index: int) -> bool:
        """Whether the target goes on from where it is if it is given a manual box on this frame.

        One of several that waits has to be corrected where it rests: on its way to a later frame it would be lost
        again. A single one is what a person looks at.
        """
        going_on, is_single = self._going_on(track_id), len(self._legs) == 1
        is_ahead = any(leg.is_ahead(frame_index) and (is_single or not leg.is_waiting) for leg in going_on)
        return is_ahead or self.has_just_tracked(track_id, frame_index)

    def begin_again(self, track_id: int, frame_index: int, keyframes: Mapping[int, Box]) -> None:
        """Track a target anew from a manual box, as a run that begins there would; to where it was to end.

        It may have been lost, held, left or tracked to its end. The others wait until it has caught up.

        Args:
            track_id: of the target.
            frame_index: of the manual box.
            keyframes: all manual boxes that the target has now.

        Raises:
            ValueError: the run does not have the target exactly once, or the frame lies beyond its end.
        """
        legs = [each for each in self._legs if each.request.track_id == track_id]
        if len(legs) != 1 or not legs[0].request.can_begin_at(frame_index):
            raise ValueError(f"run {self._run_id} cannot begin track {track_id} again at frame {frame_index}")
        (leg,) = legs
        leg.leave()
        if self._meeting_watch is not None:
            self._meeting_watch.forget(track_id)
        request = replace(leg.request, start_frame=frame_index, keyframes=MappingProxyType(dict(keyframes)))
        begun = self._make_leg(request)
        begun.keeps_memory = leg.keeps_memory
        self._legs[self._legs.index(leg)] = begun

    def keep_memory_of(self, track_id: int | None) -> None:
        """Keep what this target's tracker knows when it ends, and nobody else's."""
        for leg in self._legs:
            leg.keeps_memory = leg.request.track_id == track_id

    def memory(self, track_id: int) -> RunMemory | None:
        """What a target's tracker knows; None where it has not begun, cannot tell, or was let go."""
        told = [leg.memory() for leg in self._of(track_id)]
        return next((memory for memory in told if memory is not None), None)

    def removal_effect(
        self, memory: RunMemory, rows: NDArray[np.int64], *, should_cancel: ShouldCancel | None = None
    ) -> RemovalEffect:
        """What a target's tracker would make of its last frame without some samples.

        Raises:
            RemovalError: they cannot be left out, the target has ended, or gone on since `memory` was told.
            VideoError: the frame cannot be read again.
            TrackingCancelled: `should_cancel` answered True.
        """
        return self._told_by(memory).removal_effect(memory, rows, should_cancel=should_cancel)

    def forget(
        self, memory: RunMemory, rows: NDArray[np.int64], *, should_cancel: ShouldCancel | None = None
    ) -> None:
        """Let a target's tracker go on without some samples; errors are those of `removal_effect`."""
        self._told_by(memory).forget(memory, rows, should_cancel=should_cancel)

    def _of(self, track_id: int) -> list[Leg]:
        """Those of a target, the ones that go on first."""
        legs = [leg for leg in self._legs if leg.request.track_id == track_id]
        return sorted(legs, key=lambda leg: leg.is_finished)

    def _told_by(self, memory: RunMemory) -> Leg:
        going_on = self._going_on(memory.track_id)
        told = [leg for leg in going_on if leg.last_tracked == memory.last_frame]
        if not told:
            raise RemovalError(IS_OLD if going_on else HAS_ENDED)
        return told[0]

    def hold(self, track_id: int) -> None:
        """Let a target wait while the others go on."""
        for leg in self._going_on(track_id):
            leg.hold()

    def release(self, track_id: int) -> None:
        """Let a target that waits go on as it is."""
        for leg in self._going_on(track_id):
            leg.wake()

    def leave(self, track_id: int) -> None:
        """End a target where it is; the others go on."""
        for leg in self._going_on(track_id):
            leg.leave()
        if self._meeting_watch is not None:
            self._meeting_watch.forget(track_id)

    def exchange(self, track_id: int, other_id: int, keyframes: Mapping[int, Mapping[int, Box]]) -> None:
        """Let the trackers of two targets go on as each other's.

        Args:
            track_id: of one.
            other_id: of the other.
            keyframes: the manual boxes that each of them has now.
        """
        names = {track_id: other_id, other_id: track_id}
        if self._meeting_watch is not None:
            for each in names:
                self._meeting_watch.forget(each)
        for leg in [leg for leg in self._legs if leg.request.track_id in names]:
            leg.rename(names[leg.request.track_id], keyframes[names[leg.request.track_id]])

    def end_at(self, frame_index: int) -> None:
        """Let all targets that go on end at a frame, which lies ahead of them."""
        for leg in self._legs:
            if not leg.is_finished:
                leg.change(replace(leg.request, stop_frame=frame_index))

    def wake(self) -> None:
        """Let all targets that wait go on as they are."""
        for leg in self._legs:
            leg.wake()

    def close(self) -> None:
        """Leave what is being tracked and end the threads, before the source is closed; may be called twice."""
        if self._pool is not None:
            self._pool.close()

    def take_meetings(self) -> tuple[TargetsMet, ...]:
        """Targets that have ended on another one's and are paused, since this was asked last."""
        met, self._met = tuple(self._met), []
        return met

    def trust(self, track_id: int, other_id: int) -> None:
        """These are two objects, however alike they look."""
        if self._meeting_watch is not None:
            self._meeting_watch.trust(track_id, other_id)

    def _look_for_meeting(self, tracked: FrameTracked) -> None:
        if self._meeting_watch is None:
            return
        met = self._meeting_watch.add(tracked, self._frames.read(tracked.frame_index))
        legs = [] if met is None else [leg for leg in self._going_on(met.track_id) if leg.last_tracked is not None]
        if met is None or not legs or legs[0].is_waiting:
            return
        legs[0].hold()
        self._met.append(replace(met, frame_index=legs[0].last_tracked or 0))

    def _going_on(self, track_id: int) -> list[Leg]:
        return [leg for leg in self._legs if leg.request.track_id == track_id and not leg.is_finished]

    def _just_tracked(self, track_id: int, frame_index: int) -> Leg | None:
        return next((leg for leg in self._going_on(track_id) if leg.last_tracked == frame_index), None)

    def _next(self) -> Leg | None:
        return min((leg for leg in self._legs if leg.is_ready), key=lambda leg: leg.turn, default=None)

    def _start_with(self, leg: Leg, pool: StepPool, *, with_diagnostics: bool) -> None:
        """Begin this leg's step, those of its frame, and those of the frame after it that only track.

        Of the rest, what cannot be taken back waits for its turn.
        """
        direction, frame_index = leg.request.direction, leg.next_frame
        others = [
            other
            for other in self._legs
            if other is not leg and other.is_ready and other.is_revocable and other.request.direction is direction
        ]
        here = [leg, *(other for other in others if other.next_frame == frame_index)]
        ahead = [
            other
            for other in others
            if other.next_frame == frame_index + direction and not (other.is_to_learn or other.is_at_start)
        ]
        begun = {other.next_frame for other in self._legs if other.is_started}
        latest = set() if self._latest_frame is None else {self._latest_frame}
        self._frames.want({frame_index, *(other.next_frame for other in ahead), *begun, *latest})
        self._frames.read(frame_index)
        for other in here:
            other.start(pool, with_diagnostics=with_diagnostics)
        if ahead and self._frames.is_there(frame_index + direction):
            for other in ahead:
                other.start(pool, with_diagnostics=with_diagnostics)

    def _awaited(
        self, leg: Leg, should_cancel: ShouldCancel | None, on_progress: OnProgress | None
    ) -> FrameTracked:
        """What was begun of a leg; nothing is going on any more where that was cancelled."""
        if leg.wait(should_cancel, on_progress):
            return leg.taken()
        for each in self._legs:
            each.stop()
        for each in self._legs:
            each.settle()
        raise TrackingCancelled

    def _corrected(
        self,
        leg: Leg,
        frame_index: int,
        box: Box,
        should_cancel: ShouldCancel | None,
        on_progress: OnProgress | None,
    ) -> FrameTracked:
        if self._pool is None:
            return leg.correct(frame_index, box, should_cancel=should_cancel, on_progress=on_progress)
        leg.take_back()
        leg.begin(self._pool, partial(leg.correct, frame_index, box))
        try:
            return self._awaited(leg, should_cancel, on_progress)
        except TrackingCancelled:
            if not leg.is_started:
                raise
            return leg.taken()  # too late to cancel
